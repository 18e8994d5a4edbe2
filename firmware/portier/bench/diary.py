"""What a long run leaves behind: its figures as lines of JSON, and a picture of them over time.

The picture is drawn by a process of its own, `python -m portier.bench.diary FOLDER SEED`: what draws would be
taken for a leak of the station's.
"""

from __future__ import annotations

import html
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

from portier.errors import FileError, PortierError

_DRAWN_EVERY = 10
_MINUTE_S = 60.0
_FIGURES, _PICTURE = "soak.jsonl", "soak.html"


@dataclass(frozen=True, slots=True)
class Figures:
    """The station after an episode: counts since the start, and the latencies of this episode's calls."""

    elapsed_s: float
    calls: int
    releases: int
    memory_kib: int
    threads: int
    descriptors: int
    press_to_invite_ms: tuple[float, ...]
    digit_to_relay_ms: tuple[float, ...]

    def __str__(self) -> str:
        return (
            f"{self.calls} calls, {self.releases} releases; {self.memory_kib} KiB, {self.threads} threads, "
            f"{self.descriptors} descriptors"
        )


class Diary:
    """Writes `soak.jsonl` at each figure, and `soak.html` now and then, into a folder.

    Raises FileError when it cannot.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._seed = seed
        self._count = 0
        self._drawing: subprocess.Popen[bytes] | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = (folder / _FIGURES).open("w", encoding="utf-8")
        except OSError as error:
            raise FileError(f"bench: cannot write to {folder}: {error.strerror}") from error

    def write(self, figures: Figures) -> None:
        """Keep the figures of an episode."""
        self._count += 1
        self._file.write(json.dumps(asdict(figures)) + "\n")
        self._file.flush()
        if self._count % _DRAWN_EVERY == 0 and (self._drawing is None or self._drawing.poll() is not None):
            self._draw()

    def close(self) -> Path:
        """Draw the whole, and end; where the picture is."""
        self._file.close()
        if self._drawing:
            self._drawing.wait()
        if self._count and (code := self._draw().wait()) != 0:
            raise PortierError(f"bench: the picture of {self._folder / _FIGURES} was not drawn ({code})")
        return self._folder / _PICTURE

    def _draw(self) -> subprocess.Popen[bytes]:
        drawing = [sys.executable, "-P", "-m", "portier.bench.diary", str(self._folder), str(self._seed)]
        # After all others: it must not be seen in the latencies.
        self._drawing = subprocess.Popen(["nice", "-n", "19", *drawing])
        return self._drawing


def picture(figures: Sequence[Figures], seed: int) -> str:
    """The page of a run that has at least one figure."""
    from portier.report.chart import Chart, lines
    from portier.report.document import document

    def over_time(of: Callable[[Figures], float]) -> list[tuple[float, float]]:
        return [(one.elapsed_s / _MINUTE_S, of(one)) for one in figures]

    def latency(of: Callable[[Figures], Sequence[float]]) -> dict[str, list[tuple[float, float]]]:
        known = [(one.elapsed_s / _MINUTE_S, sorted(of(one))) for one in figures if of(one)]
        return {
            "middle of an episode": [(at, values[len(values) // 2]) for at, values in known],
            "longest of an episode": [(at, values[-1]) for at, values in known],
        }

    last = figures[-1]
    charts = (
        ("memory", "MiB of its own", {"memory": over_time(lambda one: one.memory_kib / 1024)}),
        (
            "threads and descriptors",
            "count",
            {
                "threads": over_time(lambda one: one.threads),
                "descriptors": over_time(lambda one: one.descriptors),
            },
        ),
        ("press to INVITE, beyond the debounce", "ms", latency(lambda one: one.press_to_invite_ms)),
        ("digit to relay", "ms", latency(lambda one: one.digit_to_relay_ms)),
        ("calls of an episode", "calls", {"calls": _calls(figures)}),
    )
    drawn = "".join(
        lines(Chart(f"soak-{number}", title, _told(title, series), "minutes", unit), series)
        for number, (title, unit, series) in enumerate(charts)
        if all(series.values())
    )
    text = (
        f"{len(figures)} episodes in {last.elapsed_s / _MINUTE_S:.0f} min, seed {seed}: {last}. "
        "In each, presses, answers, hang-ups, floods and card losses at random moments; then all goes quiet, "
        "and a plain visit must work."
    )
    return document("Portier: a long run", f"<h1>A long run</h1><p>{html.escape(text)}</p>{drawn}")


def _calls(figures: Sequence[Figures]) -> list[tuple[float, float]]:
    return [(late.elapsed_s / _MINUTE_S, late.calls - early.calls) for early, late in pairwise(figures)]


def _told(title: str, series: dict[str, list[tuple[float, float]]]) -> str:
    return f"{title}: " + "; ".join(
        f"{name} from {points[0][1]:.4g} to {points[-1][1]:.4g}, at most "
        f"{max(value for _, value in points):.4g}"
        for name, points in series.items()
        if points
    )


def main(folder: Path, seed: int) -> None:
    """Draw what is in a folder; a reader never sees half a page."""
    lines = (folder / _FIGURES).read_text(encoding="utf-8").splitlines()
    page = picture([Figures(**json.loads(line)) for line in lines], seed)
    new = folder / f"new-{_PICTURE}"
    new.write_text(page, encoding="utf-8")
    new.replace(folder / _PICTURE)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
