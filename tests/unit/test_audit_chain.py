"""The chain of the audit log: whatever is changed or removed is found, and an erasure is not that."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings, strategies as st
from tests.unit.audit_log import changed, released, rows, stamp, verdict, written

from portier.adapters.journal import chain, erase, head, reading, tables
from portier.adapters.journal.purge import Rule
from portier.adapters.journal.row import Head, Person
from portier.adapters.journal.store import DATABASE, HEAD, Store
from portier.adapters.journal.verify import verify

NAMES = ["", "Ana Lima", "Bo", "", "Ana Lima", "kitchen, Bo", "", "Cy", "Bo"]
COUNT = len(NAMES) + 1
DELETIONS = ("DELETE FROM rows WHERE", "DELETE FROM people WHERE")
COLUMNS = {
    "rows": ["at_us", "clock_right", "boot", "mono_us", "what", "door", "road", "why", "commitment", "link"],
    "people": ["salt", "who", "resident"],
}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of ten rows, one of them erased afterwards: so eleven."""
    folder = tmp_path_factory.mktemp("log")
    entries = [released(number, name, number if name else 0) for number, name in enumerate(NAMES, 2)]
    written(folder, entries[:4])
    written(folder, entries[4:])
    assert erase.erase(folder, "Cy", stamp(50)).rows == 1
    assert verdict(folder).problems == ()
    return folder


def copied(log: Path, folder: str) -> Path:
    return Path(shutil.copytree(log, Path(folder) / "log"))


def altered(value: int | str | bytes, place: int, bits: int) -> int | bytes | str:
    """Another value of the same kind, with one byte changed."""
    if isinstance(value, int):
        return value ^ (bits << (8 * (place % 7)))
    data = bytearray(value.encode() if isinstance(value, str) else value)
    if not data:
        return "x" if isinstance(value, str) else b"x"
    data[place % len(data)] ^= bits
    return bytes(data)


@settings(max_examples=150, deadline=None)
@given(
    table=st.sampled_from(["rows", "people"]),
    which=st.data(),
    place=st.integers(0, 63),
    bits=st.integers(1, 255),
)
def test_a_changed_byte_of_any_row_is_found(
    log: Path, table: str, which: st.DataObject, place: int, bits: int
) -> None:
    with TemporaryDirectory() as folder:
        here = copied(log, folder)
        kept = [row.number for row, person in rows(here) if table == "rows" or person]
        number = which.draw(st.sampled_from(kept))
        column = which.draw(st.sampled_from(COLUMNS[table]))
        with reading.reading(here) as database:
            old = database.execute(f"SELECT {column} FROM {table} WHERE number = ?", (number,)).fetchone()[0]  # noqa: S608
        new = altered(old, place, bits)
        cast = f"CAST(? AS {'TEXT' if isinstance(old, str) else 'BLOB'})" if not isinstance(old, int) else "?"
        update = f"UPDATE {table} SET {column} = {cast} WHERE number = ?"  # noqa: S608
        assert changed(here, update, new, number) == 1
        found = verdict(here)
        assert found.problems
        # The link of a row is looked at by the one after it.
        assert any(f"row {one}" in problem for problem in found.problems for one in (number, number + 1))


@pytest.mark.parametrize(
    ("table", "column"),
    [("anchor", "log"), ("anchor", "number"), ("anchor", "link"), ("erased", "number"), ("erased", "by_row")],
)
def test_a_changed_byte_of_what_stands_beside_the_rows_is_found(
    log: Path, tmp_path: Path, table: str, column: str
) -> None:
    for place in range(8):
        here = copied(log, str(tmp_path / str(place)))
        with reading.reading(here) as database:
            old = database.execute(f"SELECT {column} FROM {table}").fetchone()[0]  # noqa: S608
        changed(here, f"UPDATE {table} SET {column} = ?", altered(old, place, 1 << place % 8))  # noqa: S608
        assert verdict(here).problems


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(1, COUNT + 1), min_size=1))
def test_rows_that_are_removed_are_missed_the_last_ones_too(log: Path, gone: set[int]) -> None:
    with TemporaryDirectory() as folder:
        here = copied(log, folder)
        for number in gone:
            for delete in DELETIONS:
                changed(here, f"{delete} number = ?", number)
        assert verdict(here).problems


