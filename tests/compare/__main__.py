"""`python -m tests.compare`: our real station beside baresip, in one run, in a network of its own."""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tests.compare import (
    busy,
    codes,
    delays,
    endurance,
    load,
    page,
    parts,
    reaction,
    rest,
    sound,
    table,
    wear,
)
from tests.compare.echo.cost import cost_rows
from tests.compare.echo.rows import echo_rows
from tests.compare.figures import Row
from tests.compare.path.rows import path_rows
from tests.compare.place import Place, Size, lay_network

from portier import __version__

_INSIDE = "PORTIER_COMPARE_INSIDE"


def main() -> int:
    """Measure and print; 0 when everything could be measured, whatever came out, and 1 otherwise."""
    options = _options()
    if os.environ.get(_INSIDE) != "1":
        return _move_into_own_network()
    lay_network()
    size = Size(options.samples, options.call_s, options.calls, options.idle_s, options.long_s)
    where = _where()
    rows: list[Row] = []
    for name in chosen(options.only):
        # Each has a place of its own, and what was measured before it is kept whatever becomes of it.
        with tempfile.TemporaryDirectory(prefix="portier-compare-") as folder:
            rows += _measured(name, Place(Path(folder), size))
        _write(options.output, rows, where)
    print(f"  {where}\n{table.text(rows)}\n  {options.output / 'compare.json'}, compare.html")
    return 1 if any(row.ours is None for row in rows) else 0


def _measured(name: str, place: Place) -> list[Row]:
    try:
        return _PARTS[name](place)
    except Exception:  # noqa: BLE001 -- whatever it was, the other parts are worth measuring
        traceback.print_exc()
        return [Row(f"{name}: could not be measured", "", ours=None, target=0.0)]


def _write(folder: Path, rows: list[Row], where: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "compare.json").write_text(
        json.dumps({"where": where, "rows": [row.plain() for row in rows]}, indent=1) + "\n"
    )
    (folder / "compare.html").write_text(page.page(rows, where))


def _where() -> str:
    """What was measured on what machine, and when."""
    baresip = subprocess.run(["baresip", "-v"], capture_output=True, text=True, timeout=10, check=False)
    found = re.search(r"baresip v([\d.]+)", baresip.stdout + baresip.stderr)
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {platform.system()} {platform.release()} on "
        f"{platform.machine()}, {os.cpu_count()} processors; Python {platform.python_version()}, "
        f"Portier {__version__}, pjsua2 {version('pjsua2-python')}, "
        f"baresip {found[1] if found else 'of an unknown version'}"
    )


def _sound(place: Place) -> list[Row]:
    heard: dict[str, sound.Heard] = {}
    rows = sound.sound_rows(place, heard)
    return [*rows, *parts.parts_rows(place, heard)]


_PARTS: dict[str, Callable[[Place], list[Row]]] = {
    "press": reaction.press_rows,
    "digit": reaction.digit_rows,
    "codes": codes.code_rows,
    "sound": _sound,
    "latency": delays.latency_rows,
    "drift": delays.drift_rows,
    "path": path_rows,
    "echo": echo_rows,
    "frame": cost_rows,
    "busy": busy.busy_rows,
    "idle": rest.idle_rows,
    "start": rest.start_rows,
    "load": load.load_rows,
    "wear": wear.wear_rows,
    "endurance": endurance.endurance_rows,
}
_GROUPS = {"audio": ("sound", "latency", "drift", "path", "echo", "frame", "busy")}
"""All that is heard of a call, and what that costs."""


def chosen(names: Sequence[str]) -> list[str]:
    """The parts that are asked for, each once; a group's name stands for its parts."""
    return list(dict.fromkeys(part for name in names for part in _GROUPS.get(name, (name,))))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.compare", description="Our station beside baresip."
    )
    parser.add_argument("--samples", type=int, default=100, help="of each latency (%(default)s)")
    parser.add_argument(
        "--call-s", type=float, default=60.0, help="length of the calls that are heard (%(default)s)"
    )
    parser.add_argument("--calls", type=int, default=1000, help="calls in a row (%(default)s)")
    parser.add_argument("--idle-s", type=float, default=30.0, help="how long rest is watched (%(default)s)")
    parser.add_argument(
        "--long-s",
        type=float,
        default=0.0,
        help="latency: a call at low latency besides, while Python computes, of this length (none)",
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=[*_PARTS, *_GROUPS],
        default=list(_PARTS),
        help="only these rows; audio: " + ", ".join(_GROUPS["audio"]),
    )
    parser.add_argument(
        "--output", type=Path, default=Path("build/compare"), help="where the files go (%(default)s)"
    )
    return parser.parse_args()


def _move_into_own_network() -> int:
    own = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]
    os.environ[_INSIDE] = "1"
    os.execvp(own[0], [*own, sys.executable, "-m", "tests.compare", *sys.argv[1:]])  # noqa: S606 -- no shell is wanted


if __name__ == "__main__":
    sys.exit(main())
