"""Prints what the configuration may hold, from the model itself."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator

from .keys import Key, sections

_WIDTH = 100


def text() -> str:
    """Write every section and key: its kind, its default, what is allowed and what it means."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    for section in sections().values():
        need = ""
        if section.named and section.required:
            need = " At least one is needed."
        elif section.required:
            need = " This section is needed."
        yield section.header
        yield from _wrapped(section.description + need, "  ")
        yield ""
        for key in section.keys.values():
            yield f"  {key.name}"
            yield from _wrapped(f"{key.kind}; {_default(key)}", "      ")
            if key.allowed:
                yield from _wrapped(f"allowed: {key.allowed}", "      ")
            yield from _wrapped(key.description, "      ")
            yield ""


def _default(key: Key) -> str:
    if key.required:
        return "must be written"
    return "not set by default" if key.default is None else f"default: {json.dumps(key.default)}"


def _wrapped(words: str, indent: str) -> list[str]:
    return textwrap.wrap(words, _WIDTH, initial_indent=indent, subsequent_indent=indent)
