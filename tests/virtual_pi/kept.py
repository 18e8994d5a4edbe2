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
class Picture:
    """The call that is shown."""

    record: CallRecord
    sounds: Sounds


PICTURES: list[Picture] = []
"""The first one is shown."""

MEASURED = {
    "boot to registered": "s",
    "press to INVITE": "ms",
    "packet to line": "ms",
    "xruns in a call": "",
    "CPU of the station in a call": "%",
    "CPU of the station, idle": "%",
    "memory of the station": "MiB",
    "written to disk in a day, idle": "MiB",
}
"""Every figure and its unit, in the order of the table."""


def native(build: Path) -> dict[str, float]:
    """The same on this machine itself, as far as `make demo` and `make compare` have left it."""
    found: dict[str, float] = {}
    demo = _read(build / "demo" / "report.json")
    for key, name in (("press_to_invite_ms", "press to INVITE"), ("digit_to_release_ms", "packet to line")):
        if isinstance(value := demo.get(key), int | float):
            found[name] = float(value)
    rows = _read(build / "compare" / "compare.json").get("rows", [])
    named = {
        "idle and registered: CPU": "CPU of the station, idle",
        "idle and registered: memory": "memory of the station",
    }
    for row in rows if isinstance(rows, list) else []:
        if row.get("what") in named and row.get("ours") is not None:
            found[named[row["what"]]] = float(row["ours"])
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
