"""`portier audit`: what a person and a program read, the exit codes, and no formula in a spreadsheet."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import pytest
from hypothesis import given, strategies as st
from tests.unit.audit_log import NOW_US, changed, released, stamp, written
from tests.unit.open_folder import open_folder

from portier import audit_rows, commands, state_path
from portier.__main__ import main
from portier.adapters.journal.row import Entry
from portier.adapters.journal.store import HEAD
from portier.adapters.journal.writer import Health
from portier.errors import FileError, JournalError


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A log of five rows, on three days, at UTC."""
    with open_folder() as folder:
        monkeypatch.setenv("TZ", "UTC")
        monkeypatch.setenv("PORTIER_STATE", str(folder))
        time.tzset()
        written(
            folder,
            [
                released(1, "Ana Lima", 7),
                released(2, "=cmd|'/c calc'!A1", days=1),
                Entry(stamp(3, right=False), "refused", "front", "command", "released already"),
                released(4, days=2),
            ],
        )
        yield folder
        monkeypatch.undo()
        time.tzset()


def day(number: int) -> str:
    return f"{datetime.fromtimestamp(NOW_US / 1e6 + number * 86400, UTC):%Y-%m-%d}"


def test_show_tells_the_last_rows_and_marks_an_unsure_clock(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "show", "--last", "3"]) == 0
    heading, *lines = capsys.readouterr().out.splitlines()
    assert heading.split() == ["row", "at", "what", "door", "by", "who", "why"]
    assert len(lines) == 3
    assert re.match(r" +3  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d  +released +front +release digit +=cmd", lines[0])
    assert re.search(r":\d\d\? +refused +front +command +released already$", lines[1])


def test_show_as_json_is_an_object_a_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "show", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["number"] for row in rows] == [1, 2, 3, 4, 5]
    assert rows[1]["who"] == "Ana Lima"
    assert rows[1]["resident"] == 7
    assert list(rows[0]) == list(audit_rows.COLUMNS)


def test_show_follows_what_is_written_until_it_is_told_to_end(folder: Path) -> None:
    # A shell that started the tests in the background has them ignore SIGINT.
    command = ["env", "--default-signal=INT", sys.executable, "-m", "portier"]
    with subprocess.Popen(
        [*command, "audit", "show", "--last", "1", "--follow", "--json"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PORTIER_STATE": str(folder)},
    ) as follows:
        try:
            assert follows.stdout
            assert json.loads(follows.stdout.readline())["number"] == 5
            written(folder, [released(9, "Bo")])
            assert json.loads(follows.stdout.readline())["who"] == "Bo"
            follows.send_signal(signal.SIGINT)
            assert follows.wait(10) == 0
        finally:
            follows.kill()


def test_verify_says_that_the_chain_holds_and_where_it_ends(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "verify"]) == 0
    said = capsys.readouterr().out
    assert "the chain holds" in said
    end = re.search(r"rows 1 to 5; the log ends at (5:[0-9a-f]{64})", said)
    assert end
    assert main(["audit", "verify", "--head", end[1]]) == 0
    assert main(["audit", "verify", "--head", f"5:{'0' * 64}"]) == 1
    assert "the log was written anew" in capsys.readouterr().out


def test_verify_names_a_broken_row_and_ends_with_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(folder, "UPDATE rows SET door = 'yard' WHERE number = 3")
    assert main(["audit", "verify"]) == 1
    said = capsys.readouterr().out
    assert "broken: row 3 does not follow from row 2: it was changed, or row 2 was" in said
    assert "the chain is broken" in said


def test_rows_without_a_noted_end_are_no_chain_that_holds(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / HEAD).unlink()
    assert main(["audit", "verify"]) == 1
    said = capsys.readouterr().out
    assert "broken: no end is noted beside the log" in said
    assert "holds" not in said


