"""How each row vouches for all before it: SHA-256 (FIPS 180-4) over the link before and every field.

A person's data are in it only as a salted hash, so that they can be erased and the chain still be followed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable

from .row import Entry, Person, Row

LINK_BYTES = 32
_SALT_BYTES = 16


def extended(number: int, before: bytes, entry: Entry) -> tuple[Row, Person | None]:
    """Make the row of this number after the link `before`, and the personal data that stand beside it."""
    person = Person(os.urandom(_SALT_BYTES), entry.who, entry.resident) if entry.personal else None
    commitment = b"" if person is None else committed(person)
    bare = Row(number, entry.stamp, entry.what, entry.door, entry.road, entry.why, commitment, b"")
    row = Row(
        number, entry.stamp, entry.what, entry.door, entry.road, entry.why, commitment, linked(before, bare)
    )
    return row, person


def linked(before: bytes, row: Row) -> bytes:
    """The link of a row after the link `before`, whatever link it has."""
    stamp = row.stamp
    return _hash(
        before,
        row.number,
        stamp.at_us,
        int(stamp.clock_right),
        stamp.boot,
        stamp.mono_us,
        row.what,
        row.door,
        row.road,
        row.why,
        row.commitment,
    )


def committed(person: Person) -> bytes:
    """What stands for personal data in a row. Without the salt nobody can try names."""
    return _hash(person.salt, person.who, person.resident)


def listed(numbers: Iterable[int]) -> str:
    """What stands for a list of rows, in hexadecimal."""
    return _hash(*numbers).hex()


def _hash(*fields: bytes | str | int) -> bytes:
    """Each field with its kind and length before it: no two lists of fields are the same bytes."""
    digest = hashlib.sha256()
    for one in fields:
        kind = type(one).__name__
        data = one if isinstance(one, bytes) else str(one).encode("utf-8", "surrogateescape")
        digest.update(f"{kind}{len(data)}:".encode() + data)
    return digest.digest()
