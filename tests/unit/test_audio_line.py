"""The media line: when it holds the card, who has the clock, and what becomes of a card that goes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from portier.adapters.audio import line as line_module
from portier.adapters.audio.line import MediaLine
from portier.adapters.audio.tones import frames_of, mix
from portier.bench.card import OpenSimulatedCard, SimulatedCard
from portier.core.effects import Tone
from portier.core.events import Event, SoundLost, SoundRestored
from portier.facts import EchoBy, Fact
from portier.ports import FarEnd, Sound

RATE_HZ = 16000
FRAME_BYTES = 640
FAR_FRAME = b"\x10\x00" * 320


@dataclass
class RecordingFarEnd:
    """A far end that says the same frame all the time and notes who called what."""

    calls: list[str] = field(default_factory=list)
    threads: set[str] = field(default_factory=set)
    captured: list[bytes] = field(default_factory=list)
    has_clock: bool = False
    fault: Exception | None = None

    def note(self, call: str) -> None:
        if self.calls[-1:] != [call]:
            self.calls.append(call)
        self.threads.add(threading.current_thread().name)

    def attach(self) -> None:
        self.note("attach")

    def take_clock(self) -> None:
        assert not self.has_clock
        self.has_clock = True
        self.note("take")

    def exchange(self, captured: bytes) -> bytes | None:
        assert self.has_clock
        if self.fault is not None:
            raise self.fault
        self.captured.append(captured)
        return FAR_FRAME

    def give_clock(self) -> None:
        self.has_clock = False
        self.note("give")


@dataclass
class Room:
    """A line with all that surrounds it."""

    card: SimulatedCard
    far_end: RecordingFarEnd
    posted: list[Event]
    line: MediaLine
    probed_bytes: int

    @property
    def heard(self) -> bytes:
        """What was played after the card was looked for at the start."""
        return self.card.heard[self.probed_bytes :]

    def kinds(self) -> list[type[Event]]:
        return [type(event) for event in self.posted]


def until(condition: Callable[[], object], limit_s: float = 3.0) -> None:
    give_up_s = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < give_up_s, "it did not happen in time"
        time.sleep(0.005)


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    monkeypatch.setattr(line_module, "RETRY_S", 0.05)
    monkeypatch.setattr(line_module, "_ask_for_realtime", lambda: None)
    card = SimulatedCard(RATE_HZ, microphone=b"\x01\x00" * 320)
    far_end = RecordingFarEnd()
    posted: list[Event] = []
    line = MediaLine(card, far_end, posted.append)
    line.start()
    until(lambda: card.heard)
    until(lambda: not card.is_open)
    yield Room(card, far_end, posted, line, len(card.heard))
    assert line.stop(1.0)
    assert not card.is_open
    assert not far_end.has_clock
    assert far_end.threads <= {"media"}


def test_it_is_what_the_ports_ask_for() -> None:
    far_end: FarEnd = RecordingFarEnd()
    sound: Sound = MediaLine(SimulatedCard(RATE_HZ), far_end, print)
    assert sound is not None


def test_idle_it_leaves_the_card_alone(room: Room) -> None:
    time.sleep(0.1)
    assert not room.card.is_open
    assert room.far_end.calls == ["attach"]
    assert not room.line.stats.busy


def test_a_tone_opens_the_card_and_closes_it_after(room: Room) -> None:
    room.line.play(Tone.GRANTED)
    until(lambda: room.card.is_open)
    until(lambda: not room.card.is_open)
    tone = b"".join(frames_of(Tone.GRANTED, RATE_HZ))
    assert room.heard.startswith(tone)
    silence_after = room.heard[len(tone) :]
    assert not any(silence_after)
    assert len(silence_after) >= 5 * FRAME_BYTES, "the card would be closed before it has played all"
    assert room.far_end.calls == ["attach"]
    assert room.posted == []


def test_a_call_takes_the_clock_and_gives_it_back(room: Room) -> None:
    room.line.open()
    until(lambda: len(room.far_end.captured) >= 5)
    assert room.card.is_open
    room.line.close()
    until(lambda: not room.card.is_open)
    assert room.far_end.calls == ["attach", "take", "give"]
    assert set(room.far_end.captured) == {b"\x01\x00" * 320}
    assert room.heard.startswith(FAR_FRAME * 5)
    assert room.posted == []


def test_a_tone_for_both_sides_goes_to_the_far_end_too_and_no_other_does(room: Room) -> None:
    silent = b"\x01\x00" * 320
    room.line.open()
    until(lambda: len(room.far_end.captured) >= 2)
    room.line.play(Tone.GRANTED)
    until(lambda: len(room.heard) > 50 * FRAME_BYTES)
    assert set(room.far_end.captured) == {silent}
    before = len(room.far_end.captured)
    room.line.play(Tone.ENDING)
    frames = frames_of(Tone.ENDING, RATE_HZ)
    until(lambda: len(room.far_end.captured) > before + len(frames) + 3)
    told = [mix(silent, frame) for frame in frames]
    heard = room.far_end.captured
    first = heard.index(told[0])
    assert heard[first : first + len(told)] == told
    assert set(heard[first + len(told) :]) == {silent}
    assert b"".join(mix(FAR_FRAME, frame) for frame in frames) in room.heard
    room.line.close()
    until(lambda: not room.card.is_open)


def test_the_second_call_is_like_the_first(room: Room) -> None:
    for _ in range(2):
        room.line.open()
        until(lambda: room.far_end.has_clock)
        room.line.close()
        until(lambda: not room.card.is_open)
    assert room.far_end.calls == ["attach", "take", "give", "take", "give"]


def test_ringback_sounds_until_silence(room: Room) -> None:
    room.line.play(Tone.RINGBACK)
    until(lambda: len(room.heard) > 10 * FRAME_BYTES)
    room.line.silence()
    until(lambda: not room.card.is_open)
    assert len(room.heard) < 60 * FRAME_BYTES


def test_close_ends_a_tone_that_has_no_end(room: Room) -> None:
    room.line.open()
    room.line.play(Tone.RINGBACK)
    until(lambda: room.far_end.has_clock)
    room.line.close()
    until(lambda: not room.card.is_open)


def test_close_lets_a_short_tone_end(room: Room) -> None:
    room.line.open()
    until(lambda: room.far_end.has_clock)
    room.line.play(Tone.IN_USE)
    room.line.close()
    until(lambda: not room.far_end.has_clock)
    assert room.card.is_open
    until(lambda: not room.card.is_open)
    assert b"".join(frames_of(Tone.IN_USE, RATE_HZ)) in room.heard


def test_any_tone_goes_to_the_far_end_that_is_to_hear_it(room: Room) -> None:
    silent = b"\x01\x00" * 320
    room.line.open()
    until(lambda: len(room.far_end.captured) >= 2)
    before = len(room.far_end.captured)
    room.line.play(Tone.DENIED, to_far_end=True)
    frames = frames_of(Tone.DENIED, RATE_HZ)
    until(lambda: len(room.far_end.captured) > before + len(frames) + 3)
    told = [mix(silent, frame) for frame in frames]
    first = room.far_end.captured.index(told[0])
    assert room.far_end.captured[first : first + len(told)] == told
    room.line.close()
    until(lambda: not room.card.is_open)


def test_tones_sound_without_a_far_end_and_calls_work_once_there_is_one() -> None:
    card, far_end = SimulatedCard(RATE_HZ), RecordingFarEnd()
    line = MediaLine(card, None, print)
    line.start()
    line.play(Tone.IN_USE)
    until(lambda: card.is_open)
    until(lambda: not card.is_open)
    line.connect(far_end)
    line.open()
    until(lambda: far_end.captured)
    assert line.stop(1.0)
    assert far_end.calls == ["attach", "take", "give"]


def test_a_card_that_goes_in_a_call_is_reported_once_and_comes_back(room: Room) -> None:
    room.line.open()
    until(lambda: room.far_end.captured)
    room.card.vanish()
    until(lambda: not room.far_end.has_clock)
    time.sleep(0.3)
    assert room.kinds() == [SoundLost]
    assert room.line.stats.losses == 1
    room.card.come_back()
    until(lambda: room.far_end.has_clock)
    assert room.kinds() == [SoundLost, SoundRestored]
    assert room.far_end.calls == ["attach", "take", "give", "take"]


def test_a_card_that_falls_silent_is_lost_after_half_a_second(room: Room) -> None:
    room.line.open()
    until(lambda: room.far_end.captured)
    room.card.vanish(silently=True)
    silent_from_s = time.monotonic()
    until(lambda: room.posted)
    assert 0.4 < room.posted[0].at_s - silent_from_s < 1.0
    until(lambda: not room.far_end.has_clock)
    time.sleep(0.7)
    assert room.kinds() == [SoundLost], "a card that opens but gives nothing has not come back"


def test_the_time_that_a_card_takes_to_open_is_no_silence(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_card = room.card.open

    def slowly() -> OpenSimulatedCard:
        time.sleep(line_module.NO_FRAME_LIMIT_S + 0.1)
        sound, read = open_card(), OpenSimulatedCard.read
        comes = iter((False,))
        # Its first frame takes longer than the longest wait for one.
        monkeypatch.setattr(sound, "read", lambda: read(sound) if next(comes, True) else None)
        return sound

    monkeypatch.setattr(room.card, "open", slowly)
    room.line.open()
    until(lambda: room.far_end.captured)
    assert room.posted == []


def test_the_far_end_has_its_clock_back_and_gives_it_again_whatever_fails_at_the_end(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(at_s: float) -> None:
        raise RuntimeError

    room.line.open()
    until(lambda: room.far_end.captured)
    monkeypatch.setattr(room.line._call_sound, "end", fails)
    room.card.vanish()
    until(lambda: not room.far_end.has_clock)
    monkeypatch.delattr(room.line._call_sound, "end")
    room.card.come_back()
    until(lambda: room.far_end.has_clock)


def test_a_card_that_is_not_there_at_first(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    room.card.vanish()
    room.line.open()
    until(lambda: room.posted)
    time.sleep(0.2)
    assert room.kinds() == [SoundLost]
    assert room.far_end.calls == ["attach", "give"], "the call lives on by PJSIP's own clock"
    assert [record.levelname for record in caplog.records if record.name.endswith("line")].count(
        "WARNING"
    ) == 1
    room.card.come_back()
    until(lambda: room.far_end.has_clock)
    assert room.kinds() == [SoundLost, SoundRestored]


def test_a_short_tone_does_not_sound_when_the_card_is_back(room: Room) -> None:
    room.line.open()
    until(lambda: room.far_end.has_clock)
    room.card.vanish()
    until(lambda: room.posted)
    heard_bytes = len(room.heard)
    room.line.play(Tone.DENIED)
    time.sleep(0.05)
    room.card.come_back()
    until(lambda: len(room.heard) >= heard_bytes + 5 * FRAME_BYTES)
    assert room.heard[heard_bytes : heard_bytes + 5 * FRAME_BYTES] == FAR_FRAME * 5


def test_a_lost_card_is_found_again_though_nobody_wants_it(room: Room) -> None:
    room.card.vanish()
    room.line.play(Tone.DENIED)
    until(lambda: room.posted)
    assert not room.line.stats.busy
    room.card.come_back()
    until(lambda: room.kinds() == [SoundLost, SoundRestored])
    until(lambda: not room.card.is_open)


def test_a_card_that_is_missing_is_told_at_the_start() -> None:
    card, posted = SimulatedCard(RATE_HZ), list[Event]()
    card.vanish()
    line = MediaLine(card, None, posted.append)
    line.start()
    until(lambda: [type(event) for event in posted] == [SoundLost])
    assert line.stop(1.0)


def test_ringback_goes_on_after_a_short_tone(room: Room) -> None:
    room.line.play(Tone.RINGBACK)
    until(lambda: len(room.heard) > 5 * FRAME_BYTES)
    room.line.play(Tone.IN_USE)
    short_bytes = sum(map(len, frames_of(Tone.IN_USE, RATE_HZ)))
    until(lambda: len(room.heard) > short_bytes + 20 * FRAME_BYTES)
    assert any(room.heard[-5 * FRAME_BYTES :])
    room.line.close()
    until(lambda: not room.card.is_open)


def test_retries_become_rarer(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_module, "RETRY_MOST_S", 0.4)
    opened_s: list[float] = []
    open_card = room.card.open
    room.card.vanish()

    def noted() -> object:
        opened_s.append(time.monotonic())
        return open_card()

    monkeypatch.setattr(room.card, "open", noted)
    room.line.play(Tone.RINGBACK)
    until(lambda: len(opened_s) == 6)
    pauses_s = [b - a for a, b in pairwise(opened_s)]
    assert pauses_s == pytest.approx([0.05, 0.1, 0.2, 0.4, 0.4], abs=0.045)


def test_in_a_call_retries_do_not_become_rarer(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    opened_s: list[float] = []
    open_card = room.card.open
    room.card.vanish()

    def noted() -> object:
        opened_s.append(time.monotonic())
        return open_card()

    monkeypatch.setattr(room.card, "open", noted)
    room.line.open()
    until(lambda: len(opened_s) == 5)
    assert max(b - a for a, b in pairwise(opened_s)) < 0.15


def test_a_fault_of_ours_is_logged_once_and_tried_again(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    room.far_end.fault = RuntimeError("nobody foresaw this")
    room.line.open()
    until(lambda: room.posted)
    until(lambda: room.far_end.calls.count("take") >= 3)
    assert room.kinds() == [SoundLost]
    assert len([record for record in caplog.records if record.exc_info]) == 1
    room.far_end.fault = None
    until(lambda: room.far_end.captured)
    until(lambda: room.kinds() == [SoundLost, SoundRestored])


def test_stop_does_not_wait_for_a_card_that_blocks(room: Room) -> None:
    room.line.open()
    until(lambda: room.far_end.captured)
    room.card.vanish(silently=True)
    start_s = time.monotonic()
    assert room.line.stop(1.0)
    assert time.monotonic() - start_s < 1.0
    assert room.far_end.calls[-1] == "give"
    assert room.posted == []


def test_stop_in_the_middle_of_a_tone(room: Room) -> None:
    room.line.play(Tone.RINGBACK)
    until(lambda: room.card.is_open)
    assert room.line.stop(1.0)
    assert not room.card.is_open


def test_it_beats_while_it_is_busy(room: Room) -> None:
    room.line.open()
    until(lambda: room.line.stats.frames > 3)
    before = room.line.stats
    time.sleep(0.2)
    after = room.line.stats
    assert after.busy
    assert after.frames > before.frames
    assert after.xruns == 0
    assert time.monotonic() - after.beat_s < 0.1
    room.card.vanish()
    until(lambda: room.posted)
    time.sleep(0.7)
    assert time.monotonic() - room.line.stats.beat_s < 0.7, "it beats without a card too"


def test_a_station_without_sound() -> None:
    far_end = RecordingFarEnd()
    posted: list[Event] = []
    line = MediaLine(None, far_end, posted.append)
    line.start()
    line.play(Tone.BUSY)
    line.open()
    line.close()
    line.silence()
    assert not line.stats.busy
    assert line.stop(0.1)
    assert far_end.calls == []
    assert posted == []


def test_a_thread_that_hangs_while_it_rests_looks_busy_and_old(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go, hanging = threading.Event(), threading.Event()
    whole = room.card.open

    def hangs() -> object:
        hanging.set()
        let_go.wait(10)
        return whole()

    monkeypatch.setattr(room.card, "open", hangs)
    room.line.play(Tone.IN_USE)
    assert hanging.wait(2)
    ordered_s = time.monotonic()
    room.line.open()
    time.sleep(0.3)
    stats = room.line.stats
    assert stats.busy
    assert stats.beat_s <= ordered_s + 0.1
    let_go.set()


def test_a_press_after_a_long_rest_does_not_look_like_a_hang(room: Room) -> None:
    time.sleep(0.5)
    for _ in range(50):
        room.line.play(Tone.IN_USE)
        stats = room.line.stats
        assert not stats.busy or time.monotonic() - stats.beat_s < 0.3
        room.line.silence()


@dataclass
class Ear:
    """Who listens: how much it heard of each way, and whether it fails."""

    begun: int = 0
    heard: list[tuple[bytes, bytes | None]] = field(default_factory=list)
    fails: bool = False

    def begin(self) -> None:
        self.begun += 1

    def hear(self, captured: bytes, far: bytes | None, at_s: float) -> None:
        assert at_s > 0
        if self.fails:
            raise ValueError("a fault of the ear")
        self.heard.append((captured, far))


def test_who_listens_hears_both_ways_of_calls_alone_and_from_the_beginning_of_each(room: Room) -> None:
    ear = Ear()
    room.line.listen(ear)
    room.line.play(Tone.GRANTED)
    until(lambda: room.card.is_open)
    until(lambda: not room.card.is_open)
    assert ear.heard == []
    begun = ear.begun
    room.line.open()
    until(lambda: len(ear.heard) > 3)
    assert ear.begun == begun + 1
    assert ear.heard[1] == (b"\x01\x00" * 320, FAR_FRAME)
    room.line.listen(None)
    until(lambda: room.line._call_sound._listener is None)
    count = len(ear.heard)
    time.sleep(0.1)
    assert len(ear.heard) == count
    room.line.close()


class Halving:
    """A chain that sends half of what was captured, and plays twice what came."""

    words = "halves"

    def __init__(self) -> None:
        self.begun = 0
        self.gains_db: list[float] = []
        self.heard: list[bytes | None] = []

    def begin(self) -> None:
        self.begun += 1

    def opened(self) -> None:
        """Nothing to forget."""

    def toward_far_end(self, captured: bytes, heard: bytes | None = None) -> bytes:
        self.heard.append(heard)
        return bytes(len(captured) // 2) + captured[len(captured) // 2 :]

    def toward_loudspeaker(self, frame: bytes) -> bytes:
        return bytes(2 * one for one in frame)

    def set_speaker_gain(self, gain_db: float) -> None:
        self.gains_db.append(gain_db)


def test_a_call_is_worked_on_both_ways_and_the_far_ends_echo_is_told_once_a_call(room: Room) -> None:
    told: list[Fact] = []
    room.line._call_sound._tell = told.append
    chain, ear = Halving(), Ear()
    room.line.process(chain)
    room.line.listen(ear)
    for call in (1, 2):
        room.line.open()
        until(lambda: len(room.far_end.captured) > 3)
        assert room.far_end.captured[-1] == bytes(320) + b"\x01\x00" * 160
        # Who listens for keys hears what was sent: that is what may come back.
        assert ear.heard[-1] == (bytes(320) + b"\x01\x00" * 160, FAR_FRAME)
        room.line.close()
        until(lambda: not room.card.is_open)
        room.far_end.captured.clear()
        assert [fact.words for fact in told if isinstance(fact, EchoBy)] == ["halves"] * call
    assert chain.begun == 3
    assert b"\x20\x00" * 320 in room.heard


def test_what_the_card_plays_meanwhile_is_told_to_who_takes_its_echo_away(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile = b"\x07\x00" * 320
    monkeypatch.setattr(OpenSimulatedCard, "heard", lambda _: meanwhile)
    chain = Halving()
    room.line.process(chain)
    room.line.open()
    until(lambda: len(chain.heard) > 3)
    assert set(chain.heard) == {meanwhile}


def test_the_loudspeakers_gain_is_kept_until_there_is_a_chain_for_it(room: Room) -> None:
    room.line.set_speaker_gain(-12.0)
    chain = Halving()
    room.line.process(chain)
    room.line.set_speaker_gain(0.0)
    until(lambda: chain.gains_db == [-12.0, 0.0])


class Hushing:
    """Comfort noise that can be told from the microphone."""

    def __init__(self) -> None:
        self.begun = 0
        self.sent: list[bytes] = []

    def begin(self) -> None:
        self.begun += 1

    def heard(self, sent: bytes) -> None:
        self.sent.append(sent)

    def frame(self) -> bytes:
        return b"\x07\x00" * 320


@pytest.mark.parametrize("comfort", [Hushing(), None])
def test_of_a_muted_microphone_nothing_is_sent(room: Room, comfort: Hushing | None) -> None:
    room.line._call_sound._comfort = comfort
    microphone, hushed = b"\x01\x00" * 320, b"\x07\x00" * 320 if comfort else bytes(640)
    ear = Ear()
    room.line.listen(ear)
    room.line.mute(True)
    room.line.open()
    until(lambda: len(room.far_end.captured) > 5)
    assert set(room.far_end.captured) == {hushed}, "from the first frame on"
    assert ear.heard[-1] == (hushed, FAR_FRAME)
    assert comfort is None or comfort.sent == []
    room.line.mute(False)
    until(lambda: room.far_end.captured[-1] == microphone)
    assert comfort is None or (comfort.begun, set(comfort.sent)) == (1, {microphone})
    room.line.mute(True)
    until(lambda: room.far_end.captured[-1] == hushed)
    room.line.close()
    until(lambda: not room.card.is_open)


def test_a_fault_of_who_listens_costs_no_call_its_sound(room: Room) -> None:
    room.line.listen(Ear(fails=True))
    room.line.open()
    until(lambda: len(room.far_end.captured) > 10)
    assert room.line._call_sound._listener is None
    assert SoundLost not in room.kinds()
    room.line.close()
