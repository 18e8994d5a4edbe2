"""A card that comes and goes, through the real ALSA API, under the whole station in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.jack_card import Child, JackCard
from tests.integration.live import STRIKE_PIN
from tests.integration.station_on_card import FAILURE_PIN, StationOnCard

from portier.bench.line.agent import Agent
from portier.bench.line.events import What
from portier.bench.voice import voice

# 3 s where nothing else runs; tests share their machine with others.
_BACK_LIMIT_S = 8.0
# A machine that does much else, as those that test do, opens two cards and converters more slowly.
_BACK_ON_A_BUSY_MACHINE_S = 15.0


@pytest.fixture
def line() -> Iterator[Agent]:
    with Agent(voice=voice("phone", 8000, 4.0)) as agent:
        yield agent


def _call(station: StationOnCard, line: Agent) -> None:
    station.press()
    line.wait_for(What.ACKED, timeout_s=10)


def _packets_in_a_second(line: Agent) -> int:
    """How many RTP packets come from the station."""
    counters = line.calls[-1].leg.recording.counters
    before = counters.received
    time.sleep(1.0)
    return line.calls[-1].leg.recording.counters.received - before


def _loudest(line: Agent, last_s: float) -> int:
    """The greatest sample that the phone has heard lately."""
    heard = memoryview(line.recording()[-round(16000 * last_s) :]).cast("h")
    return max(map(abs, heard), default=0)


def _opens_by_digit(station: StationOnCard, line: Agent) -> None:
    line.press("5")
    station.pins.wait(STRIKE_PIN, energised=True, limit_s=10.0)
    station.pins.wait(STRIKE_PIN, energised=False, limit_s=10.0)


def _hears(line: Agent, room: Child, limit_s: float = 0.0) -> None:
    """The phone hears what the room says next, or, where the card may still open, soon."""
    until_s = time.monotonic() + limit_s
    while True:
        room.say("go 2.5")
        room.expect("result", 10)
        if _loudest(line, 2.0) > 1000:
            return
        assert time.monotonic() < until_s, "the phone hears the room"


def _hears_microphone(station: StationOnCard, line: Agent) -> None:
    """Wait until the phone hears the microphone's tone."""
    until_s = time.monotonic() + 15.0
    while _loudest(line, 0.5) < 1000:
        assert time.monotonic() < until_s, f"the phone does not hear the microphone: {station.said}"
        time.sleep(0.1)


def _visitor_hears(room: Child, kept: Path) -> bool:
    """Whether the phone's voice comes out of the loudspeaker."""
    room.say(f"hear 2 {kept}")
    room.expect("heard", 10)
    return max(map(abs, memoryview(kept.read_bytes()).cast("h")), default=0) > 1000


def _lives_on(station: StationOnCard, line: Agent) -> None:
    """Without its card the call's packets go on, a failure shows, and digits count."""
    assert _packets_in_a_second(line) > 25, "the call's packets go on"
    assert station.pins.energised(FAILURE_PIN), "the visitor sees it"
    _opens_by_digit(station, line)


def _sounds_again(station: StationOnCard, line: Agent, from_s: float) -> None:
    """Soon after that moment the microphone is heard, nothing shows a failure, and digits count."""
    station.until_said("the card is back", _BACK_ON_A_BUSY_MACHINE_S)
    print(f"back after {time.monotonic() - from_s:.2f} s")
    _hears_microphone(station, line)
    assert not station.pins.energised(FAILURE_PIN)
    _opens_by_digit(station, line)


def _is_back(
    station: StationOnCard, line: Agent, room: Child, from_s: float, limit_s: float = _BACK_LIMIT_S
) -> None:
    """Within its time from then on the card sounds, nothing shows a failure, and digits count as before."""
    station.until_said("the card is back", limit_s + 2)
    took_s = time.monotonic() - from_s
    print(f"back after {took_s:.2f} s")
    assert took_s < limit_s
    _hears(line, room)
    assert not station.pins.energised(FAILURE_PIN)
    _opens_by_digit(station, line)


def test_a_card_that_dies_in_a_call_leaves_call_and_digits_alive_and_comes_back(
    tmp_path: Path, line: Agent
) -> None:
    with JackCard(tmp_path) as card, card.room() as room:
        # The card cannot be opened while there is no room.
        room.expect("up", 10)
        with StationOnCard(tmp_path, line, card) as station:
            _call(station, line)
            _hears(line, room)
            card.stop()
            room.end()
            station.until_said("the card is gone", 15.0)
            # The plugin's way to close a dead server's device takes some tenths of a second.
            time.sleep(1.0)
            assert _packets_in_a_second(line) > 25, "the call's packets go on"
            assert station.pins.energised(FAILURE_PIN), "the visitor sees it"
            _opens_by_digit(station, line)
            card.start()
            back_from_s = time.monotonic()
            with card.room() as new_room:
                new_room.expect("up", 10)
                _is_back(station, line, new_room, back_from_s)
            assert station.process.poll() is None


