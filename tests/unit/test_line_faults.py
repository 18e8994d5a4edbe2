"""A change of a line is never without its row or a word, whatever goes wrong meanwhile."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tests.unit.operator_scene import FIRST, FIVE, Scene

from portier.adapters.operator_api.operator import OvhOperator
from portier.bench.operator_api import Fault
from portier.intercom.lines import Line
from portier.intercom.options import Options
from portier.line.desk import Desk

pytestmark = pytest.mark.usefixtures("alone_and_quick")
Out = pytest.CaptureFixture[str]
UNSURE = "; whether it was done is not known"
_LIMIT_S = 10.0


def listed(out: str) -> dict[str, str]:
    """What became of each line."""
    return dict(re.findall(r"^  (\d+): (changed|not changed|not known|not tried)", out, re.MULTILINE))


# --- what the operator accepted


def test_a_mode_that_comes_late_is_waited_for_and_written_down(three: Scene, capsys: Out) -> None:
    line = three.account.accounts["ab1-ovh-1"][FIRST]
    three.account.spoil = {"intercom": "no"}
    read = 0

    def come_late(method: str, path: str) -> None:
        nonlocal read
        read += method == "GET" and three.puts == 1 and path.endswith(f"{FIRST}/options")
        if read == 2:
            line.options["intercom"] = "prefixed"

    three.api.watch = come_late
    assert three.change("enable", FIRST) == 0
    assert three.audited(capsys) == [f"{FIRST} intercom mode no to prefixed"]


@pytest.mark.parametrize("status", [200, 502, 504, 0])
def test_only_what_the_operator_refused_is_called_not_changed(three: Scene, status: int, capsys: Out) -> None:
    three.api.faults = [Fault(status, "PUT")]
    assert three.change("enable", FIRST) == 1
    assert listed(capsys.readouterr().out) == {FIRST: "not known"}
    assert three.audited(capsys) == [f"{FIRST} intercom mode no to prefixed{UNSURE}"]


@pytest.mark.parametrize("status", [400, 403, 404, 409])
def test_what_the_operator_refused_was_not_changed_even_where_it_cannot_be_read_again(
    three: Scene, status: int, capsys: Out
) -> None:
    def fail_afterwards(method: str, path: str) -> None:
        if method == "PUT":
            three.api.faults = [Fault(status, "PUT"), Fault(500, "GET", times=99)]

    three.api.watch = fail_afterwards
    assert three.change("enable", FIRST) == 1
    assert listed(capsys.readouterr().out) == {FIRST: "not changed"}
    assert not any(three.state.iterdir())


# --- a wait before a write


def test_what_somebody_else_sets_during_a_wait_is_kept(
    three: Scene, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    line = three.account.accounts["ab1-ovh-1"][FIRST]

    def pause(_: Desk, seconds: float) -> bool:
        line.options |= {"forwardUnconditional": True, "intercom": "yes"}
        return True

    monkeypatch.setattr(Desk, "pause", pause, raising=False)
    monkeypatch.setattr(Desk, "_pause", pause, raising=False)
    three.api.faults = [Fault(429, "PUT", "options", retry_after="31")]
    assert three.change("enable", FIRST) == 0
    assert (line.options["forwardUnconditional"], line.options["intercom"]) == (True, "prefixed")
    assert "asks to wait 31 s" in capsys.readouterr().err
    assert three.audited(capsys) == [f"{FIRST} intercom mode yes to prefixed"]


def test_an_operator_that_never_takes_the_write_is_given_up(
    three: Scene, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    monkeypatch.setattr(Desk, "pause", lambda *_: True, raising=False)
    monkeypatch.setattr(Desk, "_pause", lambda *_: True, raising=False)
    three.api.faults = [Fault(429, "PUT", times=99)]
    assert three.change("enable", FIRST) == 1
    out = capsys.readouterr().out
    assert listed(out) == {FIRST: "not changed"}
    assert "too many requests" in out
    assert not any(three.state.iterdir())


def test_a_wait_that_the_operator_asks_for_too_long_is_a_refusal(three: Scene, capsys: Out) -> None:
    three.api.faults = [Fault(429, "PUT", retry_after="3600")]
    assert three.change("enable", FIRST) == 1
    assert listed(capsys.readouterr().out) == {FIRST: "not changed"}


# --- signals and faults


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_kill_or_a_lost_connection_finishes_one_and_lists_all(
    five: Scene, number: signal.Signals, capsys: Out
) -> None:
    def end(method: str, path: str) -> None:
        if method == "PUT" and path.endswith(f"{FIVE[1]}/options"):
            os.kill(os.getpid(), number)

    five.api.watch = end
    before = signal.getsignal(number)
    assert five.change("enable", *FIVE) == 128 + number
    assert signal.getsignal(number) == before
    found = listed(capsys.readouterr().out)
    assert [found[one] for one in FIVE] == ["changed"] * 2 + ["not tried"] * 3
    assert len(five.audited(capsys)) == 2
    assert five.modes() == ["prefixed"] * 2 + ["no"] * 3


def test_who_is_to_outlive_the_terminal_does(five: Scene) -> None:
    def end(method: str, path: str) -> None:
        if method == "PUT":
            os.kill(os.getpid(), signal.SIGHUP)

    five.api.watch = end
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert five.change("enable", *FIVE) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_terminal_that_goes_leaves_a_row_of_what_was_changed(five: Scene, capsys: Out) -> None:
    ours, its = pty.openpty()

    def hang_up(method: str, path: str) -> None:
        if method == "PUT" and path.endswith(f"{FIVE[1]}/options"):
            os.close(ours)

    five.api.watch = hang_up
    places = ("--keys", str(five.keys), "--socket", str(five.socket), "--state", str(five.state))
    # Its terminal is the one it is to lose: a session's leader takes the first it opens.
    own = (
        "import os, sys; os.setsid(); os.open(os.ttyname(0), os.O_RDWR); os.execv(sys.argv[1], sys.argv[1:])"
    )
    command = [sys.executable, "-m", "portier", "line", "enable", *FIVE, "--yes", *places]
    process = subprocess.Popen([sys.executable, "-c", own, *command], stdin=its, stdout=its, stderr=its)
    os.close(its)
    try:
        assert process.wait(60) == 128 + signal.SIGHUP
    finally:
        process.kill()
        process.wait()
    assert len(five.audited(capsys)) == 2
    assert five.modes() == ["prefixed"] * 2 + ["no"] * 3


@pytest.fixture
def desks(monkeypatch: pytest.MonkeyPatch) -> list[Desk]:
    """The desks that commands make."""
    made: list[Desk] = []
    begin = Desk.__init__

    def kept(self: Desk, given: Path | None) -> None:
        begin(self, given)
        made.append(self)

    monkeypatch.setattr(Desk, "__init__", kept)
    return made


def test_a_lost_connection_that_is_told_of_twice_is_one(five: Scene, desks: list[Desk], capsys: Out) -> None:
    main_thread = threading.main_thread().ident

    def hang_up_twice(method: str, path: str) -> None:
        if method == "PUT" and path.endswith(f"{FIVE[1]}/options"):
            assert main_thread is not None
            signal.pthread_kill(main_thread, signal.SIGHUP)
            desks[0].ended.wait(_LIMIT_S)
            signal.pthread_kill(main_thread, signal.SIGHUP)
            # What leaves at once has left by then.
            time.sleep(0.2)

    five.api.watch = hang_up_twice
    assert five.change("enable", *FIVE) == 128 + signal.SIGHUP
    assert listed(capsys.readouterr().out)[FIVE[1]] == "changed"


def test_a_second_signal_leaves_at_once_and_says_and_writes_down_what_is_not_known(
    five: Scene, desks: list[Desk], capsys: Out
) -> None:
    main_thread = threading.main_thread().ident
    left = threading.Event()
    handled: list[bool] = []

    def interrupt_twice(method: str, path: str) -> None:
        if method == "PUT" and path.endswith(f"{FIVE[2]}/options"):
            assert main_thread is not None
            signal.pthread_kill(main_thread, signal.SIGINT)
            handled.append(desks[0].ended.wait(_LIMIT_S))
            signal.pthread_kill(main_thread, signal.SIGINT)
            handled.append(left.wait(_LIMIT_S))

    five.api.watch = interrupt_twice
    ended = five.change("enable", *FIVE)
    left.set()
    assert ended == 130
    found = listed(capsys.readouterr().out)
    assert [found[one] for one in FIVE] == ["changed", "changed", "not known", "not tried", "not tried"]
    assert five.audited(capsys)[2:] == [f"{FIVE[2]} intercom mode no to prefixed{UNSURE}"]
    assert handled[0]


def test_a_fault_of_ours_hides_nothing_of_what_was_done(
    five: Scene, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    write = OvhOperator.write_options

    def fail(self: OvhOperator, line: Line, options: Options) -> None:
        write(self, line, options)
        if line.number == FIVE[1]:
            raise ZeroDivisionError

    monkeypatch.setattr(OvhOperator, "write_options", fail)
    with pytest.raises(ZeroDivisionError):
        five.change("enable", *FIVE)
    found = listed(capsys.readouterr().out)
    assert [found[one] for one in FIVE] == ["changed", "not known", "not tried", "not tried", "not tried"]
    assert five.audited(capsys)[1:] == [f"{FIVE[1]} intercom mode no to prefixed{UNSURE}"]
