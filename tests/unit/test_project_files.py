"""What the README and pyproject.toml say, against what the program does and needs."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from portier.__main__ import PIPE_EXIT_CODE
from portier.errors import PortierError
from portier.setup import session

ROOT = Path(__file__).parents[2]
WRONG_COMMAND_LINE = 64


def _codes(error: type[PortierError]) -> Iterator[int]:
    yield error.exit_code
    for one in error.__subclasses__():
        yield from _codes(one)


def _table() -> dict[str, str]:
    readme = (ROOT / "README.md").read_text()
    _, _, table = readme.partition("| exit code |")
    return dict(re.findall(r"(?m)^\| (\S[^|]*) \| (.*) \|$", table.partition("\n\n")[0]))


def test_the_readme_has_every_exit_code_but_that_of_success() -> None:
    ours = {*_codes(PortierError), WRONG_COMMAND_LINE, PIPE_EXIT_CODE, session.NOT_WRITTEN}
    table = _table()
    assert {code for code in table if code.isdecimal()} == {str(code) for code in ours}
    assert "portier setup" in table[str(session.NOT_WRITTEN)]
    assert "portier setup" in table["128 + a signal's number"]


def test_no_library_stands_twice_with_its_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    names = [re.split(r"[^\w.-]", one)[0].lower() for wanted in lists for one in wanted if "[" not in one]
    assert sorted(names) == sorted(set(names))
