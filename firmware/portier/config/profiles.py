"""Time profiles in the configuration: how days and hours are written, and what the core makes of them."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from portier.core.profiles import MINUTES_A_DAY, Dates, Holidays, Hours, Profile

from .addresses import Line, SipUri
from .base import Section
from .directory import Flat, ResidentName
from .texts import Name, allowed

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
_LONGEST_LIST = 64


def hours(text: str) -> Hours:
    """Read hours such as "08:00-12:00", "22:00-06:00" or "18:00-24:00"."""
    match = _HOURS.fullmatch(text)
    if match is None:
        raise ValueError("is not like 08:00-12:00")
    from_hour, from_minute, to_hour, to_minute = map(int, match.groups())
    begin, end = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    if from_minute > 59 or to_minute > 59 or begin >= MINUTES_A_DAY or end > MINUTES_A_DAY:
        raise ValueError("holds a time that no clock shows")
    if begin == end:
        raise ValueError("ends as it begins: leave hours out for the whole day")
    return Hours(begin, end)


def dates(text: str) -> Dates:
    """Read a day such as "2026-12-24", or several: "2026-12-24 to 2027-01-02"."""
    first_text, _, last_text = text.partition(" to ")
    try:
        first = date.fromisoformat(first_text)
        last = date.fromisoformat(last_text) if last_text else first
    except ValueError:
        raise ValueError("is not a day of the calendar, or not like 2026-12-24") from None
    if last < first:
        raise ValueError("ends before it begins")
    return Dates(first, last)


def _hours(text: str) -> str:
    hours(text)
    return text


def _dates(text: str) -> str:
    dates(text)
    return text


_Hours = Annotated[str, AfterValidator(_hours)]
_Days = Annotated[
    tuple[Annotated[str, AfterValidator(_dates)], ...],
    Field(strict=False),
    allowed('days and rows of days: ["2026-12-24", "2027-08-01 to 2027-08-15"]'),
]


class ProfileConfig(Section):
    """A time profile: when a button may ring somebody else than usually. All by the local clock."""

    weekdays: Annotated[tuple[Weekday, ...], Field(strict=False)] = Field(
        WEEKDAYS, min_length=1, description="On which days of the week. Left out: on all."
    )
    hours: Annotated[
        tuple[_Hours, ...],
        Field(strict=False),
        allowed('a list of hours: ["08:00-12:00", "13:30-18:00"], past midnight too: ["22:00-06:00"]'),
    ] = Field(
        (),
        max_length=_LONGEST_LIST,
        description="Within which hours; those past midnight belong to the day they begin on. "
        "Left out: the whole day.",
    )
    holidays: Literal["by weekday", "yes", "no", "only"] = Field(
        "by weekday",
        description="What a public holiday of station.country is: a day like its weekday, always in, never "
        "in, or the only days that are in.",
    )
    also_on: _Days = Field(
        (), max_length=_LONGEST_LIST, description="Days that are in, whatever the keys above say."
    )
    never_on: _Days = Field(
        (), max_length=_LONGEST_LIST, description="Days that are out, whatever all other keys say."
    )


class ByProfileConfig(Section):
    """Whom a button rings while a profile applies."""

    profile: str
    line: Line | None = None
    uri: SipUri | None = None
    target: Name | None = None
    list: Name | None = None
    flat: Flat | None = None
    resident: ResidentName | None = None


def profile(config: ProfileConfig) -> Profile:
    """Say it to the core."""
    return Profile(
        weekdays=frozenset(WEEKDAYS.index(day) for day in config.weekdays),
        hours=tuple(map(hours, config.hours)),
        holidays=Holidays(config.holidays),
        also_on=tuple(map(dates, config.also_on)),
        never_on=tuple(map(dates, config.never_on)),
    )
