"""Numbers as people write them, matched to the form that the operator's account has."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from portier.intercom import numbers

LINES = ("0033972000001", "0033972000002", "0032270000003")
NUMBERS = st.from_regex(r"00(1[2-9]|33[1-9]|32[1-9]|352[1-9]|39[0-9])[0-9]{8}", fullmatch=True)


@pytest.mark.parametrize(
    "written",
    [
        "0033972000001",
        "+33972000001",
        "33972000001",
        "0972000001",
        "972000001",
        " +33 (0)9 72 00 00 01 ",
        "09.72.00.00.01",
        "0033-972-000-001",
    ],
)
def test_every_way_to_write_a_line_finds_it(written: str) -> None:
    assert numbers.find(written, LINES) == (LINES[0],)


@given(line=NUMBERS)
def test_every_form_of_a_line_finds_it_in_whichever_country(line: str) -> None:
    assert all(numbers.find(one, (line,)) == (line,) for one in numbers.forms(line))


@pytest.mark.parametrize(
    "written", ["0972000009", "3691 0972000001", "2000001", "00339720000012", "flat 1", "", "+", "٠٩٧٢٠٠٠٠٠١"]
)
def test_another_number_finds_none(written: str) -> None:
    assert numbers.find(written, LINES) == ()


def test_a_number_without_its_country_may_be_two_lines_and_with_it_is_one() -> None:
    lines = ("0033270000003", "0032270000003")
    assert numbers.find("0270000003", lines) == lines
    assert numbers.find("0032270000003", lines) == (lines[1],)


def test_a_form_that_nobody_knows_still_tells_which_line_ends_alike() -> None:
    assert numbers.find("3100972000001", LINES) == ()
    assert numbers.alike("3100972000001", LINES) == (LINES[0],)
    assert numbers.alike("01", LINES) == ()


@pytest.mark.parametrize(
    ("number", "code"), [("33972", "33"), ("12125550100", "1"), ("352270", "352"), ("7", "7")]
)
def test_a_country_code_has_the_length_that_its_first_digits_say(number: str, code: str) -> None:
    assert numbers.country_code(number) == code


@given(written=st.text(max_size=40), line=st.text(max_size=20))
def test_whatever_is_written_it_is_matched_or_not(written: str, line: str) -> None:
    assert set(numbers.find(written, (line,))) <= {line}
    numbers.alike(written, (line,))
