"""Ten minutes of a hard life on the real station; PORTIER_STRESS_MINUTES and _SEED change it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

MINUTES = float(os.environ.get("PORTIER_STRESS_MINUTES", "10"))
SEED = int(os.environ.get("PORTIER_STRESS_SEED", "20261123"))


@pytest.mark.timeout(MINUTES * 60 + 120)
def test_a_hard_life_breaks_no_rule_and_leaks_nothing() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "portier", "bench", "--stress", str(MINUTES), "--seed", str(SEED)],
        capture_output=True,
        text=True,
        timeout=MINUTES * 60 + 100,
        check=False,
    )
    print(ran.stdout)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "nothing broke" in ran.stdout
