"""What the README says of commands, options and configurations, against what the program takes."""

from __future__ import annotations

import argparse
import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

from portier import __main__
from portier.config.load import examined
from portier.config.source import parsed

_README = (Path(__file__).parents[2] / "README.md").read_text()
_OF_EVERY_CLIENT = {"--json", "--socket"}
_FRAME = """
[sip]
domain = "192.0.2.10"
registrar = "192.0.2.10"
user = "door"
password_file = "password"
[audio]
card = "none"
[gpio]
factory = "mock"
[buttons.bell]
pin = 5
line = "101"
[doors.front]
pin = 22
release_digit = "5"
[lamps]
status = 23
"""


def _below(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    groups = (one for one in parser._actions if isinstance(one, argparse._SubParsersAction))
    return {name: command for group in groups for name, command in group.choices.items()}


def _commands() -> dict[str, argparse.ArgumentParser]:
    return _below(__main__._parser([]))


def _options(command: argparse.ArgumentParser) -> set[str]:
    """Of a command, and of those below it."""
    words = {word for action in command._actions for word in action.option_strings}
    own = {word for word in words if word.startswith("--")} - {"--help"}
    return own.union(*(_options(one) for one in _below(command).values()))


def _is_client(command: argparse.ArgumentParser) -> bool:
    """Whether all it does is to speak to the station: then it reads no configuration and no keys."""
    return _options(command) >= _OF_EVERY_CLIENT and not _options(command) & {"--config", "--keys"}


def _table() -> dict[str, set[str]]:
    """The options of each command by its rows."""
    _, _, table = _README.partition("| command | what it does |")
    found: dict[str, set[str]] = {}
    for command, rest in re.findall(r"(?m)^\| `portier ([\w-]+)([^`]*)` \|", table.partition("\n\n")[0]):
        found.setdefault(command, set()).update(re.findall(r"--[\w-]+", rest))
    return found


def _client_paragraph() -> str:
    """The one that says what ends with which code."""
    paragraphs = [" ".join(one.split()) for one in _README.split("\n\n")]
    (found,) = (one for one in paragraphs if " speak to `portier run` over a Unix socket" in one)
    return found


def test_the_table_has_every_command_with_every_option_and_no_other() -> None:
    wanted = {
        name: _options(command) - (_OF_EVERY_CLIENT if _is_client(command) else set())
        for name, command in _commands().items()
    }
    assert _table() == wanted


def test_the_help_of_every_command_says_what_it_does() -> None:
    assert [name for name, command in _commands().items() if not command.description] == []


def test_what_every_command_to_the_station_takes_and_ends_with_names_them_all() -> None:
    paragraph = _client_paragraph()
    clients = {name for name, command in _commands().items() if _is_client(command)}
    assert set(re.findall(r"`([\w-]+)`", paragraph.partition(" speak to ")[0])) == clients
    for option in _OF_EVERY_CLIENT:
        assert option in paragraph


def _blocks() -> list[str]:
    found = re.findall(r"(?ms)^ *```toml\n(.*?)^ *```$", _README)
    return [textwrap.dedent(block) for block in found]


def test_every_example_is_looked_at() -> None:
    assert len(_blocks()) == _README.count("```toml") > 4


@pytest.mark.parametrize("block", _blocks(), ids=lambda block: block.split("]")[0].strip("["))
def test_an_example_is_a_configuration_or_a_part_of_one(block: str) -> None:
    data: dict[str, Any] = parsed(_FRAME, "the frame")
    for name, part in parsed(block, "README.md").items():
        known = data.get(name)
        data[name] = known | part if name == "audio" and isinstance(known, dict) else part
    config, problems = examined(data, check_files=False)
    assert [str(one) for one in problems] == []
    assert config is not None


def test_the_smallest_useful_configuration_is_whole() -> None:
    config, problems = examined(parsed(_blocks()[0], "README.md"), check_files=False)
    assert [str(one) for one in problems] == []
    assert config is not None
