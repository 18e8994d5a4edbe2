"""What pulses on a Wiegand reader's two lines mean: frames of bits, and of those cards and keys.

A pulse on D0 is a 0, one on D1 a 1, and a frame is over when neither comes any more. A card's frame of 26
bits (SIA AC-01) is an even parity of the 12 bits after it, 8 bits of facility, 16 of number, and an odd
parity of the 12 before it; one of 34 bits has 16 in place of 8 and 12. A key is 4 bits, or 8 of which the
first 4 are the last 4 inverted. A lost pulse leaves a frame too short: it is never a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

SILENCE_S = 0.025
"""After so long without a pulse a frame is over; within one they are at most 20 ms apart (SIA AC-01)."""

MOST_BITS = 64
"""More than any frame has: what is longer is noise."""

_KEYS = "0123456789*#"


class Pulse(NamedTuple):
    """A pulse: when it came, by one clock for both lines, and which bit it is."""

    at_s: float
    bit: int


class Card(NamedTuple):
    """The two numbers of a card."""

    facility: int
    number: int


def frames(pulses: Iterable[Pulse], silence_s: float = SILENCE_S) -> list[tuple[int, ...]]:
    """Cut pulses into frames by their moments, in whatever order they were told."""
    found: list[list[int]] = []
    last_s = float("-inf")
    for at_s, bit in sorted(pulses):
        if at_s - last_s > silence_s:
            found.append([])
        found[-1].append(bit)
        last_s = at_s
    return [tuple(one) for one in found]


def whole_frames(pulses: Sequence[Pulse], before_s: float) -> list[tuple[tuple[int, ...], bool]]:
    """Frames, and whether each is whole: neither the rest of what ended at `before_s`, nor cut at the most.

    Such a part of noise, or of a card, may look like a key.
    """
    found = frames(pulses)
    follows = min(pulses).at_s - before_s <= SILENCE_S if pulses else False
    goes_on = len(pulses) > MOST_BITS
    last = len(found) - 1
    return [
        (bits, not (follows and place == 0) and not (goes_on and place == last))
        for place, bits in enumerate(found)
    ]


def card(bits: Sequence[int], length: int) -> Card | None:
    """A card's frame of 26 or 34 bits; None where it is none, or a parity is wrong."""
    if not length or len(bits) != length:
        return None
    half = length // 2
    if sum(bits[:half]) % 2 or not sum(bits[half:]) % 2:
        return None
    facility_end = length - 1 - 16
    return Card(_number(bits[1:facility_end]), _number(bits[facility_end:-1]))


def key(bits: Sequence[int], length: int) -> str | None:
    """A key's frame of 4 or 8 bits; None where it is none, or a key that no code has."""
    if not length or len(bits) != length:
        return None
    value = _number(bits[-4:])
    if length > 4 and _number(bits[:4]) != value ^ 0b1111:
        return None
    return _KEYS[value] if value < len(_KEYS) else None


def _number(bits: Sequence[int]) -> int:
    return int("".join(map(str, bits)), 2)
