"""How a process that holds a station is set up for its media thread."""

from __future__ import annotations

import subprocess
import sys

_SETTLED = """
import gc, sys
from portier.process import settle_memory
settle_memory()
print(gc.isenabled(), gc.get_freeze_count() > 1000, sys.getswitchinterval() <= 0.0005)
"""


def test_no_collection_and_no_thread_that_computes_keeps_the_media_thread_waiting() -> None:
    """In a process of its own: this one is not to be left so."""
    ran = subprocess.run(
        (sys.executable, "-c", _SETTLED), capture_output=True, text=True, timeout=30, check=True
    )
    assert ran.stdout.split() == ["False", "True", "True"]
