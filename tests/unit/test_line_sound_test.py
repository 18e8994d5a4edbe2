"""The media line's test of its sound: heard or not, and always behind everything else."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from contextlib import contextmanager

from portier.adapters.audio.line import MediaLine
from portier.adapters.audio.tone_test import RunningTest, SelfTest
from portier.bench.card import OpenSimulatedCard, SimulatedCard
from portier.bench.room_card import RoomCard
from portier.core.effects import Tone
from portier.core.events import Event, SoundTestOver
from portier.core.sound_test_state import SoundTestOutcome
from portier.ports import Card, Processing

_LIMIT_S = 20.0


class Louder:
    """Processing that would play at full scale."""

    words = "off"
    openings = 0

    def begin(self) -> None:
        """Nothing to begin."""

    def toward_far_end(self, captured: bytes, _heard: bytes | None = None) -> bytes:
        """As it came."""
        return captured

    def toward_loudspeaker(self, frame: bytes) -> bytes:
        """At full scale."""
        return b"\xff\x7f" * (len(frame) // 2)

    def opened(self) -> None:
        """Count them."""
        self.openings += 1

    def set_speaker_gain(self, gain_db: float) -> None:
        """It plays at full scale anyway."""


@contextmanager
def _line(
    card: Card | None, processing: Processing | None = None
) -> Iterator[tuple[MediaLine, queue.Queue[SoundTestOver]]]:
    over: queue.Queue[SoundTestOver] = queue.Queue()

    def post(event: Event) -> None:
        if isinstance(event, SoundTestOver):
            over.put(event)

    line = MediaLine(card, None, post)
    if processing is not None:
        line.process(processing)
    line.start()
    try:
        yield line, over
    finally:
        assert line.stop(_LIMIT_S)


def test_a_room_that_gives_the_tone_back_passes_and_a_dumb_loudspeaker_fails() -> None:
    for loss_db, expected in ((20.0, SoundTestOutcome.HEARD), (None, SoundTestOutcome.NOT_HEARD)):
        with _line(RoomCard(16000, loss_db)) as (line, over):
            line.test(7)
            event = over.get(timeout=_LIMIT_S)
        assert (event.number, event.outcome) == (7, expected)
        assert event.words.startswith(expected.value)


def test_a_card_that_goes_in_a_test_fails_it_with_its_reason() -> None:
    with _line(RoomCard(16000, fails_at=40)) as (line, over):
        line.test(1)
        event = over.get(timeout=_LIMIT_S)
    assert event.outcome is SoundTestOutcome.NOT_HEARD
    assert "No such device" in event.words


def test_a_station_without_a_card_fails_it_at_once() -> None:
    with _line(None) as (line, over):
        line.test(1)
        assert over.get(timeout=_LIMIT_S).outcome is SoundTestOutcome.NOT_HEARD


def test_it_is_not_begun_in_a_call_or_over_a_tone() -> None:
    with _line(SimulatedCard(16000)) as (line, over):
        line.open()
        line.test(1)
        assert over.get(timeout=_LIMIT_S).outcome is SoundTestOutcome.GAVE_WAY
        line.close()
        line.play(Tone.RINGBACK)
        line.test(2)
        assert over.get(timeout=_LIMIT_S).outcome is SoundTestOutcome.GAVE_WAY


def test_a_call_and_a_tone_end_it_at_once() -> None:
    with _line(SimulatedCard(16000)) as (line, over):
        line.test(1)
        line.open()
        assert over.get(timeout=_LIMIT_S).words == "a call began"
        line.close()
        line.test(2)
        line.play(Tone.GRANTED)
        assert over.get(timeout=_LIMIT_S).words == "a tone sounds"


def test_no_gain_of_the_station_makes_it_louder() -> None:
    card = SimulatedCard(16000)
    with _line(card) as (line, over):
        line.test(1)
        over.get(timeout=_LIMIT_S)
        bare = max(memoryview(card.heard).cast("h"))
    louder = SimulatedCard(16000)
    with _line(louder, Louder()) as (line, over):
        line.test(1)
        over.get(timeout=_LIMIT_S)
        heard = memoryview(louder.heard).cast("h")
        # What is played before and after the test is that processing's.
        assert any(0 < sample <= bare for sample in heard)
        assert sum(sample <= bare for sample in heard) >= 70 * 320
    assert bare <= 3277


def test_a_card_of_short_frames_plays_and_judges_the_same_test() -> None:
    def whole(frame_ms: int) -> tuple[bytes, SelfTest]:
        test = RunningTest(1, 16000, frame_ms)
        heard, frames = bytes(32 * frame_ms), []
        while (frame := test.exchange(heard)) is not None:
            frames.append(frame)
            heard = frame
        assert {len(frame) for frame in frames} == {32 * frame_ms}
        return b"".join(frames), test.result

    (long, of_long), (short, of_short) = whole(20), whole(10)
    assert long == short
    assert of_long.passed
    assert of_short.passed


class Counted(SimulatedCard):
    """A card that counts how often it is opened."""

    openings = 0

    def open(self) -> OpenSimulatedCard:
        self.openings += 1
        return super().open()


def test_what_works_on_the_sound_hears_of_each_opening_of_the_card() -> None:
    louder, card = Louder(), Counted(16000)
    with _line(card, louder) as (line, over):
        give_up_s = time.monotonic() + 3 * _LIMIT_S
        for number in (1, 2, 3):
            line.test(number)
            over.get(timeout=_LIMIT_S)
            while card.is_open:
                assert time.monotonic() < give_up_s
                time.sleep(0.02)
        # The first may have been before it was there.
        assert louder.openings >= card.openings - 1 > 0
