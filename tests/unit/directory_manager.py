"""A manager at a keyboard, for tests: types commands, and reads what they say."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portier.__main__ import main
from portier.directory import keeping
from portier.directory.files import Files
from portier.directory.model import Book

DIGITS, OTHER = "582913", "740296"
PASSPHRASE = "three words or four"
CONFIG = """
[sip]
domain = "pbx"
user = "201"
registrar = "pbx"
password_file = "sip-password"
[audio]
card = "none"
[gpio]
factory = "mock"
[buttons.bell]
pin = 5
flat = "12"
[doors.front]
pin = 22
release_digit = "5"
[doors.side]
pin = 23
release_digit = "6"
[profiles.mornings]
hours = ["07:00-12:00"]
[directory]
file = "state/directory.db"
"""


class Manager:
    """Types commands, and reads what they say."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], stdin: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.config = folder / "portier.toml"
        state = folder / "state"
        state.mkdir(parents=True, exist_ok=True)
        self.files = Files(state / "directory.db", state / "directory.key")
        self._capsys = capsys
        self._stdin = stdin
        self.said = self.output = self.errors = ""
        self.all_said = ""

    def do(self, *words: str, typed: str | bytes = "") -> int:
        self._stdin.setattr(
            sys, "stdin", io.TextIOWrapper(io.BytesIO(typed.encode() if isinstance(typed, str) else typed))
        )
        code = main([*words, "--config", str(self.config), "--socket", str(self.folder / "none")])
        out = self._capsys.readouterr()
        self.output, self.errors = out.out, out.err
        self.said = out.out + out.err
        self.all_said += self.said
        return code

    @property
    def book(self) -> Book:
        return keeping.load(self.files).stored.book


@contextmanager
def managing(
    folder: Path, capsys: pytest.CaptureFixture[str], stdin: pytest.MonkeyPatch
) -> Iterator[Manager]:
    """A manager of a station in a folder; at the end no code that was typed has been shown."""
    one = Manager(folder, capsys, stdin)
    one.config.write_text(CONFIG)
    (folder / "sip-password").write_text("correct horse\n")
    yield one
    assert DIGITS not in one.all_said
    assert OTHER not in one.all_said


@pytest.fixture
def manager(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Manager]:
    with managing(tmp_path, capsys, monkeypatch) as one:
        yield one


def added(manager: Manager) -> None:
    lines = ("--line", "201", "--line", "plain:+33612345678")
    assert manager.do("residents", "add", "Dupont", "--flat", "12", "--language", "FR", *lines) == 0
    code = ("codes", "add", "--label", "Nurse", "--resident", "dupont", "--door", "front")
    assert manager.do(*code, "--uses", "3", typed=DIGITS) == 0


def backed_up(manager: Manager) -> Path:
    """The backup of a directory with a resident and a code."""
    added(manager)
    kept = manager.folder / "kept"
    assert manager.do("backup", str(kept), typed=f"{PASSPHRASE}\n") == 0
    return kept
