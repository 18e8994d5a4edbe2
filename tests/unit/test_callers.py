"""Who calls, as an INVITE and its source tell."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, strategies as st

from portier.adapters.sip.callers import LEAST_APART_S, Callers, Invite, read

SERVER, USER, LISTED = "192.0.2.1", "201", "+33123456789"


@dataclass(frozen=True)
class Home:
    user: str = USER

    def is_registrar(self, host: str, transport: str) -> bool:
        return (host, transport) == (SERVER, "udp")


def invite(
    *headers: str, user: str = USER, caller: str = "<sip:anybody@pbx.example>;tag=1", to: str = "<sip:x@y>"
) -> str:
    lines = [f"INVITE sip:{user}@192.0.2.7:5060 SIP/2.0", f"From: {caller}", f"To: {to}", *headers]
    return "\r\n".join([*lines, "Content-Length: 0", "", "P-Asserted-Identity: <sip:body@pbx.example>"])


def number(message: str, source: str = f"{SERVER}:5060", transport: str = "udp") -> str | None:
    return Callers([LISTED]).number_of(message, source, transport, Home())


ASSERTED = f"P-Asserted-Identity: <sip:{LISTED}@pbx.example;user=phone>"


@pytest.mark.parametrize(
    "message",
    [
        invite(ASSERTED),
        invite(f"P-Asserted-Identity: <tel:{LISTED}>"),
        invite(f'p-asserted-identity : "<sip:x@y>, \\" z" <sips:{LISTED}@pbx.example>'),
        invite(f"P-Asserted-Identity: <sip:x@y>,\r\n <tel:{LISTED};phone-context=z>"),
        invite("P-Asserted-Identity: <sip:x@y>", ASSERTED),
        invite(caller=f'"Somebody" <sip:{LISTED}@pbx.example>;tag=1'),
        invite(caller=f"sip:{LISTED}@pbx.example;tag=1"),
    ],
)
def test_a_listed_caller_is_known(message: str) -> None:
    assert number(message) == LISTED


@pytest.mark.parametrize(
    "message",
    [
        invite(),
        invite("P-Asserted-Identity: <sip:anonymous@x>", caller=f"<sip:{LISTED}@pbx.example>;tag=1"),
        invite(caller=f'"{LISTED}" <sip:x@pbx.example>;tag=1'),
        invite(caller=f'"<sip:{LISTED}@y>" <sip:x@pbx.example>;tag=1'),
        invite(caller=f"<sip:x@pbx.example>;tag=1;also=<sip:{LISTED}@y>".replace("<sip:x", "<http:x")),
        invite(caller=f"<sip:{LISTED}0@pbx.example>;tag=1"),
        invite(caller=f"<sip:{LISTED[:-1]}@pbx.example>;tag=1"),
        invite(f"Subject: x\n\tFrom: <sip:{LISTED}@y>"),
        invite(f"From: <sip:{LISTED}@pbx.example>"),
        invite(caller=f"sip:x@pbx.example, <sip:{LISTED}@pbx.example>;tag=1"),
        invite(ASSERTED, user="202"),
        invite(ASSERTED, user=f"{USER}0"),
        invite(ASSERTED, to="<sip:x@y>;tag=5"),
        invite(ASSERTED).replace("INVITE", "OPTIONS"),
        invite(ASSERTED).replace(f"sip:{USER}@", "sip:"),
        invite().replace("Content-Length: 0", f"Content-Length: 0\r\n\r\n{ASSERTED}"),
    ],
)
def test_nobody_else_is(message: str) -> None:
    assert number(message) is None


@pytest.mark.parametrize(
    ("source", "transport"),
    [("192.0.2.10:5060", "udp"), ("192.0.2.1", "udp"), (f"{SERVER}:5060", "tcp"), (f"{SERVER}:5060", "")],
)
def test_nobody_is_believed_but_the_server_by_its_own_transport(source: str, transport: str) -> None:
    assert number(invite(ASSERTED)) == LISTED
    assert number(invite(ASSERTED), source, transport) is None


def test_another_port_of_the_server_is_the_server() -> None:
    assert number(invite(ASSERTED), f"{SERVER}:40000") == LISTED


def test_calls_are_taken_at_an_interval() -> None:
    callers = Callers([LISTED])
    assert callers.rested(0.0)
    callers.takes(5.0)
    assert not callers.rested(5.0 + LEAST_APART_S / 2)
    assert callers.rested(5.0 + LEAST_APART_S)


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_message_raises(first: str, second: str) -> None:
    read(first)
    read(invite(first, second))
    found = read(f"INVITE sip:{USER}@h SIP/2.0\r\n{first}\r\n{second}")
    assert found is None or isinstance(found, Invite)
