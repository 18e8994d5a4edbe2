"""How setup speaks: texts wrapped to the terminal, a question with its default, numbered choices."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from portier.doctor.finding import Finding, Severity
from portier.setup.terminal import Terminal
from portier.setup.texts import Texts
from portier.setup.texts.typography import NO_BREAK

BACK = "<"
NONE = "-"
_LONGEST_PROMPT = 50


class GoBack(Exception):  # noqa: N818 -- an answer, no error
    """The question before is to be asked again."""


@dataclass(frozen=True, slots=True)
class Option:
    """One of several answers: `value` may be written in place of its number."""

    value: str
    text: str


class Dialogue:
    """Asks and tells, in one language."""

    def __init__(self, terminal: Terminal, texts: Texts) -> None:
        self.terminal = terminal
        self.texts = texts

    def say(self, key: str, **values: object) -> None:
        """Tell a text of ours."""
        self.tell(self.texts(key, **values))

    def tell(self, text: str, first: str = "", then: str | None = None) -> None:
        """Tell any text, wrapped; `first` stands before its first line, `then` before the others."""
        rest = " " * len(first) if then is None else then
        lines = textwrap.wrap(
            _safe(text),
            self.terminal.width,
            initial_indent=first,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        )
        self.terminal.write("".join(f"{line}\n" for line in lines or [""]))

    def heading(self, key: str) -> None:
        """Begin a new part."""
        self.terminal.write(f"\n== {self.texts(key)} ==\n")

    def gap(self) -> None:
        """Leave a line empty."""
        self.terminal.write("\n")

    def refuse(self, text: str) -> None:
        """Say why an answer cannot be taken."""
        self.tell(text, "! ")

    def good(self, key: str, **values: object) -> None:
        """Say that something works."""
        self.tell(self.texts(key, **values), self.texts("mark.good"))

    def bad(self, key: str, **values: object) -> None:
        """Say that something does not work."""
        self.refuse(self.texts(key, **values))

    def advise(self, text: str) -> None:
        """Say what to do."""
        self.tell(text, "-> ")

    def finding(self, finding: Finding) -> None:
        """Tell what the doctor found, in the language of the dialogue as far as it is known there."""
        text = self.texts.known(finding.text)
        if finding.severity is Severity.OK:
            self.tell(text, self.texts("mark.good"))
        else:
            self.refuse(text)
        if finding.advice:
            self.advise(self.texts.known(finding.advice))

    def ask(self, label: str, default: str | None = None) -> str:
        """Ask for a line; "" for Enter where there is no default. Raises GoBack and EndOfInput."""
        return self._answer(self.terminal.line(self._prompt(label, default)), default)

    def ask_secret(self, label: str) -> str:
        """Ask for what must not be shown; "" for Enter. Raises GoBack and EndOfInput."""
        answer = self.terminal.secret(self._prompt(label, None))
        if answer.strip() == BACK:
            raise GoBack
        return answer

    def choose(self, label: str, options: Sequence[Option], default: str) -> str:
        """Ask for one of several, by number or by value. Raises GoBack and EndOfInput."""
        values = [option.value for option in options]
        for number, option in enumerate(options, 1):
            self.tell(option.text, f"  {number}  ")
        standing = str(values.index(default) + 1) if default in values else None
        while True:
            answer = self.ask(label, standing)
            if answer in values:
                return answer
            # Not int alone: it takes digits of every script, and spaces.
            if answer.isascii() and answer.isdigit() and len(answer) <= 4 and 1 <= int(answer) <= len(values):
                return values[int(answer) - 1]
            self.bad("choose.wrong", last=len(values))

    def _prompt(self, label: str, default: str | None) -> str:
        shown = f" [{_safe(default)}]" if default is not None else ""
        if len(label) + len(shown) <= _LONGEST_PROMPT:
            return f"{label}{shown}{self.texts('mark.colon')}"
        self.tell(label)
        return f"{shown}{self.texts('mark.colon')}".lstrip()

    def _answer(self, line: str, default: str | None) -> str:
        answer = line.strip()
        if answer == BACK:
            raise GoBack
        # A text stands in quotes in the file, and so in what the checks allow.
        if len(answer) > 1 and answer[0] == answer[-1] == '"':
            answer = answer[1:-1]
        return answer if answer or default is None else default


def _safe(text: str) -> str:
    """What a terminal would obey is not shown."""
    return "".join(one if one.isprintable() or one == NO_BREAK else "?" for one in text)
