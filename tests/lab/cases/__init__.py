"""The cases, a module for each theme. Every module of this folder is loaded, in the order of the table."""

from __future__ import annotations

import importlib

_MODULES = (
    *("calls", "incoming", "several", "accounts", "as_written", "tcp", "ipv6", "tls", "operator", "proxy"),
    *("modes", "scripted", "scripted_media", "bad_line", "abuse"),
)


def load() -> None:
    """Have every case registered."""
    for name in _MODULES:
        importlib.import_module(f"tests.lab.cases.{name}")
