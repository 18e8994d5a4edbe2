"""The station speaks IPv4 or IPv6, as `sip.bind_address` says, and so must whoever it speaks to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from portier.adapters import pjsip_build
from portier.hosts import address_of, is_ipv6

from .account import AccountConfig, AccountKeys
from .model import ButtonConfig, Config, SipConfig
from .problems import Loc, Problem
from .reach_model import TargetConfig

_V4, _V6 = 4, 6


def problems(
    sip: SipConfig,
    accounts: Mapping[str, AccountConfig],
    buttons: Mapping[str, ButtonConfig],
    targets: Mapping[str, TargetConfig],
) -> Iterator[Problem]:
    """Find every address of the other family. Names may have addresses of both."""
    spoken = _V6 if is_ipv6(sip.bind_address) else _V4
    for loc, text in _hosts(sip, accounts, buttons, targets):
        address = address_of(text)
        if address is not None and address.version != spoken:
            yield _of_the_other(loc, spoken)
    for place, network in enumerate(sip.accept_from):
        if (_V6 if is_ipv6(network) else _V4) != spoken:
            yield _of_the_other(("sip", "accept_from", place), spoken)


def warnings(config: Config) -> Iterator[str]:
    """Tell where the PJSIP that is installed has no IPv6, and the station is to speak it."""
    own = pjsip_build.own()
    if is_ipv6(config.sip.bind_address) and (own is None or not own.ipv6):
        which = "the published PJSIP" if own is None else "this older PJSIP of the project"
        yield (
            f"sip.bind_address: is of IPv6, which {which} cannot speak: the station will not start with it. "
            "Install a PJSIP of this project (make wheel)"
        )


def _of_the_other(loc: Loc, spoken: int) -> Problem:
    if spoken == _V6:
        return Problem(loc, "is of IPv4, and by sip.bind_address the station speaks IPv6 alone")
    return Problem(
        loc,
        'is of IPv6, and the station speaks IPv4 alone: sip.bind_address = "::" makes it speak IPv6 alone',
    )


def _hosts(
    sip: SipConfig,
    accounts: Mapping[str, AccountConfig],
    buttons: Mapping[str, ButtonConfig],
    targets: Mapping[str, TargetConfig],
) -> Iterator[tuple[Loc, str]]:
    """Every host that is spoken to. Behind a proxy the registrar is only a name, and so the domain."""
    places: dict[Loc, AccountKeys] = {("sip",): sip}
    places |= {("accounts", name): one for name, one in accounts.items()}
    for place, account in places.items():
        hops = {"proxy": account.proxy, "registrar": account.registrar, "domain": account.domain}
        yield from [((*place, key), host) for key, host in hops.items() if host][:1]
    uris: list[tuple[Loc, str | None]] = []
    for name, button in buttons.items():
        uris.append((("buttons", name, "uri"), button.uri))
        uris += [
            (("buttons", name, "by_profile", at, "uri"), one.uri) for at, one in enumerate(button.by_profile)
        ]
    uris += [(("targets", name, "uri"), target.uri) for name, target in targets.items()]
    domains = {account.domain for account in places.values()}
    for loc, uri in uris:
        place_of = (uri or "").partition(":")[2].rpartition("@")[2].partition(";")[0]
        if place_of not in domains:
            yield loc, place_of
