"""`portier bench --line-mode all`: how its visits are judged, and its page. An integration test runs it."""

from __future__ import annotations

import html
from pathlib import Path

import pytest

from portier.__main__ import main
from portier.bench import three_modes
from portier.bench.line.client import Seen
from portier.bench.line_mode import LineMode
from portier.bench.three_modes import LINES, WANTED, Call, Fate, Visit
from portier.bench.three_modes_page import page_of
from portier.errors import FileError

PRESSED_S = 100.0


def seen(event: str, at_s: float, call: int, **more: str | int) -> Seen:
    return {"event": event, "mono_ns": round((PRESSED_S + at_s) * 1e9), "call": call, **more}


REFUSED_THEN_RANG = (
    seen("invite", 0.03, 1, to_user="36913100000000"),
    seen("ended", 0.04, 1, by="line", status=404),
    seen("invite", 0.05, 2, to_user="3100000000"),
    seen("ringing", 0.06, 2),
    seen("answered", 3.1, 2),
    seen("acked", 3.1, 2),
    seen("ended", 4.6, 2, by="line", status=0),
)


def visit(mode: LineMode, prefixed: bool, *fates: Fate) -> Visit:
    calls = tuple(Call(LINES[mode], fate, 0, 0.03, 0.04, 3.0, 4.5) for fate in fates)
    return Visit(mode, prefixed, calls, 'call 1 from button "off-prefix": <talked>')


def test_what_the_line_saw_is_read_call_by_call() -> None:
    first, second = three_modes._calls(REFUSED_THEN_RANG, PRESSED_S, True)
    assert (first.to, first.fate, first.status) == ("36913100000000", Fate.REFUSED, 404)
    assert first.answered_s is None
    assert (second.to, second.fate) == ("3100000000", Fate.BY_HAND)
    assert second.ringing_s == pytest.approx(0.06, abs=1e-6)
    assert second.answered_s == pytest.approx(3.1, abs=1e-6)


def test_a_call_that_nobody_lifted_is_answered_by_itself_and_one_that_was_cancelled_was_not_refused() -> None:
    (answered,) = three_modes._calls(REFUSED_THEN_RANG[2:], PRESSED_S, False)
    assert answered.fate is Fate.BY_ITSELF
    cancelled = (
        seen("invite", 0.03, 1, to_user="3100000000"),
        seen("cancel", 5.0, 1),
        seen("ended", 5.0, 1, by="station", status=487),
    )
    assert three_modes._calls(cancelled, PRESSED_S, True)[0].fate is Fate.NOBODY


@pytest.mark.parametrize(("mode", "prefixed"), list(WANTED))
def test_a_visit_is_ok_only_when_its_calls_went_as_the_mode_has_it(mode: LineMode, prefixed: bool) -> None:
    wanted = WANTED[mode, prefixed]
    assert visit(mode, prefixed, *wanted).ok
    assert not visit(mode, prefixed).ok
    assert not visit(mode, prefixed, *wanted, Fate.BY_HAND).ok
    assert not visit(mode, prefixed, *wanted[:-1], Fate.NOBODY).ok


def test_the_page_has_every_mode_both_ways_and_says_that_yes_is_a_reading() -> None:
    visits = [visit(mode, prefixed, *fates) for (mode, prefixed), fates in WANTED.items()]
    page = page_of(visits)
    assert "went as the modes have it" in page
    assert "our reading" in page
    for one in visits:
        assert f"{one.mode}: {'3691' if one.prefixed else 'plain'}" in page
    assert html.escape(visits[0].in_log) in page
    assert "<talked>" not in page
    assert "otherwise than the modes" in page_of([visit(LineMode.OFF, True, Fate.BY_ITSELF)])
    assert "no call came" in page_of([visit(LineMode.OFF, True)])


def test_a_folder_that_cannot_be_is_told_before_anything_is_called(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    assert main(["bench", "--line-mode", "all", "--output", str(in_the_way)]) == FileError.exit_code
    assert "cannot write to" in capsys.readouterr().err


def test_a_mode_that_is_none_is_a_wrong_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["bench", "--line-mode", "sometimes"])
    assert ended.value.code == 64
    assert "prefixed" in capsys.readouterr().err
