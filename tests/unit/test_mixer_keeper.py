"""The mixer is looked after beside the card: one at a time, in a process that may die, hang or err."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time

import pytest

from portier.adapters.audio.mixer import Kept
from portier.adapters.audio.mixer_child import COMMAND, MixerChild
from portier.adapters.audio.mixer_keeper import MixerKeeper
from portier.errors import AudioError
from portier.mixer_settings import MixerSetting

MICROPHONE = MixerSetting("Mic", "capture", "80%")
LIMIT_S = 20.0


class SlowMixer:
    """A mixer whose looking after ends when a test lets it; it counts how many there are at once."""

    def __init__(self) -> None:
        self.began = threading.Semaphore(0)
        self.may_end = threading.Semaphore(0)
        self.times = 0
        self.most_at_once = 0
        self._now = 0

    def __call__(self) -> Kept:
        self._now += 1
        self.times += 1
        self.most_at_once = max(self.most_at_once, self._now)
        self.began.release()
        assert self.may_end.acquire(timeout=LIMIT_S)
        self._now -= 1
        return Kept((f"audio: trouble {self.times}",))


def test_nobody_waits_and_what_is_asked_for_meanwhile_is_done_once_more() -> None:
    mixer = SlowMixer()
    keeper = MixerKeeper(mixer)
    keeper.keep()
    assert mixer.began.acquire(timeout=LIMIT_S)
    for _ in range(3):
        keeper.keep()
    assert not keeper.settled(0.0)
    assert not keeper.troubles
    mixer.may_end.release()
    assert mixer.began.acquire(timeout=LIMIT_S)
    assert keeper.troubles == ("audio: trouble 1",)
    mixer.may_end.release()
    assert keeper.settled(LIMIT_S)
    assert (mixer.times, mixer.most_at_once) == (2, 1)
    mixer.may_end.release()
    keeper.keep()
    assert keeper.settled(LIMIT_S)
    assert mixer.times == 3


def test_nothing_waits_for_it_at_the_end_of_the_station() -> None:
    mixer = SlowMixer()
    keeper = MixerKeeper(mixer)
    keeper.keep()
    assert mixer.began.acquire(timeout=LIMIT_S)
    (thread,) = (one for one in threading.enumerate() if one.name == "mixer")
    assert thread.daemon
    mixer.may_end.release()
    assert keeper.settled(LIMIT_S)


@pytest.mark.parametrize(
    ("fault", "wanted"),
    [
        (AudioError("audio: no answer"), "audio: no answer"),
        (ValueError("x"), "audio: the mixer cannot be looked after: ValueError('x')"),
    ],
)
def test_a_fault_is_told_once_and_the_keeper_lives(
    fault: Exception, wanted: str, caplog: pytest.LogCaptureFixture
) -> None:
    found: list[Exception | Kept] = [fault, fault, Kept(done=("audio: set",))]

    def look_after() -> Kept:
        one = found.pop(0)
        if isinstance(one, Exception):
            raise one
        return one

    caplog.set_level(logging.INFO)
    keeper = MixerKeeper(look_after, waits=True)
    for troubles in ((wanted,), (wanted,), ()):
        keeper.keep()
        assert keeper.troubles == troubles
    told = [one.getMessage() for one in caplog.records]
    assert told == [wanted, "audio: set", "audio: the mixer is as it is wanted again"]


def _child(code: str, limit_s: float = LIMIT_S) -> MixerChild:
    return MixerChild(
        "plughw:CARD=Mic", "plughw:CARD=DAC", (MICROPHONE,), (sys.executable, "-c", code), limit_s
    )


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import os; os.kill(os.getpid(), 9)", "it was ended by SIGKILL: it said nothing"),
        ("raise ValueError('no card')", "it ended with code 1: ValueError: no card"),
        ("print('nonsense')", "it answered 'nonsense'"),
        ("print('[]')", "it answered '[]'"),
        ("""print('{"troubles": [1], "done": []}')""", """it answered '{"troubles": [1], "done": []}'"""),
        ("""print('{"troubles": 1, "done": []}')""", """it answered '{"troubles": 1, "done": []}'"""),
    ],
)
def test_a_child_that_dies_or_talks_nonsense_is_a_trouble(code: str, why: str) -> None:
    with pytest.raises(AudioError) as told:
        _child(code)()
    assert str(told.value) == f'audio: the mixer of "hw:Mic" and "hw:DAC" is not looked after: {why}'


def test_a_program_that_cannot_be_started_is_a_trouble() -> None:
    with pytest.raises(AudioError, match=r"is not looked after: .*No such file"):
        MixerChild("hw:Mic", "hw:Mic", (MICROPHONE,), ("/no/such/program",))()


def test_a_child_is_given_so_much_time_and_killed() -> None:
    began_s = time.monotonic()
    with pytest.raises(AudioError) as told:
        _child("import time; time.sleep(60)", limit_s=0.5)()
    assert str(told.value) == 'audio: the mixer of "hw:Mic" and "hw:DAC" did not answer within 0.5 s'
    assert time.monotonic() - began_s < LIMIT_S


def test_the_childs_answer_is_taken() -> None:
    answer = """{"troubles": ["a"], "done": ["b"]}"""
    assert _child(f"print({answer!r})")() == Kept(("a",), ("b",))


def test_the_real_child_tells_of_a_card_that_is_not_here_and_loads_little() -> None:
    child = MixerChild("plughw:CARD=Nowhere", "plughw:CARD=Nowhere", (MICROPHONE,))
    (told,) = child().troubles
    assert told.startswith('audio: the mixer of "hw:Nowhere"')
    loaded = "import sys, portier.adapters.audio.mixer_child; print(*sys.modules)"
    ran = subprocess.run(
        (*COMMAND[:2], "-c", loaded), capture_output=True, text=True, timeout=LIMIT_S, check=True
    )
    assert {"pjsua2", "pydantic", "numpy", "asyncio"}.isdisjoint(ran.stdout.split())
