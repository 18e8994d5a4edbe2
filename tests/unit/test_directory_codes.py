"""Access codes: which are refused as weak, and what is kept of those that are not."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from portier.directory import changes, hashing, words
from portier.directory.model import Book, Code, Line, Resident
from portier.directory.weak import weakness
from portier.errors import DirectoryError

KEY = bytes(range(32))
NEW = Code(0, b"", 6, "Postman", frozenset({"front"}))
DIGITS = st.text("0123456789", min_size=4, max_size=12)


@pytest.mark.parametrize(
    ("digits", "why"),
    [
        ("0000", "repeats"),
        ("1212", "repeats"),
        ("123123", "repeats"),
        ("12121", "repeats"),
        ("1234", "follow each other"),
        ("0123", "follow each other"),
        ("7890", "follow each other"),
        ("987654", "follow each other"),
        ("2468", "follow each other"),
        ("112233", "follow each other"),
        ("147258", "line on the keypad"),
        ("2580", "line on the keypad"),
        ("1221", "backwards"),
        ("1987", "year"),
        ("2026", "year"),
        ("198704", "year"),
        ("041987", "year"),
        ("240387", "date"),
        ("03241987", "date"),
        ("19870324", "date"),
    ],
)
def test_a_weak_code_is_refused_with_the_reason(digits: str, why: str) -> None:
    assert why in (weakness(digits) or "")


@pytest.mark.parametrize(
    ("digits", "flat"), [("4712", "4712"), ("004713", "4713"), ("471300", "B 4713"), ("471471", "471")]
)
def test_the_number_of_the_flat_is_refused(digits: str, flat: str) -> None:
    assert weakness(digits, flat) is not None


def test_a_part_of_the_residents_telephone_number_is_refused() -> None:
    assert "telephone" in (weakness("582913", "", ["+33 1 58 29 13 77"]) or "")


@given(part=st.text("0123456789", min_size=1, max_size=6), times=st.integers(2, 6))
def test_whatever_repeats_itself_is_weak(part: str, times: int) -> None:
    assert weakness(part * times) is not None


@given(first=st.integers(0, 9), step=st.integers(1, 9), length=st.integers(4, 12))
def test_whatever_goes_in_equal_steps_is_weak(first: int, step: int, length: int) -> None:
    digits = "".join(str((first + step * place) % 10) for place in range(length))
    assert weakness(digits) is not None


@given(digits=DIGITS, flat=st.text("0123456789", min_size=1, max_size=6))
def test_any_digits_and_any_flat_are_judged(digits: str, flat: str) -> None:
    why = weakness(digits, flat)
    assert why is None or digits not in why


def test_enough_good_codes_are_left() -> None:
    good = sum(weakness(f"{number:06}") is None for number in range(0, 1_000_000, 7))
    assert good > 0.8 * 1_000_000 / 7


def test_a_code_is_kept_as_its_keyed_hash_alone() -> None:
    book = changes.add_code(Book(), NEW, "582913", KEY)
    (code,) = book.codes
    assert code.digest == hmac.new(KEY, b"portier access code\x00582913", hashlib.sha256).digest()
    assert "582913" not in repr(book)
    assert code.digest.hex() not in repr(book)


def test_a_card_is_kept_as_a_reader_tells_it() -> None:
    book = changes.add_code(Book(), NEW, words.card("012:34567"), KEY)
    assert book.codes[0].digest == hashing.digest(KEY, "card:12:34567")
    assert book.codes[0].length == 0
    with pytest.raises(DirectoryError, match="in use already"):
        changes.add_code(book, NEW, words.entry("card:12:34567", 6), KEY)
    for wrong in ("12", "12:", "12:x", "12:345678", "card:12"):
        with pytest.raises(ValueError, match="is no card"):
            words.card(wrong)


def test_another_key_makes_another_hash() -> None:
    assert hashing.digest(KEY, "582913") != hashing.digest(bytes(32), "582913")
    assert hashing.check(KEY) != hashing.check(bytes(32))


def test_a_code_that_is_in_use_is_refused_and_not_repeated() -> None:
    book = changes.add_code(Book(), NEW, "582913", KEY)
    with pytest.raises(DirectoryError, match="in use already") as refused:
        changes.add_code(book, replace(NEW, label="Nurse"), "582913", KEY)
    assert "582913" not in str(refused.value)
    assert "Postman" not in str(refused.value)


def test_a_number_is_never_given_again() -> None:
    book = changes.revoke(changes.add_code(Book(), NEW, "582913", KEY), [1])
    assert [one.number for one in changes.add_code(book, NEW, "582914", KEY).codes] == [2]
    book = changes.remove_resident(changes.add_resident(Book(), Resident(0, "Dupont")), "dupont")
    assert [one.number for one in changes.add_resident(book, Resident(0, "Dupont")).residents] == [2]


def test_who_moves_out_leaves_no_code_behind() -> None:
    book = changes.add_resident(Book(), Resident(0, "Dupont", "12", lines=(Line("31"),)))
    book = changes.add_code(book, replace(NEW, resident=1), "582913", KEY)
    book = changes.add_code(book, NEW, "582914", KEY)
    assert [one.number for one in changes.remove_resident(book, "Dupont").codes] == [2]


def test_two_residents_of_one_name_are_refused() -> None:
    book = changes.add_resident(changes.add_resident(Book(), Resident(0, "Dupont")), Resident(0, "Durand"))
    with pytest.raises(DirectoryError, match="already"):
        changes.add_resident(book, Resident(0, "DUPONT"))
    with pytest.raises(DirectoryError, match="already"):
        changes.change_resident(book, "Durand", name="dupont")
    assert changes.change_resident(book, "Durand", name="DURAND").named("durand")


def test_a_name_that_is_not_there_is_told_with_the_close_one() -> None:
    book = changes.add_resident(Book(), Resident(0, "Dupont"))
    with pytest.raises(DirectoryError, match='Did you mean "Dupont"'):
        changes.remove_resident(book, "Dupond")
