"""Who may see keys, and that they see those of the test's leg and no others."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from portier.adapters.control.key_tests import KeyTests
from portier.bench.bare import BareStation
from portier.core.events import CallPhase, CallProgress, EndReason, Event, KeyTestRequested
from portier.core.rules import ButtonRule, Rules, TargetRule
from portier.core.states import State
from portier.keys_heard import KeyNews, KeyRemark, Stage, Way

KITCHEN = TargetRule("kitchen", "sip:36911@pbx", "sip:1@pbx", frozenset({404}))
ANY_LINE = TargetRule("", "sip:3691{line}@pbx.example", "sip:{line}@pbx.example", frozenset({404}))
RULES = Rules(
    buttons={
        "bell": ButtonRule("bell", "sip:flat@pbx.example", 0.03),
        "family": ButtonRule("family", "", 0.03, list_name="family"),
        "flat": ButtonRule("flat", "", 0.03),
        "kitchen": ButtonRule("kitchen", "", 0.03, target=KITCHEN),
        "side": ButtonRule("side", "sip:shop@pbx.example", 0.03),
    },
    doors={},
)


@dataclass
class Reader:
    """Who asks."""

    may_see_keys: bool = True
    name: str = "a test"
    told: list[dict[str, Any]] = field(default_factory=list)

    def send(self, message: bytes) -> None:
        self.told.append(json.loads(message))


class Core:
    """The core alone, as the socket sees it."""

    def __init__(self) -> None:
        self.station = BareStation(RULES)
        self.station.become_ready()
        self.events: list[Event] = []

    @property
    def state(self) -> State:
        return self.station.state

    def take(self, event: Event) -> None:
        self.events.append(event)
        self.station.take(event)


async def _tests() -> tuple[KeyTests, Core, list[bool]]:
    core, listened = Core(), list[bool]()
    return KeyTests(RULES, ANY_LINE, core, listened.append), core, listened


def test_it_is_for_root_and_the_service_s_own_user() -> None:
    async def run() -> None:
        tests, core, listened = await _tests()
        error = tests.begin("bell", Reader(may_see_keys=False))
        assert error == "keys are shown to root and to the service's own user only: try it with sudo"
        assert (core.events, listened, tests.wants) == ([], [], False)

    asyncio.run(run())


def test_a_target_is_called_as_for_a_visitor_and_of_a_list_a_line_is_to_be_named() -> None:
    async def run() -> None:
        tests, core, _ = await _tests()
        assert tests.begin("kitchen", Reader()) is None
        request = core.events[0]
        assert isinstance(request, KeyTestRequested)
        assert request.target == KITCHEN
        tests.close()
        for name in ("family", "flat"):
            tests, core, _ = await _tests()
            assert (tests.begin(name, Reader()) or "").startswith(f'button "{name}" rings a list')
            assert core.events == []

    asyncio.run(run())


def test_a_button_and_a_line_are_called_and_nothing_else() -> None:
    async def run() -> None:
        for target, uri in (
            ("bell", "sip:flat@pbx.example"),
            ("3100000007", "sip:36913100000007@pbx.example"),
        ):
            tests, core, _ = await _tests()
            assert tests.begin(target, Reader()) is None
            assert isinstance(core.events[0], KeyTestRequested)
            assert core.events[0].target.uri == uri
            tests.close()
        targets: tuple[str | None, ...] = (
            None,
            "nobody",
            "sip:x@example.org",
            "3100@evil",
            "1" * 33,
            "{line}",
        )
        for wrong in targets:
            tests, core, _ = await _tests()
            assert '"bell", "family", "flat", "kitchen", "side"' in (tests.begin(wrong, Reader()) or "")
            assert core.events == []

    asyncio.run(run())


def test_only_keys_of_the_test_s_own_call_are_told_and_to_its_reader_alone() -> None:
    async def run() -> None:
        tests, core, listened = await _tests()
        reader, other = Reader(), Reader()
        assert tests.begin("bell", reader) is None
        assert tests.begin("side", other) == "a test of keys goes on already"
        leg = core.state.last_leg
        core.take(CallProgress(leg, CallPhase.ANSWERED, at_s=0.0))
        now_s = asyncio.get_running_loop().time() - 5.0
        for which, key in ((leg, "5"), (leg + 1, "7")):
            tests.hear(KeyNews(which, Way.EVENT, key, now_s, Stage.DOWN, 0.1, (), counts=True))
            tests.hear(KeyRemark(which, f"remark {which}"))
        await asyncio.sleep(0.15)
        tests.left(other)
        assert tests.wants
        tests.left(reader)
        await asyncio.sleep(0.15)
        assert not tests.wants
        assert listened == [True, False]
        assert [one.get("key") for one in reader.told if one["event"] == "key"] == ["5"]
        assert [one["remark"] for one in reader.told if "remark" in one] == [f"remark {leg}"]
        assert other.told == []
        assert core.state.key_test
        assert core.state.key_test.over == "ended by command"

    asyncio.run(run())


def test_the_end_is_told_with_its_reason_after_the_last_key() -> None:
    async def run() -> None:
        tests, core, _ = await _tests()
        reader = Reader()
        assert tests.begin("bell", reader) is None
        await asyncio.sleep(0.05)
        now_s = asyncio.get_running_loop().time()
        tests.hear(KeyNews(core.state.last_leg, Way.EVENT, "5", now_s, counts=True))
        core.station.wait(now_s + 60.0)
        await asyncio.sleep(0.15)
        assert [one.get("call") or one["event"] for one in reader.told] == ["calling", "key", "over"]
        assert reader.told[-1]["why"] == "no answer"

    asyncio.run(run())


def test_a_refused_prefix_is_told_and_keys_of_the_call_without_it_are_seen() -> None:
    async def run() -> None:
        tests, core, _ = await _tests()
        reader = Reader()
        assert tests.begin("3100000007", reader) is None
        await asyncio.sleep(0.05)
        core.station.end(EndReason.UNKNOWN_NUMBER, status=404)
        core.station.answer()
        now_s = asyncio.get_running_loop().time() - 5.0
        for leg, key in ((1, "7"), (2, "5")):
            tests.hear(KeyNews(leg, Way.EVENT, key, now_s, Stage.DOWN, 0.1, (), counts=True))
        await asyncio.sleep(0.15)
        told = [one.get("call") or one.get("key") or one["remark"][:42] for one in reader.told]
        refused = "refused with the prefix: number unknown (4"
        assert told[:2] == ["calling", refused]
        assert sorted(told[2:]) == ["5", "answered"]
        tests.close()

    asyncio.run(run())


def test_whoever_had_the_last_test_is_told_its_end_though_the_next_begins_at_once() -> None:
    async def run() -> None:
        tests, core, listened = await _tests()
        first, second = Reader(), Reader()
        assert tests.begin("bell", first) is None
        await asyncio.sleep(0.05)
        core.station.end(EndReason.BUSY, status=486)
        assert tests.begin("bell", second) is None
        await asyncio.sleep(0.05)
        assert [(one["call"], one["why"]) for one in first.told] == [
            ("calling", None),
            ("over", "busy (486)"),
        ]
        assert [one["call"] for one in second.told] == ["calling"]
        assert listened == [True, False, True]
        tests.close()

    asyncio.run(run())
