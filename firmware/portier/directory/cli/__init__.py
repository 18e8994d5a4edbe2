"""The commands by which a manager keeps the directory. Each works whether a station runs or not."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add_to(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line."""
    from . import backups, codes, residents, sheets

    for one in (residents, codes, sheets, backups):
        one.add_to(commands)
