"""Puts several files into their places together: all of them, or none and what was there stays.

Every new file is whole and on the disk before the first place is touched: all that takes room comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from portier import disk

from . import files as places, keeping

New = tuple[Path, bytes]
"""A place, and what is to lie there."""


def swap(news: Sequence[New], why: str) -> list[Path]:
    """Put files into their places; where each that was there lies now. Raises OSError: nothing has changed.

    A file that was there gets a name with `why` at its end. All is done as the owner of each folder.
    """
    with ExitStack() as undo:
        prepared = [_prepared(path, content, undo) for path, content in news]
        aside = [one for path, new in prepared if (one := _put(path, new, why, undo))]
        undo.pop_all()
    for path, _ in news:
        with places.as_owner(path.parent):
            disk.settle(path.parent)
    return aside


def _prepared(path: Path, content: bytes, undo: ExitStack) -> tuple[Path, Path]:
    with places.as_owner(path.parent):
        new = places.prepare(path, content)
    undo.callback(_undone, path.parent, lambda: new.unlink(missing_ok=True))
    return path, new


def _put(path: Path, new: Path, why: str, undo: ExitStack) -> Path | None:
    with places.as_owner(path.parent):
        aside = keeping.move_aside(path, why)
        if aside is None:
            undo.callback(_undone, path.parent, lambda: path.unlink(missing_ok=True))
        else:
            undo.callback(_undone, path.parent, lambda: keeping.move_back(aside, path))
        new.rename(path)
    return aside


def _undone(folder: Path, act: Callable[[], None]) -> None:
    with suppress(OSError), places.as_owner(folder):
        act()
