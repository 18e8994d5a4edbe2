"""Texts that are made elsewhere, recognised by their templates and said in another language."""

from __future__ import annotations

import re
from collections.abc import Sequence

_VALUE = re.compile(r'(?P<value>"(?:[^"\\]|\\.)*"|-?[0-9][0-9.e+-]*|true|false) (?P<body>.*)', re.DOTALL)
_RANGE = re.compile(r"(?P<least>-?[0-9.]+) to (?P<most>-?[0-9.]+)")


class Catalogue:
    """Pairs of templates with {} for what varies; in the second one {0} and {1} may change places.

    The first that fits counts. "to" is the pair for a range of numbers.
    """

    def __init__(self, templates: Sequence[tuple[str, str]]) -> None:
        self._plain = {ours: theirs for ours, theirs in templates if "{}" not in ours}
        self._varying = [(_pattern(ours), theirs) for ours, theirs in templates if "{}" in ours]

    def translated(self, text: str) -> str:
        """Say a text in the other language, part by part; what is not known stays as it is."""
        if text in self._plain:
            return self._plain[text]
        for pattern, theirs in self._varying:
            if match := pattern.fullmatch(text):
                return theirs.format(*(self.translated(one) for one in match.groups()))
        if match := _RANGE.fullmatch(text):
            return self._plain["to"].format(match["least"], match["most"])
        if match := _VALUE.fullmatch(text):
            return f"{match['value']} {self.translated(match['body'])}"
        return text


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile("(.+?)".join(re.escape(part) for part in template.split("{}")), re.DOTALL)
