"""The station finds that the end of its log was cut, and says so: in the log, and loudly, once."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.audit_log import changed, released, rows, stamp, verdict, written

from portier.adapters.journal.purge import Rule
from portier.adapters.journal.row import Own
from portier.adapters.journal.store import DATABASE, HEAD, Store

CUT = "the end was cut: it was row 21"


def cut(folder: Path, after: int) -> None:
    for table in ("rows", "people"):
        changed(folder, f"DELETE FROM {table} WHERE number > {after}")  # noqa: S608


def doubts(folder: Path) -> list[str]:
    return [row.why for row, _ in rows(folder) if row.what == Own.DOUBTED.value]


@pytest.mark.parametrize("running", [True, False])
def test_a_cut_end_is_told_by_the_next_row_and_for_as_long_as_that_is_kept(
    tmp_path: Path, running: bool
) -> None:
    store = Store(tmp_path, Rule())
    store.append([released(number, "Ana") for number in range(20)], stamp())
    if not running:
        store.close()
    cut(tmp_path, 10)
    assert CUT in store.append([released(21)], stamp()).said
    for number in range(22, 40):
        assert store.append([released(number)], stamp()).said == ""
    store.close()
    assert written(tmp_path, [released(41)]).said == ""
    assert doubts(tmp_path) == [CUT]
    assert verdict(tmp_path).problems == (f"row 11 tells what the station found at the end before it: {CUT}",)


def test_a_taken_away_noted_end_is_told(tmp_path: Path) -> None:
    written(tmp_path, [released(1)])
    (tmp_path / HEAD).unlink()
    said = written(tmp_path, [released(2)]).said
    assert "audit.head was gone" in said
    assert written(tmp_path, [released(3)]).said == ""
    assert len(doubts(tmp_path)) == len(verdict(tmp_path).problems) == 1


def test_another_log_in_its_place_is_told(tmp_path: Path) -> None:
    here, other = tmp_path / "here", tmp_path / "other"
    for one in (here, other):
        one.mkdir()
        written(one, [released(1), released(2)])
    (other / DATABASE).replace(here / DATABASE)
    assert "of another log" in written(here, [released(3)]).said
    assert verdict(here).problems


def test_a_last_row_that_was_written_anew_is_told(tmp_path: Path) -> None:
    written(tmp_path, [released(1), released(2)])
    changed(tmp_path, "UPDATE rows SET link = zeroblob(32) WHERE number = 3")
    assert "row 3 is not what it was" in written(tmp_path, [released(3)]).said


def test_a_noted_end_that_is_behind_is_no_doubt(tmp_path: Path) -> None:
    written(tmp_path, [released(1)])
    behind = (tmp_path / HEAD).read_bytes()
    written(tmp_path, [released(number) for number in range(200)], Rule(90, 50))
    (tmp_path / HEAD).write_bytes(behind)
    assert written(tmp_path, [released(3)], Rule(90, 50)).said == ""
    assert doubts(tmp_path) == []
