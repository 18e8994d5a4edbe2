"""From a request to the core: which names there are, and why nothing came of a command."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.control_station import RULES

from portier.adapters.control.desk import Desk
from portier.adapters.control.protocol import Do, Request, RequestError
from portier.bench.bare import BareStation
from portier.core.events import CallPhase, CallProgress, RegistrationState, StopRequested
from portier.core.rules import DoorRule, Rules
from portier.core.states import Calling, Idle, OutOfService, Released

ONE = replace(RULES, buttons={"bell": RULES.buttons["bell"]})


def _station(rules: Rules = RULES) -> BareStation:
    station = BareStation(rules)
    station.become_ready()
    return station


def _carried_out(station: BareStation, do: Do, target: str | None = None) -> str | None:
    return Desk(station.rules, station).carry_out(Request(do, target), station.now_s)


@pytest.mark.parametrize("do", [Do.PRESS, Do.CALL])
def test_a_press_and_a_call_ring_the_button_that_is_named(do: Do) -> None:
    station = _station()
    assert _carried_out(station, do, "side") is None
    assert isinstance(station.state.call, Calling)
    assert station.state.call.button == "side"


@pytest.mark.parametrize("do", [Do.PRESS, Do.CALL])
def test_a_name_may_be_left_out_where_there_is_one(do: Do) -> None:
    station = _station(ONE)
    assert _carried_out(station, do) is None
    assert isinstance(station.state.call, Calling)
    assert station.state.call.button == "bell"


def test_a_door_may_be_left_out_where_there_is_one() -> None:
    station = _station()
    assert _carried_out(station, Do.RELEASE) is None
    assert isinstance(station.state.doors["front"], Released)


@pytest.mark.parametrize("do", [Do.PRESS, Do.CALL])
def test_a_name_left_out_where_there_are_more_does_nothing_and_lists_them(do: Do) -> None:
    station = _station()
    with pytest.raises(RequestError, match=rf'say which button to {do}: The station has "bell", "side"\.'):
        _carried_out(station, do)
    assert isinstance(station.state.call, Idle)


@pytest.mark.parametrize(
    ("do", "target", "words"),
    [
        (Do.PRESS, "bel", 'no button "bel". Did you mean "bell"? The station has "bell", "side".'),
        (Do.CALL, "Side", 'no button "Side". Did you mean "side"? The station has "bell", "side".'),
        (Do.PRESS, "", 'no button "". The station has "bell", "side".'),
        (Do.RELEASE, "garden", 'no door "garden". The station has "front".'),
        (Do.RELEASE, "bell", 'no door "bell". The station has "front".'),
        (Do.PRESS, "x" * 4000, 'no button "' + "x" * 37 + '...". The station has'),
    ],
)
def test_an_unknown_name_does_nothing_and_lists_the_known_ones(do: Do, target: str, words: str) -> None:
    station = _station()
    before = station.state
    with pytest.raises(RequestError) as raised:
        _carried_out(station, do, target)
    assert words in str(raised.value)
    assert station.state is before


def test_an_error_of_a_name_keeps_the_id() -> None:
    with pytest.raises(RequestError) as raised:
        Desk(RULES, _station()).carry_out(Request(Do.PRESS, "bel", 7), 0.0)
    assert raised.value.id == 7


def test_a_station_without_a_door_says_so() -> None:
    with pytest.raises(RequestError, match="The station has no door"):
        _carried_out(_station(replace(RULES, doors={})), Do.RELEASE)


@pytest.mark.parametrize("do", [Do.PRESS, Do.CALL])
@pytest.mark.parametrize("button", ["bell", "side"])
def test_a_call_that_lasts_is_told_as_busy(do: Do, button: str) -> None:
    station = _station()
    _carried_out(station, Do.PRESS, "bell")
    before = station.state.call
    assert _carried_out(station, do, button) == 'busy: call 1 of button "bell" lasts'
    assert station.state.call is before


def test_a_press_that_hangs_up_is_done() -> None:
    station = _station(replace(RULES, press_hangs_up=True))
    _carried_out(station, Do.PRESS, "bell")
    assert _carried_out(station, Do.PRESS, "bell") is None
    assert isinstance(station.state.call, Idle)


def test_a_call_never_hangs_up() -> None:
    station = _station(replace(RULES, press_hangs_up=True))
    _carried_out(station, Do.CALL, "bell")
    assert _carried_out(station, Do.CALL, "bell") == 'busy: call 1 of button "bell" lasts'


def test_a_call_is_hung_up_once() -> None:
    station = _station()
    _carried_out(station, Do.PRESS, "bell")
    station.take(CallProgress(1, CallPhase.ANSWERED, at_s=0.0))
    assert _carried_out(station, Do.HANG_UP) is None
    assert isinstance(station.state.call, Idle)
    assert _carried_out(station, Do.HANG_UP) == "there is no call to hang up"


def test_a_press_before_sip_is_up_waits_for_it_and_the_next_one_is_refused() -> None:
    station = BareStation(RULES)
    assert _carried_out(station, Do.PRESS, "bell") is None
    assert station.state.call == OutOfService(waiting="bell")
    assert _carried_out(station, Do.PRESS, "side") == (
        'out of service: SIP is not up, and a press of button "bell" waits for it; the log says why'
    )


def test_a_release_is_prolonged_and_refused_at_its_maximum() -> None:
    doors = {"front": DoorRule("front", "9876", 2.0, 2.0)}
    station = _station(replace(RULES, doors=doors))
    assert _carried_out(station, Do.RELEASE) is None
    station.wait(1.0)
    assert (
        _carried_out(station, Do.RELEASE) == 'door "front" is released already, up to the longest it may be'
    )
    longer = _station()
    assert _carried_out(longer, Do.RELEASE) is None
    longer.wait(0.25)
    assert _carried_out(longer, Do.RELEASE) is None


@pytest.mark.parametrize("do", [Do.PRESS, Do.CALL, Do.HANG_UP, Do.RELEASE])
def test_a_station_that_stops_refuses_all(do: Do) -> None:
    station = _station(ONE)
    station.take(StopRequested(at_s=0.0))
    assert _carried_out(station, do) == "the station stops"


def test_an_unregistered_station_still_tries() -> None:
    station = _station()
    station.state = replace(station.state, registration=RegistrationState.UNREACHABLE)
    assert _carried_out(station, Do.PRESS, "bell") is None
