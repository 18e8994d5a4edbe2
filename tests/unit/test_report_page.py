"""The page of a call: whole, readable by itself, and true to the record, also for every odd one."""

from __future__ import annotations

import math
import re
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from tests.unit.call_records import ODD, sounds, visit
from tests.unit.html_page import Page

from portier.errors import PortierError
from portier.record.call_record import CallRecord, Release, Stream, from_plain
from portier.report.intervals import all_intervals
from portier.report.ladder import ladder
from portier.report.page import page, write
from portier.report.releases import releases
from portier.report.story import notes, outcome, sentence
from portier.report.terms import terms
from portier.report.tidy import tidy

RECORDS = {"visit": visit, **ODD}
MOST_BYTES = 1_500_000


@cache
def _page(name: str) -> Page:
    return Page(page(RECORDS[name]()))


@cache
def _visit() -> Page:
    return Page(page(visit(), sounds()))


@pytest.mark.parametrize("name", RECORDS)
def test_every_page_is_whole_and_needs_nothing_from_elsewhere(name: str) -> None:
    read = _page(name)
    assert len(read.ids()) == len(set(read.ids())), "an id twice: what refers to it shows the wrong one"
    assert set(read.references()) <= set(read.ids())
    assert read.outside() == []
    urls = set(re.findall(r"https?://[^\"' <]*", read.source))
    assert urls <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert not read.all("script")
    assert not any(name.startswith("on") for one in read.elements for name in one.attributes)
    assert len(read.source.encode()) < MOST_BYTES


