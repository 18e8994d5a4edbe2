"""`portier bench --story`: it goes as told or says where it did not, draws each scene, and tells no key."""

from __future__ import annotations

import html
import tomllib
from pathlib import Path
from typing import Any

import pytest

import portier
from portier.__main__ import main
from portier.bench import stories
from portier.bench.story import Story, load, show
from portier.errors import FileError

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def text_of(name: str) -> str:
    return stories.path_of(name).read_text(encoding="utf-8")


def shown(text: str, page: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code and the whole of what is printed."""
    code = show(Story.model_validate(tomllib.loads(text)), page)
    return code, capsys.readouterr().out


@pytest.mark.parametrize("name", stories.names())
def test_a_story_goes_as_told_and_its_page_has_every_scene(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "--story", name, "--output", str(tmp_path / "new")]) == 0
    page = (tmp_path / "new/report.html").read_text(encoding="utf-8")
    out = capsys.readouterr().out
    scenes = load(stories.path_of(name)).scenes
    assert scenes
    for number, scene in enumerate(scenes, start=1):
        assert html.escape(scene.title) in page
        assert f'id="scene-{number}-wide-title"' in page
        assert scene.title in out
    assert out.splitlines()[-1].endswith(str(tmp_path / "new/report.html"))


@pytest.mark.parametrize(
    ("told", "instead", "expected", "seen"),
    [
        (
            'at_s = 11436.0, released = "front"',
            'at_s = 11437.0, released = "front"',
            "11437.000 s",
            "released",
        ),
        ('row = "forced"', 'row = "opened"', "row: opened front", "call 3 to"),
        ("hours = [[420, 1110]]", "hours = [[420, 1140]]", "tone: denied", 'door "front" released'),
    ],
)
def test_a_story_that_goes_otherwise_fails_with_both_sides(
    told: str,
    instead: str,
    expected: str,
    seen: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert told in text_of("evening")
    page = tmp_path / "report.html"
    code, out = shown(text_of("evening").replace(told, instead, 1), page, capsys)
    assert code == 1
    (expected_line,) = [line for line in out.splitlines() if line.startswith("  expected  ")]
    (seen_line,) = [line for line in out.splitlines() if line.startswith("  seen  ")]
    assert expected in expected_line
    assert seen in seen_line
    assert "FAILED" in out.splitlines()[-1]
    assert "went otherwise than told" in page.read_text(encoding="utf-8")


def test_an_unknown_story_is_a_wrong_command_line_that_names_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["bench", "--story", "morning"])
    assert ended.value.code == 64
    said = capsys.readouterr().err
    assert "morning" in said
    assert all(name in said for name in stories.names())


def test_a_folder_that_cannot_be_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    assert main(["bench", "--story", "evening", "--output", str(in_the_way)]) == FileError.exit_code
    assert "cannot write to" in capsys.readouterr().err


def test_no_key_shows_by_terminal_or_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, page = text_of("evening"), tmp_path / "report.html"
    told = shown(text, page, capsys), page.read_text(encoding="utf-8")
    changed = text.replace('key = "5"', 'key = "8"').replace('release_digit = "5"', 'release_digit = "8"')
    secrets = _secrets(tomllib.loads(text))
    for number, one in enumerate(secrets):
        changed = changed.replace(one, f"97531{number}")
    assert len(secrets) == 7
    assert not secrets & _secrets(tomllib.loads(changed))
    for one in secrets:
        assert one not in told[0][1]
        assert one not in told[1]
    # All that is told stays the same to the letter, whichever keys are pressed.
    assert (shown(changed, page, capsys), page.read_text(encoding="utf-8")) == told


def _secrets(story: dict[str, Any]) -> set[str]:
    keyed = {step["keyed"].rstrip("*") for step in story["steps"] if "keyed" in step}
    return keyed | {code["keys"] for code in story["codes"].values()}


def test_a_wheel_holds_every_story() -> None:
    data = tomllib.loads(PYPROJECT.read_text())["tool"]["setuptools"]["package-data"]["portier"]
    package = Path(portier.__path__[0])
    held = {path for pattern in data for path in package.glob(pattern)}
    assert stories.names()
    assert {stories.path_of(name) for name in stories.names()} <= held
