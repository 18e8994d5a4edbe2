"""The line's process: commands in, events out, and every way it ends."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from portier.bench.line import Agent, KeyWay, LineError, What, sound
from portier.bench.line.client import LineProcess


def test_it_is_called_presses_keys_saves_and_hangs_up(tmp_path: Path) -> None:
    sound.save(tmp_path / "voice.wav", sound.sine(1000, 0.5))
    options = (
        "--voice",
        str(tmp_path / "voice.wav"),
        "--record",
        str(tmp_path / "end.wav"),
        "--ring-ms",
        "20",
    )
    with LineProcess(*options) as line, Agent() as caller:
        before_ns = time.monotonic_ns()
        assert caller.invite(f"sip:36911@127.0.0.1:{line.port}") == 200
        invited = line.wait_for(What.INVITE)
        assert before_ns < int(invited["mono_ns"]) < time.monotonic_ns()
        assert invited["to_user"] == "36911"
        for way in (KeyWay.EVENT, KeyWay.TONE):
            line.digits("7", way)
            assert line.wait_for(What.DIGIT_SENT)["by"] == way.value
        line.send("refer", to="sip:somebody@127.0.0.1")
        assert line.wait_for(What.STATUS)["status"] == 405
        line.send("reinvite")
        assert line.wait_for(What.STATUS)["status"] == 200
        caller.wait_for(What.FIRST_AUDIO)
        line.send("save", path=str(tmp_path / "now.wav"))
        saved = line.wait_for(What.SAVED)
        assert saved["path"] == str(tmp_path / "now.wav")
        assert len(sound.load(tmp_path / "now.wav")) == 2 * int(saved["frames"])
        line.hang_up()
        assert line.wait_for(What.ENDED)["by"] == "line"
        line.send("quit")
        assert line.wait_for(What.SAVED)["path"] == str(tmp_path / "end.wav")


def test_it_changes_its_answer_and_calls(tmp_path: Path) -> None:
    with LineProcess("--prefix", "3691") as line, Agent() as caller:
        target = f"sip:36911@127.0.0.1:{line.port}"
        line.send("answer_with", status=486)
        line.send("invite", uri=caller.uri("door"))
        assert line.wait_for(What.STATUS)["status"] == 404
        assert caller.invite(target) == 486
        line.send("answer_with", mode="ring_only")
        line.send("invite", uri=caller.uri("door"))
        assert line.wait_for(What.STATUS)["status"] == 404
        assert caller.invite(target, timeout_s=0.2) == 0


def test_what_cannot_be_done_is_refused_without_the_key() -> None:
    with LineProcess() as line:
        for do, fields in (
            ("digits", {"keys": "7"}),
            ("digits", {"keys": "7z"}),
            ("digits", {"keys": "7", "by": "7"}),
            ("digits", {"keys": "7", "duration_ms": 7}),
            ("hang_up", {}),
            ("dance", {}),
            ("answer_with", {"status": "7z"}),
        ):
            line.send(do, **fields)
            assert "7" not in str(line.wait_for(What.REFUSED)["reason"]).replace("0 to 9", "")


@pytest.mark.parametrize("name", ["quit", "stdin", "terminate"])
def test_it_ends_when_told(name: str) -> None:
    line = LineProcess()
    if name == "quit":
        line.send("quit")
    elif name == "terminate":
        os.kill(line.pid, signal.SIGTERM)
    started_s = time.monotonic()
    line.close()
    assert time.monotonic() - started_s < 10
    with pytest.raises(LineError, match="takes no commands"):
        line.send("quit")


def test_it_ends_by_itself() -> None:
    with LineProcess("--limit-s", "0.1") as line, pytest.raises(LineError, match="process ended"):
        line.wait_for(What.INVITE)


def test_it_says_why_it_does_not_start(capfd: pytest.CaptureFixture[str]) -> None:
    with Agent() as other, pytest.raises(LineError, match="ended while ready"):
        LineProcess("--port", str(other.port))
    assert "choose another port" in capfd.readouterr().err


def test_it_is_started_by_the_program_that_is_named_before_it() -> None:
    with LineProcess(within=("nice", "-n", "7")) as line:
        assert os.getpriority(os.PRIO_PROCESS, line.pid) == os.getpriority(os.PRIO_PROCESS, 0) + 7


def test_what_was_seen_can_be_forgotten_and_what_comes_after_is_seen() -> None:
    with LineProcess() as line:
        line.send("hang_up")
        line.wait_for(What.REFUSED)
        line.forget()
        assert line.events == ()
        line.send("hang_up")
        assert line.wait_for(What.REFUSED)["reason"]
