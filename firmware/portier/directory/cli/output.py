"""Files that a command writes for a person."""

from __future__ import annotations

from pathlib import Path

from portier import disk
from portier.errors import DirectoryFileError


def write_new(path: Path, content: bytes) -> None:
    """Write a file that is not there yet, for its owner alone, whole or not at all."""
    try:
        disk.write_new(path, content)
    except OSError as error:
        raise DirectoryFileError(f"{path}: cannot be written: {error.strerror}") from error
