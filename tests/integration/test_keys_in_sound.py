"""Keys that come as tones alone, through the whole station: they count where that is switched on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.live import LiveStation
from tests.integration.test_keys import Keys, once

from portier.bench.line.behaviour import Behaviour
from portier.bench.line.g711 import Law
from portier.bench.line.leg import KeyWay
from portier.bench.line.packets import KeyShape
from portier.config import load

TONE = KeyShape(duration_ms=100)


def listening(folder: Path, codecs: str) -> LiveStation:
    """A station that listens for keys in the sound."""
    behaviour = Behaviour(codecs=(Law.MU, Law.A))
    return LiveStation(folder, behaviour, sip=f"inband_dtmf = true\ncodecs = [{codecs}]")


@pytest.fixture(scope="module", params=['"PCMU", "PCMA"', '"G722", "PCMA"'], ids=["8 kHz", "16 kHz"])
def shared_listening(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveStation]:
    with listening(tmp_path_factory.mktemp("station"), request.param) as station:
        yield station


@pytest.fixture
def station(shared_listening: LiveStation) -> Iterator[LiveStation]:
    shared_listening.settled()
    yield shared_listening
    shared_listening.settled()
    assert not shared_listening.faults


@pytest.fixture
def keys(station: LiveStation) -> Iterator[Keys]:
    observer = watching(station)
    yield observer
    assert station.station
    station.station.runtime._observers.remove(observer)


def watching(station: LiveStation) -> Keys:
    """Which keys become digits from now on."""
    assert station.station
    observer = Keys()
    station.station.runtime.observe(observer)
    return observer


def heard_once(station: LiveStation, keys: Keys, *typed: tuple[str, KeyShape]) -> None:
    """Send keys as tones: each is one digit. A machine that is busy makes holes in its sound: then anew."""
    expected = "".join(key for key, _ in typed)
    for _ in range(5):
        keys.pressed = ""
        for key, shape in typed:
            station.line.press(key, KeyWay.TONE, shape)
        until_s = time.monotonic() + 3.0 + sum(shape.duration_ms for _, shape in typed) / 1000
        while len(keys.pressed) < len(expected) and time.monotonic() < until_s:
            time.sleep(0.05)
        time.sleep(0.4)
        if keys.pressed == expected:
            return
    raise AssertionError(f"{keys.pressed} each time where {expected} was sent")


def test_every_key_is_heard_once(station: LiveStation, keys: Keys) -> None:
    assert station.rate_hz == (8000 if load.narrowband(station.config) else 16000)
    station.talk()
    time.sleep(0.5)
    for key in "0123456789*#ABCD":
        heard_once(station, keys, (key, TONE))


def test_a_release_digit_as_a_tone_releases_the_door(station: LiveStation, keys: Keys) -> None:
    since_s = station.talk()
    time.sleep(0.5)
    heard_once(station, keys, ("5", TONE))
    station.until(lambda: station.releases(since_s) > 0, "released")


def test_a_key_by_all_three_ways_is_one(station: LiveStation, keys: Keys) -> None:
    station.talk()
    time.sleep(0.5)

    def send() -> None:
        station.line.press("7", shape=TONE)
        station.line.press("7", KeyWay.INFO)
        station.line.press("7", KeyWay.TONE, TONE)

    for _ in range(2):
        once(station, keys, send)


def test_a_key_held_for_5_s_is_one_and_does_not_hinder_the_next(station: LiveStation, keys: Keys) -> None:
    station.talk()
    time.sleep(0.5)
    heard_once(station, keys, ("7", KeyShape(duration_ms=5000, gap_ms=60)), ("7", TONE))
