"""The commands that speak to the running station: aligned text on a terminal, or JSON lines."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portier import control_path, door_status, sound_test_status
from portier.adapters.control.protocol import TARGETS, Do
from portier.control_client import ControlClient
from portier.errors import ControlError

if TYPE_CHECKING:
    from argparse import _SubParsersAction

Status = dict[str, Any]
REFUSED_EXIT_CODE = 1
_WORDS = {
    Do.PRESS: "do what a press of a button does",
    Do.CALL: "call whom a button rings; never ends a call",
    Do.RELEASE: "release a door for its usual time",
    Do.HANG_UP: "end the call",
}
_COLUMNS = "{:<12}  {:<14}  {:<12}  {:<12}  {:<5}  {:<12}  {:<20}  {}"


def add_to(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line."""
    status = added(commands, "status", _status, "the state of the running station")
    status.add_argument(
        "--record", action="store_true", help="all that was measured of the last call, as JSON"
    )
    events = added(commands, "events", _events, "follow the running station until Ctrl-C")
    events.add_argument("--count", type=_count, metavar="N", help="end after N lines")
    report = added(commands, "report", _report, "a picture of the running station's last call, as a page")
    report.add_argument("file", type=Path, metavar="FILE", help="where the page goes")
    report.add_argument(
        "--record", type=Path, metavar="FILE", help='what "portier status --record" wrote elsewhere'
    )
    test = added(commands, "dtmf-test", _dtmf_test, "call a telephone, and show how its keys arrive")
    test.add_argument(
        "target",
        nargs="?",
        metavar="BUTTON or LINE",
        help="whom a button rings, or a line without prefix; may be left out where there is one button",
    )
    for do, words in _WORDS.items():
        parser = added(commands, do.replace("_", ""), command, f"at the running station: {words}")
        parser.set_defaults(do=do, target=None)
        if what := TARGETS.get(do):
            parser.add_argument(
                "target", nargs="?", metavar=what.upper(), help=f"may be left out where there is one {what}"
            )


def table(status: Status) -> str:
    """Write a status as aligned text."""
    rows = [("call", _call(status))]
    rows += [(f"door {name}", door_status.word(status, name)) for name in status["doors"]]
    rows += [
        ("registration", status["registration"]),
        *((f"account {name}", word) for name, word in status.get("accounts", {}).items()),
        ("sound", _sound(status)),
        *((("echo", status["echo"]),) if status.get("echo") else ()),
        *(
            ("mixer", told.removeprefix("audio: mixer: "))
            for told in status.get("mixer", {}).get("troubles", ())
        ),
        *sound_test_status.rows(status),
        ("buttons", _buttons(status)),
        ("lamps", _shown(status)),
        *door_status.house(status),
        *_profiles(status),
        *_codes(status),
        ("last call", _last_call(status)),
        *_audit(status),
        *_directory(status),
    ]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {word}" for name, word in rows)


def row(event: dict[str, Any]) -> str:
    """Write an event as one line of a table, at this machine's time of day."""
    status = event["status"]
    at = datetime.fromisoformat(event["at"]).astimezone()
    doors = "; ".join(f"{name} {door_status.word(status, name)}" for name in status["doors"])
    return _COLUMNS.format(
        f"{at:%H:%M:%S}.{at.microsecond // 1000:03}",
        status["call"],
        status["button"] or "-",
        status["registration"],
        _sound(status),
        _buttons(status),
        doors,
        _shown(status),
    ).rstrip()


def _status(options: argparse.Namespace) -> int:
    if options.record:
        record = _record(options)
        _show(json.dumps(record))
        return 0 if record else REFUSED_EXIT_CODE
    with _client(options) as client:
        status = client.ask(Do.STATUS)["status"]
    _show(json.dumps(status) if options.json else table(status))
    return 0


def _report(options: argparse.Namespace) -> int:
    """Numbers only: a station keeps no sound."""
    from portier.record import record_file
    from portier.record.call_record import from_plain
    from portier.report.page import write

    if options.record:
        record = record_file.read(options.record)
    else:
        plain = _record(options)
        record = None if plain is None else from_plain(plain)
    if record is None:
        print("portier: report: there has been no call yet", file=sys.stderr)
        return REFUSED_EXIT_CODE
    write(options.file, record)
    _show(json.dumps({"report": str(options.file)}) if options.json else str(options.file))
    return 0


def _record(options: argparse.Namespace) -> object:
    with _client(options) as client:
        reply = client.ask(Do.RECORD)
    if not reply["ok"]:
        raise ControlError(f"control: the station at {client.path} refused: {reply.get('error')}")
    return reply["record"]


