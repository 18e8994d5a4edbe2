"""A directory on the disk for tests: small, or as large as they get."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from portier.directory import files as places, hashing, keeping
from portier.directory.files import Files
from portier.directory.model import Book, Code, Line, Resident

KEY = bytes(range(32))
ONCE, POSTMAN = "582913", "740296"


def book(residents: int = 3, codes: int = 4) -> Book:
    """Residents with a flat and two lines each; codes "000001" and so on, and two that a test knows."""
    people = tuple(
        Resident(
            number, f"Resident {number}", str(number), "fr", (Line(f"31{number:05}"), Line(f"32{number:05}"))
        )
        for number in range(1, residents + 1)
    )
    front = frozenset({"front"})
    known = (
        Code(1, hashing.digest(KEY, ONCE), 6, "Plumber", front, uses=1),
        Code(2, hashing.digest(KEY, POSTMAN), 6, "Postman", front),
    )
    more = tuple(
        Code(number, hashing.digest(KEY, f"{number:06}"), 6, f"Code {number}", front, 1 + number % residents)
        for number in range(3, codes + 1)
    )
    return Book(people, known + more, residents + 1, codes + 1)


def written(folder: Path, one: Book | None = None, key: bytes = KEY) -> Files:
    """A directory with its key and its good copy."""
    files = Files(folder / "directory.db", folder / "directory.key")
    places.write_key(files.key, key)
    keeping.alter(files, lambda _: one or book(), hashing.check(key))
    return files


@contextmanager
def locked(files: Files) -> Iterator[None]:
    """Another program holds the database for itself."""
    with closing(sqlite3.connect(files.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
