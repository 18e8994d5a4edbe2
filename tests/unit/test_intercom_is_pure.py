"""What decides about lines knows no network, no file and no clock."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import portier.intercom

ALLOWED = {"__future__", "collections", "dataclasses", "enum", "json", "typing", "portier.errors"}
MODULES = sorted(Path(portier.intercom.__path__[0]).rglob("*.py"))


def imports(source: str) -> list[str]:
    """What a module imports from outside its own package."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found += [name.name for name in names]
            case ast.ImportFrom(level=0, module=str(module)):
                found.append(module)
            case ast.ImportFrom(level=level) if level > 1:
                found.append("an import from outside")
            case _:
                pass
    return [one for one in found if one not in ALLOWED and one.split(".")[0] not in ALLOWED]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_about_lines_reaches_nothing_outside(path: Path) -> None:
    assert imports(path.read_text(encoding="utf-8")) == []


def test_every_module_is_looked_at_and_an_offence_is_found() -> None:
    assert {"numbers", "options", "lines", "applying"} <= {path.stem for path in MODULES}
    for source in (
        "import ovh",
        "from portier import control_client",
        "from .. import app",
        "import os.path",
    ):
        assert imports(source), source
