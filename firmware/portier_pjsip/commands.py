"""What `python -m portier_pjsip` can do: tell the packages to install, build, check, install."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from portier_pjsip import libraries, target
from portier_pjsip.errors import WheelError
from portier_pjsip.installed import install, present
from portier_pjsip.make import check, make, tools
from portier_pjsip.progress import Progress
from portier_pjsip.settings import Variant
from portier_pjsip.source import FROM_DEBIAN

_SHIPPED = Variant()


def run(words: list[str]) -> int:
    """Run one command."""
    options = _parser().parse_args(words)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return int(options.command(options))
    except WheelError as error:
        sys.stderr.write(f"make wheel: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("\nmake wheel: interrupted; nothing half-made is kept\n")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="portier_pjsip", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command, text in (
        ("build", _build, "build wheels, or take them from the cache, and check them"),
        ("packages", _packages, "the Debian packages that building needs on this machine"),
        ("install", _install, "build the wheel of this Python and install it"),
    ):
        one = commands.add_parser(name, help=text)
        one.add_argument("--target", choices=target.CHOICES, default=target.NATIVE)
        one.add_argument("--asserts", action="store_true", help="abort on misuse: for the tests")
        one.add_argument("--g729", action="store_true", help="with G.729, by a library under the GPL 3")
        one.add_argument("--source", help=f"a tarball of PJSIP, or {FROM_DEBIAN!r} to look there again")
        one.add_argument("--output", type=Path, default=Path("build/wheels"), metavar="FOLDER")
        one.set_defaults(command=command)
    one = commands.add_parser("check", help="try a finished wheel on this machine")
    one.add_argument("wheel", type=Path)
    one.set_defaults(command=_check)
    one = commands.add_parser("present", help="exit code 0 where this Python can load PJSIP")
    one.set_defaults(command=lambda _: 0 if present() else 1)
    return parser


def _variant(options: argparse.Namespace) -> Variant:
    return Variant(asserts=options.asserts, g729=options.g729)


def _made(options: argparse.Namespace) -> list[Path]:
    return make(options.target, _variant(options), options.source, options.output, Progress())


def _build(options: argparse.Namespace) -> int:
    _made(options)
    return 0


def _install(options: argparse.Namespace) -> int:
    (made,) = _made(options)
    install(made)
    return 0


def _check(options: argparse.Namespace) -> int:
    check(options.wheel, Progress())
    return 0


def packages_for(name: str, variant: Variant = _SHIPPED) -> tuple[str, ...]:
    """The Debian packages that building for a target's name needs on this machine."""
    wanted: list[str] = []
    if name in (target.NATIVE, target.ALL):
        wanted += (*tools(), *libraries.to_build(variant))
    if name != target.NATIVE:
        wanted += ("mmdebstrap", "qemu-user-static", "openssl", "xz-utils")
    return tuple(dict.fromkeys(wanted))


def _packages(options: argparse.Namespace) -> int:
    sys.stdout.write(f"{' '.join(packages_for(options.target, _variant(options)))}\n")
    return 0
