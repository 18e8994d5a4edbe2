"""The database of the audit log: bounded, begun anew where it is broken, and never a fault of the station."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from tests.unit.audit_log import changed, released, rows, stamp, verdict, written

from portier.adapters.journal import aside, reading
from portier.adapters.journal.purge import Rule
from portier.adapters.journal.row import CannotKeepError, Own, clean
from portier.adapters.journal.store import DATABASE, HEAD, Store
from portier.errors import JournalError


def whats(folder: Path) -> list[str]:
    return [row.what for row, _ in rows(folder)]


def test_a_log_begins_by_a_row_that_says_so_and_goes_on_over_a_restart(tmp_path: Path) -> None:
    assert written(tmp_path, [released(1)]).rows == 2
    assert written(tmp_path, [released(2)]).rows == 3
    assert whats(tmp_path) == [Own.BEGUN.value, "released", "released"]
    assert verdict(tmp_path).problems == ()


def test_its_files_are_for_its_user_and_to_be_read_by_its_group(tmp_path: Path) -> None:
    old = os.umask(0o077)
    try:
        store = Store(tmp_path, Rule())
        store.append([released(1)], stamp())
        modes = {one.name: one.stat().st_mode & 0o777 for one in tmp_path.iterdir()}
        store.close()
    finally:
        os.umask(old)
    assert modes[HEAD] == 0o640
    assert modes[DATABASE] == modes[f"{DATABASE}-wal"] == modes[f"{DATABASE}-shm"] == 0o640


def test_rows_older_than_their_days_go_and_the_chain_holds_from_there(tmp_path: Path) -> None:
    rule = Rule(keep_days=90, keep_rows=1000)
    for day in range(0, 200, 10):
        written(tmp_path, [released(1, "Ana", days=day)], rule, days=day)
    days = [row.stamp.at_us for row, _ in rows(tmp_path) if row.what == "released"]
    assert min(days) == stamp(1, days=100).at_us
    assert len(days) == 10
    found = verdict(tmp_path)
    assert found.problems == ()
    assert found.first > 1
    assert {row.number for row, person in rows(tmp_path) if person} == {
        row.number for row, _ in rows(tmp_path) if row.what == "released"
    }, "nothing personal is left of rows that are gone"


def test_old_rows_go_where_nothing_happens_any_more(tmp_path: Path) -> None:
    written(tmp_path, [released(1)])
    written(tmp_path, [], days=92)
    assert whats(tmp_path) == [Own.PURGED.value]
    assert verdict(tmp_path).problems == ()


def test_nothing_to_do_writes_nothing(tmp_path: Path) -> None:
    written(tmp_path, [released(1)])
    written(tmp_path, [])
    assert whats(tmp_path) == [Own.BEGUN.value, "released"]


def test_no_row_goes_by_a_clock_that_is_not_known_to_be_right(tmp_path: Path) -> None:
    written(tmp_path, [released(1)])
    store = Store(tmp_path, Rule())
    store.append([], stamp(days=5000, right=False))
    store.close()
    assert whats(tmp_path) == [Own.BEGUN.value, "released"]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=12), st.integers(5, 60))
def test_there_are_never_more_rows_than_allowed_and_the_newest_stay(
    tmp_path_factory: pytest.TempPathFactory, batches: list[int], keep_rows: int
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    number = 0
    for size in batches:
        entries = [released(number + one) for one in range(size)]
        number += size
        assert written(folder, entries, Rule(90, keep_rows)).rows <= keep_rows
    found = rows(folder)
    assert len(found) <= keep_rows
    kept = [row.stamp.mono_us // 1_000_000 for row, _ in found if row.what == "released"]
    assert kept == list(range(number - len(kept), number))
    assert verdict(folder).problems == ()


def test_a_purge_of_very_many_rows_goes_in_steps(tmp_path: Path) -> None:
    """As after a change of the configuration: no write may take long."""
    written(tmp_path, [released(number, "Ana") for number in range(12_000)])
    rule, counts = Rule(keep_rows=1000), [12_001]
    while counts[-1] > rule.keep_rows:
        counts.append(written(tmp_path, [], rule).rows)
        assert counts[-1] >= counts[-2] - 5000
        assert verdict(tmp_path).problems == ()
    assert len(counts) == 4


@pytest.mark.parametrize("damage", ["no database", "a page", "no table", "no anchor", "cut"])
def test_a_broken_database_lies_aside_and_a_new_one_says_so(tmp_path: Path, damage: str) -> None:
    written(tmp_path, [released(number, "Ana") for number in range(200)])
    path = tmp_path / DATABASE
    match damage:
        case "no database":
            path.write_bytes(b"something else entirely" * 400)
        case "a page":
            data = bytearray(path.read_bytes())
            data[4096:] = bytes(len(data) - 4096)
            path.write_bytes(data)
        case "no table":
            changed(tmp_path, "DROP TABLE people")
        case "no anchor":
            changed(tmp_path, "DELETE FROM anchor")
        case _:
            path.write_bytes(path.read_bytes()[:5000])
    kept = written(tmp_path, [released(201, "Bo")])
    assert "lies aside" in kept.said
    assert whats(tmp_path) == [Own.BEGUN.value, "released"]
    (old,) = aside.found(path)
    assert old.name in rows(tmp_path)[0][0].why
    assert verdict(tmp_path).problems == ()


def test_of_many_broken_databases_only_the_newest_are_kept(tmp_path: Path) -> None:
    for _ in range(8):
        (tmp_path / DATABASE).write_bytes(b"nothing of ours" * 300)
        written(tmp_path, [released(1)])
    assert len(aside.found(tmp_path / DATABASE)) == aside.MOST_ASIDE


def test_a_database_that_was_taken_away_is_told_by_the_next(tmp_path: Path) -> None:
    written(tmp_path, [released(number) for number in range(5)])
    (tmp_path / DATABASE).unlink()
    kept = written(tmp_path, [released(6)])
    assert kept.said == "the one before is gone; its last row was 6; a new one is begun"
    assert rows(tmp_path)[0][0].why == "the one before is gone; its last row was 6"


def test_a_database_that_is_taken_away_under_the_station_is_begun_anew(tmp_path: Path) -> None:
    store = Store(tmp_path, Rule())
    store.append([released(1)], stamp())
    for one in tmp_path.glob(f"{DATABASE}*"):
        one.unlink()
    store.append([released(2)], stamp())
    store.close()
    assert whats(tmp_path) == [Own.BEGUN.value, "released"]


def test_a_database_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    written(tmp_path, [released(1)])
    changed(tmp_path, "PRAGMA user_version = 9")
    with pytest.raises(CannotKeepError, match="of version 9"):
        written(tmp_path, [released(2)])
    with pytest.raises(JournalError, match="of version 9"):
        rows(tmp_path)
    assert aside.found(tmp_path / DATABASE) == []


def test_a_locked_database_is_tried_again_and_nothing_is_lost(tmp_path: Path) -> None:
    written(tmp_path, [released(1)])
    other = sqlite3.connect(tmp_path / DATABASE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store = Store(tmp_path, Rule())
    with pytest.raises(CannotKeepError, match="locked: another program holds it"):
        store.append([released(2)], stamp())
    other.execute("ROLLBACK")
    other.close()
    assert store.append([released(2)], stamp()).rows == 3
    store.close()
    assert verdict(tmp_path).problems == ()


def test_a_folder_that_is_not_there_is_told_and_taken_when_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    store = Store(folder, Rule())
    with pytest.raises(CannotKeepError, match="later"):
        store.append([released(1)], stamp())
    folder.mkdir()
    assert store.append([released(1)], stamp()).rows == 2
    store.close()


def test_an_end_that_cannot_be_noted_is_told_once_and_rows_are_written(tmp_path: Path) -> None:
    (tmp_path / HEAD).mkdir()
    store = Store(tmp_path, Rule())
    assert "cannot be noted" in store.append([released(1)], stamp()).said
    assert store.append([released(2)], stamp()).said == ""
    assert store.append([released(3)], stamp()).said == ""
    store.close()
    assert len(rows(tmp_path)) == 4


@given(st.text())
def test_what_a_stranger_may_send_makes_a_row_and_no_fault(name: str) -> None:
    text = clean(name)
    assert len(text) <= 200
    assert all(one.isprintable() for one in text)
    assert text.encode().decode() == text


def test_who_asks_for_a_log_that_is_not_there_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="--state"):
        rows(tmp_path)


def test_who_asks_for_a_broken_log_is_told_so(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"nothing of ours" * 300)
    with pytest.raises(JournalError, match="is broken"), reading.reading(tmp_path):
        pass
