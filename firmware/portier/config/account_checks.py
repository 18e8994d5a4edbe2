"""How the values of each account must fit together, and the accounts with one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .account import MAIN, AccountConfig, AccountKeys
from .problems import Loc, Problem, dotted


def problems(sip: AccountKeys | None, accounts: Mapping[str, AccountConfig]) -> Iterator[Problem]:
    """Find what does not fit together; `sip` is the first account, None where it has problems of its own."""
    if sip is not None:
        yield from _password(("sip",), sip)
        yield from _transport(("sip",), sip)
    for name, account in accounts.items():
        place: Loc = ("accounts", name)
        yield from _password(place, account)
        yield from _transport(place, account)
        if name == MAIN:
            yield Problem(place, f"the account of [sip] is called {MAIN}: give this one another name")
    if sip is not None and sip.domain is None and accounts:
        yield Problem(
            ("sip", "domain"),
            "is missing: [sip] is the first account, those in [accounts.NAME] stand in for it. "
            "Describe the first one there",
        )


def _password(place: Loc, account: AccountKeys) -> Iterator[Problem]:
    if account.password_file is not None and account.password_credential is not None:
        yield Problem((*place, "password_credential"), "cannot stand beside password_file: keep one of them")
    if account.registrar and account.password_file is None and account.password_credential is None:
        yield Problem(
            (*place, "password_file"),
            "is missing: a registrar asks for a password. Name the file that holds it, "
            "or a credential of systemd as password_credential",
        )


def _transport(place: Loc, account: AccountKeys) -> Iterator[Problem]:
    if account.transport != "tls":
        for key, named in (
            ("tls_ca_file", account.tls_ca_file is not None),
            ("tls_verify", not account.tls_verify),
            ("srtp", account.srtp != "off"),
        ):
            if named:
                yield Problem(
                    (*place, key), f'needs transport = "tls", but transport is "{account.transport}"'
                )


def deaf(main: bool, accounts: Mapping[str, AccountConfig]) -> tuple[str, ...]:
    """Tell, of a station without a sound card, where keys in the sound are to count all the same.

    `main` says whether those of [sip] are.
    """
    places: list[Loc] = [("sip",)] if main else []
    places += [("accounts", name) for name, one in accounts.items() if one.inband_dtmf]
    return tuple(
        f'{dotted(place)}.inband_dtmf: true, and audio.card is "none": nothing listens then, and no key in '
        "the sound counts; name a card, or take it out"
        for place in places
    )


def warnings(place: Loc, account: AccountKeys) -> tuple[str, ...]:
    """Tell what is allowed, and dangerous all the same."""
    if account.transport != "tls" or account.tls_verify:
        return ()
    return (
        f"{dotted(place)}.tls_verify: false: anybody on the way can pretend to be the server, and hear or "
        "place calls; name its authority in tls_ca_file instead",
    )
