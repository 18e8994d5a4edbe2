"""The directory as a table: what comes back of it, what never leaves in it, and every problem at once."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, strategies as st

from portier.directory import changes, hashing, sheet, table, words
from portier.directory.model import Book, Code, Line, Resident
from portier.directory.sheet import Building
from portier.errors import DirectoryError

KEY = bytes(range(32))
FORMULA = "=+-@\t\r"


def any_line(lines: tuple[Line, ...]) -> None:
    del lines


def unseen(done: int, of: int) -> None:
    del done, of


BUILDING = Building({"front", "side"}, {"mornings"}, 6, KEY, any_line)


def built(content: str | bytes, before: Book = Book(), progress: Callable[[int, int], None] = unseen) -> Book:  # noqa: B008
    data = content.encode() if isinstance(content, str) else content
    return sheet.build(table.read(data), before, BUILDING, progress)


def _is(check: Callable[[str], object]) -> Callable[[str], bool]:
    def passes(text: str) -> bool:
        try:
            return check(text) == text
        except ValueError:
            return False

    return passes


captions = st.text(max_size=20).map(lambda text: text.strip()).filter(_is(words.caption))
tricky = st.builds(
    lambda first, rest: first + rest, st.sampled_from("=+-@'"), st.text("ab=+-'@,;| ", max_size=8)
)
names = st.one_of(captions, tricky.map(str.strip).filter(_is(words.caption)))
lines = st.one_of(
    st.builds(Line, number=st.from_regex(r"[0-9]{1,12}", fullmatch=True), prefix=st.booleans()),
    st.just(Line(number="+33612345678", prefix=False)),
    st.just(Line(uri="sip:bob@192.168.1.20;transport=udp")),
)
numbers = st.lists(st.from_regex(r"\+?[0-9]{2,12}", fullmatch=True), max_size=3, unique=True).map(tuple)
moments = st.datetimes(datetime.fromisoformat("2020-01-01"), datetime.fromisoformat("2040-01-01")).map(
    lambda one: one.replace(microsecond=0)
)


@st.composite
def books(draw: st.DrawFn) -> Book:
    residents = tuple(
        Resident(
            number,
            name,
            draw(st.sampled_from(["", "12", "3 bis", "A-4"])),
            draw(st.sampled_from(["", "fr", "en"])),
            tuple(draw(st.lists(lines, max_size=3, unique=True))),
            draw(numbers),
            draw(numbers),
        )
        for number, name in enumerate(
            draw(st.lists(names, max_size=4, unique_by=lambda name: name.casefold())), start=3
        )
    )
    codes = tuple(
        Code(
            number,
            bytes([number]) * 32,
            6,
            label,
            draw(st.sampled_from([frozenset({"front"}), frozenset({"front", "gone"})])),
            draw(st.sampled_from([0, *(one.number for one in residents)])),
            draw(st.sampled_from(["", "mornings", "gone"])),
            draw(st.one_of(st.none(), moments.map(lambda one: one.replace(year=2019)))),
            draw(st.one_of(st.none(), moments)),
            draw(st.sampled_from([None, 1, 7])),
            draw(st.booleans()),
            draw(st.sampled_from([0, 1, 9])),
        )
        for number, label in enumerate(draw(st.lists(names, max_size=4)), start=5)
    )
    return Book(residents, codes, 20, 30)


@given(book=books())
def test_what_was_exported_imports_as_the_same_directory(book: Book) -> None:
    assert built(table.write(book), book) == book


@given(book=books())
def test_no_formula_and_no_secret_survives_an_export(book: Book) -> None:
    text = table.write(book)
    for separator in ",;\t":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            assert not any(cell.startswith(tuple(FORMULA)) for cell in row), row
    for code in book.codes:
        assert code.digest.hex() not in text


@given(cell=st.text())
def test_any_cell_is_read_as_it_was_written(cell: str) -> None:
    assert table.plain(table.safe(cell)) == cell
    assert not table.safe(cell).startswith(tuple(FORMULA))


@pytest.mark.parametrize(
    "cell",
    ["0601020304", "+33601020304", "007", "330601020304", "3-4", "3/4", "12.5", "1E5", "2026-12-24 08:00"],
)
def test_a_spreadsheet_gets_a_number_that_it_would_spoil_as_a_text(cell: str) -> None:
    assert table.safe(cell) == f"'{cell}"
    assert table.plain(f"'{cell}") == cell


@pytest.mark.parametrize(
    "cell", ["", "0", "12", "201", "33601020304", "A-4", "3 bis", "31 32", "Dupont", "t"]
)
def test_a_cell_that_a_spreadsheet_leaves_alone_is_left_alone(cell: str) -> None:
    assert table.safe(cell) == cell
    assert table.plain(f"'{cell}") == f"'{cell}"


def test_telephones_and_flats_come_back_from_a_spreadsheet() -> None:
    """It takes away the ' of a text, and remakes what is none."""
    house = Resident(1, "Dupont", "3-4", "", (Line("0601020304"),), ("0601020304",), ("+33601020304",))
    book = Book((house,), (), 2, 1)
    cells = next(iter(csv.DictReader(io.StringIO(table.write(book)))))
    assert [cells[name] for name in ("flat", "lines", "release_from", "code_from")] == [
        "'3-4",
        "'0601020304",
        "'0601020304",
        "'+33601020304",
    ]
    assert built(table.write(book)) == book


