"""Kamailio: alone as the edge of an operator before a PBX, or with rtpengine as registrar and proxy."""

from __future__ import annotations

from pathlib import Path

from tests.lab.asterisk_server import PASSWORD
from tests.lab.network import PBX, Host
from tests.lab.server import Server, wait_for_text, written

TEMPLATE = Path(__file__).parent / "kamailio" / "kamailio.cfg"
DOMAIN = "sip.lab"
"""A name that nothing resolves: who uses it names a proxy too."""
_START_S = 10.0


class RtpEngine(Server):
    """Hands on the sound of Kamailio's calls."""

    def start(self) -> None:
        """Start it and wait until it is up; TimeoutError when it is not."""
        self.launch(
            (
                *("rtpengine", f"--interface={self.host.address}", "--listen-ng=127.0.0.1:2223"),
                *("--table=-1", "--foreground", "--log-stderr", "--port-min=30000", "--port-max=30100"),
                "--num-threads=1",
            )
        )
        if not wait_for_text(self.log, "Startup complete", _START_S):
            raise TimeoutError(f"rtpengine did not start: {self.said[-2000:]}")


class Kamailio(Server):
    """The proxy; what it prints has a line for each request."""

    def __init__(self, host: Host, root: Path, folder: Path, *, operator: bool) -> None:
        super().__init__(host, root, folder, "kamailio")
        self._operator = operator
        (folder / "run").mkdir()
        values = {"address": host.address, "pbx": PBX.address, "password": PASSWORD, "domain": DOMAIN}
        written(TEMPLATE, folder / "kamailio.cfg", **values)

    def start(self) -> None:
        """Start it and wait until it is up; TimeoutError when it is not."""
        since = len(self.said) if self.log.exists() else 0
        self.launch(
            (
                *("kamailio", "-DD", "-E", "-f", f"{self.inside}/kamailio.cfg"),
                *("-m", "64", "-M", "8", "-Y", f"{self.inside}/run"),
                *(("-A", "OPERATOR") if self._operator else ()),
            )
        )
        if not wait_for_text(self.log, "processes", _START_S, since):
            raise TimeoutError(f"Kamailio did not start: {self.said[since:][-2000:]}")

    def knows(self, line: str, limit_s: float = 10.0) -> bool:
        """Wait until a line has registered."""
        return wait_for_text(self.log, f"LAB: REGISTER of {line}", limit_s)