@pytest.mark.parametrize("name", RECORDS)
def test_every_picture_is_there_for_wide_and_narrow_and_has_words_for_who_cannot_see_it(name: str) -> None:
    pictures = _page(name).all("svg")
    assert [one.attributes["class"] for one in pictures] == ["wide", "narrow"] * (len(pictures) // 2)
    assert len(pictures) >= 2
    assert all(one.attributes["role"] == "img" for one in pictures)
    words = {one.attributes["id"]: one.text for one in _page(name).elements if "id" in one.attributes}
    for one in pictures:
        assert words[one.attributes["aria-labelledby"]]
        assert words[one.attributes["aria-describedby"]]


def test_the_visit_is_told_in_one_sentence() -> None:
    (story,) = _visit().all("p", "story")
    assert story.text == (
        "Somebody pressed “bell”; the line rang after 121 ms and answered after 245 ms, sound went both ways "
        "for 11.8 s, a wrong attempt released nothing, the door “front” was released for 2.00 s and the line "
        "hung up."
    )


def test_the_intervals_of_the_visit_stand_in_the_table_with_what_they_measure() -> None:
    texts = [one.text for one in _visit().all("tr")]
    for line in (
        "debouncefrom the edge at the button to the moment the press counts30 ms",
        "press to INVITEfrom the moment the press counts to the INVITE leaving0.9 ms",
        "press to ringingfrom the edge at the button to the line's word that it rings121 ms",
        "press to answerfrom the edge at the button to the line going off hook245 ms",
        "press to first soundfrom the edge at the button to the first sound of the line287 ms",
        "talkfrom the answer to the end of the call11.8 s",
        "whole callfrom the edge at the button to the end of the call12.0 s",
        "frontby a digit, 8.13 s after the press1.3 ms2.00 s",
        "codecPCMA",
        "came too late1 packet",
    ):
        assert line in texts


def test_the_picture_names_its_rows_and_draws_the_intervals_too_short_for_the_whole_axis_enlarged() -> None:
    whole, _, press, _, begin, _, release, _ = (one.text for one in _visit().all("svg"))
    for row in ("Moments", "Call", "Visitor sees", "SIP", "button bell", "door front", "lamp status"):
        assert row in whole
    for row in ("Door speaks", "Phone hears it", "Phone speaks", "Door hears it", "Jitter buffer"):
        assert row in whole
    assert "seconds after the press" in whole
    assert "wrong attempt 5.90 s" in whole
    assert "debounce 30 ms" in press
    assert "press to INVITE 0.9 ms" in press
    assert "milliseconds after the press" in press
    assert "press to answer 245 ms" in begin
    assert "digit to relay 1.3 ms" in release
    assert "milliseconds after the digit" in release


def test_the_ladder_has_every_message_with_its_moment_and_who_sent_it() -> None:
    (table,) = _visit().all("table", "ladder")
    steps = _visit().all("td", "step")
    assert [one.text.split(": ")[1] for one in steps] == [text for _, _, text in visit().sip]
    assert [one.is_a("td", "sent") for one in steps] == [sent for _, sent, _ in visit().sip]
    assert "11.8 s later" in table.text


def test_spectrograms_are_there_where_the_sound_was_kept_and_not_without_it() -> None:
    with_sound, without = _visit(), _page("visit")
    assert len(with_sound.all("image")) == 4
    assert without.all("image") == []
    assert "spectrogram" in with_sound.source
    assert "spectrogram" not in without.source
    assert "Door speaks" in without.source


def test_names_from_the_record_are_text_and_never_markup() -> None:
    read = _page("strange names")
    assert not read.all("script")
    assert not read.all("i")
    assert read.all("h1")[0].text.startswith('Call 3, button “<script>alert("1")</script>')
    assert "<i>over</i>" in read.all("p", "story")[0].text
    assert read.all("p", "when")[0].text == "<b>once</b>"
    assert any("$x_1$" in one.text for one in read.all("text")), "a dollar sign begins no formula"
    for control in ("\x00", "\x1b", "\u202e", "\ud800"):
        assert control not in read.source
    read.source.encode()


def test_the_same_call_gives_the_same_page() -> None:
    assert page(visit(), sounds()) == _visit().source


def test_a_record_that_went_through_json_gives_the_same_page() -> None:
    assert page(from_plain(visit().plain())) == _page("visit").source


def test_dark_screens_have_their_colours_and_paper_keeps_its_own() -> None:
    source = _visit().source
    assert "@media screen and (prefers-color-scheme:dark)" in source
    drawn = source[source.index("<svg") : source.rindex("</svg>")]
    fixed = set(re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", drawn))
    assert fixed == set(), "a colour that no dark screen can change"
    used = set(re.findall(r"var\(--([a-z]+)\)", source))
    assert used <= set(re.findall(r"--([a-z]+):", source))


def test_a_missing_plotting_library_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(PortierError, match=r"portier\[bench\]"):
        page(visit())


def test_a_page_that_cannot_be_written_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(PortierError, match="nowhere"):
        write(tmp_path / "nowhere" / "call.html", ODD["nothing but a press"]())
    write(tmp_path / "call.html", ODD["nothing but a press"]())
    assert (tmp_path / "call.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


_MOMENTS = st.floats(-2, 4000) | st.floats(0, 0.3) | st.sampled_from([math.nan, math.inf, 0.0])
_MAYBE = st.none() | _MOMENTS
_TEXT = st.text(max_size=12) | st.sampled_from(["hung up", "busy", "BYE", "INVITE", "200 OK (BYE)"])
_PEAKS = st.lists(st.tuples(_MOMENTS, st.integers(-10, 40000)), max_size=30)
_RELEASES = st.builds(Release, _TEXT, _MOMENTS, digit_s=_MAYBE, rose_s=_MAYBE, fell_s=_MAYBE)
_COUNTS = st.integers(0, 10**7)
_STREAMS = st.builds(
    Stream, _TEXT, _COUNTS, _COUNTS, _COUNTS, _COUNTS, st.none() | _COUNTS, st.floats(0, 1e4)
)
_RECORDS = st.builds(
    CallRecord,
    leg=_COUNTS,
    button=_TEXT,
    begun_at=_TEXT | st.datetimes().map(lambda at: at.isoformat()),
    debounce_s=st.sampled_from([0.0, 0.03, 2.0]) | _MOMENTS,
    sent_s=_MAYBE,
    ringing_s=_MAYBE,
    answered_s=_MAYBE,
    first_sound_s=_MAYBE,
    ended_s=_MAYBE,
    end=_TEXT,
    status=st.integers(0, 699),
    xruns=_COUNTS,
    stream=st.none() | _STREAMS,
    releases=st.lists(_RELEASES, max_size=4),
    wrong_attempts=st.integers(0, 9),
    wrong_s=st.lists(_MOMENTS, max_size=3),
    states=st.lists(st.tuples(_MOMENTS, _TEXT), max_size=6),
    signs=st.lists(st.tuples(_MOMENTS, st.lists(_TEXT, max_size=3).map(tuple)), max_size=6),
    sip=st.lists(st.tuples(_MOMENTS, st.booleans(), _TEXT), max_size=20),
    pins=st.dictionaries(_TEXT, st.lists(st.tuples(_MOMENTS, st.integers(0, 1)), max_size=9), max_size=3),
    buffer=st.lists(st.tuples(_MOMENTS, _MOMENTS), max_size=20),
    captured=_PEAKS,
    far=_PEAKS,
)


@settings(max_examples=200)
@given(_RECORDS)
def test_whatever_is_in_a_record_it_can_be_told(record: CallRecord) -> None:
    record = tidy(record)
    told = [sentence(record), outcome(record), *notes(record)]
    assert all(told)
    assert "nan" not in " ".join(one.length for one in all_intervals(record))
    Page(ladder(record.sip, "press") + terms(record, with_spectrograms=True) + releases(record))


@settings(max_examples=10)
@given(_RECORDS)
def test_whatever_is_in_a_record_its_page_is_whole(record: CallRecord) -> None:
    read = Page(page(record))
    assert len(read.all("svg")) >= 2
    assert read.outside() == []


def test_a_page_never_shows_which_key_was_pressed() -> None:
    record = replace(visit(), releases=[Release("front", 8.0, 8.0, 8.1, 9.0)])
    assert "Which key it was is not in the record" in page(record)
