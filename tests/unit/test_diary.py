"""What a long run leaves behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from portier.bench import diary
from portier.bench.diary import Diary, Figures
from portier.errors import PortierError


def _figures(number: int, **changes: object) -> Figures:
    values: dict[str, object] = {
        "elapsed_s": 25.0 * number,
        "calls": 9 * number,
        "releases": 3 * number,
        "memory_kib": 40_000,
        "threads": 7,
        "descriptors": 12,
        "press_to_invite_ms": (0.9, 4.0, 1.1),
        "digit_to_relay_ms": (0.4,),
    }
    return Figures(**{**values, **changes})  # type: ignore[arg-type]


def test_each_figure_is_a_line_at_once_and_the_whole_a_picture(tmp_path: Path) -> None:
    run = Diary(tmp_path / "soak", seed=7)
    for number in range(1, 4):
        run.write(_figures(number))
        lines = (tmp_path / "soak" / "soak.jsonl").read_text().splitlines()
        assert json.loads(lines[-1])["calls"] == 9 * number
    page = run.close().read_text()
    assert "seed 7" in page
    assert page.count("<figure>") == 5
    assert "memory: memory from 39.06 to 39.06" in page


def test_episodes_without_a_call_or_a_release_still_make_a_picture(tmp_path: Path) -> None:
    run = Diary(tmp_path, seed=1)
    run.write(_figures(1, press_to_invite_ms=(), digit_to_relay_ms=()))
    assert run.close().read_text().count("<figure>") == 2


def test_it_is_not_drawn_in_the_stations_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def here(*_: object) -> str:
        raise AssertionError("its libraries would be taken for a leak")

    monkeypatch.setattr(diary, "picture", here)
    run = Diary(tmp_path, seed=1)
    for number in range(1, 21):
        run.write(_figures(number))
    assert run.close().exists()


def test_a_run_that_ends_at_once_leaves_no_picture(tmp_path: Path) -> None:
    assert not Diary(tmp_path, seed=1).close().exists()


def test_a_folder_that_cannot_be_had_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PortierError, match="cannot write to"):
        Diary(tmp_path / "file", seed=1)
