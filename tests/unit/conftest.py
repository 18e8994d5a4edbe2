"""How hypothesis tries: by no clock. A machine that is busy is no fault of what is tried."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("portier", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("portier")


@pytest.fixture
def restored_logging() -> Iterator[None]:
    """The log as it was, after a test of what sets it up: else the tests behind it hear nothing."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.getLogger("portier").setLevel(logging.NOTSET)
