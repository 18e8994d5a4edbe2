"""A file that is broken is moved aside, with what belongs to it: it may still tell somebody something."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

MOST_ASIDE = 5
_BESIDE = ("-wal", "-shm")


def move(path: Path) -> Path:
    """Move a database and what belongs to it aside; the oldest of many such go. Raises OSError."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    moved = path.with_name(f"{path.name}.broken-{stamp}")
    path.rename(moved)
    for end in _BESIDE:
        with suppress(FileNotFoundError):
            path.with_name(path.name + end).rename(moved.with_name(moved.name + end))
    for old in found(path)[:-MOST_ASIDE]:
        for end in ("", *_BESIDE):
            with suppress(OSError):
                old.with_name(old.name + end).unlink()
    return moved


def found(path: Path) -> list[Path]:
    """What lies aside of a database, the oldest first."""
    return sorted(one for one in path.parent.glob(f"{path.name}.broken-*") if not one.name.endswith(_BESIDE))
