"""What the commands of the lab and of the virtual Pi share: options, list of cases, what is missing."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.lab.case import Named
from tests.lab.looks import MOST


def parser(program: str, about: str, names: Iterable[str], output: str) -> argparse.ArgumentParser:
    """The options that both have."""
    made = argparse.ArgumentParser(prog=program, description=about)
    made.add_argument(
        "--only", nargs="+", metavar="NAME", choices=list(names), help="only these cases; see --list"
    )
    made.add_argument("--list", action="store_true", help="tell the cases, and look at none")
    made.add_argument("--output", type=Path, default=Path(output), help="where the files go (%(default)s)")
    made.add_argument(
        "--again",
        action="store_true",
        help=f"look once more at what was not ok, {MOST} cases at most, with nothing of this run beside; the "
        "report tells both looks",
    )
    return made


def tell_all(cases: Iterable[Named]) -> None:
    """What --list says."""
    for case in cases:
        print(f"{case.name}\n    {case.expected}")


def missing(who: str, packages: Mapping[str, str]) -> str:
    """What to do about programs that are not here, by the Debian package of each; empty where all are."""
    found = sorted({package for program, package in packages.items() if not shutil.which(program)})
    return f"{who} needs these Debian packages: apt-get install {' '.join(found)}" if found else ""
