"""Reads the configuration, tells all its problems at once, and hands the core its rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from portier.core.rules import Rules
from portier.errors import ConfigError

from . import (
    account_checks,
    announcements,
    checks,
    doors_plan,
    families,
    house,
    keypads,
    loudness,
    named_files,
    reaching,
    report,
    sound_test,
    speech,
    volume,
)
from .account import AccountConfig, AccountKeys
from .announcements import AnnouncementsConfig
from .dial import dialled
from .gong import GongConfig, gong
from .holiday_dates import holiday_dates
from .incoming import IncomingConfig, incoming
from .keypads import KeypadConfig
from .model import (
    AudioConfig,
    ButtonConfig,
    CallConfig,
    Config,
    DiallingConfig,
    DoorConfig,
    GpioConfig,
    LampsConfig,
    SipConfig,
    StationConfig,
)
from .problems import Loc, Problem, in_file_order
from .profiles import ProfileConfig, profile
from .reach_model import ListConfig, TargetConfig
from .secret import read_secret, secret_problem, secret_warnings
from .source import parsed, read

__all__ = [
    "examined",
    "from_text",
    "load",
    "narrowband",
    "number",
    "read_secret",
    "rules",
    "secret_warnings",
    "warnings",
]

_WIDEBAND = {"G722", "opus"}
_Model = TypeVar("_Model", bound=BaseModel)


def load(path: Path, *, check_files: bool = True) -> Config:
    """Read and check a file, and the files it names; raises ConfigError with every problem."""
    return from_text(read(path), str(path), path.absolute().parent, check_files)


def from_text(
    text: str, source: str = "the configuration", base: Path | None = None, check_files: bool = True
) -> Config:
    """Check a configuration that is at hand as text; relative paths in it count from `base`."""
    data = parsed(text, source)
    config, found = examined(data, base, check_files=check_files)
    if config is None or found:
        raise ConfigError(source, tuple(str(problem) for problem in in_file_order(found, data)))
    return config


def examined(
    data: Mapping[str, Any], base: Path | None = None, *, check_files: bool = True
) -> tuple[Config | None, list[Problem]]:
    """Check what a file says, or is to say: the configuration where it has one, and every problem."""
    context = {"base": base}
    config: Config | None = None
    found: list[Problem] = []
    misspelt: set[Loc] = set()
    bad: set[Loc] = set()
    try:
        config = Config.model_validate(data, context=context)
    except ValidationError as error:
        found += report.problems(error, data)
        misspelt = report.meant(error)
        bad = {detail["loc"] for detail in error.errors(include_url=False, include_input=False)}
    draft = _draft(data, bad, context)
    found += [problem for problem in checks.problems(draft) if problem.loc not in misspelt]
    found += [problem for problem in checks.nothing(data) if problem.loc not in misspelt]
    if check_files:
        found += _files(draft)
    return config, found


def rules(config: Config) -> Rules:
    """Say what the core needs to know."""
    call = config.call
    return Rules(
        buttons={name: reaching.button_rule(config, name, button) for name, button in config.buttons.items()},
        doors={name: doors_plan.door_rule(name, door) for name, door in config.doors.items()},
        ring_timeout_s=call.ring_timeout_s,
        max_talk_s=call.max_talk_s,
        digit_timeout_s=call.digit_timeout_s,
        press_hangs_up=call.second_press == "hang up",
        wrong_attempts=call.wrong_attempts,
        hang_up_after_release_s=call.hang_up_after_release_s,
        calls_per_hour=call.calls_per_hour,
        cool_down_after=call.cool_down_after,
        cool_down_s=call.cool_down_s,
        profiles={name: profile(one) for name, one in config.profiles.items()},
        holidays=_holidays(config),
        gong=gong(config.gong),
        lists=reaching.lists(config),
        fire=house.fire(config.fire),
        tamper=house.tamper(config.tamper),
        light=house.light(config.light),
        speech=speech.rule(config.speech_button),
        incoming=incoming(config.incoming, config.doors),
        keypads={name: keypads.rule(name, one) for name, one in config.keypads.items()},
        code_length=config.directory.code_length,
        sound_test=sound_test.rule(config.audio),
        volume_db=config.audio.volume_db,
        volume_by_profile=volume.by_profile(config.audio.volume_by_profile),
        speaker_gain_db=config.audio.speaker_gain_db,
        speaker_gain_by_profile=loudness.gains(config.audio),
    )


def _holidays(config: Config) -> frozenset[date]:
    country = config.station.country
    if country is None or all(one.holidays == "by weekday" for one in config.profiles.values()):
        return frozenset()
    return holiday_dates(country, config.station.subdivision)


def number(config: Config, button: str) -> str | None:
    """Tell the number that a button dials; None where it rings a whole address."""
    return dialled(config.dialling, config.buttons[button])


def warnings(config: Config) -> tuple[str, ...]:
    """Tell what is not wrong with a configuration, but not right either."""
    found = secret_warnings(config.sip) + account_checks.warnings(("sip",), config.sip)
    for name, account in config.accounts.items():
        place: Loc = ("accounts", name)
        found += secret_warnings(account, place) + account_checks.warnings(place, account)
    if config.audio.card == "none":
        found += account_checks.deaf(config.sip.inband_dtmf, config.accounts)
    return (*found, *families.warnings(config))


def narrowband(config: Config) -> bool:
    """Tell whether no codec carries more than a telephone's 3.4 kHz."""
    return _WIDEBAND.isdisjoint(config.sip.codecs)


