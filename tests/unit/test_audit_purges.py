"""A purge that there was no cause for is no purge, and each is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.audit_log import changed, released, stamp, verdict, written

from portier.__main__ import main
from portier.adapters.journal import purge
from portier.adapters.journal.purge import Rule
from portier.adapters.journal.row import Entry


def forged(folder: Path, up_to: int, *, days: float, right: bool = True) -> None:
    """As root might: the row of a purge, the rows gone, the anchor moved."""
    written(folder, [purge.told(up_to, Rule(), stamp(60, days=days, right=right))])
    changed(
        folder,
        "UPDATE anchor SET number = ?1, link = (SELECT link FROM rows WHERE number = ?1)",
        up_to,
    )
    for table in ("rows", "people"):
        changed(folder, f"DELETE FROM {table} WHERE number <= {up_to}")  # noqa: S608


def test_a_purge_without_a_cause_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path, [released(number, "Ana") for number in range(20)])
    forged(tmp_path, 15, days=1)
    assert main(["audit", "verify", "--state", str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert "rows up to 15 went by a purge on 2026-" in said
    assert "broken: row 22 tells of a purge up to row 15, which there was no cause for" in said


def test_a_purge_by_a_clock_that_was_not_right_is_found(tmp_path: Path) -> None:
    written(tmp_path, [released(number) for number in range(20)])
    forged(tmp_path, 15, days=100, right=False)
    assert any("clock was not known" in one for one in verdict(tmp_path).problems)


def test_an_old_log_whose_station_stood_still_is_purged_in_good_faith(tmp_path: Path) -> None:
    """Off for a hundred days: what is left is young, and begins by the row of the start."""
    written(tmp_path, [released(number) for number in range(20)])
    written(tmp_path, [Entry(stamp(5, days=100), "station started"), released(6, days=100)], days=100)
    found = verdict(tmp_path)
    assert found.problems == ()
    assert [one.up_to for one in found.purges] == [21]
