"""Several telephones for a visit over real SIP: at once, in turn, with a key that confirms, with headers."""

from __future__ import annotations

import time
from array import array
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.integration.conftest import OPERATOR
from tests.integration.live import BELL_PIN, SIDE_PIN, LiveStation

from portier.bench.evidence import find
from portier.bench.line.behaviour import RING_ONLY, Answer, CancelMode, refuse
from portier.bench.line.call import Call, Phase
from portier.bench.line.events import Event, What
from portier.bench.voice import voice
from portier.core.states import Ringing, Talking

KITCHEN, OFFICE, GARDEN, ATTIC = "201", "202", "203", "204"
PREFIXED = f"3691{KITCHEN}"
REFUSING = '{ ring = ["nobody401", "nobody402", "nobody403"] }'
LISTS: dict[str, Any] = {
    "dialling": '!prefix = "3691"',
    "targets.kitchen": f'line = "{KITCHEN}"',
    "targets.office": f'line = "{OFFICE}"\nprefix = false\nauto_answer = "call-info"',
    "targets.garden": f'line = "{GARDEN}"\nprefix = false\nauto_answer = "alert-info"',
    "targets.plain": f'line = "{KITCHEN}"\nprefix = false',
    "targets.plain_office": f'line = "{OFFICE}"\nprefix = false',
    "targets.ring": f'line = "{KITCHEN}"\nprefix = false\nauto_answer = "alert-info-ring-answer"',
    "targets.auto": f'line = "{OFFICE}"\nprefix = false\nauto_answer = "alert-info-auto-answer"',
    "targets.mode": f'line = "{GARDEN}"\nprefix = false\nauto_answer = "answer-mode"',
    "targets.plain_garden": f'line = "{GARDEN}"\nprefix = false',
    "targets.attic": f'line = "{ATTIC}"\nprefix = false',
    "lists.four": """steps = [{ ring = ["plain", "plain_office", "plain_garden", "attic"], seconds = 10 }]""",
    "lists.together": """steps = [{ ring = ["plain", "plain_office", "plain_garden"], seconds = 5 }]
fallback = "turns"
total_s = 20""",
    "lists.turns": 'steps = [{ ring = ["kitchen"], seconds = 3 }, { ring = ["plain_office"], seconds = 10 }]',
    "lists.asked": """steps = [{ ring = ["kitchen"], seconds = 5 }, { ring = ["office"], seconds = 10 }]
confirm = "1"
confirm_s = 6""",
    **{f"targets.nobody{one}": f'line = "{one}"' for one in (401, 402, 403)},
    "lists.refused": f"steps = [{', '.join([REFUSING] * 6)}]\nconfirm = '1'",
    "lists.headers": '''steps = [{ ring = ["office", "garden", "kitchen"], seconds = 3 },
  { ring = ["ring", "auto", "mode"], seconds = 3 }]
confirm = "1"''',
}
HEADERS_PIN, ASKED_PIN, FOUR_PIN, REFUSED_PIN, LINE_PIN = 13, 19, 26, 16, 20


@pytest.fixture(scope="module")
def shared_station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStation]:
    changes: dict[str, Any] = {
        "buttons.bell": f'!pin = {BELL_PIN}\nlist = "together"',
        "buttons.side": f'!pin = {SIDE_PIN}\nlist = "turns"',
        "buttons.asked": f'pin = {ASKED_PIN}\nlist = "asked"',
        "buttons.headers": f'pin = {HEADERS_PIN}\nlist = "headers"',
        "buttons.refused": f'pin = {REFUSED_PIN}\nlist = "refused"',
        "buttons.four": f'pin = {FOUR_PIN}\nlist = "four"',
        "buttons.line": f'pin = {LINE_PIN}\nline = "{KITCHEN}"',
        **LISTS,
    }
    with LiveStation(tmp_path_factory.mktemp("reach"), OPERATOR, direct=False, **changes) as station:
        yield station


@pytest.fixture
def station(shared_station: LiveStation) -> Iterator[LiveStation]:
    shared_station.settled()
    yield shared_station
    shared_station.settled()
    assert not shared_station.faults


def lines(
    station: LiveStation, answers: dict[str, Answer] | None = None, cancel: CancelMode = CancelMode.OBEY
) -> int:
    """Have these numbers answer so, and all others ring; how many events there were before."""
    users = dict.fromkeys((KITCHEN, OFFICE, GARDEN, ATTIC, PREFIXED), RING_ONLY) | (answers or {})
    station.line.behaviour = replace(OPERATOR, users=users, cancel=cancel)
    return len(station.line.events)


def invited(station: LiveStation, since: int) -> dict[str, int]:
    """The numbers that were called since, and the line's newest call of each."""
    events = station.line.events[since:]
    return {str(one.details["to_user"]): one.call for one in events if one.what is What.INVITE}


def happened(station: LiveStation, since: int, what: What, call: int) -> Event | None:
    return next((one for one in station.line.events[since:] if one.what is what and one.call == call), None)


