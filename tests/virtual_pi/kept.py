"""What the cases keep for the page beside their rows: figures, and the picture of a call."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portier.record.call_record import CallRecord
from portier.report.sound import Sounds

FIGURES: dict[str, float] = {}
"""What was measured in the guest, by its name."""


@dataclass(slots=True)
class Call:
    """A call that may be drawn."""

    record: CallRecord
    sounds: Sounds


CALLS: list[Call] = []
"""The first one of a lane is drawn, when the lane has nothing else to do."""
PICTURES: list[str] = []
"""What was drawn, as HTML; the first one is shown."""

MEASURED = {
    "boot to registered": "s",
    "start of the station to REGISTER": "s",
    "press to INVITE": "ms",
    "packet to line": "ms",
    "xruns in a call": "",
    "CPU of the station in a call": "%",
    "CPU of the station, idle": "%",
    "memory of the station": "MiB",
    "written to disk in a day, idle": "MiB",
}
"""Every figure and its unit, in the order of the table."""

_COMPARED = {
    "start to REGISTER, p50": ("start of the station to REGISTER", 1 / 1000),
    "a call under load: xruns": ("xruns in a call", 1.0),
    # Seconds in a minute.
    "CPU of a call, PCMA": ("CPU of the station in a call", 100 / 60),
    "idle and registered: CPU": ("CPU of the station, idle", 1.0),
    "idle and registered: memory": ("memory of the station", 1.0),
}
"""What `make compare` has of them, by its rows, and what makes these units of its own."""


def native(build: Path) -> dict[str, float]:
    """The same on this machine itself, as far as `make demo` and `make compare` have left it."""
    found: dict[str, float] = {}
    demo = _read(build / "demo" / "report.json")
    for key, name in (("press_to_invite_ms", "press to INVITE"), ("digit_to_release_ms", "packet to line")):
        if isinstance(value := demo.get(key), int | float):
            found[name] = float(value)
    rows = _read(build / "compare" / "compare.json").get("rows", [])
    for row in rows if isinstance(rows, list) else []:
        if row.get("what") in _COMPARED and row.get("ours") is not None:
            name, factor = _COMPARED[row["what"]]
            found[name] = float(row["ours"]) * factor
    return found


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def rows(build: Path) -> list[dict[str, Any]]:
    """The figures as they stand in report.json; None for what was not measured."""
    beside = native(build)
    return [
        {
            "what": name,
            "unit": unit,
            "virtual": _rounded(FIGURES.get(name)),
            "native": _rounded(beside.get(name)),
        }
        for name, unit in MEASURED.items()
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.3g}")
