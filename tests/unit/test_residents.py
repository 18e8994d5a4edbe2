"""A changed directory reaches the core, SIP and the audit log; one that cannot be used reaches none."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.directory_files import book, written

from portier.config import load, planned
from portier.core.audit import Record, Road, What
from portier.directory import changes, keeping, snapshot
from portier.directory.files import Files
from portier.directory.model import Line, Resident
from portier.residents import Residents
from portier.runtime import Runtime

CONFIG = """
[sip]
domain = "pbx"
[audio]
card = "none"
[gpio]
factory = "mock"
[buttons.bell]
pin = 5
line = "100"
[buttons.loft]
pin = 6
flat = "7"
[doors.front]
pin = 22
release_digit = "5"
[directory]
file = "directory.db"
"""
Learned = tuple[tuple[str, ...], frozenset[str], tuple[str, ...]]


def _fault(error: Exception) -> None:
    raise error


class Told:
    """A phone and a journal that keep what they are told."""

    def __init__(self) -> None:
        self.learned: list[Learned] = []
        self.records: list[Record] = []

    def learn(self, targets: tuple[str, ...], lines: frozenset[str], callers: tuple[str, ...]) -> None:
        self.learned.append((targets, lines, callers))

    def write(self, record: Record) -> None:
        self.records.append(record)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return written(tmp_path)


def with_station(tmp_path: Path, work: Callable[[Residents, Runtime, Told], Awaitable[None]]) -> None:
    async def run() -> None:
        plan = planned.plan(load.from_text(CONFIG, base=tmp_path))
        assert plan.directory
        runtime, told = Runtime(plan.rules, asyncio.get_running_loop(), _fault), Told()
        residents = Residents(plan, plan.directory, runtime)
        sip = await residents.start()
        assert "sip:3691100@pbx" in sip.lines
        assert "sip:36913100001@pbx" in sip.lines
        assert not any("31" in one for one in sip.targets), "their hosts are the domain"
        residents.connect(told, told)
        try:
            await work(residents, runtime, told)
        finally:
            residents.close()

    asyncio.run(run())


async def read_again(residents: Residents) -> str:
    said: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    residents.read_again("process 7 of user 0", said.set_result)
    return await asyncio.wait_for(said, 10.0)


def _move_in(files: Files) -> None:
    loft = Resident(0, "Martin", "7", lines=(Line(uri="sip:loft@192.0.2.7"), Line("700")))
    keeping.alter(files, lambda book: changes.add_resident(book, loft))


def test_a_change_reaches_core_sip_and_audit_log(tmp_path: Path, files: Files) -> None:
    async def work(residents: Residents, runtime: Runtime, told: Told) -> None:
        assert runtime._rules.buttons["loft"].list_name == ""
        _move_in(files)
        assert await read_again(residents) == ""
        assert runtime._rules.buttons["loft"].list_name == "flat 7"
        ((targets, lines, callers),) = told.learned
        assert "sip:loft@192.0.2.7" in targets
        assert {"sip:3691100@pbx", "sip:3691700@pbx", "sip:700@pbx"} <= lines
        assert callers == ()
        assert told.records == [Record(What.CHANGED, road=Road.COMMAND, who="process 7 of user 0")]

    with_station(tmp_path, work)


def test_a_directory_in_trouble_is_said_and_is_no_change(tmp_path: Path, files: Files) -> None:
    async def work(residents: Residents, runtime: Runtime, told: Told) -> None:
        files.key.unlink()
        assert "no access code works" in await read_again(residents)
        assert told.records == []
        assert runtime._rules.flats, "who lives there is still known"

    with_station(tmp_path, work)


def test_a_directory_that_no_rules_can_be_made_of_leaves_those_that_are_there(
    tmp_path: Path, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(residents: Residents, runtime: Runtime, told: Told) -> None:
        before = runtime._rules

        def broken(*_: object) -> snapshot.View:
            raise LookupError("a fault of ours")

        monkeypatch.setattr(snapshot, "view", broken)
        _move_in(files)
        await read_again(residents)
        assert runtime._rules is before
        assert told.learned == []

    with_station(tmp_path, work)


def test_a_directory_that_cannot_be_used_at_the_start_leaves_the_configuration(
    tmp_path: Path, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        plan = planned.plan(load.from_text(CONFIG, base=tmp_path))
        assert plan.directory
        runtime = Runtime(plan.rules, asyncio.get_running_loop(), _fault)
        settings = replace(plan.directory, buttons={"gone": plan.directory.buttons["loft"]})
        residents = Residents(plan, settings, runtime)
        assert await residents.start() == plan.sip
        assert runtime._rules == plan.rules
        residents.close()

    asyncio.run(run())


def test_five_thousand_residents_and_their_codes_hold_no_start_up(
    tmp_path: Path,
) -> None:
    files = written(tmp_path)
    whole = book(5000, 20_000)
    keeping.alter(files, lambda _: whole)
    begun_s = time.process_time()

    async def work(residents: Residents, runtime: Runtime, told: Told) -> None:
        assert time.process_time() - begun_s < 10.0, "a second is seen, and more where a tracer looks on"
        assert len(runtime._rules.flats) == 5000

    with_station(tmp_path, work)
