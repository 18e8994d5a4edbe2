"""`python -m portier.bench.line`: the line as a process of its own, told what to do on standard input.

It ends when standard input closes, at `quit`, at SIGTERM, or after `--limit-s`.
"""

from __future__ import annotations

import argparse
import os
import select
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import FrameType

from portier.bench.line_mode import LineMode
from portier.errors import PortierError

from . import sound
from .agent import Agent
from .behaviour import Answer, Behaviour, Registrar
from .digest import Challenge
from .g711 import Law
from .script import Script, Speaker


def main() -> int:
    """Run until told to end; 0, or the exit code of what went wrong."""
    options = _options()
    # Control-C in a terminal reaches the whole group; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _terminated)
    threading.excepthook = _fault
    try:
        _run(options)
    except PortierError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def _run(options: argparse.Namespace) -> None:
    voice = sound.load(options.voice) if options.voice else b""
    speaker = Speaker()
    agent = Agent(options.bind, options.port, _behaviour(options), voice=voice, told=speaker.tell)
    script = Script(agent, speaker)
    with agent:
        try:
            for line in _lines(options.limit_s):
                if not script.take(line):
                    break
        finally:
            if options.record and agent.calls:
                agent.save(options.record)


def _lines(limit_s: float) -> Iterator[str]:
    """Lines of standard input, until it ends or the time is over."""
    until_s = time.monotonic() + limit_s
    pending = b""
    while (left_s := until_s - time.monotonic()) > 0:
        ready, _, _ = select.select([0], [], [], left_s)
        if not ready:
            return
        more = os.read(0, 65536)
        if not more:
            return
        *whole, pending = (pending + more).split(b"\n")
        yield from (line.decode("utf-8", "replace") for line in whole if line.strip())


def _behaviour(options: argparse.Namespace) -> Behaviour:
    behaviour = Behaviour(
        prefix=options.prefix,
        answer=Answer(ring_s=options.ring_ms / 1000),
        modes=dict(options.line),
        codecs=tuple(Law(name) for name in options.codecs.split(",")),
        event_payload=options.event_payload,
        registered_only=options.registered_only,
    )
    if not options.user:
        return behaviour
    password = os.environ.get("PORTIER_LINE_PASSWORD", "")
    challenge = Challenge(options.user, password, options.realm)
    registrar = Registrar(challenge=challenge)
    return replace(behaviour, registrar=registrar, challenge=replace(challenge, status=407))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m portier.bench.line", description="The line that answers."
    )
    parser.add_argument("--bind", default="127.0.0.1", help="address for SIP and RTP (%(default)s)")
    parser.add_argument("--port", type=int, default=0, help="UDP port for SIP; 0 takes a free one")
    parser.add_argument("--prefix", default="3691", help="only users that begin so are known (%(default)s)")
    parser.add_argument(
        "--line",
        action="append",
        default=[],
        type=_line,
        metavar="NUMBER=MODE",
        help="a line by its number without the prefix, and its intercom mode: off, prefixed or yes",
    )
    parser.add_argument("--ring-ms", type=float, default=200, help="from 180 to 200 (%(default)s)")
    parser.add_argument("--voice", type=Path, help="mono 16-bit WAV of 8 or 16 kHz, said again and again")
    parser.add_argument("--record", type=Path, help="WAV of what the newest call heard, written at the end")
    parser.add_argument("--codecs", default="PCMA,PCMU", help="in order of liking (%(default)s)")
    parser.add_argument(
        "--event-payload", type=int, help="number of telephone-event in the answer, if forced"
    )
    parser.add_argument("--user", help="ask for a password, from PORTIER_LINE_PASSWORD in the environment")
    parser.add_argument("--realm", default="bench", help="realm of the challenge (%(default)s)")
    parser.add_argument(
        "--registered-only", action="store_true", help="403 for calls from who is not registered"
    )
    parser.add_argument(
        "--limit-s", type=float, default=600, help="end by itself after so long (%(default)s)"
    )
    return parser.parse_args()


def _line(text: str) -> tuple[str, LineMode]:
    number, _, mode = text.partition("=")
    return number, LineMode(mode)


def _fault(what: threading.ExceptHookArgs) -> None:
    """A line whose thread died must not look alive: show why, and end."""
    traceback.print_exception(what.exc_type, what.exc_value, what.exc_traceback)
    sys.stderr.flush()
    os._exit(PortierError.exit_code)


def _terminated(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
