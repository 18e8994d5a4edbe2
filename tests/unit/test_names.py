"""Names are resolved beside the calls, and the last good address is kept."""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from portier.adapters.sip import names, srv
from portier.adapters.sip.names import Names
from portier.hosts import ANY_IPV4, host_of, with_host


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "_FRESH_S", 0.02)
    monkeypatch.setattr(names, "_RETRY_S", 0.02)


def _answers(*scripted: str | OSError) -> tuple[names.Lookup, Iterator[str | OSError]]:
    script = iter(scripted)

    def lookup(host: str) -> list[str]:
        answer = next(script, scripted[-1])
        if isinstance(answer, OSError):
            raise answer
        return answer.split()

    return lookup, script


def test_an_address_is_its_own_and_needs_no_thread() -> None:
    resolver = Names(["192.0.2.7"], lambda _: None, lambda _: pytest.fail("asked"))
    resolver.start()
    assert resolver.address("192.0.2.7") == "192.0.2.7"
    assert not [one for one in threading.enumerate() if one.name == "names"]


def test_servers_by_ipv6_are_written_in_brackets() -> None:
    changes: queue.SimpleQueue[str] = queue.SimpleQueue()
    lookup, _ = _answers("2001:db8::1")
    found = [srv.Server("one.pbx.lan", 5070)]
    resolver = Names(
        ["pbx.lan", "far.lan", "2001:db8::9"],
        changes.put,
        lookup,
        domains=[("pbx.lan", "udp")],
        find=lambda *_: found,
    )
    resolver.start()
    assert {changes.get(timeout=20), changes.get(timeout=20)} == {"pbx.lan", "far.lan"}
    assert resolver.servers("pbx.lan") == ("[2001:db8::1]:5070",)
    assert resolver.servers("far.lan:5080") == ("[2001:db8::1]:5080",)
    assert resolver.servers("[2001:db8::9]:5090") == ("[2001:db8::9]:5090",)
    assert resolver.servers("[2001:db8::9]") == ("[2001:db8::9]",)
    assert resolver.addresses() == {"2001:db8::1", "2001:db8::9"}
    resolver.stop()


def test_names_are_looked_up_in_the_family_that_is_spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def told(host: str, _: None, family: int, kind: int) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        asked.append((host, family))
        return [(family, kind, 0, "", (one, 0)) for one in ("fe80::1%eth0", "2001:db8::1")]

    monkeypatch.setattr(socket, "getaddrinfo", told)
    assert names.lookup_from("::")("pbx.lan") == ["2001:db8::1"], "of a link alone is none"
    names.lookup_from(ANY_IPV4)("pbx.lan")
    assert asked == [("pbx.lan", socket.AF_INET6), ("pbx.lan", socket.AF_INET)]


def test_the_last_good_address_is_kept_and_a_new_one_told() -> None:
    changes: queue.SimpleQueue[str] = queue.SimpleQueue()
    lookup, _ = _answers(OSError("no answer"), "192.0.2.1", OSError("no answer"), "192.0.2.2")
    resolver = Names(["pbx.lan"], changes.put, lookup)
    assert resolver.address("pbx.lan") is None
    resolver.start()
    assert changes.get(timeout=20) == "pbx.lan"
    assert resolver.address("PBX.lan") in ("192.0.2.1", "192.0.2.2")
    assert changes.get(timeout=20) == "pbx.lan"
    assert resolver.address("pbx.lan") == "192.0.2.2"
    resolver.stop()


@pytest.mark.parametrize("first", [[], ["192.0.2.7"], ["pbx.lan"]])
def test_a_host_that_comes_later_is_resolved_too(first: list[str]) -> None:
    changes: queue.SimpleQueue[str] = queue.SimpleQueue()
    resolver = Names(first, changes.put, lambda _: ["192.0.2.1"])
    resolver.start()
    resolver.follow(["Loft.lan", "192.0.2.9"])
    while changes.get(timeout=20) != "loft.lan":
        pass
    assert resolver.address("loft.lan") == "192.0.2.1"
    assert {"192.0.2.1", "192.0.2.9"} <= resolver.addresses()
    resolver.stop()


def test_a_lookup_that_hangs_holds_nobody_up() -> None:
    hanging = threading.Event()

    def lookup(_: str) -> list[str]:
        hanging.wait(30)
        return ["192.0.2.1"]

    resolver = Names(["slow.lan"], lambda _: None, lookup)
    resolver.start()
    began_s = time.monotonic()
    assert resolver.address("slow.lan") is None
    resolver.stop()
    assert time.monotonic() - began_s < 10
    hanging.set()


def test_hosts_and_ports_are_told_apart() -> None:
    assert host_of("PBX.lan:5080") == "pbx.lan"
    assert with_host("pbx.lan:5080", "192.0.2.1") == "192.0.2.1:5080"
    assert with_host("pbx.lan", "192.0.2.1") == "192.0.2.1"


