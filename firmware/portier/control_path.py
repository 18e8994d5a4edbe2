"""Where the control socket is: given, by PORTIER_SOCKET, or the first of two usual places."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

VARIABLE = "PORTIER_SOCKET"
SERVICE = Path("/run/portier/control.sock")
_OF_A_USER = "portier.sock"


def add_option(parser: argparse.ArgumentParser) -> None:
    """Add --socket to a command."""
    parser.add_argument(
        "--socket",
        type=Path,
        metavar="PATH",
        help=f"the control socket; else {VARIABLE}, or {SERVICE}, or {_OF_A_USER} in XDG_RUNTIME_DIR",
    )


def for_station(given: Path | None = None) -> Path | None:
    """Tell where to listen; None when neither usual place has a folder that can be written to."""
    if (named := given or _from_environment()) is not None:
        return named
    return next((path for path in _usual() if os.access(path.parent, os.W_OK | os.X_OK)), None)


def for_reader(given: Path | None = None) -> Path:
    """Tell where a station listens that this user may speak to; else where one would."""
    if (named := given or _from_environment()) is not None:
        return named
    return next((path for path in _usual() if os.access(path, os.W_OK)), SERVICE)


def missing() -> str:
    """Say why `for_station` found no place, and what to do."""
    return (
        f"control: no socket: {SERVICE.parent} is not there or not writable, and XDG_RUNTIME_DIR names no "
        "folder that is; the station runs, but portier status and its like cannot reach it: "
        f"give a place with --socket PATH or {VARIABLE}"
    )


def _from_environment() -> Path | None:
    text = os.environ.get(VARIABLE)
    return Path(text) if text else None


def _usual() -> list[Path]:
    folder = os.environ.get("XDG_RUNTIME_DIR")
    return [SERVICE, Path(folder) / _OF_A_USER] if folder else [SERVICE]
