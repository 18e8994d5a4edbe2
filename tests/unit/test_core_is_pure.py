"""The core has no clock, no I/O and no way to anything outside itself."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import portier.core

ALLOWED = {"__future__", "collections", "dataclasses", "datetime", "enum", "typing"}
FORBIDDEN_CALLS = {
    "__import__",
    "compile",
    "eval",
    "exec",
    "input",
    "now",
    "open",
    "print",
    "time",
    "today",
    "utcnow",
}
MODULES = sorted(Path(portier.core.__path__[0]).rglob("*.py"))


def offences(source: str) -> list[str]:
    """Every import and call in a module of the core that has no place there."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found += [name.name for name in names if name.name.split(".")[0] not in ALLOWED]
            case ast.ImportFrom(level=0, module=str(module)):
                inside = module == "portier.core" or module.startswith("portier.core.")
                if not inside and module.split(".")[0] not in ALLOWED:
                    found.append(module)
            case ast.ImportFrom(level=level) if level > 1:
                found.append("an import from outside the core")
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in FORBIDDEN_CALLS:
                found.append(f"{name}()")
            case _:
                pass
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_of_the_core_reaches_nothing_outside(path: Path) -> None:
    assert offences(path.read_text(encoding="utf-8")) == []


def test_every_module_of_the_core_is_looked_at() -> None:
    assert {"station", "calls", "door", "access", "debounce"} <= {path.stem for path in MODULES}


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "import collections, time",
        "import asyncio.events",
        "from time import monotonic",
        "from portier.ports import Post",
        "from portier.coreless import step",
        "from .. import runtime",
        "from ..ports import Post",
        "def f():\n    import logging",
        "open('door')",
        "print(1)",
        "datetime.now()",
        "time.time()",
        "__import__('os')",
    ],
)
def test_an_offence_is_found(source: str) -> None:
    assert offences(source)


@pytest.mark.parametrize(
    "source",
    [
        "from __future__ import annotations",
        "from dataclasses import dataclass",
        "import collections.abc",
        "from . import calls",
        "from .events import Event",
        "from portier.core.events import Event",
    ],
)
def test_what_the_core_needs_is_no_offence(source: str) -> None:
    assert offences(source) == []
