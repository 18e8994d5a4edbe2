"""Asterisk as the PBX, baresip as the telephone: calls that come about, and those that do not."""

from __future__ import annotations

import signal
import time

from tests.lab.asterisk_server import (
    AWAY_LINE,
    BUSY_LINE,
    DOOR_USER,
    LINE,
    SLOW_LINE,
    UNKNOWN_LINE,
    Asterisk,
    Settings,
)
from tests.lab.case import Found, case
from tests.lab.door import RATE_HZ, RELEASE_DIGIT, WRONG_DIGIT, Door
from tests.lab.network import DOOR, PBX
from tests.lab.phone import LabPhone, door_hears
from tests.lab.place import Place, hears, sound_both_ways

SIP = f'domain = "{PBX.address}"\nregistrar = "{PBX.address}"\nuser = "{DOOR_USER}"'
_TALK_S = 4.0
_RING_LIMIT_S = 5
_SLOW_S = 20.0
_GIVEN_UP_S = 3.5, 7.0
_DOWN_S = 10.0


def ready(
    place: Place, found: Found, settings: Settings | None = None, *, answers: bool = True, sip: str = ""
) -> Ready:
    """Asterisk, a telephone and the station, both registered; `sip` is more of that section."""
    pbx = place.asterisk(settings)
    phone = place.phone(answers=answers)
    door = place.door(sections=sections(sip=f"{SIP}\n{sip}".strip()))
    found.that(door.registers() and pbx.knows(DOOR_USER), "registered")
    found.that(pbx.knows(LINE), "the telephone too")
    return pbx, phone, door


Ready = tuple[Asterisk, LabPhone, Door]


def sections(**more: str) -> dict[str, str]:
    """The station's configuration for this PBX."""
    return {"sip": SIP, "call": f"ring_timeout_s = {_RING_LIMIT_S}\nmax_talk_s = 30", **more}


def keys(found: Found, door: Door, phone: LabPhone) -> None:
    """A wrong key that opens nothing, then the right one, which opens once."""
    before, granted = door.releases, door.granted
    phone.send_digit(WRONG_DIGIT)
    time.sleep(0.6)
    found.that(door.releases == before and door.granted == granted, "a wrong key opens nothing")
    phone.send_digit(RELEASE_DIGIT)
    found.that(door.released(before + 1), "the release digit releases the door")
    time.sleep(0.6)
    found.that(
        door.releases == before + 1 and door.granted == granted + 1,
        "once",
        f"{door.granted - granted} times",
    )


def visit(found: Found, door: Door, phone: LabPhone) -> None:
    """A press, sound both ways, keys, and the telephone hangs up; it is closed then."""
    found.that(door.talks(), "answered")
    time.sleep(_TALK_S)
    heard = door.heard
    keys(found, door, phone)
    phone.hang_up()
    found.that(door.becomes("idle"), "ended by the telephone")
    phone.close()
    sound_both_ways(found, heard, phone)


def calls_again(found: Found, door: Door, limit_s: float = 8.0) -> None:
    """The next press is answered."""
    found.that(
        door.talks(limit_s=limit_s), "the next press is answered", f"the next press: {door.calls[-1:]}"
    )


@case(
    "asterisk: intercom call",
    "registered; 3691 + line reaches the phone as the line alone with Call-Info answer-after=0; both hear "
    "each other; the release digit opens the door once, a wrong one does not; the telephone hangs up",
    quick=True,
)
def intercom(place: Place, found: Found) -> None:
    pbx, phone, door = ready(place, found)
    visit(found, door, phone)
    found.that(f"INVITE sip:3691{LINE}@{PBX.address}" in pbx.said, "3691 and the line were dialled")
    found.that("answer-after=0" in phone.log, "with the headers of auto-answer")
    found.that(f"INVITE sip:{LINE}" in phone.log, "without the prefix")
    found.note(door.calls[-1].partition(": ")[2])


@case(
    "asterisk: digit as SIP INFO",
    "the PBX hands the telephone's key on as INFO: a wrong one opens nothing, the right one the door, once",
    quick=True,
)
def digit_as_info(place: Place, found: Found) -> None:
    pbx, phone, door = ready(place, found, Settings(dtmf="info"))
    found.that(door.talks(), "answered")
    time.sleep(0.5)
    keys(found, door, phone)
    found.that("INFO sip:" in pbx.said and "application/dtmf-relay" in pbx.said, "they came as INFO")


