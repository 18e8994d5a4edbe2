"""`portier bench --line-mode all`: a line in each intercom mode, rung with the prefix and plainly.

The real station on mocked pins calls by real SIP; what came of each call is read from what the line saw.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from portier import app, logs, process
from portier.bench.line.client import Seen
from portier.bench.line.events import LineError, What
from portier.bench.line_mode import LineMode
from portier.bench.rig import LINE_NUMBER, Rig
from portier.core.states import Idle
from portier.errors import FileError
from portier.record import words
from portier.report.plain import need_libraries

LINES = {LineMode.OFF: LINE_NUMBER, LineMode.PREFIXED: "3100000001", LineMode.YES: "3100000002"}
LIFTED_AFTER_S = 3.0
"""From the press, where the telephone does not answer by itself."""

_TALK_S = 1.5
_ANSWER_LIMIT_S = 5.0
_END_LIMIT_S = 5.0
_POLL_S = 0.02
_PINS = (6, 12, 13, 16, 19, 20)


class Fate(StrEnum):
    """What came of a call."""

    REFUSED = "refused"
    BY_ITSELF = "answered by itself"
    BY_HAND = "rang until somebody answered"
    NOBODY = "came to nothing"


WANTED: dict[tuple[LineMode, bool], tuple[Fate, ...]] = {
    (LineMode.OFF, True): (Fate.REFUSED, Fate.BY_HAND),
    (LineMode.OFF, False): (Fate.BY_HAND,),
    (LineMode.PREFIXED, True): (Fate.BY_ITSELF,),
    (LineMode.PREFIXED, False): (Fate.BY_HAND,),
    (LineMode.YES, True): (Fate.BY_ITSELF,),
    (LineMode.YES, False): (Fate.BY_ITSELF,),
}
"""What is to come of the calls of a press, by the line's mode and whether it dials with the prefix."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call as the line saw it; moments in seconds after the press, None where it never came to that."""

    to: str
    fate: Fate
    status: int
    invited_s: float
    ringing_s: float | None
    answered_s: float | None
    ended_s: float | None


@dataclass(frozen=True, slots=True)
class Visit:
    """A press and its calls; `in_log` is the station's own line of it."""

    mode: LineMode
    prefixed: bool
    calls: tuple[Call, ...]
    in_log: str

    @property
    def ok(self) -> bool:
        """Whether it went as the mode has it."""
        return tuple(one.fate for one in self.calls) == WANTED[self.mode, self.prefixed]

    @property
    def told(self) -> str:
        """What came of its calls, in words."""
        return "; ".join(_words(one) for one in self.calls) or "no call came to the line"


def run(output: Path | None, page: Path | None) -> int:
    """Ring each line both ways, print and draw what came of it; 0 when all went as the modes have it, else 1.

    The picture goes to `page`, or else into the folder `output`, or else build/line-modes.
    """
    need_libraries()
    from portier.bench.three_modes_page import page_of

    folder = output or (page.parent if page else Path("build", "line-modes"))
    page = page or folder / "report.html"
    _make(folder, page.parent)
    logs.set_up()
    logging.getLogger("portier").setLevel(logging.WARNING)
    rig = Rig(more=_config(), modes={number: mode for mode, number in LINES.items()})
    try:
        with asyncio.Runner(loop_factory=process.exact_loop) as runner:
            visits = runner.run(_visits(rig))
    finally:
        rig.close()
    ok = all(one.ok for one in visits) and not rig.faults
    _write(
        folder / "report.json", json.dumps({"visits": [_plain(one) for one in visits], "ok": ok}, indent=2)
    )
    _write(page, page_of(visits))
    print(f"  report    {folder / 'report.json'}\n  picture   {page}")
    print("  ok        each line did as its mode has it" if ok else "  FAILED    not as the modes have it")
    return 0 if ok else 1


async def _visits(rig: Rig) -> list[Visit]:
    visits = []
    async with rig.running() as station:
        await asyncio.to_thread(lambda: rig.line.wait_for(What.REGISTER))
        for mode, prefixed in WANTED:
            one = await _visit(rig, station, mode, prefixed)
            mark = "" if one.ok else "  NOT AS IT SHOULD"
            print(
                f"  {mode:<9} {'3691 + line' if prefixed else 'line alone':<12} {one.told}{mark}", flush=True
            )
            visits.append(one)
    return visits


