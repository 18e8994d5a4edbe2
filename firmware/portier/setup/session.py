"""`portier setup` from its first word to its last: language, old file, questions, new file, and then."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from portier.__main__ import DEFAULT_CONFIG
from portier.config.source import parsed, read
from portier.doctor.machine import Machine
from portier.errors import ConfigError, ConfigWriteError
from portier.setup import flow, signals, store, texts
from portier.setup.desk import Desk
from portier.setup.dialogue import Dialogue, GoBack, Option
from portier.setup.draft import Data, Draft, example_text, usable
from portier.setup.finish import Finish, NothingWritten
from portier.setup.terminal import EndOfInput, Terminal
from portier.setup.texts import Language, Texts
from portier.setup.trial import Begin, Child

DONE, NOT_WRITTEN = 0, 1
_INTERRUPTED = 128

MakeBegin = Callable[[Path], Begin]
"""Makes what begins to try things, with a folder for them."""


def children(folder: Path) -> Begin:
    """Try everything in processes of their own."""
    return lambda name, *arguments: Child(folder, name, arguments)


def run(config: Path, terminal: Terminal, machine: Machine, make_begin: MakeBegin = children) -> int:
    """Ask, try and write; the exit code. Raises PortierError where there is nothing to begin with.

    However it ends before the file is written, nothing has changed. The process is to end with it: signals
    are not given back.
    """
    spoken = Texts(texts.from_environment(os.environ))
    target = config.absolute()
    try:
        store.writable(store.real(target))
    except ConfigWriteError as error:
        raise ConfigWriteError(spoken.known(str(error))) from None
    old = read(target) if target.exists() else ""
    if old == example_text():
        # As an installation lays it out: nobody's answers.
        old = ""
    finish = Finish(old)
    try:
        signals.raise_each()
        with _folder() as folder, _memory() as secret, signals.last():
            spoken = _language(terminal, spoken)
            dialogue = Dialogue(terminal, spoken)
            draft = _begun(dialogue, target, old)
            desk = Desk(dialogue, draft, machine, make_begin(Path(folder)), target, Path(folder), secret)
            if station := desk.station():
                dialogue.advise(spoken("station.runs", station=spoken.known(station)))
            flow.run(desk, finish)
            _afterwards(dialogue, target)
            return DONE
    except NothingWritten:
        code, why = NOT_WRITTEN, "end.left"
    except EndOfInput:
        code, why = NOT_WRITTEN, "end.input"
    except KeyboardInterrupt:
        code, why = _INTERRUPTED + signal.SIGINT, "end.interrupted"
    except signals.Ended as end:
        code, why = _INTERRUPTED + end.number, "end.interrupted"
    if finish.written:
        code, why = DONE, "end.written"
    _say_at_last(terminal, spoken(why))
    return code


def _folder() -> tempfile.TemporaryDirectory[str]:
    """A folder of setup's own, in memory where that can be had: no card is worn for what is tried."""
    reason: OSError | None = None
    for place in ("/run", "/dev/shm", None):  # noqa: S108
        try:
            return tempfile.TemporaryDirectory(prefix="portier-setup-", dir=place)
        except OSError as error:
            reason = error
    raise ConfigWriteError(f"there is no place for a folder of setup's own: {reason}")


@contextmanager
def _memory() -> Iterator[int]:
    """A file without a name, which is gone with this process, whatever ends it."""
    descriptor = os.memfd_create("portier-setup")
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _say_at_last(terminal: Terminal, text: str) -> None:
    """Say a last word, where there is still a terminal."""
    try:
        terminal.write(f"\n{text}\n")
    except EndOfInput:
        pass


def _language(terminal: Terminal, usual: Texts) -> Texts:
    dialogue = Dialogue(terminal, usual)
    terminal.write("portier setup\n\n")
    options = [Option(Language.ENGLISH, "English"), Option(Language.FRENCH, "Français")]
    while True:
        try:
            return Texts(Language(dialogue.choose("Language / Langue", options, usual.language)))
        except GoBack:
            continue


def _begun(dialogue: Dialogue, target: Path, old: str) -> Draft:
    """What can be kept of the old file; what cannot is told."""
    spoken = dialogue.texts
    dialogue.gap()
    dialogue.say("begin.what", file=target)
    data: Data = {}
    if old:
        try:
            data = parsed(old, str(target))
        except ConfigError as error:
            dialogue.refuse(spoken("begin.broken", file=target, problem=spoken.problem(error.problems[0])))
        else:
            dialogue.say("begin.kept", file=target)
    kept, wrong = usable(data, target.parent, flow.asked(Draft(data, target.parent)))
    for problem in wrong:
        dialogue.refuse(spoken("begin.dropped", problem=spoken.problem(str(problem))))
    draft = Draft(kept, target.parent)
    if others := [f"{section}.{name}" for section, name in _others(draft)]:
        dialogue.say("begin.others", button=draft.button, door=draft.door, others=", ".join(others))
    dialogue.say("begin.keys")
    if not dialogue.terminal.live:
        dialogue.say("begin.no_terminal")
    return draft


def _others(draft: Draft) -> Iterator[tuple[str, str]]:
    for section, asked in (("buttons", draft.button), ("doors", draft.door)):
        yield from ((section, str(name)) for name in draft.get((section,)) or () if name != asked)


def _afterwards(dialogue: Dialogue, target: Path) -> None:
    """What to do next, and a check or an examination at once."""
    spoken = dialogue.texts
    usual = target == DEFAULT_CONFIG
    dialogue.gap()
    dialogue.say("next.restart")
    command = "sudo systemctl restart portier" if usual else f"portier run --config {target}"
    dialogue.terminal.write(f"  {command}\n")
    options = [Option(one, spoken(f"next.{one}", file=target)) for one in ("done", "check", "doctor")]
    while True:
        try:
            chosen = dialogue.choose(spoken("next.label"), options, "done")
        except GoBack:
            continue
        if chosen == "done":
            return
        arguments = ["check", str(target)] if chosen == "check" else ["doctor", "--config", str(target)]
        subprocess.run([sys.executable, "-m", "portier", *arguments], stdin=subprocess.DEVNULL, check=False)
