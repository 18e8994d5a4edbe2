"""The directory of a running station: codes found at once, uses that count at once and outlast a restart."""

from __future__ import annotations

import logging
import sqlite3
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from tests.unit.directory_files import KEY, ONCE, POSTMAN, book, locked, written

from portier.adapters.live_directory import LiveDirectory
from portier.core.codes import CodeMatch, Entry
from portier.directory import changes, files as places, keeping
from portier.directory.files import Files
from portier.directory.model import Book, Code, Resident

LIMIT_S = 10.0


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return written(tmp_path)


@contextmanager
def live(files: Files, taken: list[Book] | None = None, again_s: float = 0.05) -> Iterator[LiveDirectory]:
    directory = LiveDirectory(files, (taken if taken is not None else []).append, again_s)
    directory.start()
    try:
        yield directory
    finally:
        directory.close()


def until(condition: Callable[[], bool]) -> None:
    until_s = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < until_s
        time.sleep(0.01)


def on_disk(files: Files) -> int | None:
    return keeping.load(files).stored.book.codes[0].uses_left


def read_again(directory: LiveDirectory) -> str:
    said: list[str] = []
    done = threading.Event()

    def told(trouble: str) -> None:
        said.append(trouble)
        done.set()

    directory.read_again(told)
    assert done.wait(LIMIT_S)
    return said[0]


def test_a_code_is_found_and_another_is_not(files: Files) -> None:
    with live(files) as directory:
        front = frozenset({"front"})
        assert directory.look_up(Entry(ONCE)) == CodeMatch(1, "Plumber", front, uses_left=1)
        assert directory.look_up(Entry(POSTMAN)) == CodeMatch(2, "Postman", front)
        for other in ("", "582914", "5829133", "58291", "*", "\u0665"):
            assert directory.look_up(Entry(other)) is None


def test_a_use_counts_at_once_and_outlasts_a_restart(files: Files) -> None:
    with live(files) as directory:
        directory.spend(1)
        match = directory.look_up(Entry(ONCE))
        assert match is not None
        assert match.uses_left == 0
        until(lambda: on_disk(files) == 0)
    with live(files) as directory:
        assert (again := directory.look_up(Entry(ONCE))) is not None
        assert again.uses_left == 0


def test_a_use_at_the_very_end_is_written(files: Files) -> None:
    with live(files) as directory:
        directory.spend(1)
    assert on_disk(files) == 0


def test_a_code_without_limit_costs_no_write(files: Files) -> None:
    before = files.database.stat().st_mtime_ns
    with live(files) as directory:
        directory.spend(2)
        directory.spend(77)
    assert files.database.stat().st_mtime_ns == before


