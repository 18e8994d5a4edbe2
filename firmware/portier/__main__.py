"""The command line: thin; each command imports what it needs and no more."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from portier import __version__, control_path, state_path
from portier.errors import LibraryMissingError, PortierError

DEFAULT_CONFIG = Path("/etc/portier/portier.toml")
_USAGE_EXIT_CODE = 64
_ALL_MODES = "all"
PIPE_EXIT_CODE = 141
"""Who reads has left: as a shell tells of a program that SIGPIPE ended."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code (errors.py lists them)."""
    words = sys.argv[1:] if arguments is None else arguments
    options = _parser(words).parse_args(words)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        code = command(options)
        print(end="", flush=True)
    except BrokenPipeError:
        # Python flushes stdout once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_EXIT_CODE
    except PortierError as error:
        print(f"portier: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return code


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """A wrong command line ends with 64, as sysexits.h has it: 2 is the doctor's word for errors."""
        self.print_usage(sys.stderr)
        self.exit(_USAGE_EXIT_CODE, f"{self.prog}: {message}\n")


def _parser(words: list[str]) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="portier",
        description="IP door station: a press rings a line, both talk, a digit releases the door.",
    )
    parser.add_argument("--version", action="version", version=f"portier {__version__}")
    commands: argparse._SubParsersAction[Any] = parser.add_subparsers(
        required=True, title="commands", metavar="COMMAND"
    )

    lock = _added(
        commands, "lock", "de-energise every strike of a dead station; exit 77 when that cannot be done"
    )
    lock.add_argument(
        "--config", type=Path, default=DEFAULT_CONFIG, metavar="FILE", help="%(default)s unless given"
    )
    lock.set_defaults(command=_lock)
    if words[:1] == ["lock"]:
        # It must be quick, and work when the rest is broken.
        return parser
    run = _added(commands, "run", "the service: run the station until SIGTERM or Ctrl-C")
    run.add_argument(
        "--config", type=Path, default=DEFAULT_CONFIG, metavar="FILE", help="%(default)s unless given"
    )
    run.add_argument("--verbose", action="store_true", help="log more, for who looks for a fault")
    control_path.add_option(run)
    state_path.add_option(run)
    run.set_defaults(command=_run)
    if words[:1] == ["run"]:
        # Its pins are to be locked before anything else is imported.
        return parser
    from portier import audio_command, audit_command, commands as client_commands, door_commands
    from portier.directory import cli as directory_commands
    from portier.line import commands as line_commands

    client_commands.add_to(commands)
    door_commands.add_to(commands)
    directory_commands.add_to(commands)
    audit_command.add_to(commands)
    line_commands.add_to(commands)
    audio_command.add_to(commands, DEFAULT_CONFIG)

    check = _added(commands, "check", "name every problem of a configuration; exit 78 when there is one")
    check.add_argument(
        "file", type=Path, nargs="?", default=DEFAULT_CONFIG, metavar="FILE", help="%(default)s unless given"
    )
    check.set_defaults(command=_check)

    config = _added(commands, "config", "show a configuration, or all that can be configured")
    what = config.add_mutually_exclusive_group(required=True)
    what.add_argument("--effective", action="store_true", help="every key as it counts, secrets as stars")
    what.add_argument(
        "--reference", action="store_true", help="every key there is, its default and its meaning"
    )
    config.add_argument(
        "file", type=Path, nargs="?", default=DEFAULT_CONFIG, metavar="FILE", help="%(default)s unless given"
    )
    config.set_defaults(command=_config)

    doctor = _added(commands, "doctor", "what this machine has and lacks, and what to do about it")
    doctor.add_argument(
        "--config", type=Path, default=DEFAULT_CONFIG, metavar="FILE", help="%(default)s unless given"
    )
    doctor.add_argument("--json", action="store_true", help="one JSON object for each finding")
    doctor.add_argument("--no-network", action="store_true", help="ask no name server and no registrar")
    doctor.set_defaults(command=_doctor)

    setup = _added(
        commands, "setup", "ask how the station is wired, try each thing at once, write the configuration"
    )
    setup.add_argument(
        "--config", type=Path, default=DEFAULT_CONFIG, metavar="FILE", help="%(default)s unless given"
    )
    setup.set_defaults(command=_setup)

    bench = _added(commands, "bench", "the whole station on this machine, without hardware")
    bench.add_argument("--scripted", action="store_true", help="one visit by itself, judged; else by keys")
    bench.add_argument(
        "--break",
        dest="broken",
        choices=["mic", "speaker", "dtmf", "relay", "line"],
        help="sabotage one link: the visit must fail and name it",
    )
    bench.add_argument(
        "--by", choices=["rfc4733", "info"], default="rfc4733", help="how the phone sends digits"
    )
    bench.add_argument("--wrong-first", action="store_true", help="the phone sends a wrong digit first")
    bench.add_argument("--output", type=Path, metavar="DIR", help="where reports, recordings and figures go")
    bench.add_argument("--report", type=Path, metavar="FILE", help="one visit, and its picture as a page")
    bench.add_argument(
        "--stress",
        type=float,
        metavar="MINUTES",
        help="a hard life, by random, for so long; inf: until Ctrl-C",
    )
    bench.add_argument(
        "--seed", type=int, default=1, metavar="N", help="the same hard life again (%(default)s unless given)"
    )
    from portier.bench import stories
    from portier.bench.line_mode import LineMode

    bench.add_argument(
        "--line-mode",
        choices=[*(mode.value for mode in LineMode), _ALL_MODES],
        help="the line's intercom mode at its operator; all: a line in each, judged and drawn",
    )
    bench.add_argument(
        "--story",
        choices=stories.names(),
        help="a story on a virtual clock, told, judged and drawn; into build/STORY unless --output is given",
    )
    bench.set_defaults(command=_bench)
    return parser


