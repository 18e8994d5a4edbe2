"""Wiegand: pulses made frames, frames made cards and keys, and what a lost or a false pulse leads to."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import combinations

import pytest
from hypothesis import given, strategies as st

from portier.adapters.gpio.wiegand import HELD_S, WiegandReader
from portier.adapters.gpio.wiegand_frames import (
    MOST_BITS,
    SILENCE_S,
    Card,
    Pulse,
    card,
    frames,
    key,
    whole_frames,
)
from portier.bench.keypads import WiegandHands, card_frame, key_frame
from portier.bench.pins import BenchPins
from portier.core.codes import Entry
from portier.core.events import CardRead, Event, KeypadKey
from portier.errors import GpioError
from portier.plan import WiegandPins

LENGTHS = st.sampled_from([26, 34])
READER = WiegandPins(d0=14, d1=15, card_bits=26, key_bits=4)


def numbers(data: st.DataObject, length: int) -> Card:
    return Card(data.draw(st.integers(0, 2 ** (length - 18) - 1)), data.draw(st.integers(0, 2**16 - 1)))


def drawn(data: st.DataObject, length: int) -> tuple[int, ...]:
    facility, number = numbers(data, length)
    return card_frame(facility, number, length)


def test_a_frame_known_from_elsewhere_is_read_as_there() -> None:
    """Facility 17, number 4711, with parities worked out by hand."""
    bits = "1 00010001 0001001001100111 1".replace(" ", "")
    assert card([int(one) for one in bits], 26) == Card(17, 4711)
    assert card_frame(17, 4711, 26) == tuple(int(one) for one in bits)


@given(st.data(), LENGTHS)
def test_every_card_is_read_as_it_is(data: st.DataObject, length: int) -> None:
    sent = numbers(data, length)
    assert card(card_frame(sent.facility, sent.number, length), length) == sent


@given(st.data(), LENGTHS)
def test_a_card_that_has_lost_pulses_is_none(data: st.DataObject, length: int) -> None:
    bits = drawn(data, length)
    lost = data.draw(st.sets(st.integers(0, length - 1), min_size=1, max_size=length - 9))
    rest = [bit for place, bit in enumerate(bits) if place not in lost]
    assert card(rest, length) is None
    assert key(rest, 4) is None
    assert key(rest, 8) is None


@given(st.data(), LENGTHS)
def test_one_false_bit_is_always_found(data: st.DataObject, length: int) -> None:
    bits = list(drawn(data, length))
    for place in range(length):
        wrong = bits.copy()
        wrong[place] ^= 1
        assert card(wrong, length) is None


def test_two_false_bits_are_found_in_half_of_all_cases_and_noise_is_a_card_in_one_of_four() -> None:
    bits = card_frame(17, 4711, 26)
    passed = 0
    for places in combinations(range(26), 2):
        wrong = [bit ^ (place in places) for place, bit in enumerate(bits)]
        passed += card(wrong, 26) is not None
    # Both in the same half of 13.
    assert passed == 2 * (13 * 12 // 2)
    assert passed / (26 * 25 // 2) == pytest.approx(0.48)
    chance = random.Random(1)
    noise = sum(card([chance.getrandbits(1) for _ in range(26)], 26) is not None for _ in range(20_000))
    assert noise / 20_000 == pytest.approx(0.25, abs=0.02)


def test_a_pulse_lost_and_another_added_may_make_a_wrong_number_which_parity_mostly_finds() -> None:
    """Of all such pairs; a frame that is right all the same is no error."""
    bits = card_frame(17, 4711, 26)
    wrong = passed = 0
    for lost in range(26):
        rest = bits[:lost] + bits[lost + 1 :]
        for place in range(26):
            for bit in (0, 1):
                read = (*rest[:place], bit, *rest[place:])
                if read != bits:
                    wrong += 1
                    passed += card(read, 26) is not None
    assert passed / wrong == pytest.approx(0.37, abs=0.01)


@pytest.mark.parametrize("length", [4, 8])
def test_every_key_is_read_as_it_is(length: int) -> None:
    for one in "0123456789*#":
        assert key(key_frame(one, length), length) == one


def test_a_key_of_eight_bits_whose_halves_do_not_fit_is_none() -> None:
    good = list(key_frame("5", 8))
    for place in range(8):
        assert key([bit ^ (number == place) for number, bit in enumerate(good)], 8) is None


def test_other_lengths_and_other_keys_are_nothing() -> None:
    for count in range(MOST_BITS):
        bits = [1] * count
        assert (card(bits, 26) is None) or count == 26
        assert key(bits, 4) is None, "F1 to F4, as some keypads have them, are in no code"
    assert card(card_frame(1, 1, 26), 0) is None
    assert card(card_frame(1, 1, 26), 34) is None
    assert key(key_frame("5", 4), 0) is None


@given(st.lists(st.lists(st.integers(0, 1), min_size=1, max_size=34), max_size=4), st.randoms())
def test_pulses_told_in_any_order_are_cut_into_the_frames_they_were(
    sent: list[list[int]], chance: random.Random
) -> None:
    pulses, at_s = [], 100.0
    for bits in sent:
        for bit in bits:
            pulses.append(Pulse(at_s, bit))
            at_s += chance.choice([0.001, 0.002, 0.02])
        at_s += SILENCE_S + 0.001
    chance.shuffle(pulses)
    assert frames(pulses) == [tuple(bits) for bits in sent]


@contextmanager
def reader(pins: WiegandPins = READER) -> Iterator[tuple[WiegandReader, WiegandHands, list[Event]]]:
    bench, posted = BenchPins(), list[Event]()
    one = WiegandReader(bench.factory, "front", pins, posted.append)
    one.start()
    try:
        # At once: a machine with much to do would make two frames of one.
        yield one, WiegandHands(bench, pins, apart_s=0.0), posted
    finally:
        one.close()


def wait_for(posted: list[Event], count: int) -> None:
    until_s = time.monotonic() + 5.0
    while len(posted) < count and time.monotonic() < until_s:
        time.sleep(0.01)
    assert len(posted) >= count, "nothing was posted"


def what(posted: list[Event]) -> list[str]:
    return [
        one.key if isinstance(one, KeypadKey) else one.card.keys
        for one in posted
        if isinstance(one, KeypadKey | CardRead)
    ]


def test_keys_and_a_card_played_as_pulses_are_posted_with_the_readers_name() -> None:
    with reader() as (_, hands, posted):
        for one in "12*#":
            hands.key(one)
        hands.card(17, 4711)
        wait_for(posted, 5)
    assert what(posted) == ["1", "2", "*", "#", "card:17:4711"]
    assert posted[-1] == CardRead("front", Entry("card:17:4711"), at_s=posted[-1].at_s)
    assert abs(posted[-1].at_s - time.monotonic()) < 5


@pytest.mark.parametrize("pins", [WiegandPins(14, 15, 34, 8), WiegandPins(14, 15, 34, 0)])
def test_a_reader_of_34_bits_and_keys_of_8(pins: WiegandPins) -> None:
    with reader(pins) as (_, hands, posted):
        hands.card(4711, 17)
        if pins.key_bits:
            hands.key("7")
        wait_for(posted, 2 if pins.key_bits else 1)
    assert what(posted) == ["card:4711:17"] + ["7"] * bool(pins.key_bits)


def test_a_frame_that_lost_a_pulse_posts_nothing_and_is_told_without_its_bits(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with reader() as (_, hands, posted):
        for lost in range(3):
            hands.play(card_frame(17, 4711, 26), lost=frozenset({lost * 7}))
        hands.card(17, 4711)
        wait_for(posted, 1)
    assert what(posted) == ["card:17:4711"]
    assert [one.getMessage().partition(":")[2][:50] for one in caplog.records] == [
        ' keypad "front": a frame of 25 pulses is no card a'
    ], "the second and the third are not told"


def test_a_card_that_is_held_to_the_reader_counts_once_and_later_again() -> None:
    with reader() as (_, hands, posted):
        for _ in range(3):
            hands.card(17, 4711)
        hands.card(17, 4712)
        hands.card(17, 4711)
        wait_for(posted, 3)
        time.sleep(HELD_S + 0.1)
        hands.card(17, 4711)
        wait_for(posted, 4)
    assert what(posted) == ["card:17:4711", "card:17:4712", "card:17:4711", "card:17:4711"]


def tell(one: WiegandReader, bits: Sequence[int], first_s: float) -> float:
    """Tell pulses 1 ms apart by the kernel's clock, whenever that is; when the next would come."""
    for place, bit in enumerate(bits):
        one.pulse(Pulse(first_s + place / 1000, bit))
    return first_s + len(bits) / 1000


