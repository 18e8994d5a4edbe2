"""`portier dtmf-test` against a real station and its line: how keys arrive, on that terminal alone."""

from __future__ import annotations

import json
import logging
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.conftest import OPERATOR
from tests.integration.live import LiveStation

from portier.bench.line.behaviour import refuse
from portier.bench.line.events import What
from portier.bench.line.leg import KeyWay
from portier.bench.line.packets import KeyShape
from portier.core.states import Talking

_LIMIT_S = 20.0


@pytest.fixture(scope="module")
def shared_tested(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStation]:
    path = tmp_path_factory.mktemp("s") / "c.sock"
    with LiveStation(tmp_path_factory.mktemp("station"), OPERATOR, control_path=path) as station:
        yield station


@pytest.fixture
def station(shared_tested: LiveStation, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveStation]:
    shared_tested.settled()
    monkeypatch.setenv("PORTIER_SOCKET", str(_socket(shared_tested)))
    yield shared_tested
    shared_tested.until(lambda: _over(shared_tested), "no test goes on")
    shared_tested.settled()
    assert not shared_tested.faults


def _socket(station: LiveStation) -> Path:
    assert station._control_path
    return station._control_path


def _over(station: LiveStation) -> bool:
    test = station.state.key_test
    return test is None or test.over is not None


class Terminal:
    """The command as a process; its lines as they come."""

    def __init__(self, *words: str) -> None:
        # Where these tests run in the background, Ctrl-C is ignored, and so it would be by what they start.
        command = ["env", "--default-signal=INT", sys.executable, "-m", "portier", "dtmf-test", *words]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
        )
        self.said: list[str] = []

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def until(self, what: str) -> str:
        """Read up to a line that holds this text."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))
            if what in line:
                return self.said[-1]
        _, errors = self.process.communicate()
        raise AssertionError(f"no {what!r} in {self.said}; {errors}")

    def end(self) -> int:
        """Read the rest; the exit code."""
        assert self.process.stdout
        self.said += [line.rstrip("\n") for line in self.process.stdout]
        return self.process.wait(_LIMIT_S)


def _press(station: LiveStation, key: str, way: KeyWay = KeyWay.EVENT, **shape: Any) -> None:
    station.line.press(key, way, KeyShape(**shape))


def _one_key_by_two_ways(station: LiveStation, terminal: Terminal) -> None:
    """Until they come within the 1 s that makes them one: each way is a line, of one row or of two."""
    for _ in range(5):
        _press(station, "9")
        _press(station, "9", KeyWay.INFO)
        assert terminal.until("  9  ").split()[1] == "9"
        if "the same key" in terminal.until(" s"):
            return
    raise AssertionError(f"this machine is late each time: {terminal.said}")


def test_each_key_is_shown_with_its_way_its_time_and_what_was_odd(
    station: LiveStation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    since_s = time.monotonic()
    with Terminal("bell") as terminal:
        terminal.until("answered")
        invite = [one for one in station.line.events if one.what is What.INVITE][-1]
        assert invite.details["to_user"] == "36913100000000"
        # The key that releases the door, by each way.
        _press(station, "5")
        assert terminal.until("RFC 4733").split() == ["1", "5", "RFC", "4733", "0.10", "s"]
        _press(station, "5", KeyWay.PLAIN_INFO)
        assert terminal.until("SIP INFO").split()[:2] == ["2", "5"]
        _press(station, "7", end_packets=0)
        assert "its end never came" in terminal.until("RFC 4733")
        _one_key_by_two_ways(station, terminal)
        # Several, as a machine that is busy makes holes in its sound.
        for _ in range(4):
            _press(station, "8", KeyWay.TONE, duration_ms=120, gap_ms=1500)
        line = terminal.until("in-band")
        assert line.split()[1] == "8"
        assert "would not count" in line
        station.line.hang_up()
        assert terminal.until("over") == "over: the telephone hung up"
        assert terminal.end() == 0
    rows = [line for line in terminal.said if re.match(r" *\d+  \S  ", line)]
    by = {way: sum(way in line for line in terminal.said[:-1]) for way in ("RFC 4733", "SIP INFO", "in-band")}
    ways = ", ".join(f"{count} by {way}" for way, count in by.items())
    assert terminal.said[-1].startswith(f"{len(rows)} keys: {ways}; {len(rows) - by['in-band']} would count.")
    assert station.releases(since_s) == 0
    logged = [one.getMessage() for one in caplog.records if one.name.startswith("portier.")]
    assert [one for one in logged if "a test of a telephone's keys" in one]
    assert not [one for one in logged if "key=" in one or "'8'" in one or '"8"' in one]


def test_ctrl_c_ends_the_call(station: LiveStation) -> None:
    with Terminal("3100000007") as terminal:
        terminal.until("answered")
        invite = [one for one in station.line.events if one.what is What.INVITE][-1]
        assert invite.details["to_user"] == "36913100000007"
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.end() == 0
    station.until(lambda: station.line.events[-1].what is What.ENDED, "hung up")


def test_a_visitor_who_presses_is_served_at_once_and_the_test_is_over(station: LiveStation) -> None:
    with Terminal("bell") as terminal:
        terminal.until("answered")
        station.talk()
        assert "the station has a call to make" in terminal.until("over")
        assert terminal.end() == 0
    assert isinstance(station.state.call, Talking)
    since_s = time.monotonic()
    station.line.press("5")
    station.until(lambda: station.releases(since_s) > 0, "released")


def test_a_call_that_goes_on_is_not_disturbed(station: LiveStation) -> None:
    station.talk()
    with Terminal("bell") as terminal:
        _, errors = terminal.process.communicate(timeout=_LIMIT_S)
        assert terminal.process.returncode == 1
        assert "busy: call" in errors
    assert isinstance(station.state.call, Talking)


def test_a_line_that_refuses_is_told(station: LiveStation) -> None:
    station.line.behaviour = OPERATOR.__class__(registrar=OPERATOR.registrar, answer=refuse(486))
    with Terminal("bell") as terminal:
        assert terminal.until("over") == "over: busy (486)"
        assert terminal.end() == 1


def test_one_object_a_line_for_programs_and_no_others_see_it(station: LiveStation) -> None:
    command = [sys.executable, "-m", "portier", "events", "--json"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as follower,
        Terminal("--json", "bell") as terminal,
    ):
        assert follower.stdout
        first = follower.stdout.readline()
        terminal.until("answered")
        _press(station, "5")
        told = json.loads(terminal.until('"event": "key"'))
        assert (told["key"], told["counts"], told["ways"][0]["way"]) == ("5", True, "RFC 4733")
        station.line.hang_up()
        terminal.until("over")
        assert terminal.end() == 0
        follower.terminate()
        rest = follower.stdout.read()
    for line in (first + rest).splitlines():
        assert json.loads(line)["event"] == "state"


@pytest.mark.parametrize("name", ["nobody", "sip:x@example.org", ""])
def test_what_cannot_be_called_is_named(station: LiveStation, name: str) -> None:
    with Terminal(name) as terminal:
        _, errors = terminal.process.communicate(timeout=_LIMIT_S)
    assert terminal.process.returncode == 1
    assert '"bell"' in errors
