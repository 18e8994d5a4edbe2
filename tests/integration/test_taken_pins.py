"""Pins that somebody else has when the station starts."""

from __future__ import annotations

import asyncio
import gc
import warnings

import pytest
from gpiozero import InputDevice

from portier.app import Parts, Station
from portier.bench.pins import BenchPins
from portier.config import load, planned
from portier.errors import GpioError

_BELL_PIN = 5
_CONFIG = f"""
[gpio]
factory = "mock"
[audio]
card = "none"
[sip]
bind_address = "127.0.0.1"
port = 15460
[buttons.bell]
pin = {_BELL_PIN}
uri = "sip:line@127.0.0.1"
[doors.front]
pin = 22
release_digit = "5"
[lamps]
status = 23
"""


async def _start_and_stop(pins: BenchPins) -> None:
    faults: list[Exception] = []
    station = Station(planned.plan(load.from_text(_CONFIG)), Parts(pins.factory), faults.append)
    try:
        with pytest.raises(GpioError, match=f'pin {_BELL_PIN} for button "bell"'):
            await station.start()
    finally:
        station.stop()
    assert not faults


def test_a_start_without_the_buttons_pin_leaves_no_socket_open() -> None:
    pins = BenchPins()
    with (
        warnings.catch_warnings(record=True) as seen,
        InputDevice(_BELL_PIN, pull_up=True, pin_factory=pins.factory),
    ):
        warnings.simplefilter("always")
        asyncio.run(_start_and_stop(pins))
        gc.collect()
    assert [str(one.message) for one in seen if issubclass(one.category, ResourceWarning)] == []
