"""The command line: thin; each command imports what it needs and no more."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Callable
from pathlib import Path

from portier import __version__
from portier.errors import ConfigError, PortierError

DEFAULT_CONFIG = Path("/etc/portier/portier.toml")
_log = logging.getLogger("portier")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code (errors.py lists them)."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except PortierError as error:
        print(f"portier: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="portier",
        description="IP door station: a press rings a line, both talk, a digit releases the door.",
    )
    parser.add_argument("--version", action="version", version=f"portier {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="the service: run the station until SIGTERM or Ctrl-C")
    run.add_argument(
        "--config", type=Path, default=DEFAULT_CONFIG, metavar="FILE", help="%(default)s unless given"
    )
    run.add_argument("--verbose", action="store_true", help="log more")
    run.set_defaults(command=_run)

    check = commands.add_parser(
        "check", help="name every problem of a configuration; exit 78 when there is one"
    )
    check.add_argument("file", type=Path, nargs="?", default=DEFAULT_CONFIG, help="%(default)s unless given")
    check.set_defaults(command=_check)

    config = commands.add_parser("config", help="show a configuration, or all that can be configured")
    what = config.add_mutually_exclusive_group(required=True)
    what.add_argument("--effective", action="store_true", help="every key as it counts, secrets as stars")
    what.add_argument(
        "--reference", action="store_true", help="every key there is, its default and its meaning"
    )
    config.add_argument("file", type=Path, nargs="?", default=DEFAULT_CONFIG, help="%(default)s unless given")
    config.set_defaults(command=_config)

    bench = commands.add_parser("bench", help="the whole station on this machine, without hardware")
    bench.add_argument("--scripted", action="store_true", help="one visit by itself, judged; else by keys")
    bench.add_argument(
        "--break",
        dest="broken",
        choices=["mic", "speaker", "dtmf", "relay", "line"],
        help="sabotage one link",
    )
    bench.add_argument(
        "--by", choices=["rfc4733", "info"], default="rfc4733", help="how the phone sends digits"
    )
    bench.add_argument("--wrong-first", action="store_true", help="the phone sends a wrong digit first")
    bench.add_argument("--output", type=Path, metavar="DIR", help="where report.json and the recordings go")
    bench.set_defaults(command=_bench)
    return parser


def _run(options: argparse.Namespace) -> int:
    from portier import logs
    from portier.config import load

    logs.set_up(options.verbose)
    try:
        config = load.load(options.config)
        for warning in load.secret_warnings(config.sip):
            _log.warning("%s", warning)
        from portier import app

        _log.info('portier %s: "%s" starts', __version__, config.station.name)
        with asyncio.Runner(loop_factory=app.exact_loop) as runner:
            return runner.run(app.serve(config))
    except ConfigError as error:
        for problem in error.problems:
            _log.critical("%s: %s", error.source, problem)
        return error.exit_code
    except PortierError as error:
        _log.critical("%s", error)
        return error.exit_code


def _check(options: argparse.Namespace) -> int:
    from portier.config import load

    config = load.load(options.file)
    for warning in load.secret_warnings(config.sip):
        print(f"warning: {warning}")
    print(f"{options.file}: no problems")
    return 0


def _config(options: argparse.Namespace) -> int:
    if options.reference:
        from portier.config import reference

        print(reference.text())
        return 0
    from portier.config import load, report

    print(report.effective(load.load(options.file)))
    return 0


def _bench(options: argparse.Namespace) -> int:
    from portier.bench import demo, keys

    if options.scripted or options.broken:
        return demo.run(options.output, options.broken, options.by, options.wrong_first)
    return keys.run()


if __name__ == "__main__":
    sys.exit(main())
