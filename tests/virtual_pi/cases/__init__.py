"""The cases, a module for each theme, in the order of the table: those with one boot stand together."""

from __future__ import annotations

import importlib

_MODULES = (
    "start",
    "visits",
    "lost",
    "killed",
    "hung",
    "power",
    "idle",
    "broken",
    "upgrade",
    "bare",
    "aarch64",
)


def load() -> None:
    """Have every case registered."""
    for name in _MODULES:
        importlib.import_module(f"tests.virtual_pi.cases.{name}")
