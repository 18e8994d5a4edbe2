"""Whom a station may ring: targets, and lists of them."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from .addresses import Line, SipUri
from .base import Section
from .texts import Name, allowed

MOST_AT_ONCE = 4
"""Legs that ring at the same time."""

_DECLINED = 603
AutoAnswerName = Literal[
    "none", "call-info", "alert-info", "alert-info-auto-answer", "alert-info-ring-answer", "answer-mode"
]


def _refusals(codes: tuple[int, ...]) -> tuple[int, ...]:
    if _DECLINED in codes:
        raise ValueError("holds 603, by which somebody declines: that is never asked twice")
    if not all(400 <= code <= 699 for code in codes):
        raise ValueError("holds a number that is no SIP status code of a refusal")
    return codes


def _at_once(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise ValueError("names a target twice")
    if len(names) > MOST_AT_ONCE:
        raise ValueError("rings more than 4 targets at once: make more steps of it")
    return names


def _confirming(key: str) -> str:
    if len(key) != 1 or key not in "0123456789*":
        raise ValueError("is not one key of a telephone")
    return key


Refusals = Annotated[
    tuple[int, ...],
    Field(strict=False),
    AfterValidator(_refusals),
    allowed("SIP status codes, 400 to 699, but not 603"),
]


class TargetConfig(Section):
    """Somebody whom buttons and lists may ring by this name: a line or a uri."""

    line: Line | None = Field(None, description="The line to ring, without prefix.")
    uri: SipUri | None = Field(
        None, description="In place of line: a whole SIP address, dialled as it stands, without prefix."
    )
    prefix: bool = Field(True, description="Whether the line is dialled with dialling.prefix.")
    plain_when_refused: Refusals | None = Field(
        None,
        description="After which answers to the call with the prefix the line is rung once more without it; "
        "[] for never. Left out: dialling.plain_when_refused.",
    )
    auto_answer: AutoAnswerName = Field(
        "none",
        description="The header that asks a telephone or its PBX to answer by itself, where no prefix does.",
    )


class StepConfig(Section):
    """Who of a list is rung at once, and for how long."""

    ring: Annotated[
        tuple[Name, ...],
        Field(strict=False),
        AfterValidator(_at_once),
        allowed("names of 1 to 4 targets, all rung at once"),
    ] = Field(min_length=1, description="Who is rung.")
    seconds: float = Field(20.0, ge=3, le=120, description="How long they ring before the next step.")


class ListConfig(Section):
    """Whom a button rings, one step after the other, until somebody is there."""

    steps: Annotated[
        tuple[StepConfig, ...],
        Field(strict=False),
        allowed('1 to 8 of { ring = ["TARGET", ...], seconds = 20 }'),
    ] = Field(
        min_length=1,
        max_length=8,
        description="Who rings, in order. ring names 1 to 4 targets, which ring at once; the first answer "
        "wins. seconds, 3 to 120, is how long they ring before the next step.",
    )
    cycles: int = Field(1, ge=1, le=10, description="How often all steps are gone through.")
    confirm: (
        Annotated[str, AfterValidator(_confirming), allowed('one key of 0-9 and *, in quotes: "1"')] | None
    ) = Field(
        None,
        description="The key by which somebody who answered shows to be there, after two short beeps. "
        "Needed where targets that answer by themselves are rung at once.",
    )
    confirm_s: float = Field(
        10.0, ge=3, le=30, description="How long the key is waited for before that call is ended."
    )
    total_s: float | None = Field(
        None,
        ge=5,
        le=600,
        description="How long a visit may ring in all, the fallback included. Left out: call.ring_timeout_s.",
    )
    fallback: Name | None = Field(
        None, description="The list that is tried when nobody of this one was there."
    )
