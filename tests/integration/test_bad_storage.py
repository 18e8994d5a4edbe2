"""Storage in trouble, at the start and while the station runs: full, read-only, held by another, damaged.

Directory, audit log and memory lie on it together. The station rings, a digit and a code open the door, the
exit button works, and what is wrong is said. Needs root, for file systems of its own.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
from tests.integration.live import STRIKE_PIN
from tests.integration.station_process import StationProcess
from tests.integration.test_audit import portier, until_written
from tests.integration.test_killed import EXIT_PIN, SECTIONS, code_at_a_reader
from tests.unit.audit_log import verdict
from tests.unit.directory_files import POSTMAN, written

from portier.adapters.journal.store import DATABASE
from portier.bench.line.agent import Agent
from portier.bench.voice import voice
from portier.core.guessing import WRONG_LIMIT

AUDIT_WORDS = {
    "full": "cannot write",
    "read-only": "cannot write",
    "held": "another program holds it",
    "damaged": "lies aside",
}
OPENS_WITHIN_S = 5.0
SAID_WITHIN_S = 20.0


@pytest.fixture
def line() -> Iterator[Agent]:
    with Agent(voice=voice("phone", 8000, 4.0)) as agent:
        yield agent


@pytest.fixture
def station(tmp_path: Path, line: Agent) -> Iterator[StationProcess]:
    """Not begun yet; its state and its directory lie on a small file system."""
    one = StationProcess(
        tmp_path, line, **SECTIONS, directory=f'!file = "{tmp_path / "state" / "directory.db"}"'
    )
    folder = str(one.state_folder)
    subprocess.run(("mount", "-t", "tmpfs", "-o", "size=1m", "none", folder), check=True, timeout=10)
    written(one.state_folder)
    try:
        yield one
    finally:
        one.__exit__(None, None, None)
        subprocess.run(("umount", "-l", folder), check=True, timeout=10)


def _full(station: StationProcess, _held: ExitStack) -> None:
    with (station.state_folder / "ballast").open("wb") as file, suppress(OSError):
        while True:
            os.write(file.fileno(), b"x" * 512)


def _read_only(station: StationProcess, _held: ExitStack) -> None:
    # Open files forbid a remount of a whole file system, and a bind mount's only of the names.
    remount = ("mount", "-o", "remount,bind,ro", str(station.state_folder))
    subprocess.run(remount, check=True, timeout=10)


def _held(station: StationProcess, held: ExitStack) -> None:
    for name in ("directory.db", DATABASE):
        path = station.state_folder / name
        if path.exists():
            other = held.enter_context(closing(sqlite3.connect(path, isolation_level=None, timeout=10)))
            other.execute("BEGIN EXCLUSIVE")


def _damaged(station: StationProcess, _held: ExitStack) -> None:
    for name in ("directory.db", DATABASE):
        (station.state_folder / name).write_bytes(b"x" * 9000)


TROUBLES: dict[str, Callable[[StationProcess, ExitStack], None]] = {
    "full": _full,
    "read-only": _read_only,
    "held": _held,
    "damaged": _damaged,
}


def _opens(station: StationProcess, ask: Callable[[], object]) -> None:
    rises = station.pins.changes(STRIKE_PIN).rises
    ask()
    until_s = time.monotonic() + OPENS_WITHIN_S
    while station.pins.changes(STRIKE_PIN).rises == rises:
        assert time.monotonic() < until_s, station.said
        time.sleep(0.01)
    station.pins.wait(STRIKE_PIN, energised=False, limit_s=5)


def _serves(station: StationProcess, line: Agent) -> None:
    _opens(station, lambda: station.pins.close_contact(EXIT_PIN, to_high=True))
    station.pins.open_contact(EXIT_PIN)
    _opens(station, station.visit)
    line.hang_up()
    _opens(station, lambda: code_at_a_reader(station, POSTMAN))


def _until(condition: Callable[[], bool], station: StationProcess) -> None:
    until_s = time.monotonic() + SAID_WITHIN_S
    while not condition():
        assert time.monotonic() < until_s, station.said
        time.sleep(0.2)


CASES = [(when, name) for when in ("at the start", "while it runs") for name in TROUBLES]
# Nobody makes a file system read-only while a file on it is open to be written.
CASES.remove(("while it runs", "read-only"))


@pytest.mark.parametrize(("when", "name"), CASES)
def test_whatever_becomes_of_the_storage_the_station_rings_and_opens_and_says_so(
    station: StationProcess, line: Agent, when: str, name: str
) -> None:
    with ExitStack() as held:
        if when == "at the start":
            # A log is there already.
            station.begin()
            station.wait_told("READY=1")
            until_written(station, "station started")
            station.process.terminate()
            station.ended(10)
            station.told.clear()
            TROUBLES[name](station, held)
        station.begin()
        station.wait_told("READY=1")
        if when == "while it runs":
            until_written(station, "station started")
            TROUBLES[name](station, held)
        _serves(station, line)
        if (when, name) == ("while it runs", "damaged"):
            # What SQLite has read already it does not read again: it is noticed by who opens it next.
            station.process.terminate()
            station.ended(10)
            station.told.clear()
            station.begin()
            station.wait_told("READY=1")
            _serves(station, line)
            # Of the log every page was in the WAL still, which the stop has put back: nothing was lost.
            until_written(station, "released")
            assert "lies aside" in station.said or verdict(station.state_folder).problems == ()
        else:
            _until(lambda: AUDIT_WORDS[name] in station.said, station)
        if name == "damaged" or (when, name) == ("at the start", "held"):
            assert "the last good copy is used" in station.said
            told = portier(station, "status")
            assert "the last good copy is used" in told, told
        assert station.process.poll() is None


def test_without_a_directory_and_its_copy_the_station_rings_and_the_exit_works(
    station: StationProcess, line: Agent
) -> None:
    for name in ("directory.db", "directory.good.db"):
        (station.state_folder / name).write_bytes(b"x" * 9000)
    station.begin()
    station.wait_told("READY=1")
    assert "nobody is known" in station.said
    _opens(station, lambda: station.pins.close_contact(EXIT_PIN, to_high=True))
    _opens(station, station.visit)
    line.hang_up()
    rises = station.pins.changes(STRIKE_PIN).rises
    code_at_a_reader(station, POSTMAN)
    time.sleep(0.5)
    assert station.pins.changes(STRIKE_PIN).rises == rises


def test_a_log_held_for_long_by_another_loses_nothing_and_its_chain_holds(
    station: StationProcess, line: Agent
) -> None:
    station.begin()
    station.wait_told("READY=1")
    until_written(station, "station started")
    with ExitStack() as held:
        _held(station, held)
        _serves(station, line)
        _until(lambda: "another program holds it" in station.said, station)
    until_written(station, "released", 40.0)
    assert verdict(station.state_folder).problems == ()


def test_a_block_for_guessing_outlasts_a_kill_and_bars_neither_digit_nor_exit(
    station: StationProcess, line: Agent
) -> None:
    station.begin()
    station.wait_told("READY=1")
    for _ in range(WRONG_LIMIT):
        code_at_a_reader(station, "135792")
    _until(lambda: "blocked for 30 s" in station.said, station)
    # What is remembered is on the disk within a second.
    time.sleep(1.5)
    station.process.kill()
    station.ended(5)
    station.told.clear()
    station.begin()
    station.wait_told("READY=1")
    rises = station.pins.changes(STRIKE_PIN).rises
    code_at_a_reader(station, POSTMAN)
    time.sleep(0.5)
    assert station.pins.changes(STRIKE_PIN).rises == rises, "right ones are refused, too"
    assert 'keypad "reader": blocked again' in station.said
    _opens(station, lambda: station.pins.close_contact(EXIT_PIN, to_high=True))
    _opens(station, station.visit)
