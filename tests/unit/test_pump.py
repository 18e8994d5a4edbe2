"""The bench's charge pump: edges release, a level never does, and the end of the edges locks in time."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from portier.adapters.gpio.drives import HALF_PERIOD_S
from portier.bench.pump import HOLD_S, OFF_V, ON_V, ChargePump, PumpParts

WIDER = PumpParts(coupling_f=1.1e-6, storage_f=5.17e-6, drain_ohm=101e3, diode_v=0.15)
NARROWER = PumpParts(coupling_f=0.9e-6, storage_f=5.17e-6, drain_ohm=99e3, diode_v=0.3)


def _driven(pump: ChargePump, edges: int, half_period_s: float = HALF_PERIOD_S) -> float:
    """Let the pin change so often; the moment of the last edge."""
    for count in range(edges):
        pump.edge(count * half_period_s, high=count % 2 == 0)
    return (edges - 1) * half_period_s


@pytest.mark.parametrize("parts", [PumpParts(), WIDER, NARROWER])
def test_it_releases_within_a_tenth_of_a_second_and_stays_so(parts: PumpParts) -> None:
    pump = ChargePump(parts)
    assert pump.volts(_driven(pump, 20)) > ON_V
    at_s = _driven(pump, 400)
    assert 2.3 < pump.volts(at_s) < parts.pin_v


@pytest.mark.parametrize("parts", [PumpParts(), WIDER, NARROWER])
@pytest.mark.parametrize("edges", [400, 401], ids=["low", "high"])
def test_it_locks_in_time_after_the_last_edge_at_either_level(parts: PumpParts, edges: int) -> None:
    pump = ChargePump(parts)
    at_s = _driven(pump, edges)
    assert pump.volts(at_s) > ON_V
    assert pump.volts(at_s + HOLD_S) < OFF_V


@pytest.mark.parametrize("parts", [PumpParts(), WIDER, NARROWER])
def test_edges_that_come_late_by_a_fifth_of_a_second_let_no_relay_go(parts: PumpParts) -> None:
    pump = ChargePump(parts)
    at_s = _driven(pump, 400)
    assert pump.volts(at_s + 0.2) > ON_V
    assert pump.volts(at_s + 0.2 + HALF_PERIOD_S) > ON_V


@pytest.mark.parametrize("high", [False, True])
@given(after_s=st.floats(0, 3600))
def test_a_level_releases_nothing_however_long(high: bool, after_s: float) -> None:
    pump = ChargePump(WIDER)
    pump.edge(1.0, high=high)
    assert pump.volts(1.0 + after_s) < OFF_V


def test_slow_edges_release_nothing() -> None:
    """A program that starts and ends for ever, and leaves the pin high each time."""
    pump = ChargePump(WIDER)
    for count in range(1000):
        pump.edge(count * 1.0, high=count % 2 == 0)
        assert pump.volts(count * 1.0) < OFF_V


@given(
    st.lists(st.tuples(st.floats(0.0005, 2.0), st.booleans()), max_size=200),
)
def test_whatever_the_edges_were_it_locks_in_time_after_the_last(changes: list[tuple[float, bool]]) -> None:
    pump, at_s = ChargePump(WIDER), 0.0
    for pause_s, high in changes:
        at_s += pause_s
        pump.edge(at_s, high=high)
        assert 0 <= pump.volts(at_s) <= WIDER.pin_v
    assert pump.volts(at_s + HOLD_S) < OFF_V