async def _visit(rig: Rig, station: app.Station, mode: LineMode, prefixed: bool) -> Visit:
    line = rig.line
    line.forget()
    before = station.recorder.last
    pressed_s = await rig.press(button=_button(mode, prefixed))
    lifted = False
    if not await _until(lambda: _saw(rig, What.ACKED), LIFTED_AFTER_S):
        lifted = True
        try:
            line.send("answer")
            await _until(lambda: _saw(rig, What.ACKED), _ANSWER_LIMIT_S)
        except LineError as error:
            print(f"  line      {error}", flush=True)
    await asyncio.sleep(_TALK_S)
    line.hang_up()
    await _until(lambda: isinstance(station.runtime.state.call, Idle), _END_LIMIT_S)
    await _until(lambda: station.recorder.last is not before, _END_LIMIT_S)
    record = station.recorder.last
    in_log = words.line(record) if record and record is not before else ""
    return Visit(mode, prefixed, _calls(line.events, pressed_s, lifted), in_log)


def _calls(events: tuple[Seen, ...], pressed_s: float, lifted: bool) -> tuple[Call, ...]:
    """What the line saw, call by call."""
    found = []
    for invite in (one for one in events if one["event"] == What.INVITE):
        of_call = [one for one in events if one["call"] == invite["call"]]

        def moment(what: What, of_call: list[Seen] = of_call) -> float | None:
            return next((_since(one, pressed_s) for one in of_call if one["event"] == what), None)

        answered_s = moment(What.ANSWERED)
        status = next((int(one["status"]) for one in of_call if one["event"] == What.ENDED), 0)
        refused = answered_s is None and status >= 300 and moment(What.CANCEL) is None
        answered = Fate.BY_HAND if lifted else Fate.BY_ITSELF
        fate = Fate.REFUSED if refused else Fate.NOBODY if answered_s is None else answered
        found.append(
            Call(
                str(invite["to_user"]),
                fate,
                status,
                _since(invite, pressed_s),
                moment(What.RINGING),
                answered_s,
                moment(What.ENDED),
            )
        )
    return tuple(found)


def _saw(rig: Rig, what: What) -> bool:
    return any(one["event"] == what for one in rig.line.events)


async def _until(condition: Callable[[], bool], limit_s: float) -> bool:
    try:
        async with asyncio.timeout(limit_s):
            while not condition():
                await asyncio.sleep(_POLL_S)
    except TimeoutError:
        return False
    return True


def _since(seen: Seen, pressed_s: float) -> float:
    return float(seen["mono_ns"]) / 1e9 - pressed_s


def _words(call: Call) -> str:
    code = f" ({call.status})" if call.fate is Fate.REFUSED else ""
    after = "" if call.answered_s is None else f" after {call.answered_s:.2f} s"
    return f"{call.to} {call.fate}{code}{after}"


def _button(mode: LineMode, prefixed: bool) -> str:
    return f"{mode}-{'prefix' if prefixed else 'plain'}"


def _config() -> str:
    """A button and a target for each mode and each way to dial."""
    parts = []
    for pin, (mode, prefixed) in zip(_PINS, WANTED, strict=True):
        name = _button(mode, prefixed)
        parts.append(f'[buttons.{name}]\npin = {pin}\ntarget = "{name}"\n')
        parts.append(f'[targets.{name}]\nline = "{LINES[mode]}"\nprefix = {str(prefixed).lower()}\n')
    return "\n" + "\n".join(parts)


def _plain(visit: Visit) -> dict[str, object]:
    wanted = [one.value for one in WANTED[visit.mode, visit.prefixed]]
    return {**asdict(visit), "wanted": wanted, "ok": visit.ok}


def _make(*folders: Path) -> None:
    """Before the visits: nobody waits for what cannot be kept."""
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileError(f"bench: cannot write to {folder}: {error.strerror}") from error


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise FileError(f"bench: cannot write {path}: {error.strerror}") from error
