"""What a station is to do in a scenario, and where it first did something else."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Literal, assert_never

from portier.bench.deeds import (
    Answered,
    Asked,
    Deed,
    HungUp,
    Joined,
    LetRung,
    Logged,
    Loudness,
    Placed,
    Played,
    Recorded,
    Rejected,
    Rung,
    Shown,
    SoundHeld,
    Switched,
)
from portier.bench.house_scenario import ExpectLight, ExpectRow, HouseExpectation, fits, wanted
from portier.bench.scenario_part import Timed
from portier.core.effects import Sign, Tone

TOLERANCE_S = 0.0005
_SHOWN_BEFORE = 3


class ExpectCall(Timed):
    """An INVITE goes out."""

    call: int
    to: str


class ExpectHangUp(Timed):
    """The station ends a leg."""

    hang_up: int


class ExpectRinging(Timed):
    """A call from outside may ring at its caller's."""

    rings: int


class ExpectAnswered(Timed):
    """The station answers a call from outside."""

    answers: int


class ExpectRejected(Timed):
    """The station refuses an offered call."""

    rejects: int


class ExpectJoined(Timed):
    """A leg is joined to the visitor."""

    joined: int


class ExpectAsked(Timed):
    """A leg is asked to confirm."""

    asked: int


class ExpectReleased(Timed):
    """A door's relay is energised."""

    released: str


class ExpectLocked(Timed):
    """A door's relay is de-energised."""

    locked: str


class ExpectSigns(Timed):
    """The lamps change to exactly this."""

    signs: tuple[Sign, ...]


class ExpectTone(Timed):
    """A tone begins, or is stopped."""

    tone: Tone | Literal["none"]


class ExpectGong(Timed):
    """The gong begins to sound, or becomes still."""

    gong: Literal["on", "off"]


class ExpectVolume(Timed):
    """The station's own sounds become so loud."""

    volume_db: float


class ExpectSound(Timed):
    """The sound card is opened for a call, or let go."""

    sound: Literal["open", "closed"]


class ExpectLog(Timed):
    """A line at INFO contains this."""

    log: str


class ExpectWarning(Timed):
    """A warning contains this."""

    warning: str


Expectation = (
    ExpectCall
    | ExpectHangUp
    | ExpectRinging
    | ExpectAnswered
    | ExpectRejected
    | ExpectJoined
    | ExpectAsked
    | ExpectReleased
    | ExpectLocked
    | ExpectSigns
    | ExpectTone
    | ExpectGong
    | ExpectVolume
    | ExpectSound
    | ExpectLog
    | ExpectWarning
    | HouseExpectation
)


def first_difference(expected: Sequence[Expectation], seen: Sequence[tuple[float, Deed]]) -> str | None:
    """Where the station first did something else than expected, in words; None when it never did."""
    open_ones = deque(expected)
    before: deque[str] = deque(maxlen=_SHOWN_BEFORE)
    for at_s, deed in seen:
        if open_ones and _fits(open_ones[0], at_s, deed):
            open_ones.popleft()
        elif not isinstance(deed, Joined | Recorded) and (not isinstance(deed, Logged) or deed.warning):
            return _report(before, open_ones[0] if open_ones else None, _line(at_s, deed))
        before.append(_line(at_s, deed))
    return _report(before, open_ones[0], None) if open_ones else None


def _wanted(expectation: Expectation) -> Deed:
    match expectation:
        case ExpectCall(call=leg, to=uri):
            return Placed(leg, uri)
        case ExpectHangUp(hang_up=leg):
            return HungUp(leg)
        case ExpectRinging(rings=leg):
            return LetRung(leg)
        case ExpectAnswered(answers=leg):
            return Answered(leg)
        case ExpectRejected(rejects=offer):
            return Rejected(offer)
        case ExpectJoined(joined=leg):
            return Joined(leg)
        case ExpectAsked(asked=leg):
            return Asked(leg)
        case ExpectReleased(released=door):
            return Switched(door, energised=True)
        case ExpectLocked(locked=door):
            return Switched(door, energised=False)
        case ExpectSigns(signs=signs):
            return Shown(frozenset(signs))
        case ExpectTone(tone=tone):
            return Played(None if tone == "none" else tone)
        case ExpectGong(gong=gong):
            return Rung(gong == "on")
        case ExpectVolume(volume_db=volume_db):
            return Loudness(volume_db)
        case ExpectSound(sound=sound):
            return SoundHeld(sound == "open")
        case ExpectLog(log=text):
            return Logged(text, warning=False)
        case ExpectWarning(warning=text):
            return Logged(text, warning=True)
        case ExpectLight() | ExpectRow():
            return wanted(expectation)
        case never:
            assert_never(never)


def _fits(expectation: Expectation, at_s: float, deed: Deed) -> bool:
    deed_wanted = _wanted(expectation)
    if abs(expectation.at_s - at_s) > TOLERANCE_S:
        return False
    if isinstance(deed_wanted, Logged) and isinstance(deed, Logged):
        return deed_wanted.warning == deed.warning and deed_wanted.text in deed.text
    if isinstance(expectation, ExpectRow) and isinstance(deed, Recorded):
        return fits(expectation, deed)
    return deed_wanted == deed


def _line(at_s: float, deed: Deed) -> str:
    return f"{at_s:10.3f} s  {deed}"


def _report(before: Sequence[str], expected: Expectation | None, seen: str | None) -> str:
    wanted = _line(expected.at_s, _wanted(expected)) if expected else "   nothing any more"
    lines = [
        *(f"  agreed    {line}" for line in before),
        f"  expected  {wanted}",
        f"  seen      {seen or '   nothing any more'}",
    ]
    return "\n".join(lines)
