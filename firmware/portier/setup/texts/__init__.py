"""All that setup says, apart from what it does: a module a language, the same keys and places in each."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from portier.config.keys import sections
from portier.setup.texts import (
    comments_english,
    comments_french,
    doors,
    english,
    french,
    french_checks,
    french_findings,
    known,
    typography,
)

# What a variable of the locale begins with; the first that is set counts (locale(7)).
_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


class Language(StrEnum):
    """A language that setup speaks."""

    ENGLISH = "en"
    FRENCH = "fr"


_TEXTS: Mapping[Language, Mapping[str, str]] = {
    Language.ENGLISH: english.TEXTS,
    Language.FRENCH: {key: typography.french(text) for key, text in french.TEXTS.items()},
}
_COMMENTS: Mapping[Language, Mapping[str, str]] = {
    Language.ENGLISH: comments_english.COMMENTS,
    Language.FRENCH: {key: typography.french(text) for key, text in comments_french.COMMENTS.items()},
}
# What a key means is a comment in the file, and part of a complaint that it is missing.
_MEANINGS = tuple(
    (key.description, comments_french.COMMENTS[f"{section.name}.{key.name}"])
    for section in sections().values()
    for key in section.keys.values()
)
_FRENCH = known.Catalogue(
    [
        (ours, typography.french(theirs))
        for ours, theirs in (
            *_MEANINGS,
            *french_findings.TEMPLATES,
            *french_checks.TEMPLATES,
            *doors.TEMPLATES,
        )
    ]
)
OUR_COMMENTS = frozenset(text for comments in _COMMENTS.values() for text in comments.values())
"""Comments that setup itself writes, in any language: it may write them anew."""


class Texts:
    """The texts of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._texts = _TEXTS[language]
        self.comments = _COMMENTS[language]

    def __call__(self, key: str, /, **values: object) -> str:
        """A text, with values in its places."""
        return self._texts[key].format(**values)

    def known(self, text: str) -> str:
        """A text of the configuration's checks or of the doctor's, in this language where that is known.

        Those are written in English. What no template knows, such as a text of ALSA or of the kernel, stays.
        """
        return _FRENCH.translated(text) if self.language is Language.FRENCH else text

    def problem(self, line: str) -> str:
        """A problem of the configuration: its key, and what is wrong there in this language."""
        key, colon, text = line.partition(": ")
        return f"{key}{self('mark.colon')}{self.known(text)}" if colon else self.known(line)


def from_environment(environment: Mapping[str, str]) -> Language:
    """The language of the locale; English where it is another."""
    named = next((environment[one] for one in _VARIABLES if environment.get(one)), "")
    return Language.FRENCH if named.lower().startswith("fr") else Language.ENGLISH
