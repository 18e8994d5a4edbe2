"""Time profiles: at which local moments one applies. All by the wall clock, as somebody inside reads it."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

MINUTES_A_DAY = 24 * 60


class Holidays(Enum):
    """What a public holiday is to a profile."""

    BY_WEEKDAY = "by weekday"
    YES = "yes"
    NO = "no"
    ONLY = "only"


@dataclass(frozen=True, slots=True)
class Hours:
    """Minutes of the day, the last one excluded; one that ends before it begins ends on the next day."""

    from_minute: int
    to_minute: int

    @property
    def pass_midnight(self) -> bool:
        """Whether they end on the day after the one they begin on."""
        return self.to_minute < self.from_minute


@dataclass(frozen=True, slots=True)
class Dates:
    """Days from the first to the last, both included."""

    first: date
    last: date

    def hold(self, day: date) -> bool:
        """Whether a day is one of them."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Profile:
    """When something is so: on which days (0 is Monday), and within which hours, the whole day without any.

    `never_on` goes before `also_on`, and both before everything else that tells days.
    """

    weekdays: frozenset[int] = frozenset(range(7))
    hours: tuple[Hours, ...] = ()
    holidays: Holidays = Holidays.BY_WEEKDAY
    also_on: tuple[Dates, ...] = ()
    never_on: tuple[Dates, ...] = ()

    def applies(self, local: datetime, holidays: AbstractSet[date]) -> bool:
        """Whether it applies at a local moment without a time zone.

        Hours that pass midnight belong, to their end, to the day they began on.
        """
        today, minute = local.date(), local.hour * 60 + local.minute
        if not self.hours:
            return self._has(today, holidays)
        return any(
            self._has(today, holidays)
            if one.from_minute <= minute and (one.pass_midnight or minute < one.to_minute)
            else one.pass_midnight
            and minute < one.to_minute
            and today > date.min
            and self._has(today - timedelta(days=1), holidays)
            for one in self.hours
        )

    def _has(self, day: date, holidays: AbstractSet[date]) -> bool:
        if any(dates.hold(day) for dates in self.never_on):
            return False
        if any(dates.hold(day) for dates in self.also_on):
            return True
        by_weekday, holiday = day.weekday() in self.weekdays, day in holidays
        match self.holidays:
            case Holidays.BY_WEEKDAY:
                return by_weekday
            case Holidays.YES:
                return by_weekday or holiday
            case Holidays.NO:
                return by_weekday and not holiday
            case Holidays.ONLY:
                return by_weekday and holiday
