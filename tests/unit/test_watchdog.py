"""The watchdog: feeds while all live, tells once of the first that does not."""

from __future__ import annotations

import threading
import time

import pytest

from portier import watchdog
from portier.watchdog import Watchdog


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "_EVERY_S", 0.01)


def test_it_feeds_while_all_beat_and_the_idle_ones_rest() -> None:
    fed = threading.Event()
    dead: list[str] = []
    dog = Watchdog({"loop": time.monotonic, "media": lambda: None}, fed.set, dead.append, 0.1)
    dog.start()
    assert fed.wait(2)
    dog.stop()
    assert not dead


def test_it_tells_once_of_one_that_stopped_and_feeds_no_more() -> None:
    began_s = time.monotonic()
    fed: list[float] = []
    dead: list[str] = []
    done = threading.Event()

    def died(name: str) -> None:
        dead.append(name)
        done.set()

    dog = Watchdog(
        {"loop": time.monotonic, "SIP": lambda: began_s}, lambda: fed.append(time.monotonic()), died, 0.2
    )
    dog.start()
    assert done.wait(2)
    at_s = time.monotonic()
    assert len(dead) == 1
    assert dead[0].startswith("SIP has not moved for")
    assert at_s - began_s > 0.2
    time.sleep(0.1)
    assert fed
    assert fed[-1] <= at_s
    assert len(dead) == 1
