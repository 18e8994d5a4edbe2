"""The order in which a domain's servers are tried."""

from __future__ import annotations

import queue
import sys
from collections import Counter

import pytest
from hypothesis import given, strategies as st

from portier.adapters.sip import names, srv
from portier.adapters.sip.names import Names
from portier.adapters.sip.srv import Server, ordered, system_find

_SERVERS = st.lists(
    st.builds(Server, st.sampled_from("abc"), st.just(5060), st.integers(0, 3), st.integers(0, 10)),
    max_size=8,
)


@given(_SERVERS, st.floats(0, 0.999))
def test_none_is_lost_and_the_lowest_priority_comes_first(servers: list[Server], chance: float) -> None:
    found = ordered(servers, lambda: chance)
    assert Counter(found) == Counter(servers)
    assert [one.priority for one in found] == sorted(one.priority for one in servers)


def test_a_package_that_is_not_there_is_no_answer_and_names_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dns", None)
    monkeypatch.delitem(sys.modules, "dns.exception", raising=False)
    with pytest.raises(OSError, match=r"dnspython cannot be loaded .*: install Portier anew"):
        system_find("example.com", "udp")


def test_a_heavier_server_comes_first_more_often() -> None:
    light, heavy = Server("light", 5060, 0, 1), Server("heavy", 5060, 0, 9)
    chances = iter([at / 100 for at in range(100) for _ in (light, heavy)])
    firsts = Counter(ordered([light, heavy], lambda: next(chances))[0] for _ in range(100))
    assert 85 <= firsts[heavy] <= 95
    assert firsts[light] >= 5


def test_a_server_without_weight_comes_last_but_comes() -> None:
    none, some = Server("none", 5060, 0, 0), Server("some", 5060, 0, 5)
    assert ordered([none, some], lambda: 0.5) == [some, none]


_ADDRESSES = {
    "a.example": ["192.0.2.1"],
    "b.example": ["192.0.2.2", "192.0.2.3"],
    "pbx.example": ["192.0.2.9"],
}


def _lookup(host: str) -> list[str]:
    if host not in _ADDRESSES:
        raise OSError("no such host")
    return _ADDRESSES[host]


def _resolved(found: list[Server] | OSError) -> Names:
    changes: queue.SimpleQueue[str] = queue.SimpleQueue()

    def find(domain: str, transport: str) -> list[Server]:
        assert (domain, transport) == ("pbx.example", "udp")
        if isinstance(found, OSError):
            raise found
        return found

    resolver = Names(["pbx.example"], changes.put, _lookup, [("pbx.example", "udp")], find)
    resolver.start()
    assert changes.get(timeout=20) == "pbx.example"
    resolver.stop()
    return resolver


def test_a_domain_is_where_its_records_say_in_their_order() -> None:
    resolver = _resolved([Server("b.example", 5080, 10), Server("a.example", 5070, 20)])
    assert resolver.servers("pbx.example") == ("192.0.2.2:5080", "192.0.2.3:5080", "192.0.2.1:5070")
    assert resolver.addresses() == {"192.0.2.1", "192.0.2.2", "192.0.2.3"}, "all of them are heard"


@pytest.mark.parametrize("found", [[], OSError("the name server is silent"), [Server("gone.example", 5060)]])
def test_a_domain_without_usable_records_is_where_its_name_leads(found: list[Server] | OSError) -> None:
    assert _resolved(found).servers("pbx.example") == ("192.0.2.9",)


def test_a_port_says_where_the_server_is_without_any_record() -> None:
    resolver = _resolved([Server("a.example", 5070)])
    assert resolver.servers("192.0.2.7:5080") == ("192.0.2.7:5080",)


def test_each_transport_has_servers_of_its_own() -> None:
    changes: queue.SimpleQueue[str] = queue.SimpleQueue()
    by = {"udp": [Server("a.example", 5060)], "tcp": [], "tls": [Server("b.example", 5061)]}
    domains = [("PBX.example", transport) for transport in by]
    resolver = Names(["pbx.example"], changes.put, _lookup, domains, lambda _, transport: by[transport])
    resolver.start()
    for _ in range(3):
        changes.get(timeout=20)
    resolver.stop()
    assert resolver.servers("pbx.example", "udp") == ("192.0.2.1:5060",)
    assert resolver.servers("pbx.example", "tcp") == ("192.0.2.9",), "where its name leads"
    assert resolver.servers("pbx.example", "tls") == ("192.0.2.2:5061", "192.0.2.3:5061")


@pytest.mark.parametrize(
    ("transport", "asked"),
    [
        ("udp", "_sip._udp.pbx.example."),
        ("tcp", "_sip._tcp.pbx.example."),
        ("tls", "_sips._tcp.pbx.example."),
    ],
)
def test_the_records_of_a_transport_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, transport: str, asked: str
) -> None:
    names_asked: list[str] = []

    class Silent:
        def resolve(self, name: str, kind: str, lifetime: float) -> list[object]:
            del lifetime
            names_asked.append(f"{name} {kind}")
            return []

    monkeypatch.setattr(srv, "resolver", Silent)
    assert system_find("pbx.example", transport) == []
    assert names_asked == [f"{asked} SRV"]


def test_the_last_good_servers_are_kept_while_the_name_server_is_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for pause in ("_FRESH_S", "_RETRY_S"):
        monkeypatch.setattr(names, pause, 0.02)
    asked: queue.SimpleQueue[str] = queue.SimpleQueue()
    answers = iter([[Server("a.example", 5070)]])

    def find(domain: str, _: str) -> list[Server]:
        asked.put(domain)
        if found := next(answers, None):
            return found
        raise OSError("no answer")

    resolver = Names(["pbx.example"], lambda _: None, _lookup, [("pbx.example", "udp")], find)
    resolver.start()
    for _ in range(3):
        asked.get(timeout=20)
    assert resolver.servers("pbx.example") == ("192.0.2.1:5070",)
    resolver.stop()