def test_a_card_that_is_absent_at_the_start_is_told_and_calls_work_without_it(
    tmp_path: Path, line: Agent
) -> None:
    card = JackCard(tmp_path)
    with StationOnCard(tmp_path, line, card) as station:
        station.until_said('cannot open capture "jk"', 10)
        _call(station, line)
        assert _packets_in_a_second(line) > 25, "the call lives without a card"
        assert station.pins.energised(FAILURE_PIN), "the visitor sees it"
        _opens_by_digit(station, line)
        with card, card.room() as room:
            room.expect("up", 10)
            back_from_s = time.monotonic()
            _is_back(station, line, room, back_from_s)


def test_a_card_that_another_program_holds_is_told_and_taken_when_it_is_free(
    tmp_path: Path, line: Agent
) -> None:
    with JackCard(tmp_path) as card:
        lock, _ = card.make_exclusive()
        with card.room() as room, StationOnCard(tmp_path, line, card) as station:
            room.expect("up", 10)
            # The station tries the card at its start; from then on it is closed until somebody presses.
            time.sleep(1.0)
            with Child(["flock", str(lock), "sh", "-c", "echo held; cat"]) as other:
                other.expect("held", 5)
                _call(station, line)
                station.until_said('cannot open capture "jk": Device or resource busy. Cards here: ', 5)
                assert _packets_in_a_second(line) > 25, "the call lives without a card"
                assert station.pins.energised(FAILURE_PIN), "the visitor sees it"
                _opens_by_digit(station, line)
            free_from_s = time.monotonic()
            _is_back(station, line, room, free_from_s)


def test_a_card_that_hangs_as_it_opens_holds_up_no_call_no_digit_and_no_release(
    tmp_path: Path, line: Agent
) -> None:
    with JackCard(tmp_path) as card:
        _, hangs = card.make_exclusive()
        with card.room() as room, StationOnCard(tmp_path, line, card) as station:
            room.expect("up", 10)
            # The station tries the card at its start; from then on it is closed until somebody presses.
            time.sleep(1.0)
            with Child(["flock", str(hangs), "sh", "-c", "echo held; cat"]) as other:
                other.expect("held", 5)
                _call(station, line)
                _opens_by_digit(station, line)
                assert _packets_in_a_second(line) > 25, "the call's packets go without the card"
            _hears(line, room, _BACK_LIMIT_S)


def test_another_card_in_the_place_of_one_that_died_sounds_within_its_time(
    tmp_path: Path, line: Agent
) -> None:
    with JackCard(tmp_path) as card, card.room() as room:
        room.expect("up", 10)
        with StationOnCard(tmp_path, line, card) as station:
            _call(station, line)
            card.stop()
            room.end()
            station.until_said("the card is gone", 15.0)
            # The plugin's way to close a dead server's device takes some tenths of a second.
            time.sleep(1.0)
            assert station.pins.energised(FAILURE_PIN), "the visitor sees it"
            card.become(rate_hz=48000)
            card.start()
            with card.room() as new_room:
                new_room.expect("up", 10)
                back_from_s = time.monotonic()
                _is_back(station, line, new_room, back_from_s, _BACK_ON_A_BUSY_MACHINE_S)
                assert _visitor_hears(new_room, tmp_path / "heard"), "the visitor hears the phone"
            assert station.process.poll() is None


def test_of_two_cards_either_may_die_in_a_call_and_come_back(tmp_path: Path, line: Agent) -> None:
    with JackCard(tmp_path) as card, card.room() as room:
        microphone = card.add_microphone()
        room.expect("up", 10)
        with StationOnCard(tmp_path, line, card, capture="mic") as station:
            _call(station, line)
            _hears_microphone(station, line)
            with Child(["flock", str(microphone), "sh", "-c", "echo gone; cat"]) as gone:
                gone.expect("gone", 15)
                station.until_said("the card is gone", 15.0)
                _lives_on(station, line)
                assert _loudest(line, 0.5) < 100, "there is no microphone"
            _sounds_again(station, line, time.monotonic())
            card.stop()
            room.end()
            station.until_said("the card is gone", 15.0)
            # The plugin's way to close a dead server's device takes some tenths of a second.
            time.sleep(1.0)
            _lives_on(station, line)
            card.start()
            with card.room() as new_room:
                new_room.expect("up", 10)
                _sounds_again(station, line, time.monotonic())
                assert _visitor_hears(new_room, tmp_path / "heard"), "the visitor hears the phone"
            assert station.process.poll() is None
