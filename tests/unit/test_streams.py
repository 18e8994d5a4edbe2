"""What PJSIP is told of a server that is reached by a connection."""

from __future__ import annotations

from typing import Any

import pytest

from portier.adapters.sip.streams import hop
from portier.plan import AccountSettings

_OWN: dict[str, Any] = {
    "name": "main",
    "domain": "sip.example",
    "user": "door",
    "auth_user": "door",
    "display_name": "Door",
    "password": None,
    "expiry_s": 1800,
    "proxy": None,
}


@pytest.mark.parametrize(
    ("registrar", "route", "told"),
    [
        ("sip.example", "192.0.2.1", "sip.example"),
        ("sip.example", "192.0.2.1:5071", "sip.example:5071"),
        ("sip.example", "[2001:db8::1]", "sip.example"),
        ("sip.example", "[2001:db8::1]:5071", "sip.example:5071"),
        ("sip.example:5081", "[2001:db8::1]:5081", "sip.example:5081"),
        ("[2001:db8::1]", "[2001:db8::1]", "[2001:db8::1]"),
        ("[2001:db8::1]:5081", "[2001:db8::1]:5081", "[2001:db8::1]:5081"),
    ],
)
def test_by_tls_it_is_the_name_that_was_written_at_the_server_s_port(
    registrar: str, route: str, told: str
) -> None:
    assert hop(AccountSettings(**_OWN, registrar=registrar, transport="tls"), route) == told


def test_by_tcp_it_is_the_server() -> None:
    own = AccountSettings(**_OWN, registrar="sip.example", transport="tcp")
    assert hop(own, "[2001:db8::1]:5071") == "[2001:db8::1]:5071"