def test_an_export_of_a_period_has_its_days_and_what_lies_between(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def numbers(*options: str) -> list[int]:
        assert main(["audit", "export", "--format", "json", *options]) == 0
        return [row["number"] for row in json.loads(capsys.readouterr().out)]

    assert numbers() == [1, 2, 3, 4, 5]
    assert numbers("--from", day(0), "--to", day(0)) == [1, 2]
    assert numbers("--from", day(1)) == [3, 4, 5], "row 4, whose clock was wrong, between its neighbours"
    assert numbers("--from", day(2)) == [5]
    assert numbers("--to", day(1)) == [1, 2, 3]
    assert numbers("--from", day(5)) == []


def test_an_export_goes_into_a_new_file_for_its_owner_alone(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "log.csv"
    assert main(["audit", "export", "--output", str(file)]) == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert capsys.readouterr().out == f"{file}: 5 rows\n"
    rows = list(csv.DictReader(io.StringIO(file.read_text(), newline="")))
    assert rows[1]["who"] == "Ana Lima"
    assert rows[2]["who"] == "'=cmd|'/c calc'!A1"
    assert main(["audit", "export", "--output", str(file)]) == FileError.exit_code
    assert "cannot write" in capsys.readouterr().err
    assert file.exists(), "what was there stays"
    assert main(["audit", "export", "--output", str(tmp_path / "none" / "x")]) == FileError.exit_code


def test_an_export_that_cannot_be_written_to_its_end_leaves_no_stump(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(rows: object, out: IO[str]) -> int:
        out.write("number")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(audit_rows, "write_csv", full)
    file = tmp_path / "log.csv"
    assert main(["audit", "export", "--output", str(file)]) == FileError.exit_code
    assert "No space left" in capsys.readouterr().err
    assert not file.exists()
    changed(folder, "DROP TABLE people")
    assert main(["audit", "export", "--format", "json", "--output", str(file)]) == JournalError.exit_code
    assert not file.exists()


def test_more_rows_than_any_log_has_are_all(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "show", "--last", "9" * 20]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 6


@pytest.mark.parametrize(
    "words",
    [["audit", "export"], ["audit", "show", "--json"], ["config", "--reference"], ["audit", "verify"]],
)
def test_who_reads_may_leave_before_the_end(folder: Path, words: list[str]) -> None:
    written(folder, [released(number, "Ana Lima") for number in range(3000)])
    reader, writer = os.pipe()
    os.close(reader)
    ran = subprocess.run(
        [sys.executable, "-m", "portier", *words],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(writer)
    assert ran.stderr == ""
    assert ran.returncode in (0, 141)


@given(st.lists(st.text() | st.from_regex(r"\A\s*[=+@-].*\Z"), min_size=5, max_size=5))
def test_no_cell_of_an_export_begins_a_formula(texts: list[str]) -> None:
    row = dict.fromkeys(audit_rows.COLUMNS, "") | dict(
        zip(("what", "door", "road", "who", "why"), texts, strict=False)
    )
    out = io.StringIO()
    audit_rows.write_csv([row], out)
    (cells,) = list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))
    assert not any(cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells.values())


def test_an_erasure_takes_the_name_and_leaves_the_rows(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "erase", "7"]) == 0
    assert "1 rows are nobody's now" in capsys.readouterr().out
    assert main(["audit", "verify"]) == 0
    assert "rows 1 to 6, 1 of them erased" in capsys.readouterr().out
    assert main(["audit", "show"]) == 0
    said = capsys.readouterr().out
    assert "Ana" not in said
    assert "(erased)" in said
    assert main(["audit", "erase", "Ana Lima"]) == 1
    assert "no row tells of that person" in capsys.readouterr().err


def test_where_no_log_is_every_command_says_so_and_ends_with_its_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["show"], ["verify"], ["export"], ["erase", "x"]):
        assert main(["audit", *words, "--state", str(tmp_path)]) == JournalError.exit_code
        assert "no log at" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["export", "--from", "yesterday"], ["verify", "--head", "x"], ["show", "--last", "0"]]
)
def test_a_wrong_command_line_ends_with_64(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["audit", *words])
    assert ended.value.code == 64


def test_who_is_of_the_group_reads_it_running_or_not(folder: Path) -> None:
    """With the rights of the unit: the folder 0750, and no right to write into it."""
    from portier.adapters.journal.purge import Rule
    from portier.adapters.journal.store import Store

    group = 4242
    folder.chmod(0o750)
    os.chown(folder, 0, group)
    store = Store(folder, Rule())
    for running in (True, False):
        if running:
            store.append([released(9)], stamp())
        else:
            store.close()
        for one in folder.iterdir():
            os.chown(one, 0, group)
        program = (
            "import os, sys; from pathlib import Path; from portier.adapters.journal import reading, tables\n"
            f"os.setgroups([]); os.setgid({group}); os.setuid(4243)\n"
            "with reading.reading(Path(sys.argv[1])) as database: print(len(list(tables.rows(database))))"
        )
        ran = subprocess.run(
            [sys.executable, "-c", program, str(folder)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.stdout == "6\n", ran.stderr


@pytest.mark.parametrize(
    ("health", "words"),
    [
        (Health("2026-11-26T18:00:00+00:00", 12), "12 rows, last written 2026-11-26 18:00:00"),
        (Health(None, 0), "0 rows, last written never"),
        (
            Health(None, 7, 3, 2, "audit: cannot write x: disk full"),
            "audit: cannot write x: disk full, 3 wait, 2 lost",
        ),
    ],
)
def test_the_status_tells_the_last_write_rows_lost_and_trouble(
    folder: Path, health: Health, words: str
) -> None:
    assert list(commands._audit({"audit": asdict(health)})) == [("audit log", words)]
    assert list(commands._audit({})) == []


def test_the_place_is_the_one_given_or_of_the_environment_or_systemds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PORTIER_STATE", raising=False)
    monkeypatch.setenv("STATE_DIRECTORY", f"{tmp_path}:/other")
    assert state_path.for_station() == state_path.for_reader() == tmp_path
    monkeypatch.setenv("PORTIER_STATE", "/named")
    assert state_path.for_station() == Path("/named")
    assert state_path.for_station(tmp_path / "x") == tmp_path / "x"
    monkeypatch.delenv("PORTIER_STATE")
    monkeypatch.delenv("STATE_DIRECTORY")
    monkeypatch.setattr(state_path, "USUAL", tmp_path / "not there")
    assert state_path.for_station() is None
    assert "remembers nothing" in state_path.missing()


def test_the_place_is_made_for_its_owner_and_group_where_its_parent_is(tmp_path: Path) -> None:
    state_path.make(tmp_path / "state")
    assert (tmp_path / "state").stat().st_mode & 0o7027 == 0
    state_path.make(tmp_path / "state")
    state_path.make(tmp_path / "nobody" / "state")
    assert not (tmp_path / "nobody").exists()