@case(
    "asterisk: digit in band",
    "the PBX hands keys on as tones alone: with sip.inband_dtmf a wrong one opens nothing, the right one the "
    "door, once; without it none counts",
    limit_s=60,
)
def digit_in_band(place: Place, found: Found) -> None:
    pbx = place.asterisk(Settings(dtmf="inband"))
    phone = place.phone()
    for heard in (True, False):
        door = place.door(sections=sections(sip=f"{SIP}\ninband_dtmf = {str(heard).lower()}"))
        found.that(door.registers() and pbx.knows(LINE), "registered")
        found.that(door.talks(), "answered")
        time.sleep(1.0)
        if heard:
            keys(found, door, phone)
        else:
            phone.send_digit(RELEASE_DIGIT)
            time.sleep(1.0)
            found.that(door.releases == 0, "not listened for, it opens nothing")
        phone.hang_up()
        door.becomes("idle")
        door.stop()


@case(
    "asterisk: line busy",
    "486: the failure lamp shows it, the log says that the line is busy, the station is idle again",
    quick=True,
)
def busy(place: Place, found: Found) -> None:
    _refused(place, found, BUSY_LINE, "busy (486)")


@case(
    "asterisk: line unknown",
    "404: the failure lamp shows it, the log says that the number is unknown",
    quick=True,
)
def unknown(place: Place, found: Found) -> None:
    _refused(place, found, UNKNOWN_LINE, "number unknown (404)")


@case(
    "asterisk: line not registered",
    "the PBX has nobody to ring (480): the failure lamp shows it, the log says that nobody answered",
    quick=True,
)
def away(place: Place, found: Found) -> None:
    _refused(place, found, AWAY_LINE, "no answer (480)")


def _refused(place: Place, found: Found, line: str, words: str) -> None:
    pbx = place.asterisk()
    door = place.door(sections=sections(), bell=line)
    found.that(door.registers() and pbx.knows(DOOR_USER), "registered")
    door.press()
    found.that(door.until(lambda: bool(door.calls), 5.0), "the call is over")
    found.that(words in door.calls[-1], words, door.calls[-1])
    found.that(door.failures_shown > 0, "the failure lamp shows it")
    found.that(door.becomes("idle"), "idle again")


@case(
    "asterisk: nobody answers",
    "the call is cancelled when the ring time is over, the telephone stops ringing, the next press rings it",
)
def nobody_answers(place: Place, found: Found) -> None:
    pbx, phone, door = ready(place, found, answers=False)
    pressed_s = door.press()
    found.that(door.becomes("ringing"), "it rings")
    found.that(
        door.becomes("idle", _RING_LIMIT_S + 3), f"given up after {time.monotonic() - pressed_s:.1f} s"
    )
    found.that(pbx.says(f"CANCEL sip:3691{LINE}@"), "by CANCEL")
    found.that(door.failures_shown > 0, "the visitor too")
    door.press()
    found.that(door.becomes("ringing"), "the next press rings again")
    phone.answer()
    found.that(door.becomes("talking"), "and is answered by hand")
    phone.close()
    found.that("CANCEL sip:" in phone.log, "the telephone was told of the first one's end")


@case(
    "asterisk: server answers after 20 s",
    "the call is given up after sip.answer_timeout_s (4 s), and the failure lamp shows it; the server awake, "
    "it stays so, and the next press is answered, in one call",
    limit_s=90,
)
def slow(place: Place, found: Found) -> None:
    pbx, _, door = ready(place, found)
    pbx.signal(signal.SIGSTOP)
    began_s = time.monotonic()
    door.press()
    found.that(door.until(lambda: door.failures_shown > 0, _GIVEN_UP_S[1]), "the failure lamp shows it")
    shown_s = time.monotonic() - began_s
    found.that(_GIVEN_UP_S[0] < shown_s < _GIVEN_UP_S[1], f"after {shown_s:.1f} s")
    found.that(door.until(lambda: bool(door.calls), 3.0), "and it is in the log")
    found.that("unreachable (408)" in door.calls[-1], "unreachable", door.calls[-1])
    time.sleep(max(0.0, began_s + _SLOW_S - time.monotonic()))
    pbx.signal(signal.SIGCONT)
    time.sleep(2.0)
    found.that(door.status["call"] == "idle", "a call given up stays so")
    calls_again(found, door)
    found.that(pbx.ask("core show channels count").count("2 active channels") == 1, "there is one call")