def test_a_removed_row_is_named(log: Path, tmp_path: Path) -> None:
    here = copied(log, str(tmp_path))
    changed(here, "DELETE FROM rows WHERE number = 6")
    assert "row 6 is missing" in verdict(here).problems


def test_a_cut_end_shows_by_the_end_that_is_noted_and_by_nothing_else(log: Path, tmp_path: Path) -> None:
    here = copied(log, str(tmp_path))
    end = verdict(here).last
    changed(here, "DELETE FROM rows WHERE number > 5")
    changed(here, "DELETE FROM people WHERE number > 5")
    changed(here, "DELETE FROM erased")
    assert verdict(here).problems == (
        f"row {end.number} was the last one once, and is not there: the end was cut off",
    )
    (here / HEAD).unlink()
    assert verdict(here).problems == ()
    with reading.reading(here) as database:
        assert verify(database, [Head(b"", end.number, end.link)]).problems, "an end noted on paper"


def test_a_log_that_was_written_anew_shows_by_an_end_noted_elsewhere(log: Path, tmp_path: Path) -> None:
    here = copied(log, str(tmp_path))
    end = verdict(here).last
    (here / DATABASE).unlink()
    written(here, [released(number, "somebody else") for number in range(2, 20)])
    assert verdict(here).problems == ()
    with reading.reading(here) as database:
        anew = verify(database, [Head(b"", end.number, end.link)]).problems
    assert anew == (f"row {end.number} is not what it was when its link was noted: the log was written anew",)


def test_a_log_that_took_anothers_place_shows_by_the_end_beside_it(log: Path, tmp_path: Path) -> None:
    here, other = copied(log, str(tmp_path)), tmp_path / "other"
    other.mkdir()
    written(other, [released(2)])
    shutil.copy(other / DATABASE, here / DATABASE)
    assert any("of another log" in problem for problem in verdict(here).problems)


def test_personal_data_that_were_removed_by_hand_are_no_erasure(log: Path, tmp_path: Path) -> None:
    here = copied(log, str(tmp_path))
    changed(here, "DELETE FROM people WHERE number = 3")
    assert verdict(here).problems == ("row 3 has lost whose it is, and no erasure names it",)
    changed(here, "INSERT INTO erased SELECT 3, by_row FROM erased")
    assert verdict(here).problems == ("row 11 tells of another erasure than was made",)


def test_an_anchor_that_was_moved_is_found(log: Path, tmp_path: Path) -> None:
    """As a purge would leave it, but for its row."""
    here = copied(log, str(tmp_path))
    changed(here, "UPDATE anchor SET number = 4, link = (SELECT link FROM rows WHERE number = 4)")
    for delete in DELETIONS:
        changed(here, f"{delete} number <= 4")
    assert verdict(here).problems == (
        "the log begins after row 4, and tells of a purge up to no row: rows are gone",
    )


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["", "Ana", "Bo", "Ana, Bo"]), min_size=1, max_size=12),
    st.lists(st.sampled_from(["Ana", "Bo", "7", "nobody"]), max_size=3),
    st.integers(2, 12),
)
def test_an_erasure_leaves_the_chain_as_it_was_and_no_name(
    names: list[str], erased: list[str], keep_rows: int
) -> None:
    with TemporaryDirectory() as text:
        folder, rule = Path(text), Rule(90, keep_rows)
        for number, name in enumerate(names, 2):
            written(folder, [released(number, name, 7 if name == "Bo" else 0)], rule)
        for name in erased:
            erase.erase(folder, name, stamp(60))
            written(folder, [released(70, "Cy")], rule)
            assert verdict(folder).problems == ()
            gone = {person.who for _, person in rows(folder) if person}
            assert name not in ", ".join(gone).split(", ")
        if "7" in erased:
            assert all(person is None or person.resident != 7 for _, person in rows(folder))