def _added(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, words: str
) -> argparse.ArgumentParser:
    """A command, whose own help says what it does, too."""
    return commands.add_parser(name, help=words, description=words)


def _run(options: argparse.Namespace) -> int:
    # asyncio does without, and no TLS is spoken in Python here: four megabytes.
    sys.modules.setdefault("ssl", None)  # type: ignore[arg-type]
    # Nor do the audit log's hash and the directory's need OpenSSL: three more.
    sys.modules.setdefault("_hashlib", None)  # type: ignore[arg-type]
    from portier import start

    return start.run(options.config, options.socket, options.verbose, options.state)


def _lock(options: argparse.Namespace) -> int:
    from portier import lock

    code, said = lock.run(options.config)
    print(f"portier: {said}")
    return code


def _check(options: argparse.Namespace) -> int:
    from portier.config import load, reach_warnings, signals, wiring

    config = load.load(options.file)
    lacking = _lacking_codecs(config.sip.codecs, options.file)
    for warning in (
        *load.warnings(config),
        *reach_warnings.warnings(config),
        *signals.warnings(config),
        *lacking,
    ):
        print(f"warning: {warning}")
    for need in wiring.needs(config.doors):
        print(f"note: {need}")
    print(f"{options.file}: no problems")
    return 0


def _lacking_codecs(wanted: Sequence[str], source: Path) -> tuple[str, ...]:
    if "opus" not in wanted:
        return ()
    from portier.doctor import codecs
    from portier.doctor.this_machine import ThisMachine

    return codecs.warnings(wanted, ThisMachine(), str(source))


def _config(options: argparse.Namespace) -> int:
    if options.reference:
        from portier.config import reference

        print(reference.text())
        return 0
    from portier.config import load, report

    print(report.effective(load.load(options.file)))
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from portier.doctor import report
    from portier.doctor.this_machine import ThisMachine

    return report.doctor(
        ThisMachine(),
        options.config,
        partial(print, flush=True),
        as_json=options.json,
        use_network=not options.no_network,
    )


def _setup(options: argparse.Namespace) -> int:
    from portier.doctor.this_machine import ThisMachine
    from portier.setup import session
    from portier.setup.terminal import ThisTerminal

    return session.run(options.config, ThisTerminal(), ThisMachine())


def _bench(options: argparse.Namespace) -> int:
    if options.stress is not None:
        from portier.bench import stress

        return stress.run(options.stress, options.seed, options.output)
    if options.story:
        from portier.bench import story

        return story.run(options.story, options.output, options.report)
    if options.line_mode == _ALL_MODES:
        from portier.bench import three_modes

        return three_modes.run(options.output, options.report)
    from portier.bench.line_mode import LineMode

    mode = LineMode(options.line_mode) if options.line_mode else None
    if options.scripted or options.broken or options.report:
        try:
            from portier.bench import demo
        except ModuleNotFoundError as error:
            if error.name != "numpy":
                raise
            raise LibraryMissingError(
                "bench: a visit is judged with numpy, which is not here: pip install 'portier[bench]'"
            ) from error
        by, wrong_first = options.by, options.wrong_first
        return demo.run(options.output, options.report, options.broken, by, wrong_first, mode)
    from portier.bench import keys

    return keys.run(mode or LineMode.PREFIXED)


if __name__ == "__main__":
    sys.exit(main())
