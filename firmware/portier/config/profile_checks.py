"""How time profiles fit together with what uses them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from .addresses import is_number
from .dial import dialled
from .model import ButtonConfig, DiallingConfig, SipConfig, StationConfig
from .problems import Loc, Problem, quoted
from .profiles import ByProfileConfig, ProfileConfig


def station(config: StationConfig, profiles: Mapping[str, ProfileConfig]) -> Iterator[Problem]:
    """Check the time zone, and the country wherever a profile asks for its holidays."""
    if config.timezone is not None and not _is_zone(config.timezone):
        yield Problem(
            ("station", "timezone"),
            'is not known to this machine: write a name such as "Europe/Paris", or leave it out for the '
            "system's own",
        )
    asking = [name for name, one in profiles.items() if one.holidays != "by weekday"]
    if config.country is None:
        if config.subdivision is not None:
            yield Problem(("station", "subdivision"), "does nothing without country: name that, too")
        if asking:
            yield Problem(
                ("station", "country"),
                f"is missing: profile {quoted(asking[0])} asks for public holidays, which each country has "
                "of its own",
            )
    elif asking or config.subdivision is not None:
        yield from _country(config.country, config.subdivision)


def button(
    name: str,
    config: ButtonConfig,
    profiles: Mapping[str, ProfileConfig] | None,
    sip: SipConfig | None,
    dialling: DiallingConfig | None,
) -> Iterator[Problem]:
    """Check whom a button rings by time profile; `profiles` None where they cannot be told."""
    for place, one in enumerate(config.by_profile):
        loc: Loc = ("buttons", name, "by_profile", place)
        if profiles is not None and one.profile not in profiles:
            yield unknown_profile((*loc, "profile"), one.profile, profiles)
        yield from _target(loc, one, sip, dialling)


def unknown_profile(loc: Loc, name: str, profiles: Mapping[str, ProfileConfig]) -> Problem:
    """Tell that a profile is not there, and which may be meant."""
    close = get_close_matches(name[:40], profiles, n=1)
    hint = f"write [profiles.{close[0]}] as it is called there" if close else "write [profiles.NAME], too"
    return Problem(loc, f"names a profile that is not there: {hint}")


def _target(
    loc: Loc, one: ByProfileConfig, sip: SipConfig | None, dialling: DiallingConfig | None
) -> Iterator[Problem]:
    if one.line is not None and sip is not None and sip.domain is None:
        yield Problem((*loc, "line"), "needs sip.domain, at which it is dialled: name that, or write a uri")
    number = dialled(dialling, one) if dialling is not None else None
    if number is not None and not is_number(number):
        yield Problem(
            (*loc, "line"),
            "its + would not be the first character of the number, as the prefix stands before it: "
            'write the line without +, or dialling.prefix = ""',
        )


def _country(country: str, subdivision: str | None) -> Iterator[Problem]:
    from .holiday_dates import countries

    try:
        known = countries()
    except ImportError as error:
        yield Problem(
            ("station", "country"),
            f"cannot be checked, as the Python package of public holidays cannot be loaded ({error}): "
            "install Portier anew, or leave holidays and subdivision out",
        )
        return
    if country not in known:
        yield Problem(
            ("station", "country"),
            'is no country whose holidays are known: write its two letters, such as "FR" or "DE"',
        )
    elif subdivision is not None and subdivision not in known[country]:
        names = ", ".join(known[country]) or "none"
        yield Problem(("station", "subdivision"), f"is not known in that country. Known there: {names}")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return False
    return True
