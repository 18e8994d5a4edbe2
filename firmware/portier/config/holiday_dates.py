"""Public holidays, by the package `holidays`, which is loaded only where a profile asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

_FIRST_YEAR = 2026
_YEARS_AHEAD = 15
"""A station that runs longer without a start knows no holidays any more, and goes by weekdays."""


def holiday_dates(country: str, subdivision: str | None) -> frozenset[date]:
    """The public holidays of a country, from last year on; whatever the clock says, of 2026 and later, too.

    The names are those of ISO 3166; both must be known (`countries`).
    """
    import holidays

    last = max(datetime.now(UTC).year, _FIRST_YEAR) + _YEARS_AHEAD
    years = range(_FIRST_YEAR - 1, last + 1)
    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=years))


def countries() -> Mapping[str, list[str]]:
    """Every country whose holidays are known (two letters), with its subdivisions."""
    import holidays

    known = holidays.list_supported_countries(include_aliases=False)
    return {name: list(parts) for name, parts in known.items()}
