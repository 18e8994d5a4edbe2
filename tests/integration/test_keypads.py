"""Access codes of the whole station: a matrix, a reader and callers over real SIP, to the relay's pin."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from tests.integration.caller import ASSERTED, SILENT, call
from tests.integration.live import LiveStation

from portier.bench.codes import FakeDirectory
from portier.bench.keypads import MatrixHands, WiegandHands
from portier.core.codes import CodeMatch
from portier.core.events import RegistrationState
from portier.core.states import Idle, Incoming, IncomingPhase, Talking
from portier.plan import MatrixPins, WiegandPins
from portier.status import snapshot

RIGHT, WRONG, CARD = "246810", "135791", (17, 4711)
MATRIX = MatrixPins((9, 10, 19, 20), (14, 15, 18), ("123", "456", "789", "*0#"))
READER = WiegandPins(26, 27, card_bits=26, key_bits=4)
FRONT = frozenset({"front"})
CODES = {
    RIGHT: CodeMatch(1, "resident", FRONT),
    "card:17:4711": CodeMatch(2, "badge", FRONT),
    "112233": CodeMatch(3, "postman", FRONT, profile="always"),
    "445566": CodeMatch(4, "last year", FRONT, until_time=datetime.fromisoformat("2020-01-01")),
}
SECTIONS: dict[str, Any] = {
    "keypads.matrix": (
        'kind = "matrix"\ndoor = "front"\nrows = [9, 10, 19, 20]\ncolumns = [14, 15, 18]\nkey_timeout_s = 30'
    ),
    "keypads.reader": 'kind = "wiegand"\ndoor = "front"\nd0 = 26\nd1 = 27',
    "profiles.always": 'hours = ["00:00-24:00"]',
    "targets.kitchen": 'line = "3100000000"',
    "lists.dupont": 'steps = [{ ring = ["kitchen"], seconds = 20 }]',
    "lamps": "status = 23",
    "incoming": (
        f'accept_from_numbers = ["0033123456789", "{SILENT}"]\ncodes_from_numbers = ["0033123456789"]'
    ),
}


class House:
    """A live station and the hands at its keypads."""

    def __init__(self, station: LiveStation) -> None:
        self.station = station
        self.matrix = MatrixHands(station.pins, MATRIX)

    @property
    def reader(self) -> WiegandHands:
        """Whose pins are there only once the station has claimed them."""
        return WiegandHands(self.station.pins, READER)

    def key(self, keys: str) -> float:
        """Keys at the matrix, each held until it counts; when the last one went down."""
        down_s = 0.0
        for key in keys:
            before = self.station.state.codes
            self.matrix.press(key)
            down_s = time.monotonic()
            self.station.until(lambda: self.station.state.codes != before, "the key counts")  # noqa: B023
            self.matrix.let_go(key)
            time.sleep(0.1)
        return down_s

    def guesses(self, source: str) -> tuple[int, bool]:
        """How many wrong codes count of a source, and whether it is blocked."""
        one = self.station.state.codes.guesses.by_source.get(source)
        return (len(one.wrong_s), one.blocked) if one else (0, False)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    live = LiveStation(
        tmp_path_factory.mktemp("keypads"),
        directory=FakeDirectory(CODES),
        flats={"12": "dupont"},
        sip='accept_from = ["127.0.0.0/8"]',
        **SECTIONS,
    )
    house = House(live)
    with live as station:
        station.until(lambda: station.state.registration is RegistrationState.REGISTERED, "registered")
        yield house
        assert not station.faults


@pytest.fixture
def house(shared: House) -> Iterator[House]:
    yield shared
    if shared.station.state.call != Idle():
        shared.station.line.hang_up()
    shared.station.settled()


def test_a_code_keyed_at_a_matrix_releases_the_door(house: House) -> None:
    since_s = time.monotonic()
    down_s = house.key(RIGHT)
    house.station.until_released(since_s)
    rose_s = house.station.pins.pin(22).times(level=True, since_s=since_s)[0]
    assert 0 < rose_s - down_s < 2.0
    assert not house.matrix.shorted


def test_a_card_and_keys_of_a_reader_release_the_door(house: House) -> None:
    for by_card in (True, False):
        since_s = time.monotonic()
        if by_card:
            house.reader.card(*CARD)
        for key in "" if by_card else RIGHT:
            house.reader.key(key)
        house.station.until_released(since_s)
        house.station.until(lambda: not house.station.energised(), "locked again")


def test_what_is_wrong_or_not_valid_any_more_releases_nothing(house: House) -> None:
    since_s = time.monotonic()
    house.reader.card(17, 4712)
    house.key("445566")
    house.station.until(lambda: house.guesses("keypad:reader") == (1, False), "counted")
    time.sleep(0.2)
    assert house.station.releases(since_s) == 0


def test_a_code_bound_to_hours_is_refused_unless_the_clock_is_known_to_be_right(house: House) -> None:
    """Of this machine nobody knows whether it is: the station must do as its own state says."""
    station, since_s = house.station, time.monotonic()
    house.key("112233")
    if station.state.clock_unsure:
        time.sleep(0.5)
        assert station.releases(since_s) == 0
    else:
        station.until_released(since_s)


def test_a_flats_number_and_the_call_key_ring_the_flat(house: House) -> None:
    house.key("12#")
    house.station.until(lambda: isinstance(house.station.state.call, Talking), "talking", 10.0)
    since_s = time.monotonic()
    house.station.line.press("5")
    house.station.until_released(since_s)


def test_a_callers_code_over_sip_releases_the_door_and_his_release_digit_does_not(house: House) -> None:
    station = house.station
    assert call(station, ASSERTED) == 200

    def joined() -> bool:
        one = station.state.call
        return isinstance(one, Incoming) and one.phase is IncomingPhase.TALKING

    station.until(joined, "joined")
    since_s = time.monotonic()
    station.line.press("5")
    station.line.press("*")
    station.until(lambda: house.guesses("caller:0033123456789")[0] == 1, "a wrong attempt")
    assert station.releases(since_s) == 0
    for key in RIGHT:
        station.line.press(key)
        time.sleep(0.25)
    station.until_released(since_s)


def test_a_keypad_that_guesses_is_blocked_and_shown_so_and_a_resident_still_opens(house: House) -> None:
    station = house.station
    for _ in range(5):
        house.key(WRONG)
    station.until(lambda: house.guesses("keypad:matrix")[1], "blocked")
    shown = snapshot(station.state).blocked_codes
    assert shown == {'keypad "matrix"': 30}
    since_s = time.monotonic()
    house.key(RIGHT)
    time.sleep(0.3)
    assert station.releases(since_s) == 0
    station.talk()
    since_s = time.monotonic()
    station.line.press("5")
    station.until_released(since_s)
    station.until(lambda: not station.energised(), "locked again")
    since_s = time.monotonic()
    house.reader.card(*CARD)
    station.until_released(since_s)
