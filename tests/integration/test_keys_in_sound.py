"""Keys that come as tones alone, through the whole station: they count where that is switched on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.live import LiveStation
from tests.integration.test_keys import Keys, come

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


def test_every_key_is_heard_once(station: LiveStation, keys: Keys) -> None:
    assert station.rate_hz == (8000 if load.narrowband(station.config) else 16000)
    station.talk()
    time.sleep(0.5)
    station.line.press("0123456789*#ABCD", KeyWay.TONE, TONE)
    come(station, keys, "0123456789*#ABCD", 10.0)


def test_a_release_digit_as_a_tone_releases_the_door(station: LiveStation) -> None:
    station.talk()
    time.sleep(0.5)
    station.line.press("5", KeyWay.TONE, TONE)
    station.until_released()


def test_a_key_by_all_three_ways_is_one(station: LiveStation, keys: Keys) -> None:
    station.talk()
    time.sleep(0.5)
    for key in "77":
        station.line.press(key, shape=TONE)
        station.line.press(key, KeyWay.INFO)
        station.line.press(key, KeyWay.TONE, TONE)
        time.sleep(0.7)
    come(station, keys, "77")


def test_a_key_held_for_5_s_is_one_and_does_not_hinder_the_next(station: LiveStation, keys: Keys) -> None:
    station.talk()
    time.sleep(0.5)
    station.line.press("7", KeyWay.TONE, KeyShape(duration_ms=5000, gap_ms=60))
    station.line.press("7", KeyWay.TONE, TONE)
    come(station, keys, "77", 10.0)