def test_one_of_several_addresses_is_kept_while_it_is_among_them() -> None:
    changes: queue.SimpleQueue[str] = queue.SimpleQueue()
    lookup, _ = _answers("192.0.2.1 192.0.2.2", "192.0.2.2 192.0.2.1", "192.0.2.2 192.0.2.1")
    resolver = Names(["pbx.lan"], changes.put, lookup)
    resolver.start()
    assert changes.get(timeout=20) == "pbx.lan"
    time.sleep(0.2)
    assert resolver.address("pbx.lan") == "192.0.2.1"
    assert changes.empty()
    resolver.stop()


def test_a_network_that_is_back_is_not_waited_for_any_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "_RETRY_S", 60.0)
    asked: queue.SimpleQueue[str] = queue.SimpleQueue()
    changes: queue.SimpleQueue[str] = queue.SimpleQueue()
    answers, _ = _answers(OSError("no network"), OSError("not yet"), "192.0.2.1")

    def lookup(host: str) -> list[str]:
        asked.put(host)
        return answers(host)

    resolver = Names(["pbx.lan"], changes.put, lookup)
    resolver.start()
    for _ in range(2):
        asked.get(timeout=5)
        resolver.look_again()
    assert changes.get(timeout=5) == "pbx.lan"
    resolver.stop()


def test_a_network_that_comes_and_goes_makes_no_good_name_be_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(names, "_FRESH_S", 60.0)
    asked: queue.SimpleQueue[str] = queue.SimpleQueue()
    changes: queue.SimpleQueue[str] = queue.SimpleQueue()

    def lookup(host: str) -> list[str]:
        asked.put(host)
        return ["192.0.2.1"]

    resolver = Names(["pbx.lan"], changes.put, lookup)
    resolver.start()
    changes.get(timeout=5)
    for _ in range(5):
        resolver.look_again()
        time.sleep(0.02)
    assert asked.qsize() == 1
    resolver.stop()


@pytest.mark.parametrize("fault", [UnicodeError("label too long"), ValueError("no"), ImportError("no dns")])
def test_no_fault_in_a_lookup_ends_the_lookups(fault: Exception, caplog: pytest.LogCaptureFixture) -> None:
    changes: queue.SimpleQueue[str] = queue.SimpleQueue()
    faults = iter([fault] * 3)

    def lookup(_: str) -> list[str]:
        for one in faults:
            raise one
        return ["192.0.2.1"]

    resolver = Names(["pbx.lan"], changes.put, lookup)
    resolver.start()
    assert changes.get(timeout=5) == "pbx.lan"
    resolver.stop()
    assert caplog.text.count("cannot resolve") == 1, "said once, not each time"


@pytest.mark.parametrize("fault", [ImportError("no dns"), ValueError("no such record"), OSError("no answer")])
def test_a_domain_whose_servers_cannot_be_asked_for_is_where_its_name_leads(fault: Exception) -> None:
    changes: queue.SimpleQueue[str] = queue.SimpleQueue()

    def find(*_: str) -> list[srv.Server]:
        raise fault

    resolver = Names(["pbx.lan"], changes.put, lambda _: ["192.0.2.1"], [("pbx.lan", "udp")], find)
    resolver.start()
    assert changes.get(timeout=5) == "pbx.lan"
    assert resolver.servers("pbx.lan") == ("192.0.2.1",)
    resolver.stop()


def test_a_domain_whose_servers_could_not_be_asked_for_is_asked_again_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(names, "_RETRY_S", 0.01)
    changes: queue.SimpleQueue[str] = queue.SimpleQueue()
    faults = iter([OSError("timed out")])

    def find(*_: str) -> list[srv.Server]:
        for fault in faults:
            raise fault
        return [srv.Server("sip.pbx.lan", 5070)]

    resolver = Names(["pbx.lan"], changes.put, lambda _: ["192.0.2.1"], [("pbx.lan", "udp")], find)
    resolver.start()
    assert changes.get(timeout=5) == "pbx.lan"
    assert changes.get(timeout=5) == "pbx.lan"
    assert resolver.servers("pbx.lan") == ("192.0.2.1:5070",)
    resolver.stop()


def test_no_answer_at_all_is_no_address() -> None:
    changes: queue.SimpleQueue[str] = queue.SimpleQueue()
    answers: Iterator[list[str]] = iter([[], ["192.0.2.1"]])
    resolver = Names(["pbx.lan"], changes.put, lambda _: next(answers, ["192.0.2.1"]))
    resolver.start()
    assert changes.get(timeout=5) == "pbx.lan"
    assert resolver.address("pbx.lan") == "192.0.2.1"
    resolver.stop()
