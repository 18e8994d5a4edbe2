"""Files that a command writes for a person."""

from __future__ import annotations

import os
from pathlib import Path

from portier.errors import DirectoryFileError

_ALONE = 0o600


def write_new(path: Path, content: bytes) -> None:
    """Write a file that is not there yet, for its owner alone, whole or not at all."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _ALONE)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise DirectoryFileError(f"{path}: cannot be written: {error.strerror}") from error