def taken(one: WiegandReader) -> None:
    """Wait until what was told is no longer kept."""
    until_s = time.monotonic() + 5.0
    while one._pulses:
        assert time.monotonic() < until_s, "the pulses are kept"
        time.sleep(0.002)


CARD = card_frame(17, 4711, 26)


@pytest.mark.parametrize("rest", [0, 1, 4, 26])
def test_noise_without_an_end_is_let_go_of_and_what_comes_after_it_is_read(rest: int) -> None:
    with reader() as (one, _, posted):
        next_s = time.monotonic()
        for _ in range(3):
            next_s = tell(one, [0] * (MOST_BITS + 1), next_s)
            taken(one)
        # The last 26 of them are a card's.
        next_s = tell(one, CARD[:rest] if rest > 4 else [0] * rest, next_s)
        taken(one)
        tell(one, CARD, next_s + 1.0)
        wait_for(posted, 1)
    assert what(posted) == ["card:17:4711"]


@pytest.mark.parametrize(
    ("key_bits", "late"), [(4, key_frame("7", 4)), (8, key_frame("7", 8)), (4, CARD)], ids=["4", "8", "card"]
)
def test_the_end_of_noise_told_when_the_rest_was_over_is_no_key_and_no_card(
    key_bits: int, late: tuple[int, ...]
) -> None:
    with reader(WiegandPins(d0=14, d1=15, card_bits=26, key_bits=key_bits)) as (one, _, posted):
        next_s = tell(one, [0] * 40, time.monotonic())
        taken(one)
        next_s = tell(one, late, next_s)
        taken(one)
        tell(one, CARD, next_s + 1.0)
        wait_for(posted, 1)
    assert what(posted) == ["card:17:4711"]


