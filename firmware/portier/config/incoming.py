"""Calls from outside in the configuration: none are taken unless somebody is on the list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from portier.core.rules import IncomingRule

from .account import AccountKeys
from .base import Section
from .problems import Loc, Problem
from .texts import Name, allowed

_NUMBER = re.compile(r"\+?[A-Za-z0-9._*#-]{1,64}")


def _caller(text: str) -> str:
    if _NUMBER.fullmatch(text) is None:
        raise ValueError("is not a number as a registrar shows it")
    return text


_Numbers = Annotated[
    tuple[Annotated[str, AfterValidator(_caller)], ...],
    Field(strict=False),
    allowed('numbers as the registrar shows them, such as ["0033123456789", "201"]'),
]


class IncomingConfig(Section):
    """Calls to the station: refused, unless the caller is on this list."""

    accept_from_numbers: _Numbers = Field(
        (),
        max_length=64,
        description="Whose calls the station takes, each number exactly as the registrar shows it "
        "(P-Asserted-Identity, or else From), and sent by the account's own server. Left out: nobody's.",
    )
    release_from_numbers: _Numbers = Field(
        (), max_length=64, description="Which of these callers may release a door by its release digit."
    )
    codes_from_numbers: _Numbers = Field(
        (),
        max_length=64,
        description="Which of these callers may release a door by an access code, keyed and ended by *. Then "
        "no release digit counts in their calls.",
    )
    code_door: Name | None = Field(
        None, description="The door that callers' codes release. Left out: the only one there is."
    )
    accept_from_directory: bool = Field(
        False,
        description="Whether the calls of numbers are taken, too, that the directory has with a resident, "
        "each for what it says there.",
    )
    answer_after_s: float = Field(
        0.0,
        ge=0,
        le=60,
        description="How long such a call rings before the station answers by itself, with a tone and the "
        "lamp of a talk.",
    )


def incoming(config: IncomingConfig, doors: Iterable[str]) -> IncomingRule | None:
    """Say it to the core; `doors` are the names of all doors."""
    directory = config.accept_from_directory
    if not config.accept_from_numbers and not directory:
        return None
    callers = {one: one in config.release_from_numbers for one in config.accept_from_numbers}
    codes = frozenset(config.codes_from_numbers)
    code_door = (config.code_door or next(iter(doors), "")) if codes or directory else ""
    return IncomingRule(
        callers, config.answer_after_s, code_from=codes, code_door=code_door, directory=directory
    )


def problems(
    config: IncomingConfig | None, lamps: tuple[int | None, ...] | None, accounts: Iterable[AccountKeys]
) -> Iterator[Problem]:
    """Find what a list of callers needs and has not; `lamps` are the pins of status and talking."""
    if config is None:
        return
    place: Loc = ("incoming", "accept_from_numbers")
    listed = config.accept_from_numbers
    if config.accept_from_directory:
        place = ("incoming", "accept_from_directory")
    elif not listed:
        if config != IncomingConfig():
            yield Problem(place, "is missing: without a list of callers no call is taken")
        return
    if not any(one.registrar for one in accounts):
        yield Problem(place, "needs sip.registrar: a caller is believed only where a registrar names him")
    if lamps is not None and not any(pin is not None for pin in lamps):
        yield Problem(
            place, "needs lamps.talking or lamps.status: nobody may listen without the visitor seeing it"
        )
    if any(one not in config.accept_from_numbers for one in config.release_from_numbers):
        yield Problem(
            ("incoming", "release_from_numbers"),
            "names a caller that accept_from_numbers does not: write the number there too",
        )
