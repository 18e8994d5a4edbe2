"""What the texts of the directory may be: each is given back as it is kept; ValueError says what is wrong."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from typing import Any

from .model import CARD, PLAIN, Line

MOST_LINES = 8
MOST_CALLERS = 16
MOST_USES = 100_000
_FLAT = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./_-]{0,15}")
_LANGUAGE = re.compile(r"[a-z]{2}")
_CALLER = re.compile(r"\+?[A-Za-z0-9._*#-]{1,64}")
_CARD = re.compile(r"([0-9]{1,5}):([0-9]{1,5})")
_LONGEST = 64
_FORBIDDEN = '";\\'


def caption(text: str) -> str:
    """A name or a label: 1 to 64 characters that can be seen, of which none ends a cell of a table."""
    text = text.strip()
    if not text:
        raise ValueError("is empty")
    if not text.isprintable():
        raise ValueError("holds a line break or another character that cannot be seen")
    if found := next((one for one in _FORBIDDEN if one in text), ""):
        raise ValueError(f"holds a {found}")
    if len(text) > _LONGEST:
        raise ValueError(f"has {len(text)} characters, at most {_LONGEST} are allowed")
    return text


def flat(text: str) -> str:
    """A flat's number, as it is keyed or written at the door; "" for none."""
    text = text.strip()
    if text and _FLAT.fullmatch(text) is None:
        raise ValueError("is no flat's number: 1 to 16 letters, digits, spaces and . / _ -")
    return text


def language(text: str) -> str:
    """The language somebody is spoken to in; "" for the station's own."""
    text = text.strip().lower()
    if text and _LANGUAGE.fullmatch(text) is None:
        raise ValueError('is no language: write two letters, such as "fr" or "en"')
    return text


def line(text: str) -> Line:
    """A line: a number, "plain:" and a number, or a SIP address."""
    text = text.strip()
    if text.lower().startswith(("sip:", "sips:")):
        return Line(uri=_by_configuration("SipUri", text))
    plain = text.startswith(PLAIN)
    return Line(number=_by_configuration("Line", text.removeprefix(PLAIN)), prefix=not plain)


def lines(texts: list[str]) -> tuple[Line, ...]:
    """The lines of a resident, in order."""
    found = tuple(line(one) for one in texts)
    if len(set(found)) < len(found):
        raise ValueError("names a line twice")
    if len(found) > MOST_LINES:
        raise ValueError(f"names {len(found)} lines, at most {MOST_LINES} are allowed")
    return found


def callers(texts: list[str]) -> tuple[str, ...]:
    """The numbers of callers, as the registrar shows them."""
    for one in texts:
        if _CALLER.fullmatch(one) is None:
            raise ValueError("holds something that is not a number as a registrar shows it")
    found = tuple(dict.fromkeys(texts))
    if len(found) > MOST_CALLERS:
        raise ValueError(f"names {len(found)} numbers, at most {MOST_CALLERS} are allowed")
    return found


def moment(text: str, *, end: bool = False) -> datetime | None:
    """A local time, "2026-12-24 08:00", or a day, "2026-12-24", to its `end`; None for an empty text."""
    text = text.strip()
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("is no time: write it as 2026-12-24 or 2026-12-24 08:00") from None
    if found.tzinfo is not None:
        raise ValueError("names a time zone: times are the station's own")
    if len(text) <= len("2026-12-24") and end:
        return found.replace(hour=23, minute=59, second=59)
    return found.replace(microsecond=0)


def uses(text: str) -> int | None:
    """How often a code may be used; None for an empty text: as often as wanted."""
    text = text.strip()
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= MOST_USES:
        raise ValueError(f"is no number of uses: 1 to {MOST_USES}, or nothing for as many as wanted")
    return int(text)


def digits(text: str, length: int) -> str:
    """An access code of this length. A complaint never repeats it."""
    if not text.isascii() or not text.isdecimal():
        raise ValueError("is not made of digits alone")
    if len(text) != length:
        hint = ": did a spreadsheet drop zeros at its beginning?" if len(text) < length else ""
        raise ValueError(f"has {len(text)} digits, and codes of this building have {length}{hint}")
    return text


def card(text: str) -> str:
    """A card, by its facility and its number: "12:34567"."""
    if (match := _CARD.fullmatch(text.removeprefix(CARD))) is None:
        raise ValueError("is no card: write its facility and its number, such as 12:34567")
    return f"{CARD}{int(match[1])}:{int(match[2])}"


def entry(text: str, length: int) -> str:
    """A card with "card:" before it, or an access code of this length."""
    return card(text) if text.startswith(CARD) else digits(text, length)


def yes(text: str) -> bool:
    """A yes or a no; nothing is no."""
    word = text.strip().lower()
    if word not in ("", "yes", "no"):
        raise ValueError("is neither yes nor no")
    return word == "yes"


def _by_configuration(kind: str, text: str) -> str:
    """What the configuration takes for a line or an address, the directory takes, too."""
    from pydantic import ValidationError

    try:
        return str(_adapter(kind).validate_python(text))
    except ValidationError as error:
        words = error.errors(include_url=False, include_input=False)[0]["msg"]
        raise ValueError(words.removeprefix("Value error, ")) from None


@cache
def _adapter(kind: str) -> Any:
    from pydantic import TypeAdapter

    from portier.config import addresses

    return TypeAdapter(getattr(addresses, kind))
