"""A folder that every user of the machine may enter: those that pytest makes are closed to all others."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def open_folder() -> Iterator[Path]:
    """Make one for a while."""
    with TemporaryDirectory(prefix="portier-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@contextmanager
def folder_of(user: int) -> Iterator[Path]:
    """Make one in such a folder that belongs to another user."""
    with open_folder() as around:
        folder = around / "state"
        folder.mkdir()
        os.chown(folder, user, user)
        yield folder
