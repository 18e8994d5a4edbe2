"""The audit log after a power cut at any byte, on a full and on a read-only disk, and after a kill."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.audit_log import released, stamp, verdict, written

from portier.adapters.journal import aside, head, reading, tables
from portier.adapters.journal.purge import Rule
from portier.adapters.journal.row import Head
from portier.adapters.journal.store import DATABASE, HEAD, Store
from portier.adapters.journal.verify import verify

WAL = f"{DATABASE}-wal"
_LIMIT_S = 120


class Copied:
    """A folder of memory, into which what a cut leaves is put again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, database: bytes, wal: bytes | None, head: bytes | None = None) -> None:
        for one in self.folder.iterdir():
            one.unlink()
        (self.folder / DATABASE).write_bytes(database)
        if wal is not None:
            (self.folder / WAL).write_bytes(wal)
        if head is not None:
            (self.folder / HEAD).write_bytes(head)

    def numbers(self) -> list[int]:
        """Which rows are there; AssertionError where the chain is broken, or the database."""
        noted = reading.noted(self.folder)
        with reading.reading(self.folder) as database:
            found = [row.number for row, _ in tables.rows(database)]
            assert verify(database, [noted] if noted else []).problems == ()
        return found


def moments(length: int) -> list[int]:
    """Many lengths up to this one, and all about the borders of pages and of what stands before a page."""
    borders = {
        border + near
        for border in (*range(0, length + 1, 4096), *range(32, length + 1, 4096 + 24), length)
        for near in (-1, 0, 1, 24)
    }
    return sorted(one for one in borders | set(range(0, length, 127)) if 0 <= one <= length)


@pytest.fixture
def cut() -> Iterator[Copied]:
    folder = Path(f"/dev/shm/portier-cut-{os.getpid()}")  # noqa: S108 -- ten thousand times to a disk takes minutes
    folder.mkdir()
    yield Copied(folder)
    shutil.rmtree(folder)


@pytest.mark.timeout(600)
def test_a_cut_at_any_byte_of_a_write_loses_at_most_that_write(tmp_path: Path, cut: Copied) -> None:
    """What SQLite writes, it writes to the end of one file: each length of that is a moment of a cut."""
    store = Store(tmp_path, Rule())
    store.append([released(number, "Ana") for number in range(2, 6)], stamp())
    store.append([released(6)], stamp())
    database, before, end = (tmp_path / one for one in (DATABASE, WAL, HEAD))
    whole, start, noted = database.read_bytes(), before.stat().st_size, end.read_bytes()
    store.append([released(7, "Bo"), released(8)], stamp())
    after = before.read_bytes()
    assert database.read_bytes() == whole, "nothing else is written"
    store.close()
    assert len(after) > start
    seen = set[int]()
    for length in range(start, len(after) + 1):
        cut.put(whole, after[:length], noted)
        found = cut.numbers()
        assert found in ([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6, 7, 8])
        seen.add(len(found))
        if length % 512 in (0, 1):
            # And the station goes on from there.
            kept = written(cut.folder, [released(9)])
            assert (kept.rows, kept.said) == (len(found) + 1, "")
            assert verdict(cut.folder).problems == ()
    assert seen == {6, 8}
    assert found == [1, 2, 3, 4, 5, 6, 7, 8], "the whole write is there"


@pytest.mark.timeout(600)
def test_a_cut_while_the_log_is_tidied_loses_nothing(tmp_path: Path, cut: Copied) -> None:
    """SQLite copies pages into the database from a file that stays whole until all of them are there."""
    store = Store(tmp_path, Rule())
    for number in range(2, 60):
        store.append([released(number, "Ana")], stamp())
    database, wal = tmp_path / DATABASE, tmp_path / WAL
    old, log = database.read_bytes(), wal.read_bytes()
    store.close()
    new = database.read_bytes()
    assert not wal.exists()
    assert len(new) > len(old)
    for length in moments(len(new)):
        cut.put(new[:length] + old[length:], log)
        assert cut.numbers() == list(range(1, 60))


