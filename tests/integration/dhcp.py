"""A DHCP server that gives one address, and a client, both of Debian's own."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

PACKAGES = {"dnsmasq": "dnsmasq-base", "udhcpc": "udhcpc", "nsenter": "util-linux"}
_LIFE_LIMIT_S = "60"
# What Debian's own script does, as far as addresses go: it would also write this machine's resolv.conf.
_SCRIPT = """#!/bin/sh
ip -4 addr flush dev "$interface"
case "$1" in bound|renew) ip addr add "$ip/$mask" dev "$interface" ;; esac
"""


class _Program:
    """A program that runs until it is closed."""

    def __init__(self, words: list[str], log: Path) -> None:
        with log.open("ab") as said:
            self._process = subprocess.Popen(
                ["timeout", _LIFE_LIMIT_S, *words], stdin=subprocess.DEVNULL, stdout=said, stderr=said
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def send(self, number: signal.Signals) -> None:
        """Send the program a signal: `timeout`, above it, would die of one it does not know."""
        above = self._process.pid
        os.kill(int(Path(f"/proc/{above}/task/{above}/children").read_text()), number)

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(5)


class DhcpServer(_Program):
    """Gives out one address, in the network namespace at a path; it refuses to prolong any other."""

    def __init__(self, namespace: str, device: str, address: str, folder: Path) -> None:
        options = [
            *("--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--user=root", "--pid-file="),
            *("--bind-interfaces", f"--interface={device}", "--dhcp-authoritative", "--no-ping"),
            *(f"--dhcp-leasefile={folder / 'leases'}-{address}", f"--dhcp-range={address},{address},2m"),
        ]
        super().__init__(["nsenter", f"--net={namespace}", "dnsmasq", *options], folder / "dhcp")


class DhcpClient(_Program):
    """Gives a device the address that a server offers."""

    def __init__(self, device: str, folder: Path) -> None:
        script = folder / "lease.sh"
        script.write_text(_SCRIPT)
        script.chmod(0o755)
        options = ["-f", "-i", device, "-s", str(script), "-t", "20", "-T", "1"]
        super().__init__(["udhcpc", *options], folder / "dhcp")

    def renew(self) -> None:
        """Ask the server to prolong the lease now."""
        self.send(signal.SIGUSR1)
