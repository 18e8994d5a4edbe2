"""Any row of events at all at a house's doors: what must hold of them after each.

Written from the words of the design: the onlooker keeps its own account of locks, holds, fire and clock.
"""

from __future__ import annotations

import os
from datetime import datetime

from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.unit.house_station import (
    CONTACT,
    EXIT,
    FIRE,
    NIGHT,
    NOON,
    TAMPER,
    YARD_EXIT,
    House,
    of,
    rows,
    rules,
    stairs,
)

from portier.core.audit import Road, What
from portier.core.door_rules import ContactRule, FireRule, LightWhen
from portier.core.effects import Effect, Hold, Lock, Release, SwitchLight
from portier.core.events import (
    CallOffered,
    Event,
    FireResetRequested,
    InputEdge,
    Requester,
    StopRequested,
    TimerFired,
    Verb,
)
from portier.core.holds import RENEW_S, SLICE_S
from portier.core.inputs import Input
from portier.core.states import Held, Locked, Released
from portier.core.timers import HoldTimer, InputTimer, LightTimer

EXAMPLES = int(os.environ.get("PORTIER_MACHINE_EXAMPLES", "150"))
MAX_RELEASE_S = {"front": 8.0, "yard": 5.0}
LIT_S = 10.0
INPUTS = st.sampled_from([CONTACT, EXIT, YARD_EXIT, FIRE, TAMPER])
DOORS = st.sampled_from(["front", "yard"])
WAITS_S = st.one_of(
    st.integers(1, 128).map(lambda ticks: ticks / 64),
    st.sampled_from([1 / 32, 2.0, 3.0, 5.0, 8.0, 10.0, 31.0, 100.0]),
)


class WatchedHouse(House):
    """A house whose every decision is looked at as it is made."""

    locked: dict[str, bool]
    relay_until_s: dict[str, float]
    sure: bool
    by_day: bool
    burns: bool
    stopped: bool

    def watch(self, kept: dict[str, str]) -> None:
        self.locked = {name: f"door.{name}.lock" in kept for name in MAX_RELEASE_S}
        self.relay_until_s = {}
        self.sure = self.by_day = self.stopped = False
        self.burns = "fire" in kept

    def take(self, event: Event) -> list[Effect]:
        before = self.state
        leaving = self._leaves(event)
        effects = super().take(event)
        for effect in effects:
            match effect:
                case Hold(door, until_s):
                    assert door == "front", "the yard's relay may not hold"
                    assert until_s == event.at_s + SLICE_S
                    self.relay_until_s[door] = until_s
                case Release(door, until_s):
                    assert event.at_s < until_s <= event.at_s + MAX_RELEASE_S[door]
                    self.relay_until_s[door] = until_s
                case Lock(door):
                    self.relay_until_s.pop(door, None)
                case _:
                    pass
        for row in rows(effects):
            barred = self.locked.get(row.door, False) and not self.burns
            if row.what is What.RELEASED:
                assert not (barred and row.road is Road.RELEASE_DIGIT)
            if row.what is What.HOLD_BEGUN:
                assert (
                    row.road is Road.FIRE
                    or not barred
                    or What.LOCK_OFF in {one.what for one in rows(effects)}
                )
            match row.what:
                case What.LOCK_ON | What.LOCK_OFF:
                    self.locked[row.door] = row.what is What.LOCK_ON
                case What.FIRE:
                    self.burns = True
                case What.FIRE_OVER:
                    self.burns = False
                case _:
                    pass
        if leaving and not self.stopped:
            assert isinstance(self.state.doors[leaving], Released), "nothing stops who leaves"
            assert What.RELEASED in {one.what for one in rows(effects)} or isinstance(
                before.doors[leaving], Released
            )
        self.stopped |= isinstance(event, StopRequested)
        return effects

    def _leaves(self, event: Event) -> str | None:
        """The door of an exit button whose press counts by this event."""
        match event:
            case TimerFired(timer=InputTimer(one)) if one in (EXIT, YARD_EXIT):
                contact = self.state.inputs[one].contact
                return one.door if contact.seen and not contact.counted else None
            case _:
                return None


