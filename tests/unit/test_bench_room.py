"""The bench's room: an echo that comes later and weaker, a visitor who waits, a tap that changes nothing."""

from __future__ import annotations

from array import array

import pytest

from portier.bench.card import SimulatedCard
from portier.bench.echo_path import DIRECT_MS, LOSS_DB, EchoPath
from portier.bench.tap import Tap
from portier.bench.visitor import Visitor
from portier.ports import Processing

RATE_HZ = 16000
FRAME_SAMPLES = 320
SILENT = bytes(2 * FRAME_SAMPLES)


def _click(at: int, value: int) -> bytes:
    samples = array("h", SILENT)
    samples[at] = value
    return samples.tobytes()


def _heard(path: EchoPath, frames: list[bytes], microphone: bytes = SILENT) -> array[int]:
    """As a card moves them: the microphone first, then the loudspeaker."""
    heard = array("h")
    for frame in frames:
        heard.extend(array("h", path.over(microphone)))
        path.played(frame)
    return heard


def test_a_click_comes_back_after_its_way_and_weaker_and_then_the_walls() -> None:
    heard = _heard(EchoPath(RATE_HZ), [_click(100, 20000), *[SILENT] * 6])
    first = next(at for at, sample in enumerate(heard) if abs(sample) > 100)
    assert first == 100 + RATE_HZ * DIRECT_MS / 1000
    assert heard[first] == pytest.approx(20000 * 10 ** (-LOSS_DB / 20), abs=4)
    later = [sample for sample in heard[first + 1 :] if abs(sample) > 100]
    assert len(later) == 6, "six walls"
    assert max(map(abs, later)) < heard[first] / 2


def test_a_way_across_several_frames_is_as_long_as_it_is_said_to_be() -> None:
    heard = _heard(EchoPath(RATE_HZ, direct_ms=75.0), [_click(319, 20000), *[SILENT] * 9])
    assert next(at for at, sample in enumerate(heard) if abs(sample) > 100) == 319 + 1200


def test_a_way_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter than a frame"):
        EchoPath(RATE_HZ, direct_ms=19.0).played(SILENT)


def test_a_room_is_hardly_silent_and_never_wraps_round() -> None:
    quiet = _heard(EchoPath(RATE_HZ), [SILENT] * 60)
    assert 0 < max(map(abs, quiet)) < 10
    loud = array("h", [32767] * FRAME_SAMPLES).tobytes()
    assert min(_heard(EchoPath(RATE_HZ), [loud] * 10, loud)) > 0


def test_a_card_in_a_room_hears_itself_but_with_its_microphone_or_loudspeaker_broken() -> None:
    def loudest(*broken: str) -> int:
        card = SimulatedCard(RATE_HZ, echo=EchoPath(RATE_HZ))
        for one in broken:
            setattr(card, one, True)
        heard = 0
        sound = card.open()
        for _ in range(6):
            frame = sound.read()
            assert frame is not None
            heard = max(heard, *map(abs, array("h", frame)))
            sound.write(_click(10, 20000))
        sound.close()
        return heard

    assert loudest() > 10000
    assert loudest("mute_speaker") < 10
    assert loudest("mute_microphone") == 0


def test_a_visitor_says_nothing_until_told_and_then_begins_at_the_beginning() -> None:
    voice = b"".join(array("h", [number] * FRAME_SAMPLES).tobytes() for number in (1, 2, 3))
    visitor = Visitor(voice, len(SILENT))
    assert visitor(40) == SILENT
    assert visitor.speaks_from_s is None
    visitor.speak()
    assert [array("h", visitor(number))[0] for number in range(41, 46)] == [1, 2, 3, 1, 2]
    assert visitor.speaks_from_s is not None


class _Halving:
    """Fulfils `ports.Processing`."""

    words = "halving"
    begun = openings = 0

    def begin(self) -> None:
        self.begun += 1

    def toward_far_end(self, captured: bytes, _heard: bytes | None = None) -> bytes:
        return array("h", [sample // 2 for sample in array("h", captured)]).tobytes()

    def toward_loudspeaker(self, frame: bytes) -> bytes:
        return array("h", [-sample for sample in array("h", frame)]).tobytes()

    def opened(self) -> None:
        self.openings += 1

    def set_speaker_gain(self, gain_db: float) -> None:
        self.gain_db = gain_db


def test_a_tap_changes_nothing_and_keeps_what_was_before_and_after_of_the_last_call() -> None:
    halving = _Halving()
    processing: Processing = (tap := Tap(halving, clock=lambda: 7.0))
    loud, low = array("h", [1000] * FRAME_SAMPLES).tobytes(), array("h", [500] * FRAME_SAMPLES).tobytes()
    assert processing.toward_loudspeaker(low) == halving.toward_loudspeaker(low)
    assert tap.kept is None, "a tone in no call"
    for _ in range(2):
        processing.begin()
        for _ in range(3):
            assert processing.toward_far_end(loud) == low
            processing.toward_loudspeaker(low)
        processing.toward_far_end(loud)
    assert (processing.words, halving.begun) == ("halving", 2)
    kept = tap.kept
    assert kept is not None
    assert (kept.captured, kept.sent) == (3 * loud, 3 * low)
    assert kept.played == 3 * halving.toward_loudspeaker(low)
    assert kept.from_s == pytest.approx(6.98)
