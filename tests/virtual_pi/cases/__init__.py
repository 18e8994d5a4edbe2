"""The cases, a module for each theme, in the order of the table."""

from __future__ import annotations

import importlib

_MODULES = ("visit", "killed", "start_up", "aarch64")


def load() -> None:
    """Have every case registered."""
    for name in _MODULES:
        importlib.import_module(f"tests.virtual_pi.cases.{name}")
