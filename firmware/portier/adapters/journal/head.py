"""Where the chain ends, kept beside the database: rows cut off its end are missed there.

A file of two slots, written in turn, each with a checksum: a write that is cut off spoils one of them. It is
not waited for: after a power cut it may be some rows behind, never ahead. The beginning of a chain is waited
for: rows without a noted end are rows whose end was taken away.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path

from portier import disk

from .row import Head

MODE = 0o640
LOG_BYTES = 8
_SLOT_BYTES = 64
_BODY_BYTES = 60
_AS_IT_LIES = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
"""No link leads elsewhere, and no pipe is waited for."""


def begin(path: Path, head: Head) -> None:
    """Note the beginning of a chain, on the disk before any row of it is. Raises OSError."""
    path.unlink(missing_ok=True)
    write(path, head, wait=True)
    disk.sync_folder(path.parent)


def write(path: Path, head: Head, *, wait: bool = False) -> None:
    """Note the end of the chain; `wait` until it is on the disk. Raises OSError."""
    body = (head.log + head.number.to_bytes(8, "big") + head.link).ljust(_BODY_BYTES, b"\0")
    slot = body + zlib.crc32(body).to_bytes(4, "big")
    file = os.open(path, os.O_WRONLY | os.O_CREAT | _AS_IT_LIES, MODE)
    try:
        if os.fstat(file).st_size == 0:
            # New: for those who may read the database, whatever the umask.
            os.fchmod(file, MODE)
        os.pwrite(file, slot, head.number % 2 * _SLOT_BYTES)
        if wait:
            os.fsync(file)
    finally:
        os.close(file)


def read(path: Path, log: bytes | None = None) -> Head | None:
    """The end noted last, of the chain `log` where it is given; None where none was. Raises OSError."""
    try:
        file = os.open(path, os.O_RDONLY | _AS_IT_LIES)
    except FileNotFoundError:
        return None
    try:
        data = os.pread(file, 2 * _SLOT_BYTES, 0)
    finally:
        os.close(file)
    found = [_slot(data[start : start + _SLOT_BYTES]) for start in (0, _SLOT_BYTES)]
    heads = [one for one in found if one is not None and log in (None, one.log)]
    return max(heads, key=lambda one: one.number, default=None)


def _slot(data: bytes) -> Head | None:
    body, checksum = data[:_BODY_BYTES], data[_BODY_BYTES:]
    if len(data) < _SLOT_BYTES or zlib.crc32(body).to_bytes(4, "big") != checksum:
        return None
    return Head(
        body[:LOG_BYTES], int.from_bytes(body[LOG_BYTES : LOG_BYTES + 8], "big"), body[LOG_BYTES + 8 : 48]
    )
