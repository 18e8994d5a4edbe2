"""The kinds of questions: a value, a choice, and something to try as often as wanted."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from portier.config.problems import Loc
from portier.setup.desk import Desk
from portier.setup.dialogue import NONE, Option
from portier.setup.draft import Changes, Draft

TRY, ON = "try", "on"

Applies = Callable[[Draft], bool]


def always(draft: Draft) -> bool:
    """A question that is always asked."""
    del draft
    return True


class Step(Protocol):
    """One question, or one thing to try."""

    @property
    def applies(self) -> Applies:
        """Whether it has its place, after what has been answered so far."""
        ...

    def decides(self, draft: Draft) -> tuple[Loc, ...]:
        """The keys it answers."""
        ...

    def run(self, desk: Desk) -> None:
        """Ask until there is an answer that can be taken. Raises GoBack and EndOfInput."""
        ...


def whole(answer: str) -> object:
    """A whole number; what is none stays a text, which the checks refuse."""
    return int(answer) if re.fullmatch(r"-?[0-9]{1,9}", answer) else answer


def seconds(answer: str) -> object:
    """Seconds, with a point or a comma; what is no number stays a text."""
    plain = answer.replace(",", ".")
    if re.fullmatch(r"[0-9]{1,9}", plain):
        return int(plain)
    return float(plain) if re.fullmatch(r"[0-9]{1,9}\.[0-9]{1,9}", plain) else answer


@dataclass(frozen=True, slots=True)
class Value:
    """A question for one key. `name` leads to its texts: NAME.why and NAME.label.

    Enter takes what `usual` says, or else what the configuration had, or else `fallback`. `empty` is what "-"
    stands for: nothing at all, or an empty text. `also` is what an answer changes beside its key.
    """

    name: str
    loc: Callable[[Draft], Loc]
    read: Callable[[str], object] = str
    fallback: Callable[[Draft], object] = lambda _: None
    optional: bool = False
    empty: object = None
    also: Callable[[Draft], Changes] = lambda _: {}
    usual: Callable[[Draft], object] | None = None
    applies: Applies = always

    def decides(self, draft: Draft) -> tuple[Loc, ...]:
        """Its key."""
        return (self.loc(draft),)

    def run(self, desk: Desk) -> None:
        """Ask until the configuration's checks take the answer."""
        dialogue, loc = desk.dialogue, self.loc(desk.draft)
        dialogue.gap()
        dialogue.say(f"{self.name}.why")
        while True:
            standing = self.usual(desk.draft) if self.usual else desk.draft.standing(loc)
            if standing is None:
                standing = self.fallback(desk.draft)
            shown = _shown(standing) if standing is not None else None
            if self.optional and not shown:
                shown = NONE
            answer = dialogue.ask(dialogue.texts(f"{self.name}.label"), shown)
            if answer == NONE:
                # Where there must be an answer it is none.
                value = self.empty
            elif answer == shown:
                value = standing
            else:
                value = self.read(answer) if answer else None
            if value is None and not self.optional:
                dialogue.bad("answer.needed")
            elif desk.takes({loc: value, **self.also(desk.draft)}):
                return


@dataclass(frozen=True, slots=True)
class Choice:
    """A question with numbered answers: NAME.why, NAME.label, and NAME.VALUE for each of `values`."""

    name: str
    values: tuple[str, ...]
    standing: Callable[[Desk], str]
    changes: Callable[[Draft, str], Changes]
    applies: Applies = always

    def decides(self, draft: Draft) -> tuple[Loc, ...]:
        """Every key that one of its answers changes."""
        return tuple({loc: None for value in self.values for loc in self.changes(draft, value)})

    def run(self, desk: Desk) -> None:
        """Ask until the configuration's checks take the answer."""
        dialogue = desk.dialogue
        dialogue.gap()
        dialogue.say(f"{self.name}.why")
        options = [Option(value, dialogue.texts(f"{self.name}.{value}")) for value in self.values]
        while True:
            value = dialogue.choose(dialogue.texts(f"{self.name}.label"), options, self.standing(desk))
            if desk.takes(self.changes(desk.draft, value)):
                desk.draft.choices[self.name] = value
                return
            dialogue.advise(dialogue.texts(f"{self.name}.refused"))


@dataclass(frozen=True, slots=True)
class Try:
    """Something to try, or to leave out, or to try again: NAME.why and NAME.try tell what."""

    name: str
    attempt: Callable[[Desk], None]
    applies: Applies = always
    default: str = TRY

    def decides(self, draft: Draft) -> tuple[Loc, ...]:
        """A try decides nothing."""
        del draft
        return ()

    def run(self, desk: Desk) -> None:
        """Try as often as wanted."""
        dialogue = desk.dialogue
        texts = dialogue.texts
        dialogue.gap()
        dialogue.say(f"{self.name}.why")
        options: Sequence[Option] = (Option(TRY, texts(f"{self.name}.try")), Option(ON, texts("try.skip")))
        chosen = dialogue.choose(texts("try.label"), options, self.default)
        while chosen == TRY:
            try:
                self.attempt(desk)
            except OSError as error:
                # No memory, no process, no room for its files.
                desk.trouble(texts("try.failed", reason=texts.known(error.strerror or str(error))))
            options = (Option(ON, texts("try.on")), Option(TRY, texts("try.again")))
            chosen = dialogue.choose(texts("try.label"), options, ON)


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
