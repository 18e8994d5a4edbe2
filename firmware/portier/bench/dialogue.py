"""Somebody who answers `portier setup` from a list, and trials whose outcome is known beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from portier.setup.terminal import WIDEST, EndOfInput
from portier.setup.trial import Begin
from portier.setup.tries import Seen, What

INTERRUPT = "\x03"


@dataclass(frozen=True, slots=True)
class Died:
    """A trial that ends after this, as nobody wanted it to, with these last words."""

    seen: Sequence[Seen] = ()
    last_words: str = ""


Outcome = Sequence[Seen] | Died | OSError


class ScriptedTerminal:
    """`setup.terminal.Terminal` that takes its answers from a list; INTERRUPT among them is Ctrl-C.

    `shown` is all that was written, `questions` every prompt that was answered.
    """

    width = WIDEST
    live = False

    def __init__(self, answers: Iterable[str]) -> None:
        self._answers = iter(answers)
        self.shown = ""
        self.questions: list[str] = []

    def write(self, text: str) -> None:
        """Keep what is shown."""
        self.shown += text

    def line(self, prompt: str) -> str:
        """The next answer. Raises EndOfInput after the last one."""
        answer = self._next(prompt)
        self.shown += f"{answer}\n"
        return answer

    def secret(self, prompt: str) -> str:
        """The next answer, not shown."""
        answer = self._next(prompt)
        self.shown += "\n"
        return answer

    def _next(self, prompt: str) -> str:
        self.shown += prompt
        answer = next(self._answers, None)
        if answer is None:
            raise EndOfInput
        if answer == INTERRUPT:
            raise KeyboardInterrupt
        self.questions.append(prompt)
        return answer

    def entered(self) -> bool:
        """Nobody interrupts a wait."""
        return False


class PretendedTrial:
    """`setup.trial.Trial` that has seen all it will see."""

    def __init__(self, outcome: Sequence[Seen] | Died) -> None:
        self.failed = isinstance(outcome, Died)
        self.last_words = outcome.last_words if isinstance(outcome, Died) else ""
        self._seen = list(outcome.seen if isinstance(outcome, Died) else outcome)
        self.left = False

    @property
    def ended(self) -> bool:
        """Whether all has been handed out."""
        return not self._seen

    def next(self, limit_s: float) -> Seen | None:
        """The next thing, at once."""
        del limit_s
        return self._seen.pop(0) if self._seen else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.left = True


GOOD: Mapping[str, Sequence[Seen]] = {
    "button": (Seen(What.READY), Seen(What.PRESSED), Seen(What.LET_GO)),
    "relay": (Seen(What.READY), Seen(What.ENERGISED), Seen(What.DE_ENERGISED)),
    "sound tone": (Seen(What.READY), Seen(What.PLAYED)),
    "sound microphone": (Seen(What.READY), Seen(What.LEVEL, number=8000.0)),
    "ring": (
        Seen(What.REGISTRATION, "registered", 200),
        Seen(What.CALLING),
        Seen(What.RINGING),
        Seen(What.ANSWERED),
        Seen(What.HEARD),
        Seen(What.RELEASED),
        Seen(What.ENDED, "hung up", 200),
    ),
}
"""What each trial sees where everything is wired rightly."""


class Trials:
    """Begins pretended trials: `outcomes` by the first words of their command line; `begun` keeps each.

    An outcome may be the error that keeps one from its beginning.
    """

    def __init__(self, outcomes: Mapping[str, Outcome] = GOOD) -> None:
        self._outcomes = outcomes
        self.begun: list[tuple[tuple[str, ...], PretendedTrial]] = []

    def __call__(self, folder: Path) -> Begin:
        """As `setup.session.run` wants it."""
        del folder
        return self._begin

    def _begin(self, name: str, *arguments: str) -> PretendedTrial:
        words = (name, *arguments)
        line = " ".join(words)
        seen: Outcome = next((one for start, one in self._outcomes.items() if line.startswith(start)), ())
        if isinstance(seen, OSError):
            raise seen
        trial = PretendedTrial(seen)
        self.begun.append((words, trial))
        return trial