@given(content=st.binary(max_size=400))
def test_any_bytes_are_refused_in_words_or_taken(content: bytes) -> None:
    for one in (content, b"kind,name,code\n" + content):
        with suppress(DirectoryError):
            built(one)


def test_a_spreadsheets_own_ways_are_taken() -> None:
    content = "\ufeffName;KIND;lines\r\nDupont;Resident;31 plain:32\r\n;;\r\n".encode()
    (dupont,) = built(content).residents
    assert dupont == Resident(1, "Dupont", lines=(Line("31"), Line("32", prefix=False)))


def test_every_problem_is_told_at_once_with_its_line_and_no_digits() -> None:
    content = """kind,name,lines,code,label,doors,uses
resident,Dupont,a b,,,,
code,Dupond,,123456,Postman,front,
code,,,592,"two
lines",front,
code,,,582913,Nurse,gate,0
code,,,kept 9,Nurse,front,
visitor,,,,,,
resident,DUPONT,,,,,
"""
    with pytest.raises(DirectoryError) as refused:
        built(content)
    problems = refused.value.problems
    assert [one.partition(":")[0] for one in problems] == [
        f"line {line}" for line in (3, 3, 4, 4, 6, 6, 7, 8, 9)
    ]
    assert "line 9: name: somebody of this name stands in line 2 already" in problems
    assert any("its digits follow each other" in one for one in problems)
    assert not any(digits in str(refused.value) for digits in ("123456", "582913", "592"))
    assert "9 problems, and nothing was changed" in str(refused.value)


def test_the_same_code_twice_is_refused() -> None:
    content = "kind,name,code,label,doors\ncode,,582913,A,front\ncode,,582913,B,front\n"
    with pytest.raises(DirectoryError, match="line 3: code: it is the same as in line 2"):
        built(content)


def test_a_code_of_the_directory_that_the_table_keeps_cannot_be_given_again() -> None:
    before = changes.add_code(Book(), Code(0, b"", 6, "A", frozenset({"front"})), "582913", KEY)
    kept = f"kept 1 {hashing.mark(before.codes[0].digest)}"
    content = f"kind,name,code,label,doors\ncode,,{kept},A,front\ncode,,582913,B,front\n"
    with pytest.raises(DirectoryError, match="the same as in line 2"):
        built(content, before)


def test_what_the_table_does_not_name_is_gone_and_the_rest_keeps_its_number() -> None:
    before = Book(
        (Resident(4, "Dupont"), Resident(5, "Durand")),
        (Code(2, b"x" * 32, 6, "A", frozenset({"front"})),),
        6,
        3,
    )
    after = built("kind,name,flat\nresident,durand,7\nresident,Martin,8\n", before)
    assert after.residents == (Resident(5, "durand", "7"), Resident(6, "Martin", "8"))
    assert after.codes == ()
    assert (after.next_resident, after.next_code) == (7, 3)