def until_happened(station: LiveStation, since: int, what: What, call: int) -> None:
    station.until(lambda: happened(station, since, what, call) is not None, f"{what} of call {call}", 3.0)


def call_of(station: LiveStation, number: int) -> Call:
    return next(one for one in station.line.calls if one.number == number)


def heard(call: Call) -> bytes:
    return call.leg.recording.samples()


def hears_the_door(call: Call) -> bool:
    match = find(voice("door", 8000, 4.0), heard(call)[-32000:], 8000)
    return match.sounding_s >= 1.2 and match.share > 0.4


def until_the_door_is_heard(station: LiveStation, call: Call) -> None:
    station.until(lambda: hears_the_door(call), "the door's sound in most of the recording", 10.0)


def beeps(recording: bytes) -> bool:
    """Whether the tone that asks is the loudest thing in a recording."""
    samples = np.asarray(array("h", recording), dtype=float)
    if len(samples) < 8000:
        return False
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return abs(float(np.argmax(spectrum)) * 8000 / len(samples) - 880) < 5


def test_three_ring_at_once_and_the_first_answer_ends_the_others(station: LiveStation) -> None:
    since = lines(station, {OFFICE: Answer(ring_s=1.0)})
    pressed_s = station.press()
    station.until(lambda: isinstance(station.state.call, Talking), "talking")
    calls = invited(station, since)
    assert set(calls) == {KITCHEN, OFFICE, GARDEN}
    for loser in (KITCHEN, GARDEN):
        until_happened(station, since, What.ENDED, calls[loser])
        ended = happened(station, since, What.ENDED, calls[loser])
        assert ended is not None
        assert (ended.details["by"], ended.details["status"]) == ("station", 487)
    until_the_door_is_heard(station, call_of(station, calls[OFFICE]))
    assert call_of(station, calls[OFFICE]).phase is Phase.CONFIRMED
    station.end_call()
    record = station.station.recorder if station.station else None
    assert record is not None
    station.until(lambda: record.last is not None and record.last.answered_by == "plain_office", "a record")
    assert record.last is not None
    assert [one.target for one in record.last.legs] == ["plain", "plain_office", "plain_garden"]
    assert record.last.press_to_invite_ms is not None
    assert station.releases(pressed_s) == 0


def test_four_ring_at_once(station: LiveStation) -> None:
    """With the published PJSIP too, as long as nobody else needs a slot."""
    since = lines(station, {ATTIC: Answer(ring_s=1.0)})
    station.press(FOUR_PIN)
    station.until(lambda: isinstance(station.state.call, Talking), "talking", 8.0)
    assert set(invited(station, since)) == {KITCHEN, OFFICE, GARDEN, ATTIC}


def test_an_answer_that_crosses_its_cancel_is_ended_at_once_and_hears_nobody(station: LiveStation) -> None:
    since = lines(station, {KITCHEN: Answer(ring_s=0.6)}, CancelMode.ANSWER_CROSSES)
    pressed_s = station.press()
    station.until(lambda: isinstance(station.state.call, Talking), "talking")
    calls = invited(station, since)
    for loser in (OFFICE, GARDEN):
        until_happened(station, since, What.ANSWERED, calls[loser])
        until_happened(station, since, What.ENDED, calls[loser])
        answered, ended = (
            happened(station, since, what, calls[loser]) for what in (What.ANSWERED, What.ENDED)
        )
        assert answered is not None
        assert ended is not None
        assert ended.details["by"] == "station"
        assert (ended.at.mono_ns - answered.at.mono_ns) / 1e9 < 3.0
        assert not hears_the_door(call_of(station, calls[loser]))
    until_the_door_is_heard(station, call_of(station, calls[KITCHEN]))
    assert isinstance(station.state.call, Talking)
    assert station.releases(pressed_s) == 0


def test_a_press_after_cancels_that_nobody_confirms_reaches_everybody_when_there_is_room(
    station: LiveStation,
) -> None:
    """The published PJSIP has four slots, and a cancelled call keeps its own until it is over."""
    lines(station, cancel=CancelMode.IGNORE)
    station.press()
    station.until(lambda: isinstance(station.state.call, Ringing), "ringing")
    station.end_call()
    since = lines(station, {GARDEN: Answer(ring_s=0.2)})
    station.press()
    station.until(lambda: isinstance(station.state.call, Talking), "talking", 8.0)
    assert GARDEN in invited(station, since)


def test_a_refused_prefix_leads_to_a_plain_call_and_a_busy_line_to_the_next(
    station: LiveStation,
) -> None:
    busy = refuse(486)
    since = lines(station, {PREFIXED: refuse(404), KITCHEN: busy, OFFICE: Answer(ring_s=0.3)})
    station.press(SIDE_PIN)
    station.until(lambda: isinstance(station.state.call, Talking), "talking")
    assert list(invited(station, since)) == [PREFIXED, KITCHEN, OFFICE]


