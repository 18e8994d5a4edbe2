"""The commands that order something of a door, or of the house, to last until told otherwise."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from portier.adapters.control.protocol import Do
from portier.commands import added, command

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_VERBS = {
    "lock": (Do.LOCK, "nobody gets in by digit, code or schedule, also after a restart; the exit works"),
    "unlock": (Do.UNLOCK, "digits, codes and schedule count again"),
    "hold": (Do.HOLD, "released until told otherwise; ends with the station; takes may_hold"),
    "end-hold": (Do.END_HOLD, "no longer so"),
    "release-long": (Do.RELEASE_LONG, "once, for its longer time"),
}


def add_to(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line."""
    words = "at the running station: lock a door, hold it released, or end that"
    doors = commands.add_parser("door", help=words, description=words)
    verbs = doors.add_subparsers(required=True, metavar="VERB")
    for verb, (do, what) in _VERBS.items():
        parser = added(verbs, verb, command, what)
        parser.set_defaults(do=do)
        parser.add_argument(
            "target", nargs="?", metavar="DOOR", help="may be left out where there is one door"
        )
    reset = added(
        commands, "fire-reset", command, "at the running station: end a fire alarm whose contact went back"
    )
    reset.set_defaults(do=Do.FIRE_RESET, target=None)
