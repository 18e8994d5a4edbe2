"""Visits to several telephones: any list, whatever the far ends do, seen by somebody who trusts nothing."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from portier.bench.bare import BareStation
from portier.core.effects import (
    AskToConfirm,
    CloseSound,
    Effect,
    HangUp,
    Join,
    OpenSound,
    PlaceCall,
    Release,
    StartTimer,
)
from portier.core.events import (
    CallEnded,
    CallPhase,
    CallProgress,
    Digit,
    EndReason,
    Event,
    HangUpRequested,
    PhoneLost,
    StopRequested,
    StreamLost,
    TimerFired,
)
from portier.core.rules import ButtonRule, Confirmation, DoorRule, ListRule, Rules, StepRule, TargetRule
from portier.core.states import Idle, OutOfService, Talking
from portier.core.timers import ConfirmTimer, DebounceTimer, RingTimer

EXAMPLES = int(os.environ.get("PORTIER_MACHINE_EXAMPLES", "100"))
MOST_LEGS = 4
DEBOUNCE_S = 1 / 32
TALK_S = 30.0
DOOR_KEY, CONFIRM_KEY = "5", "1"
PLAIN_AFTER = frozenset({404, 488, 603})
NAMES = ("kitchen", "office", "garden", "attic", "caretaker")
TARGETS = {
    name: TargetRule(name, f"sip:3691-{name}@pbx", f"sip:{name}@pbx", PLAIN_AFTER) for name in NAMES[:3]
} | {name: TargetRule(name, f"sip:{name}@pbx") for name in NAMES[3:]}

STEPS = st.builds(
    lambda names, ring_s: StepRule(tuple(TARGETS[name] for name in names), ring_s),
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=MOST_LEGS, unique=True),
    st.sampled_from([1.0, 4.0, 10.0]),
)
CONFIRM = st.sampled_from([None, Confirmation(CONFIRM_KEY, 2.0), Confirmation(CONFIRM_KEY, 7.0)])
LISTS = st.builds(
    ListRule,
    name=st.just("first"),
    steps=st.lists(STEPS, min_size=1, max_size=3).map(tuple),
    cycles=st.integers(1, 3),
    fallback=st.sampled_from(["", "second"]),
    confirm=CONFIRM,
    total_s=st.sampled_from([None, 6.0, 25.0]),
)
SECOND = st.builds(
    ListRule,
    name=st.just("second"),
    steps=st.lists(STEPS, min_size=1, max_size=2).map(tuple),
    # Also in a circle, which the configuration refuses.
    fallback=st.sampled_from(["", "first"]),
    confirm=CONFIRM,
)


@dataclass
class Witness:
    """What an onlooker knows who sees events and effects, and never the station's state."""

    needs_key: bool
    live: dict[int, str] = field(default_factory=dict)
    answered: set[int] = field(default_factory=set)
    keyed: set[int] = field(default_factory=set)
    plain_may_follow: set[str] = field(default_factory=set)
    joined: int | None = None
    latest_s: float = 0.0
    sound: int = 0

    def sees(self, event: Event) -> None:
        """Take notice of what happened, before the station does."""
        self.plain_may_follow = set()
        match event:
            case CallProgress(leg=leg, phase=CallPhase.ANSWERED) if leg in self.live:
                self.answered.add(leg)
            case Digit(leg=leg, key=key) if leg in self.answered and leg in self.live and key == CONFIRM_KEY:
                self.keyed.add(leg)
            case CallEnded(leg=leg, status=status) if leg in self.live:
                uri = self.live[leg]
                if status in PLAIN_AFTER and status != 603 and leg not in self.answered:
                    self.plain_may_follow = {uri.replace("3691-", "")} if "3691-" in uri else set()
                self._gone(leg)
            case _:
                pass

    def checks(self, event: Event, effect: Effect, may_begin: bool) -> None:
        """Hold what the station does to what it may."""
        match effect:
            case PlaceCall(leg, uri):
                assert self.joined is None, "nobody is rung while somebody talks"
                pressed = isinstance(event, TimerFired) and isinstance(event.timer, DebounceTimer)
                assert pressed is may_begin, "a press begins a visit, and does nothing while one lasts"
                assert may_begin or self.sound == 1, "nobody is rung without a visit"
                plain = uri.removeprefix("sip:").removesuffix("@pbx") in NAMES[:3]
                assert not plain or uri in self.plain_may_follow, "a plain call follows a refusal, once"
                self.live[leg] = uri
                assert len(self.live) <= MOST_LEGS, "no more than four legs"
            case HangUp(leg):
                assert leg in self.live, "only what lives is ended, and once"
                self._gone(leg)
            case Join(leg):
                assert self.joined is None, "one leg talks"
                assert leg in self.live
                assert leg in self.answered
                assert not self.needs_key or leg in self.keyed, "nobody is heard before the key"
                self.joined = leg
            case AskToConfirm(leg):
                assert leg in self.live
                assert leg in self.answered
            case Release():
                assert isinstance(event, Digit)
                assert event.leg == self.joined, "a door opens to the leg that talks"
                assert event.key == DOOR_KEY
            case StartTimer(RingTimer(), due_s):
                self.latest_s = due_s
            case StartTimer(ConfirmTimer(), due_s):
                assert event.at_s <= self.latest_s
                self.latest_s = max(self.latest_s, due_s)
            case OpenSound():
                self.sound += 1
            case CloseSound():
                self.sound -= 1
            case _:
                pass

    def _gone(self, leg: int) -> None:
        del self.live[leg]
        if self.joined == leg:
            self.joined = None


