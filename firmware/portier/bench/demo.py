"""One scripted visit, judged from outside: sockets, pin history, and the sound in both recordings."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

from portier import logs, process
from portier.bench.evidence import Match, find
from portier.bench.line.client import LineProcess, Seen
from portier.bench.line.events import LineError, What
from portier.bench.line.leg import KeyWay
from portier.bench.line_mode import LineMode
from portier.bench.rig import (
    LINE_NUMBER,
    PHONE_RATE_HZ,
    RATE_HZ,
    RELEASE_DIGIT,
    VOICE_S,
    WRONG_DIGIT,
    Link,
    Rig,
)
from portier.bench.voice import voice
from portier.bench.wav import read_wav, write_wav
from portier.core.states import Released, State
from portier.errors import FileError
from portier.record.call_record import CallRecord
from portier.report.echo import Echo
from portier.report.sound import Heard, Sounds

_PHONE_ALONE_S = 4.0
_TALK_S = 3.0
_BEEP_S = 0.4
_ANSWER_LIMIT_S = 8.0
_RELEASE_LIMIT_S = 2.0
_RECORD_LIMIT_S = 3.0
_LIFTED_AFTER_S = 2.0
_RECORDINGS = ("door-heard.wav", "phone-heard.wav")


@dataclass(slots=True)
class Report:
    """What was seen. Times are differences of the system's monotonic clock, None where nothing came.

    `press_to_invite_ms`: edge on the button's pin to the INVITE's arrival at the line's socket (kernel time
    stamp), less the debounce. `digit_to_release_ms`: the line's first packet of the digit to the relay's
    pin. `line_mode` is the line's intercom mode, where one was asked for, `dialled_again` what was dialled
    when the prefix was refused. `echo_by` took the phone's echo away, by `erle_db`; empty where echo
    cancellation is not installed.
    `broken_link` is judged from all but that; `ok` says that nothing is broken.
    """

    line_mode: str | None = None
    dialled: str | None = None
    dialled_again: str | None = None
    debounce_ms: int = 0
    press_to_invite_ms: float | None = None
    answered: bool = False
    door_heard_phone: bool = False
    phone_heard_door: bool = False
    digits_by: str = ""
    wrong_digit_opened: bool | None = None
    digit_to_release_ms: float | None = None
    release_s: float | None = None
    locked_at_end: bool = False
    echo_by: str = ""
    erle_db: float | None = None
    sabotaged_link: str | None = None
    broken_link: str | None = None
    ok: bool = False


def run(
    output: Path | None,
    page: Path | None,
    broken: str | None,
    by: str,
    wrong_first: bool,
    mode: LineMode | None = None,
) -> int:
    """Run one visit and print its steps; 0 when all went well, 1 when a link is broken.

    `output` is the folder of the report and the recordings, `page` the file of the picture. With an intercom
    `mode` the line is an operator's; without one it answers whatever begins with the prefix.
    """
    if output:
        _make(output)
    logs.set_up()
    logging.getLogger("portier").setLevel(logging.WARNING)
    modes = {LINE_NUMBER: mode} if mode else None
    in_a_room = find_spec("pywebrtc_audio") is not None
    rig = Rig(Link(broken) if broken else None, in_a_room=in_a_room, modes=modes)
    visit = _Visit(rig, KeyWay(by), wrong_first, mode)
    try:
        with asyncio.Runner(loop_factory=process.exact_loop) as runner:
            report = runner.run(visit.run())
    finally:
        visit.rig.close()
    if output:
        _write(output, report, visit)
    if page and visit.record:
        from portier.report.page import write

        write(page, visit.record, visit.sounds())
        _say("picture", str(page))
    if report.ok:
        _say("ok", "press, call, both directions of sound, digit, release, locked again")
    else:
        _say("FAILED", f"broken link: {report.broken_link}")
    return 0 if report.ok else 1


class _Visit:
    def __init__(self, rig: Rig, by: KeyWay, wrong_first: bool, mode: LineMode | None) -> None:
        self.rig = rig
        self._mode = mode
        self._by = by
        self._wrong_first = wrong_first
        self._decided_release = False
        self._report = Report(
            debounce_ms=rig.config.buttons["bell"].debounce_ms,
            digits_by=by.value,
            line_mode=mode.value if mode else None,
            sabotaged_link=rig.broken.value if rig.broken else None,
        )
        self._pressed_s = self._answered_s = self._keyed_s = 0.0
        self._phone_heard_from_s: float | None = None
        self.phone_heard = b""
        self.record: CallRecord | None = None

    def sounds(self) -> Sounds:
        """What each side heard, with its moments."""
        record, rig = self.record, self.rig
        if record is None or record.ended_s is None:
            return Sounds()
        at_door = rig.card.heard_between(self._pressed_s, self._pressed_s + record.ended_s)
        door_heard = Heard(at_door, RATE_HZ, 0.0)
        if self._phone_heard_from_s is None:
            return Sounds(door_heard=door_heard, echo=self.echo(), echo_missing=self.rig.visitor is None)
        start_s = self._phone_heard_from_s - self._pressed_s
        phone_heard = Heard(self.phone_heard, PHONE_RATE_HZ, start_s)
        return Sounds(phone_heard, door_heard, self.echo(), echo_missing=self.rig.visitor is None)

    def echo(self) -> Echo | None:
        """The sound before and after echo cancellation; None where there was none."""
        tapped, rig = self.rig.tapped, self.rig
        if tapped is None:
            return None
        start_s = tapped.from_s - self._pressed_s
        spoke_s = rig.visitor.speaks_from_s if rig.visitor else None
        return Echo(
            Heard(tapped.captured, RATE_HZ, start_s),
            Heard(tapped.sent, RATE_HZ, start_s),
            Heard(tapped.played, RATE_HZ, start_s),
            rig.echo_words or "",
            None if spoke_s is None else spoke_s - self._pressed_s,
        )

    async def run(self) -> Report:
        report = self._report
        async with self.rig.running() as station:
            station.runtime.watch(self._watch)
            try:
                await self._visit()
            except LineError as error:
                _say("line", f"did not go on: {error}")
            # What is still measured after the end of the call belongs to its record.
            await _until(lambda: station.recorder.last is not None, _RECORD_LIMIT_S)
        self.record = station.recorder.last
        self._tell_echo()
        report.locked_at_end = not self.rig.pins.energised(self.rig.strike_pin)
        _say(
            "locked",
            f"the relay's pin is {'not energised' if report.locked_at_end else 'ENERGISED'} at the end",
        )
        report.broken_link = self._judge()
        report.ok = report.broken_link is None and not self.rig.faults
        return report

    async def _visit(self) -> None:
        await self._line(What.REGISTER)
        _say("station", "up: mocked pins, simulated card, registered at the line (a process of its own)")
        await self._call(await self.rig.press())
        await asyncio.sleep(_PHONE_ALONE_S)
        if self.rig.visitor:
            self.rig.visitor.speak()
            await asyncio.sleep(_TALK_S)
        await self._open_door()
        await self._hang_up()

    async def _call(self, pressed_s: float) -> None:
        report = self._report
        self._pressed_s = pressed_s
        invite = await self._line(What.INVITE)
        report.dialled = str(invite["to_user"])
        # A line that asks for the password answers the first INVITE with a challenge.
        challenged = [one for one in self.rig.line.events if one.get("method") == "INVITE"]
        wait_ms = (_seconds([*challenged, invite][0]) - pressed_s) * 1000 - report.debounce_ms
        report.press_to_invite_ms = round(wait_ms, 3)
        _say(
            "press",
            f"INVITE to {report.dialled} after {wait_ms:.1f} ms (and {report.debounce_ms} ms debounce)",
        )
        if self._mode is LineMode.OFF:
            await self._ring_plainly()
        acked = await self._line(What.ACKED, timeout_s=_ANSWER_LIMIT_S)
        self._answered_s = _seconds(acked)
        report.answered = True
        how = "somebody went off hook" if report.dialled_again else "the line went off hook by itself"
        _say("answered", f"{how}; both sides talk")

    async def _ring_plainly(self) -> None:
        """The prefix is refused: the station calls once more without it, and somebody answers by hand."""
        plain = await self._line(What.INVITE)
        self._report.dialled_again = str(plain["to_user"])
        _say("refused", f"the operator does not know that number; INVITE to {plain['to_user']}")
        await self._line(What.RINGING)
        _say("rings", "the telephone rings as for any call")
        await asyncio.sleep(_LIFTED_AFTER_S)
        self.rig.line.send("answer")

    async def _open_door(self) -> None:
        report, pins, pin = self._report, self.rig.pins, self.rig.strike_pin
        if self._wrong_first:
            wrong = await self._send_digit(WRONG_DIGIT)
            await asyncio.sleep(1.0)
            report.wrong_digit_opened = bool(pins.pin(pin).times(level=True, since_s=_seconds(wrong)))
            _say(
                "wrong",
                f"a wrong digit: the door {'OPENED' if report.wrong_digit_opened else 'stays locked'}",
            )
        self._keyed_s = time.monotonic()
        sent = await self._send_digit(RELEASE_DIGIT)
        on_s = await self._pin_change(level=True, since_s=_seconds(sent), limit_s=_RELEASE_LIMIT_S)
        if on_s is None:
            _say("release", "the digit was sent, and the relay's pin did not move")
            return
        report.digit_to_release_ms = round((on_s - _seconds(sent)) * 1000, 3)
        _say("release", f"the relay's pin rose {report.digit_to_release_ms:.1f} ms after the digit left")
        door = self.rig.config.doors["front"]
        off_s = await self._pin_change(level=False, since_s=on_s, limit_s=door.max_release_s + 1)
        if off_s is not None:
            report.release_s = round(off_s - on_s, 3)
            _say("lock", f"the relay's pin fell after {report.release_s:.2f} s")

    async def _hang_up(self) -> None:
        line = self.rig.line
        heard = self.rig.folder / "phone-heard.wav"
        line.send("save", path=str(heard))
        saved = await self._line(What.SAVED)
        if saved["first_mono_ns"]:
            self._phone_heard_from_s = float(saved["first_mono_ns"]) / 1e9
        line.hang_up()
        await self._line(What.ENDED)
        _say("hung up", "the phone hung up; looking for each voice in the other side's recording")
        self.phone_heard = read_wav(heard, PHONE_RATE_HZ)
        at_phone = find(voice("door", PHONE_RATE_HZ, VOICE_S), self.phone_heard, PHONE_RATE_HZ)
        # The station's own tones are nobody's voice: ringback and beep before, what tells of a release after.
        talk_at_door = self.rig.card.heard_between(self._answered_s + _BEEP_S, self._keyed_s)
        at_door = find(voice("phone", RATE_HZ, VOICE_S), talk_at_door, RATE_HZ)
        self._report.phone_heard_door, self._report.door_heard_phone = at_phone.heard, at_door.heard
        _say("sound", f"the phone heard the door: {_words(at_phone)}")
        _say("sound", f"the door heard the phone: {_words(at_door)}")

    def _tell_echo(self) -> None:
        echo = self.echo()
        if echo is None:
            _say("echo", "none pretended: pip install 'portier[echo]' takes it away, and shows it")
            return
        self._report.echo_by = echo.by
        self._report.erle_db = None if echo.erle_db is None else round(echo.erle_db, 1)
        less = "not measured" if echo.erle_db is None else f"{echo.erle_db:.0f} dB less of it goes back"
        _say("echo", f"the microphone heard the phone, too; {echo.by}: {less}")

    def _judge(self) -> str | None:
        """The first link that evidence shows broken, in the order of a visit; None when all hold."""
        report = self._report
        if report.dialled is None or not report.answered:
            return Link.LINE.value
        if report.digit_to_release_ms is None:
            return Link.RELAY.value if self._decided_release else Link.DTMF.value
        if not report.phone_heard_door:
            return Link.MIC.value
        if not report.door_heard_phone:
            return Link.SPEAKER.value
        if report.wrong_digit_opened:
            return Link.DTMF.value
        if report.release_s is None or not report.locked_at_end:
            return Link.RELAY.value
        return None

    async def _send_digit(self, key: str) -> Seen:
        by = KeyWay.TONE if self.rig.broken is Link.DTMF else self._by
        self.rig.line.digits(key, by)
        return await self._line(What.DIGIT_SENT)

    async def _line(self, *what: What, timeout_s: float = 5.0) -> Seen:
        line: LineProcess = self.rig.line
        return await asyncio.to_thread(lambda: line.wait_for(*what, timeout_s=timeout_s))

    async def _pin_change(self, level: bool, since_s: float, limit_s: float) -> float | None:
        def changes() -> list[float]:
            return self.rig.pins.pin(self.rig.strike_pin).times(level, since_s)

        return changes()[0] if await _until(lambda: bool(changes()), limit_s) else None

    def _watch(self, state: State) -> None:
        self._decided_release |= any(isinstance(door, Released) for door in state.doors.values())


async def _until(condition: Callable[[], bool], limit_s: float) -> bool:
    try:
        async with asyncio.timeout(limit_s):
            while not condition():
                await asyncio.sleep(0.01)
    except TimeoutError:
        return False
    return True


def _seconds(seen: Seen) -> float:
    return float(seen["mono_ns"]) / 1e9


def _words(match: Match) -> str:
    return f"{'yes' if match.heard else 'NO'}, {match.share:.0%} of {match.sounding_s:.1f} s with sound"


def _say(step: str, text: str) -> None:
    print(f"  {step:<9} {text}", flush=True)


def _make(folder: Path) -> None:
    """Before the visit: nobody waits for what cannot be kept."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"bench: cannot write to {folder}: {error.strerror}") from error


def _write(folder: Path, report: Report, visit: _Visit) -> None:
    try:
        (folder / "report.json").write_text(json.dumps(asdict(report), indent=2) + "\n")
        write_wav(folder / _RECORDINGS[0], visit.rig.card.heard, RATE_HZ)
        write_wav(folder / _RECORDINGS[1], visit.phone_heard, PHONE_RATE_HZ)
    except OSError as error:
        raise FileError(f"bench: cannot write the report to {folder}: {error.strerror}") from error
    print(f"  report    {folder / 'report.json'}", file=sys.stdout, flush=True)