def _draft(data: Mapping[str, Any], bad: set[Loc], context: dict[str, Path | None]) -> checks.Draft:
    def section(name: str, model: type[_Model]) -> _Model | None:
        if any(loc[0] == name for loc in bad):
            return None
        return model.model_validate(data.get(name, {}), context=context)

    def named(name: str, model: type[_Model]) -> dict[str, _Model]:
        if (name,) in bad:
            return {}
        places = {loc[:2] for loc in bad}
        return {
            key: model.model_validate(value, context=context)
            for key, value in data.get(name, {}).items()
            if (name, key) not in places
        }

    return checks.Draft(
        sip=section("sip", SipConfig),
        dialling=section("dialling", DiallingConfig),
        audio=section("audio", AudioConfig),
        announcements=section("announcements", AnnouncementsConfig),
        gpio=section("gpio", GpioConfig),
        lamps=section("lamps", LampsConfig),
        gong=section("gong", GongConfig),
        incoming=section("incoming", IncomingConfig),
        fire=section("fire", house.FireConfig),
        tamper=section("tamper", house.TamperConfig),
        light=section("light", house.LightConfig),
        speech_button=section("speech_button", speech.SpeechButtonConfig),
        call=section("call", CallConfig),
        station=section("station", StationConfig),
        profiles=None if any(loc[0] == "profiles" for loc in bad) else named("profiles", ProfileConfig),
        accounts=named("accounts", AccountConfig),
        buttons=named("buttons", ButtonConfig),
        keypads=named("keypads", KeypadConfig),
        doors=named("doors", DoorConfig),
        targets=named("targets", TargetConfig),
        lists=named("lists", ListConfig),
        names={one: set(data.get(one, ())) for one in ("targets", "lists", "doors") if (one,) not in bad},
    )


def _files(draft: checks.Draft) -> Iterator[Problem]:
    places: dict[Loc, AccountKeys | None] = {("sip",): draft.sip}
    places |= {("accounts", name): account for name, account in draft.accounts.items()}
    for place, account in places.items():
        if account is not None and (problem := secret_problem(account, place)) is not None:
            yield problem
        if account is not None:
            yield from named_files.authorities((*place, "tls_ca_file"), account.tls_ca_file)
    if draft.audio is not None:
        yield from named_files.voice(("audio", "microphone_wav"), draft.audio.microphone_wav)
    yield from announcements.problems(draft.announcements)
