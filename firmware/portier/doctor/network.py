"""The network: the SIP port, names, and whether the registrar takes the account."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator

from portier.config import load
from portier.config.account import MAIN, AccountKeys
from portier.config.model import SipConfig
from portier.doctor import stations
from portier.doctor.finding import Finding, Reporter
from portier.doctor.known import Known
from portier.doctor.machine import Machine
from portier.doctor.probes import ProbeError, ask
from portier.doctor.probes.registration import ANSWER_LIMIT_S, Registered
from portier.errors import ConfigError
from portier.hosts import host_of, is_ipv6, literal, written

_NAME_LIMIT_S = 3.0
_REGISTER_LIMIT_S = ANSWER_LIMIT_S + 7.0
_NETWORK = Reporter("network")
_REGISTRATION = Reporter("registration")


def check_port(machine: Machine, known: Known) -> Iterator[Finding]:
    """Tell whether the SIP port can be had."""
    if known.sip is None:
        yield _NETWORK.note(f"the SIP port is not checked: {known.without('sip')}")
        return
    host, port = known.sip.bind_address, known.sip.port
    trouble = machine.udp_trouble(host, port)
    where = f"UDP {written(host, port)}"
    if trouble == 0:
        yield _NETWORK.ok(f"{where} is free")
    elif trouble == errno.EADDRINUSE:
        yield _taken(machine, known, where, host, port)
    elif trouble == errno.EADDRNOTAVAIL:
        yield _NETWORK.error(
            f"{host} is no address of this machine", "set sip.bind_address to one that ip address shows"
        )
    else:
        yield _NETWORK.error(f"{where} cannot be had: {os.strerror(trouble)}", "set sip.port to 1024 or more")


def check_names(machine: Machine, known: Known) -> Iterator[Finding]:
    """Tell whether the names on the way of a call have an address."""
    in_ipv6 = _in_ipv6(known)
    family = "IPv6" if in_ipv6 else "IPv4"
    for key, name in _names(known).items():
        if literal(name):
            continue
        found = machine.addresses(name, _NAME_LIMIT_S, in_ipv6)
        found = found or machine.sip_servers(name, _NAME_LIMIT_S) or found
        if found:
            yield _NETWORK.ok(f"{key}: {name} is {', '.join(sorted(set(found)))}")
        else:
            why = (
                f"has no {family} address"
                if found == ()
                else f"was not resolved within {_NAME_LIMIT_S:.0f} s"
            )
            yield _NETWORK.error(
                f"{key}: {name} {why}", f"check its spelling, the cable, and getent hosts {name}"
            )


def check_registration(machine: Machine, known: Known) -> Iterator[Finding]:
    """Register as the station would, unregister, and tell what the registrar said."""
    sip = known.sip
    if sip is None:
        yield _REGISTRATION.note(f"not tried: {known.without('sip')}")
    elif sip.registrar and known.config is None:
        yield _REGISTRATION.note("not tried: the configuration has problems")
    elif sip.registrar is None:
        yield _REGISTRATION.ok("no registrar is configured: calls go directly to their address")
    elif station := _station(machine, known, sip):
        yield _REGISTRATION.note(
            f"not tried: it would take the account away from {station}",
            "portier status tells its registration",
        )
    else:
        accounts = known.config.accounts if known.config is not None else {}
        places: dict[str, AccountKeys] = {"sip": sip}
        places |= {f"accounts.{name}": one for name, one in accounts.items()}
        for place, account in places.items():
            if account.registrar:
                yield _tried(machine, known, place, account, account.registrar)


def _taken(machine: Machine, known: Known, where: str, host: str, port: int) -> Finding:
    process = stations.holder(machine, host, port)
    if process is None:
        process = stations.running(machine, str(known.path))
    if process is None:
        return _NETWORK.error(
            f"{where} is in use by a program that user {machine.platform.user} may not see",
            "sudo ss -lunp shows which: stop it, or set sip.port",
        )
    if process.station:
        return _NETWORK.ok(f"{where} is held by {process}")
    return _NETWORK.error(f"{where} is in use by {process}", "stop it, or set sip.port")


def _station(machine: Machine, known: Known, sip: SipConfig) -> str:
    """Whom a second registration would harm; empty where nobody."""
    process = stations.running(machine, str(known.path))
    if process is None and machine.udp_trouble(sip.bind_address, sip.port) == errno.EADDRINUSE:
        process = stations.holder(machine, sip.bind_address, sip.port)
        if process is None:
            return f"whoever has UDP port {sip.port}, if that is a station"
    return str(process) if process is not None and process.station else ""


def _tried(machine: Machine, known: Known, place: str, account: AccountKeys, registrar: str) -> Finding:
    name = place.removeprefix("accounts.") if place != "sip" else MAIN
    try:
        load.read_secret(account, tuple(place.split(".")))
    except ConfigError as error:
        return _REGISTRATION.note(f"not tried: {error.problems[0]}")
    first = host_of(account.proxy or registrar)
    if not literal(first) and not _found(machine, account.proxy or registrar, _in_ipv6(known)):
        return _REGISTRATION.error(f"not tried: {first} has no address", "see network above")
    try:
        answer = ask(machine, Registered, "registration", str(known.path), name, limit_s=_REGISTER_LIMIT_S)
    except ProbeError as error:
        return _REGISTRATION.error(f"could not be tried: {error}", "see PJSIP above")
    return _told(answer, place, account, registrar)


def _told(answer: Registered, place: str, own: AccountKeys, registrar: str) -> Finding:
    account = f'"{own.user}" at {registrar}'
    match answer.status:
        case status if 200 <= status < 300:
            return _REGISTRATION.ok(f"{account}: accepted after {answer.took_s:.1f} s, and given back")
        case 401 | 403 | 407:
            return _REGISTRATION.error(
                f"{account}: refused ({answer.status}): the password or the user is wrong",
                f"check {place}.user, {place}.auth_user and {_password_place(own)}; an operator may ban, too",
            )
        case 404:
            return _REGISTRATION.error(
                f"{account}: unknown user (404)", f"check {place}.user and {place}.domain"
            )
        case 0 | 408:
            way = f" by way of {own.proxy}" if own.proxy else ""
            return _REGISTRATION.error(
                f"{account}{way}: no answer within {answer.took_s:.0f} s",
                "check the host, its port, and that the router lets UDP out",
            )
        case _:
            return _REGISTRATION.error(
                f"{account}: answered {answer.status}", "ask the operator; try again later"
            )


def _password_place(own: AccountKeys) -> str:
    return f"the password in {own.password_file}" if own.password_file else "the password's credential"


def _in_ipv6(known: Known) -> bool:
    return known.sip is not None and is_ipv6(known.sip.bind_address)


def _found(machine: Machine, hop: str, in_ipv6: bool) -> bool:
    """Whether a server has an address, or its domain names others by SRV records."""
    found = machine.addresses(host_of(hop), _NAME_LIMIT_S, in_ipv6)
    return bool(found or machine.sip_servers(hop, _NAME_LIMIT_S))


def _names(known: Known) -> dict[str, str]:
    """The hosts that the station looks up, each once, by the key that names it first."""
    sip = known.sip
    if sip is None:
        return {}
    # The next hop takes everything for the domain; other targets are called at their own host.
    accounts = known.config.accounts if known.config is not None else {}
    places: dict[str, AccountKeys] = {"sip": sip}
    places |= {f"accounts.{name}": one for name, one in accounts.items()}
    found = []
    for place, one in places.items():
        hops = {"proxy": one.proxy, "registrar": one.registrar, "domain": one.domain}
        found += [(f"{place}.{key}", host_of(name)) for key, name in hops.items() if name][:1]
    home = host_of(sip.domain) if sip.domain else ""
    uris = [(f"buttons.{name}.uri", button.uri) for name, button in known.buttons.items()]
    uris += [(f"targets.{name}.uri", target.uri) for name, target in known.targets.items()]
    for key, uri in uris:
        host = host_of(uri.partition("@")[2].partition(";")[0]) if uri else ""
        if host and host != home:
            found.append((key, host))
    # Reversed, so that of several keys with the same host the first one stays.
    by_host = {host: key for key, host in reversed(found)}
    return {key: host for host, key in reversed(by_host.items())}
