"""What every question has at hand: the dialogue, the draft, the machine, and a way to try things."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import tomlkit

from portier.config.problems import Loc, Problem, dotted
from portier.doctor import stations
from portier.doctor.known import Known, read_known
from portier.doctor.machine import Machine
from portier.setup.dialogue import Dialogue
from portier.setup.draft import PASSWORD_FILE, Changes, Data, Draft, put
from portier.setup.following import End, Following
from portier.setup.trial import Begin, Trial
from portier.setup.tries import Seen, What

_FILES: tuple[Loc, ...] = (PASSWORD_FILE, ("audio", "microphone_wav"), ("gpio", "mock_file"))
# Nobody puts a text in quotes in an answer.
_QUOTES = (": take the quotes away", ', in quotes: "5"')


@dataclass(frozen=True, slots=True)
class Desk:
    """`target` is the file that is to be written, as it was named: relative paths in it count from there.

    `folder` is setup's own and goes with it.

    `secret` is the descriptor of a file in memory, for a password that is tried. `later` are the keys that
    questions still to come decide.
    """

    dialogue: Dialogue
    draft: Draft
    machine: Machine
    begin: Begin
    target: Path
    folder: Path
    secret: int
    later: Collection[Loc] = ()

    def before(self, later: Collection[Loc]) -> Desk:
        """The same, with these keys still to come."""
        return replace(self, later=later)

    def takes(self, changes: Changes) -> bool:
        """Take an answer, or say why the configuration's checks refuse it."""
        refusals = self.draft.refusals(changes, self.later)
        for problem in refusals:
            self.dialogue.refuse(self._told(problem, changes))
        if not refusals:
            self.draft.put(changes)
        return not refusals

    def _told(self, problem: Problem, asked: Changes) -> str:
        """A problem in the words of the checks, with its key where that is not the one asked for."""
        text = problem.text
        for quotes in _QUOTES:
            text = text.replace(quotes, "")
        if isinstance(asked.get(problem.loc), bool):
            # It was chosen by what it means: nobody has seen the value.
            text = text.removeprefix("false ").removesuffix(" (allowed: true)")
        text = self.dialogue.texts.known(text)
        return (
            text
            if problem.loc in asked
            else f"{dotted(problem.loc)}{self.dialogue.texts('mark.colon')}{text}"
        )

    def file(self, loc: Loc) -> str:
        """A file that the draft names, with its whole path; empty where it names none."""
        named = self.draft.get(loc)
        return str(self.draft.folder / str(named)) if named else ""

    def begun(self, trial: Trial, limit_s: float) -> Seen | None:
        """Wait until a trial is ready; None, with the reason told, where it is not."""
        first = trial.next(limit_s)
        if first is not None and first.what is What.READY:
            return first
        self.trouble(first.text if first else trial.last_words)
        return None

    def follow(self, trial: Trial, limit_s: float) -> Following:
        """Hand out what is seen, until the time is over, the trial is, or somebody presses Enter."""
        return Following(trial, self.dialogue.terminal, limit_s)

    def nothing_seen(self, followed: Following, trial: Trial) -> None:
        """Tell why a trial came to nothing; inside its context."""
        if followed.end is End.ENTER:
            self.dialogue.say("try.stopped")
        else:
            self.trouble(trial.last_words)

    def written(self, data: Data) -> Known:
        """A configuration in setup's own folder, for a child to read, with the password that was typed."""
        for loc in _FILES:
            named = data.get(str(loc[0]), {}).get(str(loc[1]))
            if named:
                put(data, loc, str(self.draft.folder / str(named)))
        if self.draft.password is not None:
            os.ftruncate(self.secret, 0)
            os.pwrite(self.secret, self.draft.password.get_secret_value().encode(), 0)
            # Only this user can open it there (proc(5)), and nobody once this process has ended.
            put(data, PASSWORD_FILE, f"/proc/{os.getpid()}/fd/{self.secret}")
        file = self.folder / "portier.toml"
        file.write_text(tomlkit.dumps(data), encoding="utf-8")
        return read_known(file)

    def station(self) -> str:
        """The station that runs with the file that is to be written; empty where none does."""
        names = dict.fromkeys((os.path.normpath(self.target), os.path.realpath(self.target)))
        return next((str(one) for name in names if (one := stations.running(self.machine, name))), "")

    def trouble(self, text: str) -> None:
        """Tell why something could not be tried, and what to do."""
        texts = self.dialogue.texts
        self.dialogue.refuse(texts.known(text) if text else texts("try.no_answer"))
        if station := self.station():
            self.dialogue.advise(texts("station.stop", station=texts.known(station)))
        self.dialogue.advise(texts("try.doctor", file=self.target))