def _events(options: argparse.Namespace) -> int:
    left = options.count
    try:
        with _client(options) as client, _quiet_end():
            events = client.events()
            if not options.json:
                _show(
                    _COLUMNS.format(
                        "at", "call", "of button", "registration", "sound", "buttons", "doors", "lamps"
                    )
                )
            while left is None or left > 0:
                event = next(events)
                _show(json.dumps(event) if options.json else row(event))
                left = None if left is None else left - 1
    except KeyboardInterrupt:
        pass
    return 0


def _dtmf_test(options: argparse.Namespace) -> int:
    from portier import key_test_command

    return key_test_command.run(_client(options), options)


def command(options: argparse.Namespace) -> int:
    """Have the station do what `options.do` says, to `options.target`."""
    do: Do = options.do
    with _client(options) as client:
        names = {TARGETS[do]: options.target} if do in TARGETS else {}
        reply = client.ask(do, **names)
    if options.json:
        _show(json.dumps(reply))
    elif reply["ok"]:
        _show(table(reply["status"]))
    else:
        print(f"portier: {do.replace('_', '')}: {reply['error']}", file=sys.stderr)
    return 0 if reply["ok"] else REFUSED_EXIT_CODE


def added(
    commands: _SubParsersAction[argparse.ArgumentParser],
    name: str,
    command: Callable[[argparse.Namespace], int],
    words: str,
) -> argparse.ArgumentParser:
    """Add one command that speaks to the station."""
    parser = commands.add_parser(name, help=words, description=words)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    control_path.add_option(parser)
    parser.set_defaults(command=command)
    return parser


def _client(options: argparse.Namespace) -> ControlClient:
    return ControlClient(control_path.for_reader(options.socket))


def _show(line: str) -> None:
    print(line, flush=True)


@contextmanager
def _quiet_end() -> Iterator[None]:
    """What reads our output may leave before us: `portier events | head`."""
    try:
        yield
    except BrokenPipeError:
        # Python flushes stdout once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def _call(status: Status) -> str:
    if caller := status.get("caller"):
        return f"{status['call']}, call {status['leg']} from {caller}"
    if status["button"] is None:
        return str(status["call"])
    return f'{status["call"]}, call {status["leg"]} of button "{status["button"]}"'


def _last_call(status: Status) -> str:
    last = status.get("last_call")
    if last is None:
        return "none yet"
    begun_at = datetime.fromisoformat(last["begun_at"]).astimezone()
    whose = f"from {caller}" if (caller := last.get("caller")) else f'button "{last["button"]}"'
    return f"call {last['leg']}, {begun_at:%Y-%m-%d %H:%M:%S}, {whose}: {last['outcome']}"


def _audit(status: Status) -> Iterator[tuple[str, str]]:
    if health := status.get("audit"):
        at = health["written_at"]
        written = f"{datetime.fromisoformat(at).astimezone():%Y-%m-%d %H:%M:%S}" if at else "never"
        words = [f"{health['kept']} rows, last written {written}"] if not health["trouble"] else []
        words += [f"{health['waiting']} wait"] if health["waiting"] and health["trouble"] else []
        words += [f"{health['lost']} lost"] if health["lost"] else []
        yield "audit log", ", ".join([health["trouble"], *words] if health["trouble"] else words)


def _directory(status: Status) -> Iterator[tuple[str, str]]:
    if trouble := status.get("directory", {}).get("trouble"):
        yield "directory", trouble


def _sound(status: Status) -> str:
    return "works" if status["sound_works"] else "gone"


def _shown(status: Status) -> str:
    house = [f"{name} {word}" for name, word in door_status.house(status)]
    return ", ".join([*status["signs"], *(["gong"] if status.get("gong") else []), *house])


def _profiles(status: Status) -> Iterator[tuple[str, str]]:
    if status.get("clock_unsure"):
        yield "profiles", "none, as the clock is not known to be right"
    elif profiles := status.get("profiles"):
        yield "profiles", ", ".join(profiles)


def _codes(status: Status) -> Iterator[tuple[str, str]]:
    if lost := status.get("lost_keypads"):
        yield "keypads", f"{', '.join(lost)} gone"
    if blocked := status.get("blocked_codes"):
        yield "codes", "; ".join(f"{source} blocked for {seconds} s" for source, seconds in blocked.items())


def _buttons(status: Status) -> str:
    stuck = status["stuck_buttons"]
    resting = status.get("resting_buttons", {})
    words = [f"{', '.join(stuck)} stuck"] if stuck else []
    words += [f"{name} rests: {why}" for name, why in resting.items()]
    return "; ".join(words) or "free"
