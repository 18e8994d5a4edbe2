"""A thousand calls in a row, and a thousand that fail: what grows, and what gets stuck."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.compare.doors import OUR_ADDRESS, RIVALS_LINE_ADDRESS, OurDoor, RivalDoor
from tests.compare.figures import LOOK_EVERY_CALLS, Row, median
from tests.compare.place import Place
from tests.compare.processes import Usage
from tests.integration.live import BELL_PIN

from portier.bench.line.agent import Agent
from portier.bench.line.behaviour import RING_ONLY, SILENT, Answer, Behaviour, refuse
from portier.bench.line.events import LineError, What
from portier.bench.pinfile import PinFile

WARM_UP_CALLS = 50
GROWTH_KIB = 1024.0
_LIMIT_S = 8.0
_TALK_S = 0.12
AT_ONCE = Behaviour(answer=Answer(ring_s=0.0))


@dataclass(slots=True)
class Life:
    """What a process was like every ten calls, and how many calls did not come."""

    anonymous_kib: list[float] = field(default_factory=list)
    threads: list[float] = field(default_factory=list)
    descriptors: list[float] = field(default_factory=list)
    stuck: int = 0

    def look(self, usage: Usage) -> None:
        """Remember a moment."""
        self.anonymous_kib.append(usage.anonymous_kib)
        self.threads.append(usage.threads)
        self.descriptors.append(usage.descriptors)

    def growth(self, values: list[float]) -> float:
        """From the end of the warm-up to the end, each as the middle of five looks."""
        skip = min(WARM_UP_CALLS // LOOK_EVERY_CALLS, max(0, len(values) - 2))
        kept = values[skip:]
        several = max(1, min(5, len(kept) // 2))
        return median(kept[-several:]) - median(kept[:several])


def endurance_rows(place: Place) -> list[Row]:
    """Both doors, calls that succeed and then calls that fail in different ways."""
    with (
        Agent(OUR_ADDRESS, behaviour=AT_ONCE) as line,
        place.card() as (card, _),
        # One call a press, as at the rival: the next press waits for its INVITE.
        OurDoor(place.folder("ours"), line, card, dialling="plain_when_refused = []") as door,
    ):
        good = _calls(place, "calls in a row, ours", door, door.pins, line, _talk)
        bad = _calls(place, "calls that fail, ours", door, door.pins, line, _Failures())
    with Agent(RIVALS_LINE_ADDRESS, behaviour=AT_ONCE) as line:
        target = f"sip:36913100000000@{RIVALS_LINE_ADDRESS}:{line.port}"
        with place.card() as (card, _), RivalDoor(place.folder("rival"), target, card) as rival:
            theirs = _calls(place, "calls in a row, rival", rival, rival.pins, line, _talk)
    return [*_rows("calls in a row", place, good, theirs), *_rows("calls that fail", place, bad, None)]


def _rows(what: str, place: Place, ours: Life, rival: Life | None) -> list[Row]:
    count = place.size.calls
    return [
        Row(
            f"{count} {what}: growth of memory",
            "KiB",
            ours.growth(ours.anonymous_kib),
            rival.growth(rival.anonymous_kib) if rival else None,
            GROWTH_KIB,
            f"RssAnon after the first {WARM_UP_CALLS} calls to after the last, each the middle of five looks",
            {"ours": ours.anonymous_kib} | ({"rival": rival.anonymous_kib} if rival else {}),
            curve=True,
        ),
        Row(
            f"{count} {what}: growth of threads",
            "",
            ours.growth(ours.threads),
            rival.growth(rival.threads) if rival else None,
            0.0,
        ),
        Row(
            f"{count} {what}: growth of descriptors",
            "",
            ours.growth(ours.descriptors),
            rival.growth(rival.descriptors) if rival else None,
            0.0,
        ),
        Row(
            f"{count} {what}: stuck",
            "",
            float(ours.stuck),
            float(rival.stuck) if rival else None,
            0.0,
            f"calls whose next message did not come within {_LIMIT_S:.0f} s, the INVITE among them",
        ),
    ]


def _calls(
    place: Place,
    text: str,
    door: OurDoor | RivalDoor,
    pins: PinFile,
    line: Agent,
    go_through: Callable[[PinFile, Agent], None],
) -> Life:
    life = Life()
    for number in place.through(place.size.calls, text):
        try:
            go_through(pins, line)
        except LineError:
            life.stuck += 1
        if number % LOOK_EVERY_CALLS == LOOK_EVERY_CALLS - 1:
            life.look(door.usage())
    return life


def _talk(pins: PinFile, line: Agent) -> None:
    """Press, be answered at once, be hung up."""
    _press(pins, line)
    line.wait_for(What.ACKED, timeout_s=_LIMIT_S)
    time.sleep(_TALK_S)
    line.hang_up()
    line.wait_for(What.ENDED, timeout_s=_LIMIT_S)
    # PJSIP closes a call's sockets half a second later, and the published build has room for 64.
    time.sleep(0.12)


class _Failures:
    """One way to fail after the other."""

    def __init__(self) -> None:
        self._number = 0

    def __call__(self, pins: PinFile, line: Agent) -> None:
        answers = (
            *(refuse(status) for status in (403, 404, 480, 486, 488, 500, 503, 603)),
            refuse(302, contact="sip:nobody@127.0.0.1:9"),
            RING_ONLY,
            SILENT,
        )
        answer = answers[self._number % len(answers)]
        self._number += 1
        line.behaviour = Behaviour(answer=answer)
        _press(pins, line)
        if answer in (RING_ONLY, SILENT):
            time.sleep(0.1)
            # A second press hangs up.
            pins.close_contact(BELL_PIN)
            time.sleep(0.06)
            pins.open_contact(BELL_PIN)
        time.sleep(0.2)


def _press(pins: PinFile, line: Agent) -> None:
    pins.close_contact(BELL_PIN)
    try:
        line.wait_for(What.INVITE, timeout_s=_LIMIT_S)
    finally:
        time.sleep(0.03)
        pins.open_contact(BELL_PIN)
        time.sleep(0.04)
