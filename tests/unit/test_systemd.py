"""What systemd is told, on a socket like its own."""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from portier.adapters import systemd
from portier.bench.clock import VirtualClockLoop


@pytest.fixture(params=["path", "abstract"])
def manager(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[socket.socket]:
    name = f"portier-test-{secrets.token_hex(4)}"
    abstract = request.param == "abstract"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.bind(f"\0{name}" if abstract else str(tmp_path / name))
        wire.settimeout(1)
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}" if abstract else str(tmp_path / name))
        yield wire


def _all(wire: socket.socket) -> list[str]:
    wire.setblocking(False)
    told: list[str] = []
    try:
        while True:
            told.append(wire.recv(4096).decode())
    except BlockingIOError:
        return told


def test_each_message_is_one_datagram(manager: socket.socket) -> None:
    systemd.ready()
    systemd.watchdog()
    systemd.status('talking;\n door "front"\treleased')
    systemd.stopping()
    assert _all(manager) == ["READY=1", "WATCHDOG=1", 'STATUS=talking; door "front" released', "STOPPING=1"]


def test_without_systemd_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    systemd.ready()


@pytest.mark.parametrize("address", ["/nowhere/notify", "@portier-nobody", "x" * 200])
def test_a_socket_that_is_not_there_is_no_fault(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    systemd.ready()


def test_a_manager_that_does_not_read_keeps_no_status_waiting(manager: socket.socket) -> None:
    began_s = time.monotonic()
    while systemd.status("x" * 1000):
        assert time.monotonic() - began_s < 5, "its queue never fills"
    full_s = time.monotonic()
    for _ in range(1000):
        assert not systemd.status("talking")
    # A wait of a tenth of a second for each would come to a hundred.
    assert time.monotonic() - full_s < 5
    systemd.stopping()
    assert time.monotonic() - full_s < 7, "what matters waits a moment, and no longer"


def test_a_status_that_was_not_taken_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        loop = runner.get_loop()
        takes = iter([False, False, True])
        told: list[tuple[float, str]] = []

        def take(text: str) -> bool:
            told.append((round(loop.time() - start_s), text))
            return next(takes)

        monkeypatch.setattr(systemd, "status", take)
        start_s = loop.time()

        async def change() -> None:
            line = systemd.StatusLine(loop)
            line.show("calling")
            await asyncio.sleep(1.5)
            line.show("talking")
            await asyncio.sleep(9)
            line.close()

        runner.run(change())
    assert told == [(0, "calling"), (1, "calling"), (2, "talking")]


@pytest.mark.parametrize(
    ("environment", "interval_s"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "10000000"}, 10.0),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": str(os.getpid())}, 10.0),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_is_that_of_this_process(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], interval_s: float | None
) -> None:
    for name in ("WATCHDOG_USEC", "WATCHDOG_PID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert systemd.watchdog_interval_s() == interval_s


def test_the_status_is_told_at_most_once_a_second_and_the_latest_always(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        loop = runner.get_loop()
        start_s = loop.time()
        told: list[tuple[float, str]] = []

        def take(text: str) -> bool:
            told.append((round(loop.time() - start_s, 3), text))
            return True

        monkeypatch.setattr(systemd, "status", take)

        async def change() -> None:
            line = systemd.StatusLine(loop)
            line.show("idle")
            for text in ("calling", "ringing", "talking"):
                line.show(text)
                await asyncio.sleep(0.1)
            await asyncio.sleep(5)
            line.show("talking")
            line.show("idle")
            line.show("talking")
            await asyncio.sleep(5)
            line.show("idle")
            line.close()

        runner.run(change())
    assert [text for _, text in told] == ["idle", "talking", "idle", "talking", "idle"]
    moments = [at_s for at_s, _ in told]
    assert all(later - earlier >= 1.0 for earlier, later in itertools.pairwise(moments))
