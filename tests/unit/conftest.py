"""How hypothesis tries: by no clock, as a busy machine is no fault of what is tried; logs as they were."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from tempfile import gettempdir

import pytest
from hypothesis import HealthCheck, settings
from tests.unit.directory_manager import manager
from tests.unit.operator_scene import alone_and_quick, five, three

__all__ = ["alone_and_quick", "five", "manager", "three"]

settings.register_profile("portier", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("portier")


@pytest.fixture(autouse=True, scope="session")
def _machine_as_it_was() -> Iterator[None]:
    """Whoever opens folders for another user must not open or close those of the machine."""
    shared = Path(gettempdir())
    before = shared.stat().st_mode
    yield
    assert shared.stat().st_mode == before, f"a test has changed the rights of {shared}"


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """A command that a test calls sets up logs for the whole process, at a stream that the test captures."""
    root, ours = logging.getLogger(), logging.getLogger("portier")
    handlers, levels = root.handlers[:], (root.level, ours.level)
    yield
    for extra in [one for one in root.handlers if one not in handlers]:
        root.removeHandler(extra)
        extra.close()
    for one in handlers:
        if one not in root.handlers:
            root.addHandler(one)
    root.setLevel(levels[0])
    ours.setLevel(levels[1])
