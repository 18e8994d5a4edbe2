"""Packets of RFC 4733: one press is one key, whatever is lost, repeated or done wrong."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from portier.adapters.sip.telephone_events import EventPacket, TelephoneEvents
from portier.keys_heard import Stage


def packets(key: str, begun_ms: int, lasts_ms: int, ends: int = 1) -> list[EventPacket]:
    """A press as PJSIP tells it: a packet each 20 ms, then its first end."""
    whole = [EventPacket(key, begun_ms, at_ms, ended=False) for at_ms in range(20, lasts_ms, 20)]
    return whole + [EventPacket(key, begun_ms, lasts_ms, ended=True)] * ends


def keys_of(sent: list[EventPacket], step_s: float = 0.02) -> str:
    """Which keys were pressed, from all of these packets at even times."""
    events = TelephoneEvents()
    news = [(one.key, events.take(one, n * step_s)) for n, one in enumerate(sent)]
    return "".join(key for key, what in news if what.stage is Stage.DOWN)


def test_a_press_goes_down_is_held_and_comes_up() -> None:
    events = TelephoneEvents()
    news = [events.take(one, n * 0.02) for n, one in enumerate(packets("5", 1000, 100))]
    assert [one.stage for one in news] == [Stage.DOWN, Stage.HELD, Stage.HELD, Stage.HELD, Stage.UP]
    assert news[-1].lasted_ms == 100
    assert not any(one.odd for one in news)


def test_the_same_key_back_to_back_is_two_keys_by_its_timestamp() -> None:
    assert keys_of(packets("5", 1000, 40) + packets("5", 1040, 40)) == "55"


@pytest.mark.parametrize("left", range(1, 5))
def test_the_same_key_after_one_whose_last_packets_were_lost_is_two_keys(left: int) -> None:
    assert keys_of(packets("5", 1000, 100)[:left] + packets("5", 1160, 100)) == "55"


def test_the_same_key_after_lost_packets_of_both_is_two_keys() -> None:
    assert keys_of([packets("5", 1000, 100)[0], *packets("5", 1160, 100)[2:]]) == "55"


def test_a_key_whose_end_never_comes_is_one_key_and_the_next_is_another() -> None:
    assert keys_of(packets("5", 1000, 100, ends=0) + packets("6", 1200, 100, ends=0)) == "56"


def test_a_key_held_for_five_seconds_is_one_key() -> None:
    assert keys_of(packets("5", 1000, 5000)) == "5"


def test_a_key_held_for_twenty_seconds_in_segments_is_one_key_and_is_told() -> None:
    events, at_s, stages, odd, longest_ms = TelephoneEvents(), 0.0, [], set[str](), 0
    for segment in range(3):
        last = segment == 2
        for at_ms in range(20, 3600 if last else 8192, 20):
            news = events.take(EventPacket("5", 1000 + 8192 * segment, at_ms, ended=False), at_s)
            at_s += 0.02
            stages.append(news.stage)
            odd.update(news.odd)
            longest_ms = max(longest_ms, news.lasted_ms)
    assert stages.count(Stage.DOWN) == 1
    assert odd == {"held so long that it came in segments"}
    assert longest_ms == pytest.approx(2 * 8192 + 3580)


def test_a_key_held_beside_opus_comes_in_shorter_segments_and_is_one_key() -> None:
    events, stages, at_s = TelephoneEvents(), [], 0.0
    events.clock_hz = 48000
    for segment in range(3):
        begins_ms = int((48000 + 65536 * segment) / 48)
        for at_ms in range(20, 1365, 20):
            stages.append(events.take(EventPacket("5", begins_ms, at_ms, ended=False), at_s).stage)
            at_s += 0.02
    assert stages.count(Stage.DOWN) == 1


def test_a_timestamp_that_moves_with_each_packet_is_one_key_and_is_told() -> None:
    events = TelephoneEvents()
    sent = [EventPacket("5", 1000 + n * 20, 20 + n * 20, ended=n == 9) for n in range(10)]
    news = [events.take(one, n * 0.02) for n, one in enumerate(sent)]
    assert [one.stage for one in news].count(Stage.DOWN) == 1
    assert news[1].odd == ("its timestamp moves while it is held",)


def test_a_key_first_heard_of_late_is_told() -> None:
    (first, *_) = [TelephoneEvents().take(one, 0.0) for one in packets("5", 1000, 300)[8:]]
    assert first.odd == ("its first packets were lost",)


def test_a_phone_whose_timestamp_never_changes_presses_again_after_a_pause() -> None:
    events = TelephoneEvents()
    downs = [events.take(one, at_s).stage for at_s in (0.0, 3.0) for one in packets("5", 0, 100)]
    assert downs.count(Stage.DOWN) == 2


def test_a_held_key_of_which_packets_are_lost_for_more_than_a_second_is_one_key() -> None:
    events = TelephoneEvents()
    sent = [one for one in packets("7", 1000, 4000) if not 1000 < one.lasted_ms < 2500]
    stages = [events.take(one, one.lasted_ms / 1000).stage for one in sent]
    assert stages.count(Stage.DOWN) == 1
    assert stages[-1] is Stage.UP


def test_one_whose_timestamp_moves_is_one_key_though_packets_are_lost_for_more_than_a_second() -> None:
    events = TelephoneEvents()
    sent = [EventPacket("7", 1000 + at_ms, at_ms, ended=False) for at_ms in range(20, 4000, 20)]
    kept = [one for one in sent if not 1000 < one.lasted_ms < 2500]
    assert [events.take(one, one.lasted_ms / 1000).stage for one in kept].count(Stage.DOWN) == 1


def test_a_phone_whose_timestamp_never_changes_presses_again_though_an_end_was_lost() -> None:
    events = TelephoneEvents()
    downs = [events.take(one, at_s).stage for at_s in (0.0, 3.0) for one in packets("5", 0, 100, ends=0)]
    assert downs.count(Stage.DOWN) == 2


@pytest.mark.parametrize("lasted_ms", [40, 60])
def test_an_end_with_a_timestamp_of_its_own_is_no_other_key_and_is_told(lasted_ms: int) -> None:
    events = TelephoneEvents()
    sent = [(1000, 20, False), (1000, 40, False), (1060, lasted_ms, True)]
    news = [events.take(EventPacket("5", *one[:2], ended=one[2]), n * 0.02) for n, one in enumerate(sent)]
    assert [one.stage for one in news] == [Stage.DOWN, Stage.HELD, Stage.UP]
    assert news[-1].odd == ("its end has a timestamp of its own",)


def test_an_end_alone_that_comes_later_than_its_key_lasted_is_another_key() -> None:
    events = TelephoneEvents()
    events.take(EventPacket("5", 1000, 20, ended=False), 0.0)
    assert events.take(EventPacket("5", 1160, 100, ended=True), 0.24).stage is Stage.DOWN


def test_no_text_of_it_holds_a_key() -> None:
    assert "7" not in repr(EventPacket("7", 0, 20, ended=False))


@given(
    st.lists(st.tuples(st.sampled_from("05#D"), st.integers(2, 12), st.integers(0, 4)), max_size=8),
    st.integers(0, 2**32 // 8),
    st.data(),
)
def test_whatever_else_is_lost_of_each_press_it_is_one_key_as_long_as_its_first_packet_comes(
    typed: list[tuple[str, int, int]], begun_ms: int, data: st.DataObject
) -> None:
    """With the timestamps as PJSIP reckons them, in single precision.

    Of the same key twice PJSIP hides a second of which only ends come: here it would be heard, there not.
    """
    sent: list[EventPacket] = []
    for key, frames, gap in typed:
        whole = packets(key, _as_float(begun_ms), frames * 20)
        kept = data.draw(st.sets(st.integers(0, len(whole) - 1), min_size=1))
        # A press of which only the middle comes may look like the same one with a moving timestamp.
        kept.add(0)
        sent += [one for n, one in enumerate(whole) if n in kept]
        begun_ms = (begun_ms + (frames + 2 + gap) * 20) % (2**32 // 8)
    expected = "".join(key for key, _, _ in typed)
    assert keys_of(sent) == expected


def _as_float(begun_ms: int) -> int:
    samples = begun_ms * 8
    grain = 1 << max(0, samples.bit_length() - 24)
    return samples // grain * grain // 8


def test_the_grain_of_a_timestamp_is_that_of_a_float() -> None:
    moments = [_as_float(2**28 + n) for n in range(200)]
    assert max(b - a for a, b in pairwise(moments)) <= 32
