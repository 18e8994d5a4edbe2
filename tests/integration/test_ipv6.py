"""The station over IPv6, with the PJSIP of this project: the published one has none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.integration.live import LiveStation
from tests.integration.own_wheel import BUILD_LIMIT_S

from portier.adapters.sip import ipv6
from portier.errors import SelfTestError

_LIMIT_S = 240.0
_HERE = Path(__file__).parent


@pytest.mark.timeout(BUILD_LIMIT_S)
@pytest.mark.parametrize("file", ["speaking_ipv6.py", "reaching_ipv6.py"])
def test_over_ipv6_all_goes_well_with_our_wheel(site: Path, file: str) -> None:
    words = ("pytest", "-q", "-p", "no:cacheprovider", str(_HERE / file))
    ran = subprocess.run(
        (sys.executable, "-m", *words),
        env={**os.environ, "PYTHONPATH": str(site)},
        cwd=_HERE.parents[1],
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " passed" in ran.stdout


def test_a_pjsip_without_ipv6_is_refused_and_does_not_abort(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ipv6, "possible", lambda: False)
    station = LiveStation(tmp_path, host="::1", buttons_side="")
    with (
        pytest.raises(SelfTestError, match=r'bind_address is "::1", and this build of PJSIP has no IPv6'),
        station,
    ):
        pass


def test_whether_a_pjsip_has_ipv6_is_told_without_harm() -> None:
    words = "from portier.adapters.sip import ipv6; print(ipv6.possible())"
    ran = subprocess.run(
        (sys.executable, "-c", words), capture_output=True, text=True, timeout=30, check=True
    )
    assert ran.stdout.strip() in ("True", "False")
