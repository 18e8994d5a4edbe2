"""What the running station leaves out of its memory."""

from __future__ import annotations

from pathlib import Path

from tests.integration.station_process import StationProcess

from portier.bench.line.agent import Agent


def test_the_station_loads_no_openssl_of_python(tmp_path: Path) -> None:
    with Agent() as line, StationProcess(tmp_path, line) as station:
        mapped = Path(f"/proc/{station.process.pid}/maps").read_text(encoding="utf-8")
        assert "_pjsua2" in mapped, "it was not up yet"
        assert "_sqlite3" in mapped, "it keeps no audit log"
        assert "/_ssl" not in mapped
        assert "/_hashlib" not in mapped
