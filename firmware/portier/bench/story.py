"""`portier bench --story NAME`: a scenario in named scenes, played on a virtual clock, told and drawn."""

from __future__ import annotations

import textwrap
import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from portier.bench import stories
from portier.bench.deeds import Deed
from portier.bench.scenario import play
from portier.bench.scenario_expect import first_difference
from portier.bench.scenario_file import Scenario
from portier.bench.scenario_part import Part
from portier.bench.scenario_steps import Clock
from portier.bench.telling import Line, deed_lines, step_line
from portier.core.states import State
from portier.errors import FileError
from portier.report.plain import need_libraries

_WIDTH = 100


class Scene(Part):
    """A part of a story, until the next; its picture shows it from `at_s` until `until_s`."""

    at_s: float
    until_s: float
    title: str
    text: str


class Story(Scenario):
    """A scenario in scenes; all its moments count from `begins`, a local time."""

    title: str
    begins: datetime
    scenes: tuple[Scene, ...]

    def time_of_day(self, at_s: float) -> str:
        """A moment as a clock shows it."""
        return f"{self.begins + timedelta(seconds=at_s):%H:%M:%S}"


@dataclass(frozen=True, slots=True)
class Account:
    """A story as it went: all deeds and states with their moments; `difference` says what went otherwise."""

    story: Story
    deeds: list[tuple[float, Deed]]
    states: list[tuple[float, State]]
    difference: str | None

    def lines(self, scene: Scene) -> list[Line]:
        """What happened in a scene, in words."""
        later = [one.at_s for one in self.story.scenes if one.at_s > scene.at_s]
        end_s = min(later, default=float("inf"))
        found = [step_line(step) for step in self.story.steps if not isinstance(step, Clock)]
        for at_s, same in groupby(self.deeds, key=lambda entry: entry[0]):
            found += deed_lines(at_s, [deed for _, deed in same])
        return sorted((one for one in found if scene.at_s <= one.at_s < end_s), key=lambda one: one.at_s)


def load(path: Path) -> Story:
    """Read a file; raises ValueError where it is no story."""
    return Story.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


def played(story: Story) -> Account:
    """Play a story, and hold it against what it expects."""
    states: list[tuple[float, State]] = []
    deeds = play(story, lambda at_s, state: states.append((at_s, state)))
    return Account(story, deeds, states, first_difference(story.expect, deeds))


def run(name: str, output: Path | None, page: Path | None) -> int:
    """Play and tell a story of the package, and draw it; 0 when it went as told, 1 when it went otherwise.

    The picture goes to `page`, or else into the folder `output`, or else build/NAME.
    """
    need_libraries()
    page = page or (output or Path("build", name)) / "report.html"
    _make(page.parent)
    return show(load(stories.path_of(name)), page)


def show(story: Story, page: Path) -> int:
    """Play, tell and draw a story; the exit code."""
    from portier.bench.story_page import page_of

    account = played(story)
    print(story.title)
    for scene in story.scenes:
        print(f"\n{story.time_of_day(scene.at_s)}  {scene.title}")
        print(textwrap.fill(scene.text, _WIDTH, initial_indent="  ", subsequent_indent="  "))
        for line in account.lines(scene):
            print(f"  {story.time_of_day(line.at_s)}  {line.who:<9} {line.text}")
    print()
    try:
        page.write_text(page_of(account), encoding="utf-8")
    except OSError as error:
        raise FileError(f"bench: cannot write {page}: {error.strerror}") from error
    if account.difference:
        print(f"seconds after {story.time_of_day(0.0)}:\n{account.difference}")
        print(f"  FAILED    the story went otherwise than told; picture: {page}")
        return 1
    print(f"  ok        all {len(story.scenes)} scenes went as told; picture: {page}")
    return 0


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"bench: cannot write to {folder}: {error.strerror}") from error
