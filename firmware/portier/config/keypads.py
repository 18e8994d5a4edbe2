"""Keypads and card readers in the configuration, and callers who may use access codes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from portier.core.rules import KeypadRule
from portier.plan import KeypadPins, MatrixPins, WiegandPins

from .base import Section
from .incoming import IncomingConfig
from .pins import Pin
from .problems import Loc, Problem, quoted
from .texts import Name, allowed

if TYPE_CHECKING:
    from .model import GpioConfig

_ROW = re.compile(r"[0-9*#.]{1,8}")
_FIXED_PULL_UP = {2, 3}
_BITS = {"26 bits": 26, "34 bits": 34, "4 bits": 4, "8 bits": 8, "none": 0}


def _row(text: str) -> str:
    if _ROW.fullmatch(text) is None:
        raise ValueError("has a key that no code and no flat's number can have")
    return text


_Pins = Annotated[
    tuple[Pin, ...],
    Field(strict=False),
    allowed("GPIO 2 to 27, in the order of the keypad: [18, 19, 20, 21]"),
]
_Layout = Annotated[
    tuple[Annotated[str, AfterValidator(_row)], ...],
    Field(strict=False),
    allowed(
        'the rows of keys, 0 to 9, * and #, a dot for one that does nothing: ["123", "456", "789", "*0#"]'
    ),
]


class KeypadConfig(Section):
    """A keypad or card reader: a code or card releases its door, a flat's number and # rings the flat."""

    kind: Literal["matrix", "wiegand"] = Field(
        description="A bare keypad of rows and columns, or a reader or keypad with lines D0 and D1."
    )
    door: Name = Field(description="The door that its access codes and cards release.")
    rows: _Pins = Field(
        (), max_length=8, description="Of a matrix: where its rows are wired, the top one first."
    )
    columns: _Pins = Field(
        (), max_length=8, description="Of a matrix: where its columns are wired, the left one first."
    )
    layout: _Layout = Field(
        ("123", "456", "789", "*0#"),
        min_length=1,
        max_length=8,
        description="Of a matrix: its keys, by rows.",
    )
    d0: Pin | None = Field(
        None, description="Of a Wiegand reader: where D0 is wired, at 3.3 V and never at 5 V."
    )
    d1: Pin | None = Field(None, description="Of a Wiegand reader: where D1 is wired.")
    cards: Literal["26 bits", "34 bits", "none"] = Field(
        "26 bits", description="Of a Wiegand reader: how long the frames of its cards are."
    )
    keys: Literal["4 bits", "8 bits", "none"] = Field(
        "4 bits", description="Of a Wiegand reader: how long the frames of its keys are."
    )
    key_timeout_s: float = Field(
        5.0, ge=1, le=30, description="How long it waits for the next key of an attempt."
    )


_OF_A_MATRIX = ("rows", "columns", "layout")
_OF_A_READER = ("d0", "d1", "cards", "keys")


def rule(name: str, config: KeypadConfig) -> KeypadRule:
    """Say it to the core."""
    return KeypadRule(name, config.door, config.key_timeout_s)


def pins(config: KeypadConfig) -> KeypadPins:
    """Say it to the adapter."""
    if config.kind == "matrix" or config.d0 is None or config.d1 is None:
        return MatrixPins(config.rows, config.columns, config.layout)
    return WiegandPins(config.d0, config.d1, _BITS[config.cards], _BITS[config.keys])


def used(keypads: Mapping[str, KeypadConfig]) -> Iterator[tuple[Loc, int]]:
    """Each pin and where it is named."""
    for name, one in keypads.items():
        for key in ("rows", "columns"):
            yield from ((("keypads", name, key, place), pin) for place, pin in enumerate(getattr(one, key)))
        yield from (
            (("keypads", name, key), pin) for key, pin in (("d0", one.d0), ("d1", one.d1)) if pin is not None
        )


def problems(
    keypads: Mapping[str, KeypadConfig], known: set[str], gpio: GpioConfig | None
) -> Iterator[Problem]:
    """Find what does not fit together; `known` are the names of all doors, valid or not."""
    for name, one in keypads.items():
        place: Loc = ("keypads", name)
        yield from _door((*place, "door"), one.door, known)
        yield from _matrix(place, one) if one.kind == "matrix" else _reader(place, one, gpio)


def callers(config: IncomingConfig | None, known: set[str]) -> Iterator[Problem]:
    """Find what callers who may use access codes need, and have not."""
    if config is None:
        return
    place: Loc = ("incoming", "codes_from_numbers")
    if any(one not in config.accept_from_numbers for one in config.codes_from_numbers):
        yield Problem(place, "names a caller that accept_from_numbers does not: write the number there too")
    if any(one in config.release_from_numbers for one in config.codes_from_numbers):
        yield Problem(
            place,
            "names a caller of release_from_numbers: his keys can be a release digit or a code, not both",
        )
    if config.code_door is not None:
        yield from _door(("incoming", "code_door"), config.code_door, known)
    elif (config.codes_from_numbers or config.accept_from_directory) and len(known) > 1:
        yield Problem(("incoming", "code_door"), "is missing: say which door the codes of callers release")


def _door(place: Loc, door: str, known: set[str]) -> Iterator[Problem]:
    if door not in known:
        yield Problem(place, f"{quoted(door)} is no door of this file: describe it, or name another")


def _matrix(place: Loc, one: KeypadConfig) -> Iterator[Problem]:
    yield from _not_for(place, one, _OF_A_READER)
    for row, pin in enumerate(one.rows):
        if pin in _FIXED_PULL_UP:
            yield Problem(
                (*place, "rows", row),
                f"pin {pin} has a fixed pull-up, which a row must not have: use it for a column",
            )
    missing = [key for key in ("rows", "columns") if not getattr(one, key)]
    for key in missing:
        yield Problem((*place, key), "is missing: a matrix has the pins of its rows and of its columns")
    if missing:
        return
    wide = {len(row) for row in one.layout}
    if len(one.layout) != len(one.rows) or wide != {len(one.columns)}:
        yield Problem(
            (*place, "layout"),
            f"does not have {len(one.rows)} rows of {len(one.columns)} keys, as many as there are pins",
        )
    if not any(key.isdigit() for row in one.layout for key in row):
        yield Problem((*place, "layout"), "has no digit: no code and no flat's number can be keyed")
    twice = sorted(key for key, count in Counter("".join(one.layout)).items() if count > 1 and key != ".")
    if twice:
        yield Problem((*place, "layout"), f"has {quoted(twice[0])} twice: each key stands in one place")


def _reader(place: Loc, one: KeypadConfig, gpio: GpioConfig | None) -> Iterator[Problem]:
    yield from _not_for(place, one, _OF_A_MATRIX)
    for key in ("d0", "d1"):
        if getattr(one, key) is None:
            yield Problem((*place, key), "is missing: a reader has two lines, D0 and D1")
    if one.cards == one.keys == "none":
        yield Problem((*place, "cards"), "and keys are none: then the reader reads nothing")
    if gpio is not None and gpio.factory == "rpigpio":
        yield Problem(
            (*place, "kind"),
            'needs gpio.factory = "lgpio": the other library does not tell when a pulse came',
        )


def _not_for(place: Loc, one: KeypadConfig, keys: tuple[str, ...]) -> Iterator[Problem]:
    for key in keys:
        if key in one.model_fields_set:
            yield Problem((*place, key), f'does nothing where kind is "{one.kind}": take it away')