@pytest.mark.timeout(600)
def test_a_cut_of_the_beginning_leaves_a_log_that_begins(tmp_path: Path, cut: Copied) -> None:
    store = Store(tmp_path, Rule())
    store.append([released(2)], stamp())
    database, log = (tmp_path / DATABASE).read_bytes(), (tmp_path / WAL).read_bytes()
    store.close()
    cuts: list[tuple[bytes, bytes | None]] = [(database[:length], None) for length in moments(len(database))]
    cuts += [(database, log[:length]) for length in moments(len(log))]
    with reading.reading(tmp_path) as opened:
        log_of, _, link = tables.anchor(opened)
    # What is on the disk before any row of the log is.
    noted = tmp_path / "begun"
    head.begin(noted, Head(log_of, 0, link))
    for one, wal in cuts:
        cut.put(one, wal, noted.read_bytes())
        kept = written(cut.folder, [released(3)])
        assert kept.rows in (2, 3)
        assert "doubt" not in kept.said
        assert verdict(cut.folder).problems == ()


def test_a_station_that_is_killed_in_the_middle_of_writing_loses_at_most_a_batch(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import sys; from pathlib import Path
        from tests.unit.audit_log import released, stamp
        from portier.adapters.journal.purge import Rule
        from portier.adapters.journal.store import Store
        store, number = Store(Path(sys.argv[1]), Rule(90, 1000)), 1
        while True:
            number += 1
            store.append([released(number, "Ana")], stamp())
            print(number, flush=True)
    """)
    last = 0
    for _ in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as writes:
            assert writes.stdout
            for _ in range(40):
                line = writes.stdout.readline()
            writes.send_signal(signal.SIGKILL)
            told = [int(one) for one in (line, *writes.stdout.read().split()) if one.strip()]
        last += max(told) - 1
        found = verdict(tmp_path)
        assert found.problems == ()
        # Every row that was said to be on the disk is there; one more may be, which was not said yet.
        assert found.last.number >= last
        last = found.last.number
    assert aside.found(tmp_path / DATABASE) == []


_DISK = (
    """
import errno, os, subprocess, sys, threading
from pathlib import Path
from tests.unit.audit_log import released, rows, stamp, verdict
from portier.adapters.journal.memory import FactsFile
from portier.adapters.journal.purge import Rule
from portier.adapters.journal.row import CannotKeepError
from portier.adapters.journal.store import Store
folder = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "none", str(folder)], check=True)
store, facts, number = Store(folder, Rule()), FactsFile(folder), 1
facts.write({"door.front.lock": "on"})
ballast = folder / "ballast"

def append(text):
    global number
    store.append([released(number + 1, text)], stamp())
    number += 1

append("Ana")
with ballast.open("wb", buffering=0) as out:
    try:
        while True:
            out.write(b"x" * 1024)
    except OSError as error:
        assert error.errno == errno.ENOSPC
try:
    for _ in range(100):
        append("Ana")
    raise AssertionError("never full")
except CannotKeepError as error:
    print("full:", error)
try:
    facts.write({"door.front.lock": "on", "more": "x" * 9000})
    raise AssertionError("never full")
except OSError as error:
    print("full too:", error.strerror)
assert facts.load() == {"door.front.lock": "on"}
ballast.unlink()
append("Bo")
facts.write({"tamper": "1"})
store.close()
subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
"""
    + """
try:
    append("Cy")
    raise AssertionError("written to a disk that is read only")
except CannotKeepError as error:
    print("read only:", error)
subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)
append("Cy")
store.close()
assert verdict(folder).problems == (), verdict(folder)
assert facts.load() == {"tamper": "1"}
assert len(rows(folder)) == number
print("ok")
"""
)


def test_on_a_full_disk_and_a_read_only_one_nothing_is_spoilt_and_it_goes_on_after(tmp_path: Path) -> None:
    ran = subprocess.run(
        [*_own_mounts(), sys.executable, "-c", _DISK, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )
    said = ran.stdout.splitlines()
    assert said[-1:] == ["ok"], ran.stdout + ran.stderr
    assert said[0].startswith("full: cannot write")
    assert "make room on that disk" in said[0]
    assert said[1] == "full too: No space left on device"
    assert said[2].startswith("read only: cannot write")


def _own_mounts() -> list[str]:
    return (
        ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
    )
