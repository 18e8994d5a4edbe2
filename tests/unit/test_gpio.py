"""The gpio adapter on gpiozero's mock pins: edges in, releases with deadlines, lamps."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import types

import pytest

from portier.adapters.gpio.buttons import Buttons
from portier.adapters.gpio.factory import make_factory
from portier.adapters.gpio.lamps import LampBank
from portier.adapters.gpio.strikes import Strikes
from portier.bench.clock import VirtualClockLoop
from portier.bench.pins import BenchPins
from portier.core.effects import Sign
from portier.core.events import ButtonEdge, Event
from portier.errors import GpioError
from portier.facts import Fact, PinChange
from portier.plan import ButtonPin, StrikePin

STRIKE = 22


def _wait_for_low(pins: BenchPins, limit_s: float = 2.0) -> None:
    until_s = time.monotonic() + limit_s
    while pins.energised(STRIKE):
        assert time.monotonic() < until_s, "the relay stayed energised"
        time.sleep(0.005)


def _strikes(pins: BenchPins, max_release_s: float = 10.0) -> Strikes:
    faults: list[Exception] = []
    return Strikes(pins.factory, {"front": StrikePin(STRIKE, max_release_s)}, faults.append)


def test_a_strike_is_claimed_de_energised() -> None:
    pins = BenchPins()
    strikes = _strikes(pins)
    assert pins.pin(STRIKE).function == "output"
    assert not pins.energised(STRIKE)
    assert not pins.pin(STRIKE).times(level=True)
    strikes.close()


def test_a_release_ends_at_its_moment_without_anybody_else() -> None:
    pins = BenchPins()
    strikes = _strikes(pins)
    began_s = time.monotonic()
    strikes.release("front", began_s + 0.2)
    assert pins.energised(STRIKE)
    _wait_for_low(pins)
    lasted_s = pins.pin(STRIKE).times(level=False)[-1] - began_s
    assert 0.2 <= lasted_s < 0.5
    strikes.close()


def test_each_change_of_a_relays_pin_is_told_once() -> None:
    pins, told = BenchPins(), list[Fact]()
    doors = {"front": StrikePin(STRIKE, 10.0)}
    strikes = Strikes(pins.factory, doors, lambda _: None, told.append)
    strikes.release("front", time.monotonic() + 60)
    strikes.release("front", time.monotonic() + 61)
    strikes.lock("front")
    strikes.lock_all()
    strikes.close()
    assert [(one.pin, one.high) for one in told if isinstance(one, PinChange)] == [
        ("door front", True),
        ("door front", False),
    ]
    ((rose_s, _), (fell_s, _)) = pins.pin(STRIKE).history[-2:]
    assert 0 <= told[0].at_s - rose_s < 0.1
    assert 0 <= told[1].at_s - fell_s < 0.1


def test_a_release_is_prolonged_but_never_past_its_maximum() -> None:
    pins = BenchPins()
    strikes = _strikes(pins, max_release_s=0.3)
    began_s = time.monotonic()
    for _ in range(20):
        strikes.release("front", time.monotonic() + 60)
        time.sleep(0.01)
    _wait_for_low(pins)
    assert 0.3 <= pins.pin(STRIKE).times(level=False)[-1] - began_s < 0.6
    assert len(pins.pin(STRIKE).times(level=True)) == 1
    strikes.close()


def test_a_release_whose_moment_has_passed_moves_nothing_and_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pins = BenchPins()
    strikes = _strikes(pins)
    strikes.release("front", time.monotonic() - 1)
    time.sleep(0.05)
    assert not pins.pin(STRIKE).times(level=True)
    assert 'door "front" was not released: this was wanted until ' in caplog.text
    strikes.close()


def test_closing_in_a_release_de_energises_and_later_requests_do_nothing() -> None:
    pins = BenchPins()
    strikes = _strikes(pins)
    strikes.release("front", time.monotonic() + 60)
    strikes.close()
    strikes.release("front", time.monotonic() + 60)
    assert not pins.energised(STRIKE)
    assert pins.pin(STRIKE).times(level=False)


def test_a_keeper_that_cannot_go_on_tells_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pins = BenchPins()
    faults: list[Exception] = []
    strikes = Strikes(pins.factory, {"front": StrikePin(STRIKE, 10.0)}, faults.append)

    def broken(_: str) -> None:
        raise OSError("the chip is gone")

    monkeypatch.setattr(strikes, "_lock", broken)
    strikes.release("front", time.monotonic() + 0.05)
    until_s = time.monotonic() + 2
    while not faults and time.monotonic() < until_s:
        time.sleep(0.01)
    assert [str(fault) for fault in faults] == ["the chip is gone"]
    assert not pins.energised(STRIKE)
    monkeypatch.undo()
    strikes.close()


def test_a_pin_that_is_taken_is_an_error_that_names_it() -> None:
    pins = BenchPins()
    strikes = _strikes(pins)
    with pytest.raises(GpioError, match=f'pin {STRIKE} for button "bell"'):
        Buttons(pins.factory, {"bell": ButtonPin(STRIKE, closed_is_low=True)}, lambda _: None)
    strikes.close()


def test_a_pin_that_lgpio_cannot_have_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class LgpioError(Exception):
        """Like lgpio.error, which has no base but Exception either."""

    lgpio = types.ModuleType("lgpio")
    lgpio.__dict__["error"] = LgpioError
    monkeypatch.setitem(sys.modules, "lgpio", lgpio)

    def busy(*_: object) -> None:
        raise LgpioError("'GPIO busy'")

    pins = BenchPins()
    monkeypatch.setattr(pins.factory, "pin", busy)
    with pytest.raises(GpioError, match="pin 22 for door \"front\": 'GPIO busy'"):
        _strikes(pins)
    with pytest.raises(GpioError, match='pin 5 for button "bell"'):
        Buttons(pins.factory, {"bell": ButtonPin(5, closed_is_low=True)}, lambda _: None)


@pytest.mark.parametrize("late_s", [0.0, 5.0])
def test_an_edge_that_is_told_late_still_has_its_own_moment(late_s: float) -> None:
    pins = BenchPins()
    posted: list[Event] = []
    buttons = Buttons(pins.factory, {"bell": ButtonPin(5, closed_is_low=True)}, posted.append)
    buttons.start()
    at_s = time.monotonic() - late_s
    (contact,) = buttons._contacts.values()
    contact._changed(at_s, 0)
    assert posted[-1].at_s == at_s
    contact._changed(time.time(), 1)
    assert abs(posted[-1].at_s - time.monotonic()) < 1, "a stamp of another clock is no moment of ours"
    buttons.close()


def test_every_edge_is_posted_with_its_moment() -> None:
    pins = BenchPins()
    posted: list[Event] = []
    buttons = Buttons(pins.factory, {"bell": ButtonPin(5, closed_is_low=True)}, posted.append)
    buttons.start()
    before_s = time.monotonic()
    pins.close_contact(5)
    pins.open_contact(5)
    after_s = time.monotonic()
    assert [(type(one), one.button, one.closed) for one in posted if isinstance(one, ButtonEdge)] == [
        (ButtonEdge, "bell", True),
        (ButtonEdge, "bell", False),
    ]
    assert all(before_s <= one.at_s <= after_s for one in posted)
    buttons.close()


def test_a_button_held_at_the_start_is_an_edge() -> None:
    pins = BenchPins()
    posted: list[Event] = []
    buttons = Buttons(pins.factory, {"bell": ButtonPin(5, closed_is_low=True)}, posted.append)
    pins.close_contact(5)
    posted.clear()
    buttons.start()
    assert [one.closed for one in posted if isinstance(one, ButtonEdge)] == [True]
    buttons.close()


def test_a_contact_that_closes_high_is_read_the_other_way_round() -> None:
    pins = BenchPins()
    posted: list[Event] = []
    buttons = Buttons(pins.factory, {"bell": ButtonPin(17, closed_is_low=False)}, posted.append)
    buttons.start()
    assert not posted
    pins.open_contact(17)
    assert [one.closed for one in posted if isinstance(one, ButtonEdge)] == [True]
    buttons.close()


def test_lamps_show_exactly_the_signs_and_the_status_lamp_the_foremost() -> None:
    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        loop = runner.get_loop()
        pins = BenchPins()
        told: list[Fact] = []
        lamps = LampBank(pins.factory, 23, {Sign.TALKING: 24, Sign.RELEASED: 12}, loop, told.append)

        async def changes(signs: frozenset[Sign], span_s: float) -> int:
            lamps.indicate(signs)
            before = len(pins.pin(23).history)
            await asyncio.sleep(span_s)
            return len(pins.pin(23).history) - before

        async def watch() -> None:
            assert await changes(frozenset({Sign.TALKING}), 10.0) == 0
            assert pins.energised(23)
            assert pins.energised(24)
            assert not pins.energised(12)
            assert await changes(frozenset({Sign.TALKING, Sign.RELEASED}), 1.05) == 10
            assert pins.energised(12)
            assert await changes(frozenset({Sign.CALLING}), 1.9) == 3
            assert not pins.energised(24)
            assert await changes(frozenset({Sign.IDLE}), 5.9) == 3
            changed = [one for one in told if isinstance(one, PinChange)]
            for lamp, pin in (("lamp status", 23), ("lamp talking", 24), ("lamp released", 12)):
                heard = [one.high for one in changed if one.pin == lamp]
                assert heard
                assert heard == [level for _, level in pins.pin(pin).history][-len(heard) :]

        runner.run(watch())
        lamps.close()


def test_an_unknown_chip_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(GpioError, match="lgpio") as caught:
        make_factory("lgpio")
    assert "pip install" in str(caught.value) or 'group "gpio"' in str(caught.value)


def test_all_relays_are_de_energised_even_when_a_thread_hangs_in_a_driver() -> None:
    pins = BenchPins()
    strikes = _strikes(pins)
    strikes.release("front", time.monotonic() + 60)
    hanging, let_go = threading.Event(), threading.Event()

    def hang() -> None:
        with strikes._changed:
            hanging.set()
            let_go.wait(10)

    thread = threading.Thread(target=hang)
    thread.start()
    hanging.wait(2)
    strikes.lock_all()
    assert not pins.energised(STRIKE)
    let_go.set()
    thread.join()
    strikes.close()


def test_after_lock_all_nothing_is_released_any_more() -> None:
    pins = BenchPins()
    strikes = _strikes(pins)
    strikes.lock_all()
    strikes.release("front", time.monotonic() + 60)
    assert not pins.energised(STRIKE)
    strikes.close()


def test_a_relay_that_cannot_be_switched_keeps_none_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    pins = BenchPins()
    doors = {"broken": StrikePin(17, 10.0), "front": StrikePin(STRIKE, 10.0)}
    strikes = Strikes(pins.factory, doors, lambda _: None)
    strikes.release("front", time.monotonic() + 60)

    def broken() -> None:
        raise OSError("the chip is gone")

    monkeypatch.setattr(strikes._relays["broken"], "off", broken)
    strikes.lock_all()
    assert not pins.energised(STRIKE)
    monkeypatch.undo()
    strikes.close()
