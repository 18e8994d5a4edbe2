"""The lab's own judgement: nothing is ok by default."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.lab import __main__ as lab, roots, run, torture
from tests.lab.case import CASES, Case, Found, Look
from tests.lab.cases import as_written, load
from tests.lab.place import Place
from tests.lab.sipp import Sipp


def _case(look: Look, limit_s: float = 5.0) -> Case:
    return Case("a case", "something", look, limit_s, quick=False)


def _right(place: Place, found: Found) -> None:
    found.that(True, "right")


def _wrong(place: Place, found: Found) -> None:
    found.that(True, "right")
    found.that(False, "that other thing")


def _nothing(place: Place, found: Found) -> None:
    """Look at nothing."""


def _noting(place: Place, found: Found) -> None:
    found.note("3 s")


def _broken(place: Place, found: Found) -> None:
    found.that(True, "right")
    raise ValueError("no server here")


def _endless(place: Place, found: Found) -> None:
    time.sleep(60)


@pytest.mark.parametrize(
    ("look", "limit_s", "ok", "seen"),
    [
        (_right, 5.0, True, "right"),
        (_wrong, 5.0, False, "right; NOT that other thing"),
        (_nothing, 5.0, False, ""),
        (_noting, 5.0, False, "3 s"),
        (_broken, 5.0, False, "right; ValueError: no server here"),
        (_endless, 0.1, False, "TooLongError: not over after 0 s"),
    ],
)
def test_a_case_is_ok_when_all_that_it_looked_at_is(
    look: Look, limit_s: float, ok: bool, seen: str, tmp_path: Path
) -> None:
    outcome = run.looked_at(_case(look, limit_s), tmp_path / "case")
    assert (outcome.ok, outcome.seen) == (ok, seen)


def test_what_a_case_started_is_ended_however_it_ends(tmp_path: Path) -> None:
    ended = []

    def look(place: Place, found: Found) -> None:
        place.afterwards(lambda: ended.append(True))
        raise ValueError

    run.looked_at(_case(look), tmp_path / "case")
    assert ended


def test_where_the_lab_cannot_be_every_case_is_written_down_as_not_ok(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["lab", "--output", str(tmp_path)])
    assert lab.main() == 1
    assert "apt-get install baresip-core" in capsys.readouterr().err
    written = json.loads((tmp_path / "lab.json").read_text())["cases"]
    assert [one["case"] for one in written] == list(CASES)
    assert not any(one["ok"] for one in written)


def test_what_an_earlier_run_saw_is_gone_when_the_lab_fails_before_its_first_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(tell: Callable[[str], None]) -> Path:
        raise OSError("no mirror answers")

    load()
    earlier = {"cases": [{"case": name, "ok": True} for name in CASES]}
    (tmp_path / "lab.json").write_text(json.dumps(earlier))
    monkeypatch.delenv("PORTIER_LAB_INSIDE", raising=False)
    monkeypatch.setattr("sys.argv", ["lab", "--output", str(tmp_path)])
    monkeypatch.setattr(lab, "_unfit", lambda: "")
    monkeypatch.setattr(roots, "asterisk", fails)
    with pytest.raises(OSError, match="no mirror"):
        lab.main()
    written = json.loads((tmp_path / "lab.json").read_text())["cases"]
    assert [one["case"] for one in written] == list(CASES)
    assert not any(one["ok"] for one in written)


def test_of_sipps_trace_only_what_the_station_sent_counts_as_received(tmp_path: Path) -> None:
    script = Sipp.__new__(Sipp)
    script._folder = tmp_path
    (tmp_path / "messages").write_text(
        "----------------------------------------------- 2026-01-02 21:32:09.986947\n"
        "UDP message received [9] bytes :\n\nBYE sip:far SIP/2.0\n\n"
        "----------------------------------------------- 2026-01-02 21:32:10.487167\n"
        "UDP message sent (9 bytes):\n\nSIP/2.0 200 OK\n\na=inactive\n"
    )
    assert script.received == ["BYE sip:far SIP/2.0"]
    came, sent = script.traffic
    assert (came.came, sent.came) == (True, False)
    assert sent.at_s - came.at_s == pytest.approx(0.50022, abs=0.001)


def test_every_case_says_what_is_expected() -> None:
    load()
    assert len(CASES) > 30
    assert all(case.expected and 0 < case.limit_s <= 180 for case in CASES.values())


def test_the_readme_has_the_three_files_that_are_tried() -> None:
    pjsip, extensions, station = as_written.blocks()
    assert "type = endpoint" in pjsip
    assert "Dial(" in extensions
    assert "[sip]" in station


def test_torture_messages_are_each_another_and_fit_a_datagram() -> None:
    messages = torture.all_of("192.0.2.1")
    datagrams = {one.name: one.datagram(("192.0.2.1", 5062), "192.0.2.2:5060") for one in messages}
    assert len(datagrams) == len(set(datagrams.values())) == len(messages)
    assert all(len(one) < 9000 and b"@SDP@" not in one and b"@ME@" not in one for one in datagrams.values())