@case("asterisk: line that rings after 20 s", "the visitor waits, and is answered", limit_s=60)
def late_line(place: Place, found: Found) -> None:
    pbx = place.asterisk()
    place.phone()
    door = place.door(sections=sections(call="ring_timeout_s = 45"), bell=SLOW_LINE)
    found.that(door.registers() and pbx.knows(LINE), "registered")
    pressed_s = door.press()
    found.that(door.becomes("talking", _SLOW_S + 10), "answered")
    waited_s = time.monotonic() - pressed_s
    found.that(waited_s > _SLOW_S - 2, f"after {waited_s:.1f} s")


@case(
    "asterisk: restarted in a call",
    "killed, it says goodbye to nobody: the call ends in its time; the server back, the next press is "
    "answered there, though the station registers anew only when that is due",
    limit_s=90,
)
def restarted(place: Place, found: Found) -> None:
    pbx = place.asterisk()
    phone = place.phone()
    door = place.door(sections=sections(call="max_talk_s = 10"))
    found.that(door.registers() and pbx.knows(DOOR_USER) and pbx.knows(LINE), "registered")
    found.that(door.talks(), "answered")
    time.sleep(2.0)
    pbx.kill()
    since = len(pbx.said)
    found.that(door.becomes("idle", 15), "the call has ended")
    found.that(door.until(lambda: bool(door.calls), 3.0), "and is in the log")
    found.note(door.calls[-1].partition("; press")[0])
    phone.hang_up()
    pbx.start()
    calls_again(found, door)
    found.that(f"INVITE sip:3691{LINE}" in pbx.said[since:], "by the new server")
    anew = pbx.knows(DOOR_USER, 0.0, since)
    found.note(f"{'registered anew' if anew else 'not registered anew'} by then")


@case(
    "asterisk: password changed",
    "refused: the visitor is told and the log says why, without the password; with the new one, registered "
    "and answered",
    limit_s=60,
)
def password_changed(place: Place, found: Found) -> None:
    pbx, _, door = ready(place, found)
    pbx.configure(Settings(door_password="another-one"))
    pbx.ask("core reload")
    door.press()
    found.that(door.until(lambda: bool(door.calls), 8.0), "the call is over")
    found.that("not allowed (401)" in door.calls[-1], "not allowed (401)", door.calls[-1])
    found.that(door.failures_shown > 0, "the visitor is told")
    found.that(door.until(lambda: door.status["registration"] == "refused", 10), "registration: refused")
    for why in ("not allowed (401); check", "registration refused (401): check"):
        found.that(f"{why} the account's user and password" in door.said, f"the log says: {why} ...")
    found.that("another-one" not in door.said and "correct-horse" not in door.said, "no password in the log")
    door.stop()
    door.password_file.write_text("another-one")
    door.start()
    found.that(door.registers(), "registered with the new password")
    calls_again(found, door)


@case(
    "asterisk: link down for 10 s in a call",
    "the call goes on when the link is back: both hear each other again, the digit opens, still registered",
    limit_s=90,
)
def link_down(place: Place, found: Found) -> None:
    _, phone, door = ready(place, found)
    found.that(door.talks(), "answered")
    time.sleep(3.0)
    DOOR.link(up=False)
    time.sleep(_DOWN_S)
    DOOR.link(up=True)
    back_bytes = len(door.heard)
    found.that(door.status["call"] == "talking", "the call is still there", f"call: {door.status['call']}")
    time.sleep(5.0)
    keys(found, door, phone)
    found.that(door.status["registration"] == "registered", "registered")
    found.that(door.status["call"] == "talking", "talking")
    phone.hang_up()
    found.that(door.becomes("idle"), "ended by the telephone")
    heard = door.heard[back_bytes:]
    calls_again(found, door)
    phone.close()
    hears(found, "afterwards the visitor hears the telephone", door_hears(heard, RATE_HZ))
    match = phone.hears_door()
    hears(found, "the telephone hears the visitor", match)
    found.that(match.sounding_s > 4.5, "before and after", f"only {match.sounding_s:.1f} s of sound")
    found.note(door.calls[0].partition("; press")[0])