@given(st.integers(0, MOST_BITS), st.integers(0, 26))
def test_a_card_that_is_cut_where_noise_filled_what_is_kept_gives_no_key(noise: int, of_card: int) -> None:
    pulses = [Pulse(place / 1000, 0) for place in range(noise)]
    pulses += [Pulse(1.0 + place / 1000, bit) for place, bit in enumerate(CARD[:of_card])]
    pulses = pulses[: MOST_BITS + 1]
    read = whole_frames(pulses, float("-inf"))
    assert [bits for bits, _ in read] == frames(pulses)
    assert all(whole for _, whole in read[:-1])
    assert not read or read[-1][1] is (len(pulses) <= MOST_BITS)


def test_a_moment_in_the_future_costs_one_frame_and_not_the_keypad() -> None:
    with reader() as (one, _, posted):
        now_s = time.monotonic()
        one.pulse(Pulse(now_s + 3600, 0))
        taken(one)
        tell(one, CARD, now_s + 1)
        taken(one)
        tell(one, card_frame(17, 4712, 26), now_s + 2)
        wait_for(posted, 1)
    assert what(posted) == ["card:17:4712"]


def test_a_reader_ends_its_thread_and_gives_its_pins_back() -> None:
    bench = BenchPins()
    for _ in range(2):
        one = WiegandReader(bench.factory, "front", READER, lambda _: None)
        one.start()
        one.close()
    assert not any(thread.name == "wiegand-front" for thread in threading.enumerate())
    WiegandReader(bench.factory, "front", READER, lambda _: None).close()


def test_a_pin_that_is_taken_is_an_error_that_names_it() -> None:
    bench = BenchPins()
    first = WiegandReader(bench.factory, "front", READER, lambda _: None)
    with pytest.raises(GpioError, match='pin 15 for keypad "back"'):
        WiegandReader(bench.factory, "back", WiegandPins(16, 15, 26, 4), lambda _: None)
    first.close()
