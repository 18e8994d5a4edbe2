"""Where a station keeps what outlives a start: given, by PORTIER_STATE, by systemd, or the usual folder."""

from __future__ import annotations

import argparse
import os
from contextlib import suppress
from pathlib import Path

VARIABLE = "PORTIER_STATE"
USUAL = Path("/var/lib/portier")


def add_option(parser: argparse.ArgumentParser) -> None:
    """Add --state to a command."""
    parser.add_argument(
        "--state",
        type=Path,
        metavar="DIR",
        help=f"the folder of audit log and memory; else {VARIABLE}, or {USUAL}",
    )


def for_station(given: Path | None = None) -> Path | None:
    """Tell where to keep it; None where no folder is named and the usual one is not this user's."""
    if (named := given or _from_environment()) is not None:
        return named
    return USUAL if os.access(USUAL, os.W_OK | os.X_OK) else None


def make(folder: Path) -> None:
    """Make the folder where its parent is; whoever writes there tells why that failed."""
    with suppress(OSError):
        folder.mkdir(mode=0o750, exist_ok=True)


def for_reader(given: Path | None = None) -> Path:
    """Tell where a station of this machine keeps it."""
    return given or _from_environment() or USUAL


def missing() -> str:
    """Say why `for_station` found no place, and what to do."""
    return (
        f"audit: no log: {USUAL} is not there or not writable; the station runs, but writes no audit log and "
        f"remembers nothing over a restart: give a folder with --state DIR or {VARIABLE}"
    )


def _from_environment() -> Path | None:
    # STATE_DIRECTORY is what systemd makes of StateDirectory= in the unit.
    text = os.environ.get(VARIABLE) or os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    return Path(text) if text else None
