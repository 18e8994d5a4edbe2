"""How every picture is drawn, whatever this machine prefers; and whether it can be."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from portier.errors import LibraryMissingError


def need_libraries() -> None:
    """Raise LibraryMissingError without the libraries that draw."""
    try:
        importlib.import_module("matplotlib.figure")
    except ImportError as error:
        raise LibraryMissingError(
            f"report: a picture needs matplotlib and numpy ({error}): pip install 'portier[bench]'"
        ) from error


@contextmanager
def plain_style() -> Iterator[None]:
    """Draw in here: whatever style this machine prefers, the page is the same."""
    import matplotlib as mpl

    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()
        # A name may have letters that the type measured here lacks: the screen's own has them.
        warnings.filterwarnings("ignore", "Glyph")
        yield
