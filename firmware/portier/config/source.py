"""From a file to what it says: reading it, and telling where its TOML breaks off."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from portier.errors import ConfigError, ConfigReadError

_LONGEST_BYTES = 1 << 20
# What tomllib's messages begin with, and what they mean to a person.
_STATEMENT = "a line is [section], key = value, or # and a comment"
_MEANINGS = {
    "Invalid value": "a text stands in quotes, true and false are small, no number begins with 0",
    "Invalid initial character for a key": _STATEMENT,
    "Invalid statement": _STATEMENT,
    "Expected '=' after a key": _STATEMENT,
    "Expected newline or end of document": "something stands behind the value: a text stands in quotes",
    "Illegal character": "a text ends with its closing quote, on the same line",
    "Unterminated string": "a text ends with its closing quote, on the same line",
    "Unescaped": "write a backslash twice, or the text in single quotes",
    "Cannot overwrite a value": "this key stands twice in its section",
    "Cannot declare": "this section stands twice",
    "Unclosed array": "a list ends with ]",
}


def read(path: Path) -> str:
    """Read a file of UTF-8, with or without a byte order mark."""
    source = str(path)
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError(
            source, ("there is no such file: name another, or begin with a copy of example.toml",)
        ) from None
    except IsADirectoryError:
        raise ConfigError(source, ("this is a folder: name the file in it",)) from None
    except PermissionError as error:
        raise ConfigError(source, (f"it cannot be read: {error.strerror}",)) from None
    except OSError as error:
        raise ConfigReadError(
            f"{source}: it cannot be read: {error.strerror}; is the card worn out?"
        ) from None
    if len(content) > _LONGEST_BYTES:
        raise ConfigError(source, ("it is larger than 1 MiB: this cannot be a configuration",))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(source, (f"line {line}: this is not UTF-8: save the file as UTF-8 text",)) from None


def parsed(text: str, source: str) -> dict[str, Any]:
    """Parse TOML, or raise ConfigError with the line and the column where it breaks off."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = _where(str(error))
    except RecursionError:
        problem = "its lists are nested too deeply: this cannot be a configuration"
    except ValueError:
        problem = "it holds a number that is too long"
    raise ConfigError(source, (problem,))


def _where(message: str) -> str:
    what, _, place = message.rpartition(" (at ")
    meaning = next((meaning for start, meaning in _MEANINGS.items() if what.startswith(start)), what)
    return f"{place.removesuffix(')')}: {meaning or 'this is not TOML'}"
