"""How values must fit together: what a single value cannot tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from . import (
    account_checks,
    directory,
    door_checks,
    families,
    incoming,
    keypads,
    loudness_checks,
    profile_checks,
    reach_checks,
    sound_test,
    speech_checks,
    volume,
)
from .account import AccountConfig
from .addresses import is_number
from .announcements import AnnouncementsConfig
from .dial import dialled
from .gong import GongConfig
from .house import FireConfig, LightConfig, TamperConfig
from .incoming import IncomingConfig
from .keypads import KeypadConfig
from .model import (
    AudioConfig,
    ButtonConfig,
    CallConfig,
    DiallingConfig,
    DoorConfig,
    GpioConfig,
    LampsConfig,
    SipConfig,
    StationConfig,
)
from .problems import Loc, Problem, dotted
from .profiles import ProfileConfig
from .reach_model import ListConfig, TargetConfig
from .speech import SpeechButtonConfig

_RTP_PORTS = 200
_FIXED_PULL_UP = {2, 3}


@dataclass(frozen=True, slots=True)
class Draft:
    """The parts of a configuration that are valid by themselves; None where one is not.

    `names` are those of all targets, lists and doors, valid or not.
    """

    sip: SipConfig | None = None
    dialling: DiallingConfig | None = None
    audio: AudioConfig | None = None
    announcements: AnnouncementsConfig | None = None
    gpio: GpioConfig | None = None
    lamps: LampsConfig | None = None
    gong: GongConfig | None = None
    incoming: IncomingConfig | None = None
    fire: FireConfig | None = None
    tamper: TamperConfig | None = None
    light: LightConfig | None = None
    speech_button: SpeechButtonConfig | None = None
    call: CallConfig | None = None
    station: StationConfig | None = None
    profiles: Mapping[str, ProfileConfig] | None = None
    accounts: Mapping[str, AccountConfig] = field(default_factory=dict)
    buttons: Mapping[str, ButtonConfig] = field(default_factory=dict)
    keypads: Mapping[str, KeypadConfig] = field(default_factory=dict)
    doors: Mapping[str, DoorConfig] = field(default_factory=dict)
    targets: Mapping[str, TargetConfig] = field(default_factory=dict)
    lists: Mapping[str, ListConfig] = field(default_factory=dict)
    names: Mapping[str, set[str]] = field(default_factory=dict)


def problems(draft: Draft) -> Iterator[Problem]:
    """Find what does not fit together, as far as the valid parts can tell."""
    yield from _pins(draft)
    for name, button in draft.buttons.items():
        yield from _button(name, button)
        yield from profile_checks.button(name, button, draft.profiles, draft.sip, draft.dialling)
    yield from _reach(draft)
    for name, door in draft.doors.items():
        yield from _door(name, door)
        yield from door_checks.door(
            name, door, door.release_s, door.max_release_s, draft.profiles, draft.fire
        )
    whole = len(draft.doors) == len(draft.names.get("doors", ()))
    yield from door_checks.house(draft.fire, draft.tamper, draft.light, draft.doors if whole else {})
    yield from speech_checks.problems(draft.speech_button, draft.audio, draft.lamps)
    yield from _release_digits(draft.doors)
    yield from account_checks.problems(draft.sip, draft.accounts)
    if draft.sip is not None:
        yield from _ports(draft.sip)
        yield from _domain(draft.sip, draft.buttons, draft.targets)
        yield from families.problems(draft.sip, draft.accounts, draft.buttons, draft.targets)
    if draft.dialling is not None:
        yield from _dialling(draft.dialling, draft.buttons)
    if draft.audio is not None:
        yield from _audio(draft.audio)
        yield from sound_test.problems(draft.audio, draft.audio.card)
        yield from volume.problems(draft.audio.volume_by_profile, draft.profiles)
        yield from loudness_checks.problems(
            draft.audio, draft.audio.card, draft.audio.speaker_limit_dbfs, draft.profiles
        )
    if draft.gpio is not None:
        yield from _gpio(draft.gpio)
    if draft.station is not None:
        yield from profile_checks.station(draft.station, draft.profiles or {})
    if draft.call is not None:
        yield from _call(draft.call)
    if draft.sip is not None:
        lamps = (draft.lamps.status, draft.lamps.talking) if draft.lamps else None
        accounts = (draft.sip, *draft.accounts.values())
        yield from incoming.problems(draft.incoming, lamps, accounts)
    if (doors := draft.names.get("doors")) is not None:
        yield from keypads.problems(draft.keypads, doors, draft.gpio)
        yield from keypads.callers(draft.incoming, doors)


def nothing(data: Mapping[str, object]) -> Iterator[Problem]:
    """Find out whether the file describes no button or no door at all."""
    for name in ("buttons", "doors"):
        if data.get(name, {}) == {}:
            yield Problem((name,), f"none is described: write [{name}.NAME] and its keys in the lines below")


def _pins(draft: Draft) -> Iterator[Problem]:
    pins: list[tuple[Loc, int]] = []
    pins += [(("buttons", name, "pin"), button.pin) for name, button in draft.buttons.items()]
    pins += [(("doors", name, "pin"), door.pin) for name, door in draft.doors.items()]
    if draft.lamps is not None:
        pins += [(("lamps", lamp), pin) for lamp, pin in draft.lamps if pin is not None]
    if draft.gong is not None and draft.gong.pin is not None:
        pins.append((("gong", "pin"), draft.gong.pin))
    pins += door_checks.pins(draft.doors, draft.fire, draft.tamper, draft.light)
    pins += keypads.used(draft.keypads)
    pins += speech_checks.pins(draft.speech_button)
    users: dict[int, Loc] = {}
    for loc, pin in pins:
        first = users.setdefault(pin, loc)
        if first != loc:
            yield Problem(loc, f"pin {pin} is already that of {dotted(first)}: wire and name another")


def _button(name: str, button: ButtonConfig) -> Iterator[Problem]:
    if button.closed_is == "high" and button.pin in _FIXED_PULL_UP:
        yield Problem(
            ("buttons", name, "closed_is"),
            f'"high" is not possible on pin {button.pin}, which has a fixed pull-up: use another pin, '
            'or wire the button to ground and write "low"',
        )


def _reach(draft: Draft) -> Iterator[Problem]:
    targets, lists = (dict.fromkeys(draft.names.get(one, ())) for one in ("targets", "lists"))
    for name, button in draft.buttons.items():
        yield from reach_checks.rings(("buttons", name), button, targets, lists)
        yield from directory.button(("buttons", name), button)
        for place, other in enumerate(button.by_profile):
            loc: Loc = ("buttons", name, "by_profile", place)
            yield from reach_checks.rings(loc, other, targets, lists)
            yield from directory.button(loc, other)
    for name, target in draft.targets.items():
        yield from reach_checks.target(name, target, draft.dialling)
    for name, one in draft.lists.items():
        yield from reach_checks.ring_list(name, one, draft.targets, targets, draft.dialling)
    yield from reach_checks.fallbacks(draft.lists, lists)
    yield from reach_checks.confirming_keys(draft.lists, draft.doors)


def _door(name: str, door: DoorConfig) -> Iterator[Problem]:
    if door.release_s > door.max_release_s:
        yield Problem(
            ("doors", name, "release_s"),
            f"{door.release_s} is longer than max_release_s, which is {door.max_release_s}",
        )


def _release_digits(doors: Mapping[str, DoorConfig]) -> Iterator[Problem]:
    for (first, one), (second, other) in combinations(doors.items(), 2):
        a, b = one.release_digit, other.release_digit
        loc, rival = ("doors", second, "release_digit"), dotted(("doors", first))
        if a == b:
            yield Problem(loc, f"is that of {rival} too: give each door its own")
        elif b.startswith(a):
            yield Problem(loc, f"begins with that of {rival}, which would be released first: choose another")
        elif a.startswith(b):
            yield Problem(loc, f"begins that of {rival}, which could never be released: choose another")


def _ports(sip: SipConfig) -> Iterator[Problem]:
    if sip.rtp_port <= sip.port < sip.rtp_port + _RTP_PORTS:
        yield Problem(
            ("sip", "port"),
            f"{sip.port} lies among the ports for sound, {sip.rtp_port} to {sip.rtp_port + _RTP_PORTS - 1}",
        )


def _domain(
    sip: SipConfig, buttons: Mapping[str, ButtonConfig], targets: Mapping[str, TargetConfig]
) -> Iterator[Problem]:
    if sip.domain is not None:
        return
    lines = [dotted(("buttons", name, "line")) for name, button in buttons.items() if button.line is not None]
    lines += [dotted(("targets", name, "line")) for name, one in targets.items() if one.line is not None]
    if lines:
        yield Problem(
            ("sip", "domain"),
            f"is missing: {lines[0]} is dialled at it. Name it, or give a uri in place of the line",
        )
    elif sip.registrar is not None:
        yield Problem(("sip", "domain"), "is missing: a registration needs it, often the same as registrar")


def _dialling(dialling: DiallingConfig, buttons: Mapping[str, ButtonConfig]) -> Iterator[Problem]:
    named = "prefix" in dialling.model_fields_set and dialling.prefix
    if named and "{prefix}" not in dialling.template:
        yield Problem(("dialling", "template"), "leaves out {prefix}, so that prefix would never be dialled")
    for name, button in buttons.items():
        number = dialled(dialling, button)
        if number is not None and not is_number(number):
            yield Problem(
                ("buttons", name, "line"),
                "its + would not be the first character of the number, as the prefix stands before it: "
                'write the line without +, or dialling.prefix = ""',
            )


def _audio(audio: AudioConfig) -> Iterator[Problem]:
    if audio.card != "simulated" and audio.microphone_wav is not None:
        yield Problem(("audio", "microphone_wav"), f'needs card = "simulated", but card is "{audio.card}"')
    for key, command in (("capture", "arecord -L"), ("playback", "aplay -L")):
        if audio.card == "alsa" and not getattr(audio, key):
            yield Problem(
                ("audio", key),
                f'is missing: card is "alsa". Name a device of {command}, such as "plughw:CARD=Device", '
                'or write card = "none" for a station that only rings',
            )


def _gpio(gpio: GpioConfig) -> Iterator[Problem]:
    if gpio.factory != "mock" and gpio.mock_file is not None:
        yield Problem(("gpio", "mock_file"), f'needs factory = "mock", but factory is "{gpio.factory}"')


def _call(call: CallConfig) -> Iterator[Problem]:
    usual_s = CallConfig.model_fields["cool_down_s"].default
    if call.cool_down_s != usual_s and call.cool_down_after is None:
        yield Problem(
            ("call", "cool_down_s"),
            "does nothing without cool_down_after: say after how many unanswered calls a button rests",
        )