def test_a_use_that_cannot_be_written_counts_and_is_tried_again(
    files: Files, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = [True]
    really = keeping.spend

    def spend(*arguments: object) -> None:
        if refused[0]:
            raise sqlite3.OperationalError("database or disk is full")
        really(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(keeping, "spend", spend)
    taken: list[Book] = []
    with live(files, taken) as directory:
        directory.spend(1)
        until(lambda: bool(caplog.records))
        assert read_again(directory) == ""
        assert (match := directory.look_up(Entry(ONCE))) is not None
        assert match.uses_left == 0, "not brought back by reading a disk that does not know"
        assert on_disk(files) == 1
        refused[0] = False
        until(lambda: on_disk(files) == 0)
    assert [one.levelname for one in caplog.records].count("ERROR") == 1
    assert ONCE not in caplog.text


def test_a_change_is_taken_when_told(files: Files) -> None:
    taken: list[Book] = []
    with live(files, taken) as directory:
        keeping.alter(
            files, lambda one: changes.revoke(changes.add_resident(one, Resident(0, "Martin")), [2])
        )
        assert directory.look_up(Entry(POSTMAN)) is not None
        assert read_again(directory) == ""
        assert directory.look_up(Entry(POSTMAN)) is None
        assert taken[-1].named("Martin")


def test_a_locked_directory_is_read_as_soon_as_it_is_free(
    files: Files, caplog: pytest.LogCaptureFixture
) -> None:
    keeping.alter(files, lambda one: changes.add_resident(one, Resident(0, "Martin")))
    taken: list[Book] = []
    caplog.set_level(logging.WARNING)
    directory = LiveDirectory(files, taken.append, 0.05)
    with locked(files):
        assert directory.start().named("Martin"), "by the good copy"
        assert directory.look_up(Entry(POSTMAN)) is not None
        assert "locked by another program" in caplog.text
    until(lambda: "is read again" in caplog.text)
    directory.close()
    assert taken[-1].named("Martin")
    assert caplog.text.count("locked by another program") == 1


def test_a_directory_damaged_while_the_station_runs_makes_way_for_the_copy(
    files: Files, caplog: pytest.LogCaptureFixture
) -> None:
    with live(files) as directory:
        files.database.write_bytes(b"x" * 9000)
        directory.spend(1)
        until(lambda: "moved aside" in caplog.text)
        assert (match := directory.look_up(Entry(ONCE))) is not None
        assert match.uses_left == 0
        until(lambda: on_disk(files) == 0)


@pytest.mark.parametrize("key", [None, bytes(32), b""])
def test_without_its_key_people_are_known_and_no_code_works(
    files: Files, key: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    files.key.unlink()
    if key is not None:
        places.write_key(files.key, key)
    with live(files) as directory:
        assert directory.look_up(Entry(POSTMAN)) is None
        assert "no access code works" in caplog.text
        assert read_again(directory) != ""
        places.write_key(files.key, KEY)
        assert read_again(directory) == ""
        assert directory.look_up(Entry(POSTMAN)) is not None


def test_what_is_wrong_is_told_for_as_long_as_it_is(files: Files) -> None:
    directory = LiveDirectory(files, lambda _: None, 0.05)
    with locked(files):
        directory.start()
        assert "locked by another program; the last good copy is used" in directory.trouble
    until(lambda: directory.trouble == "")
    files.key.unlink()
    read_again(directory)
    assert "no access code works" in directory.trouble
    places.write_key(files.key, KEY)
    read_again(directory)
    assert directory.trouble == ""
    files.database.write_bytes(b"x" * 9000)
    read_again(directory)
    assert "was moved aside to directory.db.damaged" in directory.trouble
    directory.close()


def test_uses_that_cannot_be_written_are_told_for_as_long_as_they_wait(files: Files) -> None:
    with live(files) as directory:
        with locked(files):
            directory.spend(1)
            # Nobody waits for a lock longer than this.
            until(lambda: "1 uses of codes cannot be written" in directory.trouble)
        until(lambda: directory.trouble == "")
        assert on_disk(files) == 0


def test_an_old_copy_is_made_anew_at_the_start(files: Files) -> None:
    files.good.unlink()
    with live(files):
        until(files.good.exists)
    files.database.unlink()
    assert keeping.load(files).stored.book == book()


def test_five_thousand_residents_and_twenty_thousand_codes(tmp_path: Path) -> None:
    small = written(tmp_path, book(1, 2))
    with live(small) as directory:
        few_s = _median_s(directory, "000003")
    large = Files(tmp_path / "large.db", small.key)
    whole = book(5000, 20_000)
    keeping.alter(large, lambda _: whole, keeping.load(small).stored.key_check)
    cpu_s = time.thread_time()
    directory = LiveDirectory(large, lambda _: None)
    directory.start()
    assert time.thread_time() - cpu_s < 1.0
    try:
        assert directory.look_up(Entry("019999")) is not None
        there_s, absent_s = _median_s(directory, "019999"), _median_s(directory, "999998")
        assert there_s < 0.001
        assert absent_s < 0.001
        # Not that it is slow, but that a table of codes was gone through, or a match looked at alone.
        assert absent_s < 3 * there_s
        assert there_s < 3 * absent_s
        assert there_s < 20 * few_s
    finally:
        directory.close()


def _median_s(directory: LiveDirectory, keys: str) -> float:
    entry = Entry(keys)
    times_s = []
    for _ in range(500):
        begun_s = time.perf_counter()
        directory.look_up(entry)
        times_s.append(time.perf_counter() - begun_s)
    return statistics.median(times_s)


def test_no_other_connection_stays_open(files: Files) -> None:
    with live(files) as directory:
        directory.spend(1)
        until(lambda: on_disk(files) == 0)
        with closing(sqlite3.connect(files.database, timeout=2.0, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            other.execute("COMMIT")


def test_a_new_station_knows_no_code_at_all(tmp_path: Path) -> None:
    with live(Files(tmp_path / "directory.db", tmp_path / "directory.key")) as directory:
        assert directory.trouble == ""
        for length in range(4, 13):
            for keys in ("0" * length, "1" * length, "123456789012"[:length]):
                assert directory.look_up(Entry(keys)) is None
    # As the device's key is when there is none: no code made by it may count.
    files = written(tmp_path, Book())
    nulls = bytes(32)
    keeping.alter(
        files,
        lambda one: changes.add_code(one, Code(0, b"", 6, "planted", frozenset({"front"})), POSTMAN, nulls),
    )
    files.key.unlink()
    with live(files) as directory:
        assert directory.look_up(Entry(POSTMAN)) is None
