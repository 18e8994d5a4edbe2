"""`portier line list|show|enable|disable|login` on the command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portier import control_path, state_path

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add_to(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line."""
    words = "the intercom mode of lines at their operator (OVHcloud), by its API"
    parser = commands.add_parser("line", help=words, description=words)
    actions: argparse._SubParsersAction[Any] = parser.add_subparsers(required=True, metavar="ACTION")
    shown = _added(actions, "list", "every line, and whether it answers by itself")
    shown.add_argument("--json", action="store_true", help="one JSON object a line")
    shown.set_defaults(command=_list)
    show = _added(actions, "show", "one line: its mode, and what may keep a door's call from its telephone")
    show.add_argument("line", metavar="LINE", help="its number: 0033..., +33... or 0...")
    show.add_argument("--json", action="store_true", help="one JSON object")
    show.set_defaults(command=_show)
    for name, mode, words in (
        (
            "enable",
            "prefixed",
            "let lines answer by themselves when they are called with 3691 before the number",
        ),
        ("disable", "no", "let lines ring as any other"),
    ):
        change = _added(actions, name, words)
        change.add_argument("lines", nargs="+", metavar="LINE", help="a number: 0033..., +33... or 0...")
        change.add_argument("--yes", action="store_true", help="do not ask, for scripts")
        change.add_argument(
            "--dry-run", action="store_true", help="show what would change, and change nothing"
        )
        control_path.add_option(change)
        state_path.add_option(change)
        change.set_defaults(command=_change, wanted=mode)
    login = _added(actions, "login", "ask the operator for a key that may do this and no more")
    login.add_argument("--write", action="store_true", help="one that may change options; else it only reads")
    login.add_argument("--new", action="store_true", help="ask for the application's key and secret again")
    login.add_argument(
        "--endpoint",
        default=None,
        metavar="NAME",
        help="ovh-eu unless given, or kept from before; or the URL of an API",
    )
    login.set_defaults(command=_login)


def _added(actions: Any, name: str, words: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=words, description=words)
    parser.add_argument(
        "--keys", type=Path, metavar="FILE", help="the keys; else PORTIER_OVH_KEYS, or /etc/portier/ovh-keys"
    )
    return parser


def _keys(options: argparse.Namespace) -> Path | None:
    """The file that was named; raises OperatorKeyError where it, or the usual one, is not there."""
    from portier.adapters.operator_api import keys

    named: Path | None = options.keys
    keys.refuse_unless_there(keys.place(named))
    return named


def _list(options: argparse.Namespace) -> int:
    from . import showing

    return showing.show_all(_keys(options), as_json=options.json)


def _show(options: argparse.Namespace) -> int:
    from . import showing

    return showing.show_one(_keys(options), options.line, as_json=options.json)


def _change(options: argparse.Namespace) -> int:
    from . import changing
    from .notes import Notes

    notes = Notes(control_path.for_reader(options.socket), state_path.for_reader(options.state))
    return changing.change(
        _keys(options), options.lines, options.wanted, notes, ask=not options.yes, dry=options.dry_run
    )


def _login(options: argparse.Namespace) -> int:
    from . import login

    return login.log_in(options.keys, options.endpoint, may_write=options.write, anew=options.new)
