"""By which account a target is called: pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol, TypeVar


class Candidate(Protocol):
    """What an account says of itself."""

    @property
    def way(self) -> str: ...
    @property
    def domain(self) -> str: ...
    @property
    def usable(self) -> bool: ...
    @property
    def in_service(self) -> bool: ...
    @property
    def refused(self) -> bool: ...


_C = TypeVar("_C", bound=Candidate)


def place_of(uri: str) -> str:
    """Host and port of a SIP URI, in small letters."""
    return uri.partition("@")[2].partition(";")[0].lower()


def at_domain(uri: str, domain: str) -> str:
    """The same user, with the same parameters, at another domain."""
    user, _, rest = uri.partition("@")
    _, semicolon, parameters = rest.partition(";")
    return f"{user}@{domain}{semicolon}{parameters}"


def concerned(accounts: Iterable[_C], uri: str, *, is_line: bool) -> list[_C]:
    """The accounts that may call a target: every one for a line, else those at its domain."""
    return [one for one in accounts if is_line or one.domain.lower() == place_of(uri)]


def best(accounts: Iterable[_C], tried: Collection[str] = ()) -> _C | None:
    """The first that is in service and was not tried; where none is, the first that may be by now.

    One that its registrar does not want is only taken where there is no other: each call would be one more
    wrong password.
    """
    left = [one for one in accounts if one.usable and one.way not in tried]
    hopeful = [one for one in left if not one.refused]
    serving = [one for one in hopeful if one.in_service]
    for some in (serving, hopeful, left if not tried else []):
        if some:
            return some[0]
    return None
