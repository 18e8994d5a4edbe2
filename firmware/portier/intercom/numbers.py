"""Numbers as people write them, matched to the form that the operator's account has."""

from __future__ import annotations

from collections.abc import Iterable

_BETWEEN = str.maketrans("", "", " .-/()\u00a0\u202f")
_FEWEST, _MOST = 3, 18
_ONE_DIGIT = ("1", "7")
_TWO_DIGITS = frozenset(
    f"{ten}{one}"
    for ten, ones in {
        2: "07",
        3: "0123469",
        4: "013456789",
        5: "12345678",
        6: "0123456",
        8: "1246",
        9: "0123458",
    }.items()
    for one in ones
)
_ALIKE_DIGITS = 6


def digits(written: str) -> str | None:
    """The digits of a number, `+` as 00, without what stands between them; None for what is no number."""
    text = written.strip().replace("(0)", "").translate(_BETWEEN)
    text = f"00{text[1:]}" if text.startswith("+") else text
    return text if text.isascii() and text.isdecimal() and _FEWEST <= len(text) <= _MOST else None


def country_code(international: str) -> str:
    """The country code (ITU-T E.164) of a number that begins with it; of 1 to 3 digits."""
    if international.startswith(_ONE_DIGIT):
        return international[:1]
    return international[:2] if international[:2] in _TWO_DIGITS else international[:3]


def forms(line: str) -> tuple[str, ...]:
    """How a line's number may be written: as the account has it, with +, without 00, and in its country."""
    if not line.startswith("00"):
        return (line,)
    international = line[2:]
    national = international.removeprefix(country_code(international))
    return line, f"+{international}", international, f"0{national}", national


def find(written: str, lines: Iterable[str]) -> tuple[str, ...]:
    """Which of these lines a number may mean: several where it leaves the country out, else one at most.

    `lines` are as the account has them (0033972123456).
    """
    wanted = digits(written)
    if wanted is None:
        return ()
    known = tuple(dict.fromkeys(lines))
    if wanted in known:
        return (wanted,)
    return tuple(one for one in known if wanted in forms(one))


def alike(written: str, lines: Iterable[str]) -> tuple[str, ...]:
    """Lines whose last digits are those of a number that means none of them: a form that nobody knows."""
    wanted = digits(written)
    if wanted is None or len(wanted) < _ALIKE_DIGITS:
        return ()
    return tuple(one for one in lines if one.endswith(wanted[-_ALIKE_DIGITS:]))