class HouseMachine(RuleBasedStateMachine):
    """All that can happen to the doors, in any order."""

    house: WatchedHouse

    @initialize(
        kept=st.sets(st.sampled_from(["door.front.lock", "door.yard.lock", "fire", "tamper"])),
        automatic=st.booleans(),
        relock=st.booleans(),
    )
    def begin(self, kept: set[str], automatic: bool, relock: bool) -> None:
        remembered = dict.fromkeys(kept, "on")
        wanted = rules(
            contact=ContactRule(1 / 32, held_open_s=30.0, pre_alarm_s=10.0, relock=relock),
            fire=FireRule(1 / 32, reset_after_s=20.0 if automatic else None),
            blocks_codes_s=50.0,
            light=stairs(*LightWhen, lit_s=LIT_S),
        )
        self.house = WatchedHouse(wanted, remembered)
        self.house.watch(remembered)
        self.house.become_ready()

    @rule(seconds=WAITS_S)
    def time_passes(self, seconds: float) -> None:
        self.house.wait(seconds)

    @rule(one=INPUTS, active=st.booleans(), at_start=st.booleans())
    def edge(self, one: Input, active: bool, at_start: bool) -> None:
        self.house.take(InputEdge(one, active, at_start and active, at_s=self.house.now_s))

    @rule(one=INPUTS, active=st.booleans())
    def contact(self, one: Input, active: bool) -> None:
        self.house.observe(one, active)

    @rule(verb=st.sampled_from(Verb), door=DOORS)
    def order(self, verb: Verb, door: str) -> None:
        self.house.order(verb, door)

    @rule(door=DOORS, by=st.sampled_from(Requester), long=st.booleans())
    def ask(self, door: str, by: Requester, long: bool) -> None:
        self.house.ask(door, by, long=long)

    @rule(local=st.sampled_from([None, NOON, NIGHT]))
    def clock(self, local: datetime | None) -> None:
        self.house.sure, self.house.by_day = local is not None, local == NOON
        self.house.clock(local)

    @rule()
    def reset(self) -> None:
        self.house.take(FireResetRequested(at_s=self.house.now_s))

    @rule(keys=st.sampled_from(["5", "12", "#", "77"]))
    def visit(self, keys: str) -> None:
        self.house.press("bell")
        self.house.answer()
        self.house.keys(keys)

    @rule()
    def offer(self) -> None:
        self.house.take(CallOffered(1, "0033123456789", at_s=self.house.now_s))

    @rule(sure=st.integers(0, 30))
    def stop(self, sure: int) -> None:
        if sure == 0:
            self.house.take(StopRequested(at_s=self.house.now_s))

    @invariant()
    def the_state_of_a_door_is_that_of_its_relay(self) -> None:
        for name, door in self.house.state.doors.items():
            assert isinstance(door, Released) == (name in self.house.relay_until_s)
            if isinstance(door, Released):
                assert door.until_s == self.house.relay_until_s[name]
                assert self.house.now_s < door.until_s

    @invariant()
    def a_hold_is_renewed_in_time_and_everything_else_ends(self) -> None:
        for name, door in self.house.state.doors.items():
            if isinstance(door, Held) and not self.house.stopped:
                assert name == "front"
                assert self.house.timers[HoldTimer(name)] <= self.house.now_s + RENEW_S
            elif isinstance(door, Released):
                assert door.until_s - door.since_s <= MAX_RELEASE_S[name]

    @invariant()
    def a_schedule_holds_by_its_clock_alone_and_no_locked_door(self) -> None:
        door = self.house.state.doors["front"]
        if isinstance(door, Held) and door.by is Road.SCHEDULE:
            assert self.house.sure
            assert self.house.by_day
            assert not self.house.locked["front"] or self.house.burns

    @invariant()
    def a_fire_holds_what_it_is_to_hold(self) -> None:
        if self.house.burns and not self.house.stopped:
            door = self.house.state.doors["front"]
            assert isinstance(door, Held)
            assert door.by is Road.FIRE

    @invariant()
    def a_light_goes_out_by_itself(self) -> None:
        if self.house.state.light:
            assert self.house.timers[LightTimer()] <= self.house.now_s + LIT_S

    def teardown(self) -> None:
        """A station that stops is locked, dark, and stays so."""
        if not hasattr(self, "house"):
            return
        self.house.take(StopRequested(at_s=self.house.now_s))
        assert all(isinstance(door, Locked) for door in self.house.state.doors.values())
        assert not self.house.state.light
        assert not of(self.house.wait(4000.0), SwitchLight)


HouseMachine.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=50,
    deadline=None,
    report_multiple_bugs=False,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TestHouse = HouseMachine.TestCase