class WitnessedStation(BareStation):
    """A station whose every decision is looked at as it is made."""

    def __init__(self, rules: Rules, needs_key: bool) -> None:
        super().__init__(rules)
        self.witness = Witness(needs_key)

    def take(self, event: Event) -> list[Effect]:
        idle = isinstance(self.state.call, Idle)
        self.witness.sees(event)
        effects = super().take(event)
        for effect in effects:
            self.witness.checks(event, effect, may_begin=idle)
        assert len({one.leg for one in effects if isinstance(one, Join)}) <= 1
        return effects


class VisitMachine(RuleBasedStateMachine):
    """All that telephones of a list can do, in any order."""

    station: WitnessedStation

    @initialize(first=LISTS, second=SECOND)
    def begin(self, first: ListRule, second: ListRule) -> None:
        lists = {one.name: one for one in (first, second)}
        self.station = WitnessedStation(
            Rules(
                buttons={"bell": ButtonRule("bell", "", DEBOUNCE_S, list_name="first")},
                doors={"front": DoorRule("front", DOOR_KEY, 3.0, 8.0)},
                lists=lists,
                ring_timeout_s=30.0,
                max_talk_s=TALK_S,
            ),
            # Where one list of the two asks for no key, somebody may be heard without.
            needs_key=first.confirm is not None and (not first.fallback or second.confirm is not None),
        )
        self.station.become_ready()
        self.station.press("bell")

    def leg(self, index: int) -> int:
        """Mostly a leg that lives, at times one that is over or never was."""
        live = sorted(self.station.witness.live)
        return live[index % len(live)] if live and index >= 0 else self.station.state.last_leg + index

    @rule(seconds=st.sampled_from([0.25, 1.0, 2.0, 4.0, 7.0, 10.0]))
    def time_passes(self, seconds: float) -> None:
        self.station.wait(seconds)

    @rule(index=st.integers(-2, 3), phase=st.sampled_from(CallPhase))
    def progress(self, index: int, phase: CallPhase) -> None:
        self.station.take(CallProgress(self.leg(index), phase, at_s=self.station.now_s))

    @rule(index=st.integers(-2, 3), key=st.sampled_from([DOOR_KEY, CONFIRM_KEY, "7", "#", "*"]))
    def key(self, index: int, key: str) -> None:
        self.station.keys(key, self.leg(index))

    @rule(
        index=st.integers(-2, 3),
        end=st.sampled_from(
            [
                (EndReason.BUSY, 486),
                (EndReason.UNKNOWN_NUMBER, 404),
                (EndReason.FAILED, 488),
                (EndReason.DECLINED, 603),
                (EndReason.HUNG_UP, 200),
                (EndReason.NO_ANSWER, 480),
            ]
        ),
    )
    def end(self, index: int, end: tuple[EndReason, int]) -> None:
        self.station.end(*end, self.leg(index))

    @rule(index=st.integers(-2, 3))
    def stream_lost(self, index: int) -> None:
        self.station.take(StreamLost(self.leg(index), at_s=self.station.now_s))

    @rule()
    def press(self) -> None:
        self.station.press("bell")

    @rule(kind=st.sampled_from([HangUpRequested, PhoneLost, StopRequested]), sure=st.integers(0, 20))
    def is_ended(self, kind: type[HangUpRequested | PhoneLost | StopRequested], sure: int) -> None:
        if sure:
            return
        self.station.take(kind(at_s=self.station.now_s))
        assert not self.station.witness.live, "every leg is ended"

    @invariant()
    def who_talks_is_the_only_leg(self) -> None:
        witness, call = self.station.witness, self.station.state.call
        assert (witness.joined is not None) == isinstance(call, Talking)
        if isinstance(call, Talking):
            assert set(witness.live) == {call.leg} == {witness.joined}

    @invariant()
    def a_visit_ends_within_its_bounds(self) -> None:
        station, call = self.station, self.station.state.call
        if not isinstance(call, Idle | OutOfService | Talking):
            assert station.now_s < station.witness.latest_s
        assert station.witness.sound == (0 if isinstance(call, Idle | OutOfService) else 1)

    @invariant()
    def at_rest_nothing_lives(self) -> None:
        if isinstance(self.station.state.call, Idle | OutOfService):
            assert not self.station.witness.live

    def teardown(self) -> None:
        """Left alone, every visit comes to its end."""
        if hasattr(self, "station"):
            self.station.wait(200.0)
            assert not self.station.timers
            assert not self.station.witness.live


VisitMachine.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=40,
    deadline=None,
    report_multiple_bugs=False,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TestVisits = VisitMachine.TestCase
