"""Numbers and names as a person reads them."""

from __future__ import annotations

import unicodedata

SPACE = "\N{NO-BREAK SPACE}"
_LONGEST = 60


def duration(seconds: float) -> str:
    """A length of time with its unit: 0.9 ms, 30 ms, 2.00 s, 12.1 s, 12 min 5 s, 1 h 0 min 5 s."""
    if seconds < 0:
        return "\N{MINUS SIGN}" + duration(-seconds)
    milliseconds = seconds * 1000
    if milliseconds < 99.95:
        text = f"{milliseconds:.1f}".removesuffix(".0")
        return f"{text}{SPACE}ms"
    if milliseconds < 999.5:
        return f"{milliseconds:.0f}{SPACE}ms"
    if seconds < 9.995:
        return f"{seconds:.2f}{SPACE}s"
    if seconds < 119.95:
        return f"{seconds:.1f}{SPACE}s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return SPACE.join([*([f"{hours}", "h"] if hours else []), f"{minutes}", "min", f"{rest}", "s"])


def clock(seconds: float) -> str:
    """A moment of a long call: 4:05, 1:04:05."""
    minutes, rest = divmod(round(abs(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    sign = "\N{MINUS SIGN}" if round(seconds) < 0 else ""
    return f"{sign}{hours}:{minutes:02}:{rest:02}" if hours else f"{sign}{minutes}:{rest:02}"


def clean(text: str) -> str:
    """A name from a record on one line: no control or invisible character, no more than 60 in all."""
    kept = "".join(" " if one.isspace() else one for one in text)
    kept = "".join(one for one in kept if unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    kept = " ".join(kept.split())
    return kept if len(kept) <= _LONGEST else kept[: _LONGEST - 1] + "\N{HORIZONTAL ELLIPSIS}"


def quoted(name: str) -> str:
    """A name in quotation marks."""
    return f"\N{LEFT DOUBLE QUOTATION MARK}{clean(name)}\N{RIGHT DOUBLE QUOTATION MARK}"


def listed(parts: list[str]) -> str:
    """Parts of a sentence: "a, b and c"."""
    return " and ".join([*([", ".join(parts[:-1])] if parts[1:] else []), *parts[-1:]])


def count(number: int, one: str, many: str | None = None) -> str:
    """How many: "1 packet", "3 packets"."""
    digits = f"{number:,}".replace(",", SPACE)
    return f"{digits}{SPACE}{one if number == 1 else many or one + 's'}"
