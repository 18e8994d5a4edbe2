"""What `python -m portier_install` can do: bundle, install, uninstall, purge; and what they need."""

from __future__ import annotations

import argparse
import errno
import os
import signal
import sys
from pathlib import Path

from portier_install import bundle, bundling, install, python_tools, removal
from portier_install.calls import WAIT_S, Patience
from portier_install.errors import InstallError
from portier_pjsip import commands as wheel_commands, target
from portier_pjsip.errors import SpaceError, WheelError
from portier_pjsip.progress import Progress

_INTERRUPTED = 130
_FULL = {errno.ENOSPC, errno.EDQUOT}
_TARGETS = tuple(one for one in target.CHOICES if one != target.ALL)


def run(words: list[str]) -> int:
    """Run one command."""
    options = _parser().parse_args(words)
    # make's own, for this program: the station's programs are to find what lies in their environment.
    os.environ.pop("PYTHONPATH", None)
    # A lost connection to the machine ends in the same orderly way as Ctrl-C.
    for one in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, signal.default_int_handler)
    try:
        options.command(options)
    except (InstallError, WheelError) as error:
        return _failed(options.name, str(error), error.exit_code)
    except OSError as error:
        code = SpaceError.exit_code if error.errno in _FULL else InstallError.exit_code
        return _failed(options.name, str(error), code)
    except KeyboardInterrupt:
        return _failed(options.name, "interrupted: the same command again goes on", _INTERRUPTED)
    return 0


def _failed(name: str, why: str, code: int) -> int:
    sys.stderr.write(f"portier {name}: {why}\n")
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="portier_install", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="name")
    for name, command, text in (
        ("bundle", _bundle, "make all that a station is installed from, without a network"),
        ("packages", _packages, "the Debian packages that making a bundle needs on this machine"),
    ):
        one = commands.add_parser(name, help=text)
        one.add_argument("--target", choices=_TARGETS, default=target.NATIVE)
        one.add_argument("--source", help="a tarball of PJSIP; see make wheel")
        one.add_argument("--output", type=Path, default=Path("build/bundles"), metavar="FOLDER")
        one.set_defaults(command=command)
    for name, command, text in (
        ("install", _install, "the station as a service of this machine"),
        ("uninstall", _uninstall, "remove the service and the program; keep configuration and data"),
        ("purge", _purge, "remove configuration, password, data and user, too"),
    ):
        one = commands.add_parser(name, help=text)
        one.add_argument("--bundle", type=Path, metavar="PATH", help="a bundle; without it one is made here")
        one.add_argument("--source", help=argparse.SUPPRESS)
        one.add_argument("--now", action="store_true", help="cut a call that is running")
        one.add_argument(
            "--wait-s", type=float, default=WAIT_S, metavar="N", help="wait so long for its end (%(default)s)"
        )
        one.set_defaults(command=command)
    for name, command, text in (
        ("check", _check, "is the bundle whole?"),
        ("environment", _environment, "the program alone, without a service: where no systemd runs"),
    ):
        one = commands.add_parser(name, help=text)
        one.add_argument("--bundle", type=Path, required=True, metavar="PATH")
        one.set_defaults(command=command)
    return parser


def _bundle(options: argparse.Namespace) -> None:
    bundling.make_bundle(options.target, options.source, options.output, Progress())


def _packages(options: argparse.Namespace) -> None:
    wanted = (*wheel_commands.packages_for(options.target), *python_tools.packages_for(options.target))
    sys.stdout.write(f"{' '.join(dict.fromkeys(wanted))}\n")


def _install(options: argparse.Namespace) -> None:
    install.install(options.bundle, options.source, _patience(options), Progress())


def _environment(options: argparse.Namespace) -> None:
    install.lay_out(options.bundle, Progress())


def _uninstall(options: argparse.Namespace) -> None:
    removal.uninstall(_patience(options), Progress())


def _purge(options: argparse.Namespace) -> None:
    removal.purge(_patience(options), Progress())


def _check(options: argparse.Namespace) -> None:
    with bundle.opened(options.bundle) as found:
        about = found.about
        Progress().say("whole", f"Portier {about.version} for {about.system}, {about.machine}")


def _patience(options: argparse.Namespace) -> Patience:
    return Patience(options.wait_s, options.now)
