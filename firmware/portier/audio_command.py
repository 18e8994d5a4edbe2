"""`portier audio`: the sound card. One program owns it at a time; a running station tests its own."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portier import control_path
from portier.errors import AudioError, LibraryMissingError

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from portier.config.model import AudioConfig
    from portier.doctor.known import Known
    from portier.doctor.stations import Process
    from portier.plan import SoundPlan
    from portier.ports import Card

WRONG_EXIT_CODE = 1
_MOST_SECONDS = 86_400.0
_TEST_ANSWER_S = 20.0
"""The test itself takes two seconds, and a card may take many to open."""


def add_to(commands: _SubParsersAction[argparse.ArgumentParser], default_config: Path) -> None:
    """Add the commands to the command line."""
    words = "the sound card by itself, while no station runs, and the levels of a running station's call"
    parser = commands.add_parser("audio", help=words, description=words)
    actions: argparse._SubParsersAction[Any] = parser.add_subparsers(required=True, metavar="ACTION")
    levels = _added(actions, "levels", _levels, "how loud it is, both ways, as bars; Ctrl-C ends it")
    levels.add_argument("--seconds", type=_seconds, metavar="N", help="end by itself after so long")
    levels.add_argument("--tone", action="store_true", help="play a short tone every two seconds")
    test = _added(actions, "test", _test, "play and record for six seconds, and say what is wrong; exit 1")
    test.add_argument("--json", action="store_true", help="one JSON object for each finding")
    tone = _added(
        actions, "self-test", _self_test, "a short tone, heard by the microphone or not; exit 1 where not"
    )
    control_path.add_option(tone)
    control_path.add_option(levels)
    for one in (levels, test, tone):
        one.add_argument(
            "--config", type=Path, default=default_config, metavar="FILE", help="%(default)s unless given"
        )


def _added(actions: Any, name: str, command: Any, words: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=words, description=words)
    parser.set_defaults(command=command)
    return parser


def _levels(options: argparse.Namespace) -> int:
    from portier.sound_check import levels

    if _station(options.config) is not None:
        return _asked_levels(options)
    plan, rate_hz = _sound(options.config)
    try:
        levels.show(
            _card(plan, rate_hz),
            lambda text: print(text, end="", flush=True),
            seconds=options.seconds,
            tone=options.tone,
            terminal=sys.stdout.isatty(),
        )
    except KeyboardInterrupt:
        pass
    return 0


def _asked_levels(options: argparse.Namespace) -> int:
    """Those of the call at the running station, which owns the card."""
    from portier.adapters.control.protocol import Do
    from portier.control_client import ControlClient
    from portier.sound_check import station_levels

    _usable(options.config)
    if options.tone:
        raise AudioError("audio: --tone is for a card that no station has: leave it out, and call somebody")
    with ControlClient(control_path.for_reader(options.socket)) as client:
        reply = client.ask(Do.LEVELS)
        if not reply["ok"]:
            print(f"portier: audio: {reply['error']}", file=sys.stderr)
            return WRONG_EXIT_CODE
        try:
            why = station_levels.show(
                client.follow(),
                lambda text: print(text, end="", flush=True),
                seconds=options.seconds,
                terminal=sys.stdout.isatty(),
            )
        except KeyboardInterrupt:
            return 0
    if why:
        print(f"over: {why}")
    return 0


def _test(options: argparse.Namespace) -> int:
    from portier.doctor import report
    from portier.doctor.finding import Severity

    try:
        from portier.sound_check import trying
    except ModuleNotFoundError as error:
        if error.name != "numpy":
            raise
        raise LibraryMissingError(
            "audio: a test is judged with numpy, which is not here: pip install 'portier[echo]'"
        ) from error
    plan, rate_hz = _sound(options.config)
    two_ways = plan.card == "alsa" and plan.capture != plan.playback
    swapped = replace(plan, capture=plan.playback, playback=plan.capture, mixer=())
    if not options.json:
        print("sweeps are played for six seconds; let nobody speak", flush=True)
    found = trying.tried(_card(plan, rate_hz), _card(swapped, rate_hz) if two_ways else None)
    for finding in found:
        print(report.as_object(finding) if options.json else report.as_rows(finding, None))
    return WRONG_EXIT_CODE if any(one.severity > Severity.NOTE for one in found) else 0


def _self_test(options: argparse.Namespace) -> int:
    from portier.sound_check.self_test import self_test

    if _station(options.config) is not None:
        return _asked(options.socket)
    result = self_test(_card(*_sound(options.config)))
    print(result.words)
    return 0 if result.passed else WRONG_EXIT_CODE


def _asked(socket: Path | None) -> int:
    """Have the running station do it, which owns the card."""
    from portier.adapters.control.protocol import Do
    from portier.control_client import ControlClient

    with ControlClient(control_path.for_reader(socket), _TEST_ANSWER_S) as client:
        reply = client.ask(Do.SOUND_TEST)
    if not reply["ok"]:
        print(f"portier: audio: {reply['error']}", file=sys.stderr)
        return WRONG_EXIT_CODE
    test = reply["status"]["sound_test"]
    print(test["words"])
    return 0 if test["passed"] else WRONG_EXIT_CODE


def _station(config: Path) -> Process | None:
    """The station that runs with this configuration."""
    from portier.doctor import stations
    from portier.doctor.known import read_known
    from portier.doctor.this_machine import ThisMachine

    return stations.running(ThisMachine(), str(read_known(config).path))


def _usable(config: Path) -> tuple[Known, AudioConfig]:
    """A configuration and its sound card, whatever is wrong with the rest. AudioError where it names none."""
    from portier.doctor.known import read_known

    known = read_known(config)
    audio = known.audio
    if audio is None:
        raise AudioError(f"audio: {known.path}: {known.without('audio')}: portier check names them")
    if audio.card == "none":
        raise AudioError(f'audio: {known.path}: audio.card is "none"')
    if audio.card == "alsa" and not (audio.capture and audio.playback):
        raise AudioError(
            f"audio: {known.path}: name audio.capture and audio.playback, as arecord -L shows them"
        )
    return known, audio


def _sound(config: Path) -> tuple[SoundPlan, int]:
    """The sound card of a configuration, and its rate.

    Raises AudioError where it cannot be used: a station that runs may want it at any moment.
    """
    from portier.config import load, mixer
    from portier.plan import SoundPlan

    known, audio = _usable(config)
    station = _station(config)
    if station is not None:
        raise AudioError(
            f"audio: {station} has the card for whoever rings: "
            "sudo systemctl stop portier, and start it again afterwards"
        )
    settings = mixer.settings(audio.mixer)
    rate_hz = 8000 if known.config and load.narrowband(known.config) else 16000
    wav = audio.microphone_wav
    return SoundPlan(audio.card, audio.capture, audio.playback, wav, mixer=settings), rate_hz


def _card(plan: SoundPlan, rate_hz: int) -> Card:
    """The card as the station opens it, its mixer set."""
    from portier import app

    card = app.make_card(plan, rate_hz, app.make_mixer(plan, waits=True))
    if card is None:
        raise AudioError("audio: there is no card")
    return card


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _MOST_SECONDS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0, up to a day")
    return seconds