def test_so_does_the_refused_prefix_of_a_button_that_names_a_line(station: LiveStation) -> None:
    since = lines(station, {PREFIXED: refuse(404), KITCHEN: Answer(ring_s=0.3)})
    station.press(LINE_PIN)
    station.until(lambda: isinstance(station.state.call, Talking), "talking")
    assert list(invited(station, since)) == [PREFIXED, KITCHEN]


@pytest.mark.parametrize("status", [603, 486])
def test_a_refusal_that_is_not_of_the_prefix_brings_no_plain_call(station: LiveStation, status: int) -> None:
    since = lines(station, {PREFIXED: refuse(status), OFFICE: Answer(ring_s=0.3)})
    station.press(SIDE_PIN)
    station.until(lambda: isinstance(station.state.call, Talking), "talking")
    assert list(invited(station, since)) == [PREFIXED, OFFICE]


def test_many_telephones_that_refuse_at_once_are_all_tried_and_the_next_press_rings(
    station: LiveStation,
) -> None:
    """36 calls that end at once: faster than PJSIP lets go of their sockets, its published build aborts."""
    unknown = {prefix + number: refuse(404) for prefix in ("3691", "") for number in ("401", "402", "403")}
    since = lines(station, unknown)
    station.press(REFUSED_PIN)
    station.until(lambda: station.state.call_failed, "nobody reached", 10.0)
    asked = [event for event in station.line.events[since:] if event.what is What.INVITE]
    assert len(asked) == 36
    lines(station, {PREFIXED: Answer(ring_s=0.3)})
    station.press(SIDE_PIN)
    station.until(lambda: isinstance(station.state.call, Talking), "talking")


def test_whoever_answered_hears_beeps_and_nobody_until_the_key(station: LiveStation) -> None:
    since = lines(station, {PREFIXED: Answer(ring_s=0.2)})
    pressed_s = station.press(ASKED_PIN)
    station.until(lambda: bool(invited(station, since)), "an INVITE")
    (number,) = invited(station, since).values()
    station.until(lambda: happened(station, since, What.ACKED, number) is not None, "answered")
    call = call_of(station, number)
    station.until(lambda: beeps(heard(call)), "the beeps that ask for the key", 4.5)
    assert isinstance(station.state.call, Ringing)
    assert not hears_the_door(call)
    far = find(voice("phone", 16000, 4.0), station.card.heard_between(pressed_s, time.monotonic()), 16000)
    assert far.share < 0.4, "the visitor hears nobody yet"
    station.line.press("5")
    time.sleep(0.3)
    assert station.releases(pressed_s) == 0
    station.line.press("1")
    station.until(lambda: isinstance(station.state.call, Talking), "talking")
    before = len(heard(call))
    until_the_door_is_heard(station, call)
    station.until(lambda: len(heard(call)) > before + 4000 + 20000, "more than a second of sound")
    assert not beeps(heard(call)[before + 4000 :])
    station.line.press("5")
    station.until_released()


def test_a_telephone_that_answers_in_an_empty_flat_gives_way_to_the_next(station: LiveStation) -> None:
    since = lines(station, {PREFIXED: Answer(ring_s=0.1), OFFICE: Answer(ring_s=0.2)})
    station.press(ASKED_PIN)
    station.until(lambda: OFFICE in invited(station, since), "the next", 12.0)
    calls = invited(station, since)
    station.until(lambda: happened(station, since, What.ENDED, calls[PREFIXED]) is not None, "ended")
    station.until(lambda: happened(station, since, What.ACKED, calls[OFFICE]) is not None, "answered")
    call = call_of(station, calls[OFFICE])
    station.until(lambda: beeps(heard(call)), "the beeps that ask for the key", 8.0)
    station.line.press("1")
    station.until(lambda: isinstance(station.state.call, Talking), "talking")
    until_the_door_is_heard(station, call)


def test_each_target_is_asked_to_answer_by_its_own_header(station: LiveStation) -> None:
    host = f"127.0.0.1:{station.line.port}"
    lines(station)
    count = len(station.line.requests)
    station.press(HEADERS_PIN)
    station.until(lambda: len(_invites(station, count)) == 6, "six INVITEs", 6.0)
    wanted = [
        f"Call-Info: <sip:{host}>;answer-after=0",
        f"Alert-Info: <sip:{host}>;info=alert-autoanswer;delay=0",
        "",
        "Alert-Info: Ring Answer",
        "Alert-Info: Auto Answer",
        "Answer-Mode: Auto",
    ]
    for text, header in zip(_invites(station, count), wanted, strict=True):
        found = [
            line
            for line in text.splitlines()
            if line.split(":")[0] in {"Call-Info", "Alert-Info", "Answer-Mode"}
        ]
        assert found == ([header] if header else [])


def _invites(station: LiveStation, since: int) -> list[str]:
    """The INVITEs, each once."""
    found = [one for one in station.line.requests[since:] if one.request.method == "INVITE"]
    return list({one.request.header("Call-ID"): one.raw.decode() for one in found}.values())
