"""The real machine behind `portier doctor`: what is missing, what hangs, the kernel's layouts."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import struct
import sys
import time
from pathlib import Path

import pytest

from portier.doctor import stations
from portier.doctor.machine import NOT_FOUND, TIMED_OUT
from portier.doctor.this_machine import ThisMachine

_HERE = ThisMachine()
_EVERYWHERE = "0.0.0.0"  # noqa: S104 -- asked for by the configuration's default


def test_what_is_missing_or_no_text_is_nothing_and_never_raised(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    assert _HERE.read_text(missing) is None
    assert _HERE.read_text(str(tmp_path)) is None
    assert _HERE.names(missing) == ()
    assert _HERE.target(missing) is None
    assert _HERE.mode(missing) is None
    assert not _HERE.may_use(missing)
    assert _HERE.version("no-such-distribution") is None
    (tmp_path / "bytes").write_bytes(b"\xff\xfe ok")
    assert "ok" in (_HERE.read_text(str(tmp_path / "bytes")) or "")


def test_what_is_there_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("text")
    file.chmod(0o640)
    (tmp_path / "link").symlink_to("socket:[1]")
    assert _HERE.read_text(str(file)) == "text"
    assert _HERE.names(str(tmp_path)) == ("file", "link")
    assert _HERE.target(str(tmp_path / "link")) == "socket:[1]"
    assert _HERE.mode(str(file)) == 0o640
    assert _HERE.may_use(str(file))
    assert _HERE.version("pydantic")
    assert _HERE.platform.python == sys.version_info[:2]
    assert _HERE.clock_synchronised() in {True, False, None}


def test_a_program_is_run_and_a_missing_one_is_told() -> None:
    ended = _HERE.run(sys.executable, "-c", "import sys; print(1); sys.exit('two')", limit_s=10)
    assert (ended.code, ended.stdout.strip(), ended.stderr.strip()) == (1, "1", "two")
    assert _HERE.run("portier-no-such-program", limit_s=10).code == NOT_FOUND


def test_a_program_that_hangs_is_ended() -> None:
    began_s = time.monotonic()
    assert _HERE.run(sys.executable, "-c", "import time; time.sleep(60)", limit_s=0.3).code == TIMED_OUT
    assert time.monotonic() - began_s < 3.0


def test_a_name_server_that_hangs_costs_its_limit_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object) -> list[object]:
        time.sleep(2.0)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    began_s = time.monotonic()
    assert _HERE.addresses("sip.example.org", 0.2) is None
    assert time.monotonic() - began_s < 1.0


def test_names_are_resolved_and_unknown_ones_have_no_address() -> None:
    assert _HERE.addresses("localhost", 5.0) == ("127.0.0.1",)
    assert _HERE.addresses("no..name", 5.0) == ()


def test_a_free_port_a_taken_one_and_a_foreign_address_are_told_apart() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert _HERE.udp_trouble("127.0.0.1", port) == errno.EADDRINUSE
        assert _HERE.udp_trouble(_EVERYWHERE, port) == errno.EADDRINUSE
    assert _HERE.udp_trouble("127.0.0.1", port) == 0
    assert _HERE.udp_trouble("192.0.2.1", port) == errno.EADDRNOTAVAIL


@pytest.mark.parametrize(("bound", "asked"), [("127.0.0.1", "127.0.0.1"), (_EVERYWHERE, "127.0.0.1")])
def test_who_has_a_port_is_found_by_the_kernels_tables(bound: str, asked: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((bound, 0))
        port = taken.getsockname()[1]
        holder = stations.holder(_HERE, asked, port)
        assert holder is not None
        assert holder.pid == os.getpid()
        assert not holder.station
    assert stations.holder(_HERE, asked, port) is None


@pytest.mark.parametrize("bound", ["::1", "::"])
def test_who_has_a_port_of_ipv6_is_found_too(bound: str) -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as taken:
        taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        taken.bind((bound, 0))
        port = taken.getsockname()[1]
        for asked in ("::1", "::"):
            assert _HERE.udp_trouble(asked, port) == errno.EADDRINUSE
            holder = stations.holder(_HERE, asked, port)
            assert holder is not None
            assert holder.pid == os.getpid()
        assert _HERE.udp_trouble("127.0.0.1", port) == 0
        assert stations.holder(_HERE, "127.0.0.1", port) is None or bound == "::"
    assert _HERE.udp_trouble("2001:db8::1", port) == errno.EADDRNOTAVAIL


def test_a_socket_for_both_families_holds_the_port_too() -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as taken:
        taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        taken.bind(("::", 0))
        holder = stations.holder(_HERE, _EVERYWHERE, taken.getsockname()[1])
        assert holder is not None
        assert holder.pid == os.getpid()


def test_chip_and_line_are_read_where_the_kernels_headers_have_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # linux/gpio.h: label at 32 of 68 bytes; consumer at 32, offset at 64, flags at 72 of 256 bytes.
    def answer(_descriptor: int, request: int, buffer: bytearray) -> int:
        if request == 0x8044B401:
            assert len(buffer) == 68
            buffer[32:47] = b"pinctrl-bcm2711"
        else:
            assert request == 0xC100B405
            assert len(buffer) == 256
            (line,) = struct.unpack_from("=I", buffer, 64)
            if line == 22:
                buffer[32:34] = b"lg"
            struct.pack_into("=Q", buffer, 72, 1 if line in {22, 23} else 1 << 2)
        return 0

    monkeypatch.setattr(fcntl, "ioctl", answer)
    device = tmp_path / "gpiochip0"
    device.touch()
    assert _HERE.chip_label(str(device)) == "pinctrl-bcm2711"
    assert _HERE.line_user(str(device), 22) == "lg"
    assert _HERE.line_user(str(device), 23) == "the kernel"
    assert _HERE.line_user(str(device), 24) is None


def test_a_device_that_is_no_chip_cannot_be_asked(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for device in (str(tmp_path / "file"), str(tmp_path / "missing")):
        with pytest.raises(OSError, match=r"ioctl|No such file"):
            _HERE.chip_label(device)
