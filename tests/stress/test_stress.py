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
    with subprocess.Popen(
        [sys.executable, "-m", "portier", "bench", "--stress", str(MINUTES), "--seed", str(SEED)],
        stdout=subprocess.PIPE,
        text=True,
    ) as bench:
        assert bench.stdout
        said = ""
        for line in bench.stdout:
            print(line, end="", flush=True)
            said += line
    assert bench.returncode == 0, said
    assert "nothing broke" in said
