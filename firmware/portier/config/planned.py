"""From a checked configuration to the station's plan. As a program: checks a file, for a station that starts.

`python -m portier.config.planned FILE` writes an `Outcome` to standard output, for `portier.checking`.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from portier.checking import Outcome
from portier.children import end_with_parent
from portier.core.effects import Sign, Tone
from portier.errors import AudioError, ConfigError, ConfigReadError
from portier.plan import (
    AccountSettings,
    ButtonPin,
    GpioPlan,
    MediaSettings,
    Plan,
    SipSettings,
    SoundPlan,
)

from . import (
    announcements,
    dial,
    directory,
    doors_plan,
    keypads,
    load,
    loudness,
    mixer,
    reach_warnings,
    reaching,
    signals,
    sound,
)
from .account import MAIN, AccountKeys
from .audit import audit
from .model import Config, LampsConfig
from .problems import Loc


def plan(config: Config) -> Plan:
    """Make the plan; reads the password. Raises ConfigError when that cannot be had."""
    rules = load.rules(config)
    return Plan(
        name=config.station.name,
        rules=rules,
        gpio=GpioPlan(
            factory=config.gpio.factory,
            mock_file=config.gpio.mock_file,
            strikes={name: doors_plan.strike_pin(door) for name, door in config.doors.items()},
            buttons={
                name: ButtonPin(one.pin, one.closed_is == "low") for name, one in config.buttons.items()
            },
            status_lamp=config.lamps.status,
            lamps=_lamps(config.lamps),
            gong=config.gong.pin,
            light=config.light.pin,
            inputs=doors_plan.inputs(config),
            keypads={name: keypads.pins(one) for name, one in config.keypads.items()},
        ),
        sound=SoundPlan(
            config.audio.card,
            config.audio.capture,
            config.audio.playback,
            config.audio.microphone_wav,
            _words(config),
            loudness.added(
                sound.processing(config.audio, simulated=config.audio.card == "simulated"),
                config.audio,
                config.audio.speaker_limit_dbfs,
            ),
            mixer.settings(config.audio.mixer),
            config.audio.loop_gain_db,
            config.announcements.tones,
        ),
        sip=_sip(config, reaching.addresses(rules)),
        timezone=config.station.timezone,
        any_line=reaching.any_line(config),
        prefix_uri=dial.prefix_uri(config),
        audit=audit(config.audit),
        directory=directory.settings(config),
    )


def _rate_hz(config: Config) -> int:
    return 8000 if load.narrowband(config) else 16000


def _words(config: Config) -> Mapping[Tone, bytes]:
    if config.audio.card == "none":
        return {}
    try:
        return announcements.choice(config.announcements).sounds(_rate_hz(config))
    except AudioError as error:
        raise ConfigError("the configuration", (str(error),)) from error


def _lamps(lamps: LampsConfig) -> dict[Sign, int]:
    pins = {
        Sign.CALLING: lamps.calling,
        Sign.TALKING: lamps.talking,
        Sign.RELEASED: lamps.released,
        Sign.FAILURE: lamps.failure,
        Sign.MUTED: lamps.muted,
    }
    return {sign: pin for sign, pin in pins.items() if pin is not None}


def _sip(config: Config, targets: tuple[str, ...]) -> SipSettings:
    sip = config.sip
    return SipSettings(
        **asdict(_account(MAIN, sip, ("sip",), sip.inband_dtmf)),
        more=tuple(
            _account(
                name, one, ("accounts", name), sip.inband_dtmf if one.inband_dtmf is None else one.inband_dtmf
            )
            for name, one in config.accounts.items()
        ),
        bind_address=sip.bind_address,
        port=sip.port,
        rtp_port=sip.rtp_port,
        codecs=sip.codecs,
        rate_hz=_rate_hz(config),
        frame_ms=sound.frame_ms(config.audio, config.audio.card),
        targets=targets,
        lines=reaching.lines(config),
        accept_from=sip.accept_from,
        media=MediaSettings(sip.jitter_buffer, config.call.rtp_timeout_s, sip.session_timer_s, sip.dscp),
        answer_timeout_s=sip.answer_timeout_s,
        callers=config.incoming.accept_from_numbers,
        more_callers=config.incoming.accept_from_directory,
    )


def _account(name: str, account: AccountKeys, place: Loc, inband_dtmf: bool) -> AccountSettings:
    password = load.read_secret(account, place)
    return AccountSettings(
        name=name,
        domain=account.domain or "",
        registrar=account.registrar,
        proxy=account.proxy,
        user=account.user,
        auth_user=account.auth_user or account.user,
        display_name=account.display_name or "",
        password=password.get_secret_value() if password else None,
        expiry_s=account.expiry_s,
        transport=account.transport,
        tls_ca_file=account.tls_ca_file,
        tls_verify=account.tls_verify,
        srtp=account.srtp,
        inband_dtmf=inband_dtmf,
    )


def main(path: Path) -> Outcome:
    """Check a file, whatever is in it."""
    try:
        config = load.load(path)
        warnings = (*load.warnings(config), *reach_warnings.warnings(config), *signals.warnings(config))
        return Outcome(plan=plan(config), warnings=warnings)
    except ConfigError as error:
        return Outcome(source=error.source, problems=error.problems)
    except ConfigReadError as error:
        return Outcome(unreadable=str(error))


if __name__ == "__main__":
    end_with_parent()
    sys.stdout.buffer.write(pickle.dumps(main(Path(sys.argv[1]))))