def test_nothing_of_an_erased_name_is_left_in_any_file(tmp_path: Path) -> None:
    name = "Zebulon Quux"
    for batch in range(40):
        written(
            tmp_path, [released(number, name if number % 3 else "Bo") for number in range(batch, batch + 5)]
        )
    database = [one for one in tmp_path.iterdir() if name.encode() in one.read_bytes()]
    assert database, "it was there"
    assert erase.erase(tmp_path, name, stamp(99)).remains == ()
    assert [one.name for one in tmp_path.iterdir() if name.encode() in one.read_bytes()] == []
    assert verdict(tmp_path).problems == ()


def test_an_erasure_reaches_what_sqlite_keeps_beside_the_database_of_a_running_station(
    tmp_path: Path,
) -> None:
    name, store = "Zebulon Quux", Store(tmp_path, Rule())
    store.append([released(number, name) for number in range(9)], stamp())
    assert name.encode() in (tmp_path / f"{DATABASE}-wal").read_bytes()
    assert erase.erase(tmp_path, name, stamp(99)).remains == ()
    assert [one.name for one in tmp_path.iterdir() if name.encode() in one.read_bytes()] == []
    assert store.append([released(100, "Bo")], stamp(100)).rows == 12
    store.close()
    assert verdict(tmp_path).problems == ()


def test_an_erasure_of_somebody_unknown_changes_nothing(log: Path, tmp_path: Path) -> None:
    here = copied(log, str(tmp_path))
    before = rows(here)
    assert erase.erase(here, "nobody", stamp()).rows == 0
    assert rows(here) == before


@given(
    st.tuples(st.binary(max_size=4), st.text(max_size=4), st.integers(0, 99)),
    st.tuples(st.binary(max_size=4), st.text(max_size=4), st.integers(0, 99)),
)
def test_only_the_same_person_has_the_same_commitment(
    one: tuple[bytes, str, int], other: tuple[bytes, str, int]
) -> None:
    assert (chain.committed(Person(*one)) == chain.committed(Person(*other))) == (one == other)


def test_the_same_name_twice_does_not_show_without_its_salt(log: Path) -> None:
    commitments = [row.commitment for row, person in rows(log) if person and person.who == "Ana Lima"]
    assert len(set(commitments)) == len(commitments) == 2


@given(st.integers(0, 127), st.integers(1, 255))
def test_a_spoilt_slot_of_the_noted_end_leaves_the_one_before(place: int, bits: int) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / HEAD
        ends = [Head(bytes(8), number, bytes([number]) * 32) for number in (6, 7)]
        for end in ends:
            head.write(path, end)
        assert head.read(path) == ends[1]
        data = bytearray(path.read_bytes())
        data[place] ^= bits
        path.write_bytes(data)
        assert head.read(path) == (ends[0] if place >= 64 else ends[1])


def test_the_tables_are_of_exact_kinds(log: Path, tmp_path: Path) -> None:
    """A number where a text was would else be written the same."""
    here = copied(log, str(tmp_path))
    with reading.reading(here) as database:
        kinds = [one[0] for one in database.execute("SELECT sql FROM sqlite_master WHERE type = 'table'")]
    assert len(kinds) == 4
    assert all(one.endswith("STRICT") for one in kinds)
    assert tables.VERSION == 1


@pytest.mark.parametrize("who", ["7", "Dupont"])
def test_an_erasure_takes_every_line_of_a_resident_also_among_others(tmp_path: Path, who: str) -> None:
    names = [("Dupont", 7), ("Dupont (2)", 7), ("Dupont, Dupont (2)", 7), ("Durand, Dupont (2)", 0)]
    stay = [("Durand", 8), ("Dupontel", 9), ("bell", 0)]
    written(tmp_path, [released(number, *one) for number, one in enumerate((*names, *stay))])
    assert erase.erase(tmp_path, who, stamp(50)).rows == len(names)
    assert [(person.who, person.resident) for _, person in rows(tmp_path) if person] == stay
    assert verdict(tmp_path).problems == ()


def test_a_number_takes_the_rows_that_say_who_it_is_by_name_alone(tmp_path: Path) -> None:
    """As a log of before, where calls told no number."""
    written(tmp_path, [released(1, "Dupont"), released(2, "Dupont (2)"), released(3, "Dupont", 7)])
    assert erase.erase(tmp_path, "7", stamp(50)).rows == 3
