"""A record that `portier status --record` wrote into a file."""

from __future__ import annotations

import json
from pathlib import Path

from portier.errors import FileError, PortierError

from .call_record import CallRecord, from_plain

_LONGEST_BYTES = 1 << 20
"""A record has less than 64 KiB."""
_ADVICE = 'name what "portier status --record" wrote'


def read(path: Path) -> CallRecord | None:
    """Read a record; None where it was written before the first call. FileError for anything else."""
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST_BYTES + 1)
    except OSError as error:
        raise FileError(f"report: cannot read {path}: {error.strerror}; {_ADVICE}") from error
    if len(content) > _LONGEST_BYTES:
        raise FileError(f"report: {path} is larger than 1 MiB, which no call record is: {_ADVICE}")
    try:
        plain = json.loads(content)
    except (ValueError, RecursionError):
        raise FileError(f"report: {path} is no JSON: {_ADVICE}") from None
    if plain is None:
        return None
    try:
        return from_plain(plain)
    except PortierError as error:
        raise FileError(f"report: {path}: {error}; {_ADVICE}") from error
