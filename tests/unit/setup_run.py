"""`portier setup` on a pretended Pi, answered from a list."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from portier.bench.dialogue import GOOD, Outcome, ScriptedTerminal, Trials
from portier.bench.machine import PretendedMachine, raspberry_pi
from portier.setup import session, signals
from portier.setup.texts.typography import APOSTROPHE

SECRET = "Planted-Secret-7391"
ENGLISH, FRENCH = "1", "2"
# The answers of an installer with an account, by the part they belong to.
BUTTON = ("1", "5", "1", "1", "1")
DOOR = ("22", "1", "5", "5", "1", "2", "1", "1")
SOUND = ("2", "1", "1", "1", "1", "1", "1")
ACCOUNT = ("1", "sip.example.org", "", "-", "0033912345678", "-", SECRET, "1", "1")
LINE = ("1", "3100000000", "3691", "1", "1")
END = ("1", "1")
WHOLE = (ENGLISH, *BUTTON, *DOOR, *SOUND, *ACCOUNT, *LINE, *END)

OLD = """\
# Wired by Jean.
[station]
name = "Gate"
[sip]
domain = "sip.example.org"
registrar = "sip.example.org"
user = "0033912345678"
password_file = "secret"
port = 5070
[audio]
capture = "plughw:CARD=Device"
playback = "plughw:CARD=Device"
[gpio]
factory = "lgpio"
[buttons.gate]
pin = 6
line = "3100000000"
debounce_ms = 50
[buttons.side]
pin = 13
uri = "sip:alice@192.168.1.20"
[doors.garage]
pin = 17
release_digit = "4"
max_release_s = 8
[lamps]
status = 23
[call]
second_press = "hang up"
"""
# Enter everywhere, and every try left out.
ENTERS = (ENGLISH, "", "", "", "2", "", "", "", "", "", "", "", "2", "2", *[""] * 7, "2", "", "", "", "2")


@dataclass(frozen=True)
class Ran:
    """How a run ended, what was shown, and what was tried."""

    code: int
    shown: str
    questions: list[str]
    trials: Trials

    @property
    def said(self) -> str:
        """What was shown, wherever its lines break, with the spaces and apostrophes of a keyboard."""
        return " ".join(self.shown.split()).replace(APOSTROPHE, "'")

    @property
    def tried(self) -> list[tuple[str, ...]]:
        """The command lines of what was tried."""
        return [words for words, _ in self.trials.begun]


def ran(
    config: Path,
    answers: Iterable[str],
    *,
    machine: PretendedMachine | None = None,
    outcomes: Mapping[str, Outcome] = GOOD,
    terminal: ScriptedTerminal | None = None,
) -> Ran:
    """Run it to its end; a `terminal` has answers of its own."""
    terminal, trials = terminal or ScriptedTerminal(answers), Trials(outcomes)
    handlers = {number: signal.getsignal(number) for number in signals.ALL}
    try:
        code = session.run(config, terminal, machine or raspberry_pi(), trials)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert all(trial.left for _, trial in trials.begun), "a trial was not switched off"
    assert SECRET not in terminal.shown
    return Ran(code, terminal.shown, terminal.questions, trials)


def content(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def in_use(folder: Path) -> Path:
    """A configuration that is in use, with its password, in a folder of its own."""
    own = folder / "portier"
    own.mkdir()
    (own / "secret").write_text(SECRET)
    (own / "secret").chmod(0o600)
    config = own / "portier.toml"
    config.write_text(OLD)
    return config
