"""What is written of a step: each request and each call, once, by whom, and never a key."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from portier.adapters.journal import Keeper
from portier.bench.bare import BareStation
from portier.core import auditing
from portier.core.audit import Record, Road, What
from portier.core.effects import Audit, Effect, Release
from portier.core.events import (
    CallOffered,
    CallPhase,
    CallProgress,
    Digit,
    EndReason,
    Event,
    HangUpRequested,
    PhoneLost,
    ReleaseRequested,
    Requester,
    StopRequested,
    StreamLost,
    TimerFired,
)
from portier.core.rules import (
    ButtonRule,
    DoorRule,
    IncomingRule,
    ListRule,
    Rules,
    StepRule,
    TargetRule,
)
from portier.core.timers import DoorTimer

KITCHEN, OFFICE = (TargetRule(name, f"sip:{name}@pbx.example") for name in ("kitchen", "office"))
RULES = Rules(
    buttons={
        "bell": ButtonRule("bell", "", 1 / 32, list_name="family"),
        "side": ButtonRule("side", "sip:shop@pbx.example", 1 / 32),
    },
    doors={"front": DoorRule("front", "9876", 3.0, 8.0)},
    lists={"family": ListRule("family", (StepRule((KITCHEN, OFFICE)),))},
    ring_timeout_s=20.0,
    max_talk_s=30.0,
    hang_up_after_release_s=5.0,
    incoming=IncomingRule({"0033123456789": False, "201": True}, answer_after_s=1.0),
)


class Written(BareStation):
    """A station whose rows of the audit log are kept."""

    def __init__(self) -> None:
        super().__init__(RULES)
        self.rows: list[Record] = [one.record for one in self.first_effects if isinstance(one, Audit)]

    def take(self, event: Event) -> list[Effect]:
        effects = super().take(event)
        self.rows += [one.record for one in effects if isinstance(one, Audit)]
        return effects

    @property
    def news(self) -> list[Record]:
        """The rows since the last look."""
        rows, self.rows = self.rows, []
        return rows

    def talk(self, button: str = "bell") -> None:
        self.press(button)
        self.answer(1)

    def offered(self, number: str, offer: int = 1) -> None:
        self.take(CallOffered(offer, number, at_s=self.now_s))


@pytest.fixture
def station() -> Written:
    one = Written()
    one.become_ready()
    assert one.news == [Record(What.STARTED)]
    return one


def call(who: str, why: str) -> Record:
    return Record(What.CALL, who=who, why=why)


def test_a_visit_is_its_call_its_release_and_its_end(station: Written) -> None:
    station.talk()
    station.keys("9876", 1)
    station.end(EndReason.HUNG_UP, 0, 1)
    assert station.news == [
        call("kitchen, office", "call 1 placed"),
        call("kitchen", "call 1 answered"),
        Record(What.RELEASED, "front", Road.RELEASE_DIGIT, "kitchen"),
        call("kitchen", "call 1 over: the far end hung up"),
    ]


def test_a_release_by_command_and_by_the_exit_button(station: Written) -> None:
    for by, road in ((Requester.COMMAND, Road.COMMAND), (Requester.EXIT_BUTTON, Road.EXIT_BUTTON)):
        station.take(ReleaseRequested("front", by, at_s=station.now_s))
        assert station.news == [Record(What.RELEASED, "front", road)]
        station.wait(10.0)
        assert station.news == []


def test_a_request_that_nothing_comes_of_is_refused_and_why(station: Written) -> None:
    for _ in range(4):
        station.take(ReleaseRequested("front", Requester.COMMAND, at_s=station.now_s))
        station.wait(2.5)
    longest = "released already, up to the longest it may be"
    asked = [one for one in station.news if one.road]
    assert asked == [
        *[Record(What.RELEASED, "front", Road.COMMAND)] * 3,
        Record(What.REFUSED, "front", Road.COMMAND, why=longest),
    ]
    station.take(ReleaseRequested("attic", Requester.COMMAND, at_s=station.now_s))
    assert station.news == [Record(What.REFUSED, "", Road.COMMAND, why="there is no such door")]


def test_wrong_keys_are_refused_whether_complete_or_too_slow(station: Written) -> None:
    station.talk()
    station.news.clear()
    station.keys("1234", 1)
    station.keys("12", 1)
    station.wait(10.0)
    wrong = Record(What.REFUSED, "", Road.RELEASE_DIGIT, "kitchen", why="wrong keys")
    assert station.news == [wrong, wrong]


def test_a_caller_who_may_not_is_refused_and_one_who_may_is_not(station: Written) -> None:
    for number, what, door, why in (
        ("0033123456789", What.REFUSED, "", "this caller may release no door"),
        ("201", What.RELEASED, "front", ""),
    ):
        station.offered(number)
        leg = station.state.last_leg
        station.wait(1.5)
        station.take(CallProgress(leg, CallPhase.ANSWERED, at_s=station.now_s))
        station.wait(1.5)
        station.keys("9876", leg)
        station.end(EndReason.HUNG_UP, 0, leg)
        assert station.news == [
            call(number, f"call {leg} from outside, taken"),
            Record(what, door, Road.RELEASE_DIGIT, number, why=why),
            call(number, f"call {leg} over: the far end hung up"),
        ]


def test_of_callers_who_are_not_taken_only_the_listed_ones_are_kept(station: Written) -> None:
    station.offered("0666666666")
    station.talk()
    station.news.clear()
    station.offered("201", 2)
    station.offered("0666666666", 3)
    assert station.news == [call("201", "from outside, refused: the station is in use")]


def test_a_press_ends_a_call_from_outside_and_both_are_told(station: Written) -> None:
    station.offered("201")
    station.news.clear()
    station.press("side")
    assert station.news == [call("201", "call 1 over: a press"), call("side", "call 2 placed")]


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (HangUpRequested(at_s=1.0), "hung up by command"),
        (PhoneLost(at_s=1.0), "SIP went down"),
        (StreamLost(1, at_s=1.0), "the line went dead"),
        (StopRequested(at_s=1.0), "the station stops"),
    ],
)
def test_the_end_of_a_talk_says_why(station: Written, event: HangUpRequested, why: str) -> None:
    station.talk()
    station.news.clear()
    station.take(event)
    stopped = [Record(What.STOPPED)] if isinstance(event, StopRequested) else []
    assert station.news == [call("kitchen", f"call 1 over: {why}"), *stopped]


def test_a_talk_that_lasts_too_long_and_one_that_ends_after_its_release(station: Written) -> None:
    station.talk()
    station.wait(31.0)
    assert station.news[-1] == call("kitchen", "call 1 over: longest talk time")
    station.press("side")
    station.answer()
    station.keys("9876")
    station.wait(6.0)
    assert station.news[-1] == call("side", "call 3 over: a door was released")


def test_who_was_not_reached_is_named_and_the_reasons_beside_it_name_nobody(station: Written) -> None:
    station.press("bell")
    station.end(EndReason.BUSY, 486, 1)
    station.end(EndReason.DECLINED, 603, 2)
    assert station.news[-1] == call("office, kitchen", "call 1 over: nobody reached: busy, declined (603)")
    station.press("bell")
    station.wait(21.0)
    assert station.news[-1] == call("kitchen, office", "call 3 over: nobody reached: no answer")


def test_a_press_that_waited_for_sip_in_vain() -> None:
    station = Written()
    station.press("bell")
    station.wait(10.0)
    assert station.news == [Record(What.STARTED), call("", "not placed: SIP is not up")]


def test_a_stop_is_told_once(station: Written) -> None:
    for _ in range(2):
        station.take(StopRequested(at_s=station.now_s))
    assert station.news == [Record(What.STOPPED)]


def test_a_row_that_a_decision_asks_for_itself_is_left_to_it(station: Written) -> None:
    event = ReleaseRequested("front", Requester.COMMAND, at_s=station.now_s)
    before, release = station.state, Release("front", 3.0)
    ours = [Audit(Record(What.RELEASED, "front", Road.COMMAND))]
    assert auditing.told(RULES, before, event, before, [release]) == ours
    for theirs in (What.RELEASED, What.HOLD_BEGUN):
        row = Audit(Record(theirs, "front", Road.SCHEDULE))
        assert auditing.told(RULES, before, event, before, [release, row]) == []
    elsewhere = Audit(Record(What.RELEASED, "yard", Road.SCHEDULE))
    assert auditing.told(RULES, before, event, before, [release, elsewhere]) == ours


def test_a_release_that_nobody_asked_for_is_no_row_of_ours(station: Written) -> None:
    """A hold that goes on releases its door again and again."""
    event = TimerFired(DoorTimer("front"), at_s=station.now_s)
    assert auditing.told(RULES, station.state, event, station.state, [Release("front", 3.0)]) == []


SECRET = "9876"


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(["9876", "98769876", "1298", "9", "8", "7", "6", "*", "#", "wait"]), max_size=12)
)
def test_no_key_is_in_any_row_or_file(tmp_path_factory: pytest.TempPathFactory, keys: list[str]) -> None:
    station = Written()
    station.become_ready()
    folder = tmp_path_factory.mktemp("rows")
    keeper = Keeper(folder, 90, 1000, lambda *_: True)
    keeper.start()
    station.talk()
    for one in keys:
        station.wait(4.0) if one == "wait" else station.keys(one, 1)
    station.take(StopRequested(at_s=station.now_s))
    for row in station.rows:
        assert SECRET not in repr(row)
        keeper.write(row)
    keeper.close()
    texts = _texts(folder)
    assert "released" in texts or keys[:1] != [SECRET]
    assert SECRET not in texts


def _texts(folder: Path) -> str:
    """What the rows say; the bytes of hashes and times may hold anything."""
    from portier.adapters.journal import reading

    with reading.reading(folder) as database:
        rows = database.execute("SELECT what, door, road, why, who FROM rows LEFT JOIN people USING (number)")
        return " ".join(str(cell) for row in rows for cell in row)


def test_a_digit_that_counts_for_nothing_is_no_row(station: Written) -> None:
    station.take(Digit(77, "5", at_s=station.now_s))
    assert station.news == []