def test_a_new_code_is_kept_as_its_hash() -> None:
    content = (
        "kind,name,code,label,doors,until,uses\nresident,Dupont\ncode,Dupont,582913,Nurse,side,2027-01-31,3\n"
    )
    assert built(content).codes == (
        Code(
            1,
            hashing.digest(KEY, "582913"),
            6,
            "Nurse",
            frozenset({"side"}),
            1,
            until_time=datetime.fromisoformat("2027-01-31 23:59:59"),
            uses=3,
        ),
    )


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"kind\n", '"name" is missing'),
        (b"kind,name,name\n", "stands twice"),
        (b"kind,name,colour\n", "no column 'colour'"),
        (b"kind,name\nresident,Fran\xe7ois\n", "line 2: this is not UTF-8"),
        (b"kind,name\nresident,A,B,C\n", "line 2: it has 4 cells"),
        (b"kind,name\nresident,A\x00\n", "holds a line break|no CSV"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(DirectoryError, match=why):
        built(content)


def test_a_card_comes_in_a_table() -> None:
    (card,) = built("kind,name,code,label,doors\ncode,,card:12:04567,Key,front\n").codes
    assert (card.digest, card.length) == (hashing.digest(KEY, "card:12:4567"), 0)


def test_progress_is_told_to_its_end() -> None:
    told: list[tuple[int, int]] = []
    content = "kind,name\n" + "".join(f"resident,Resident {number}\n" for number in range(50))
    built(content, progress=lambda done, of: told.append((done, of)))
    assert told == [(done, 50) for done in range(1, 51)]


def test_a_table_written_before_a_use_does_not_take_it_back() -> None:
    before = Book((), (Code(1, b"x" * 32, 6, "L", frozenset({"front"}), uses=2),), 1, 2)
    content = table.write(before)
    used = replace(before, codes=(replace(before.codes[0], used=2),))
    assert built(content, used) == used
    more = built(content.replace('"2"', '"5"'), used).codes[0]
    assert (more.uses_left, more.used) == (3, 2), "but more may be granted"


def test_the_same_table_twice_brings_no_code_back_that_was_used_up() -> None:
    content = "kind,name,code,label,doors,uses\ncode,,582913,Plumber,front,1\ncode,,card:1:2,Key,front,\n"
    once = built(content)
    used = replace(once, codes=(replace(once.codes[0], used=1), once.codes[1]))
    assert built(content, used) == used
    assert built(content.replace("Plumber", "Painter"), used).codes[0].uses_left == 0


def test_a_code_that_is_kept_is_the_one_that_was_exported() -> None:
    before = Book((), (Code(1, b"x" * 32, 6, "L", frozenset({"front"})),), 1, 2)
    content = table.write(before)
    other = replace(before, codes=(replace(before.codes[0], digest=b"y" * 32),))
    with pytest.raises(DirectoryError, match="line 2: code: this directory has no such code to keep"):
        built(content, other)


@pytest.mark.parametrize("code", ["kept 1", "kept", "kept one", f"kept {'1' * 5000}"])
def test_a_number_alone_keeps_no_code(code: str) -> None:
    before = Book((), (Code(1, b"x" * 32, 6, "L", frozenset({"front"})),), 1, 2)
    with pytest.raises(DirectoryError, match='line 2: code: "kept" wants what an export writes'):
        built(f"kind,name,code,label,doors\ncode,,{code},L,front\n", before)


def test_a_kept_code_may_be_given_to_somebody_else() -> None:
    before = Book(
        (Resident(1, "A"), Resident(2, "B")), (Code(1, b"x" * 32, 6, "L", frozenset({"front"}), 1),), 3, 2
    )
    content = table.write(before).replace('"code","A"', '"code","B"')
    assert built(content, before) == replace(before, codes=(replace(before.codes[0], resident=2),))
