"""From a checked configuration to the station's plan. As a program: checks a file, for a station that starts.

`python -m portier.config.planned FILE` writes an `Outcome` to standard output, for `portier.checking`.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

from portier.checking import Outcome
from portier.children import end_with_parent
from portier.core.effects import Sign
from portier.core.rules import Rules
from portier.errors import ConfigError, ConfigReadError
from portier.plan import ButtonPin, GpioPlan, Plan, SipSettings, SoundPlan, StrikePin

from . import dial, load
from .model import Config, LampsConfig


def plan(config: Config) -> Plan:
    """Make the plan; reads the password. Raises ConfigError when that cannot be had."""
    rules = load.rules(config)
    return Plan(
        name=config.station.name,
        rules=rules,
        gpio=GpioPlan(
            factory=config.gpio.factory,
            mock_file=config.gpio.mock_file,
            strikes={
                name: StrikePin(door.pin, door.max_release_s, door.drive)
                for name, door in config.doors.items()
            },
            buttons={
                name: ButtonPin(one.pin, one.closed_is == "low") for name, one in config.buttons.items()
            },
            status_lamp=config.lamps.status,
            lamps=_lamps(config.lamps),
            gong=config.gong.pin,
        ),
        sound=SoundPlan(
            config.audio.card, config.audio.capture, config.audio.playback, config.audio.microphone_wav
        ),
        sip=_sip(config, _targets(rules)),
        timezone=config.station.timezone,
        number_uri=dial.any_number(config),
    )


def _targets(rules: Rules) -> tuple[str, ...]:
    buttons = rules.buttons.values()
    return (
        *(button.uri for button in buttons),
        *(one.uri for button in buttons for one in button.by_profile),
    )


def _lamps(lamps: LampsConfig) -> dict[Sign, int]:
    pins = {
        Sign.CALLING: lamps.calling,
        Sign.TALKING: lamps.talking,
        Sign.RELEASED: lamps.released,
        Sign.FAILURE: lamps.failure,
    }
    return {sign: pin for sign, pin in pins.items() if pin is not None}


def _sip(config: Config, targets: tuple[str, ...]) -> SipSettings:
    sip = config.sip
    password = load.read_secret(sip)
    return SipSettings(
        domain=sip.domain or "",
        registrar=sip.registrar,
        proxy=sip.proxy,
        user=sip.user,
        auth_user=sip.auth_user or sip.user,
        display_name=sip.display_name or "",
        password=password.get_secret_value() if password else None,
        bind_address=sip.bind_address,
        port=sip.port,
        rtp_port=sip.rtp_port,
        expiry_s=sip.expiry_s,
        codecs=sip.codecs,
        rate_hz=8000 if load.narrowband(config) else 16000,
        targets=targets,
        accept_from=sip.accept_from,
        inband_dtmf=sip.inband_dtmf,
    )


def main(path: Path) -> Outcome:
    """Check a file, whatever is in it."""
    try:
        config = load.load(path)
        return Outcome(plan=plan(config), warnings=load.secret_warnings(config.sip))
    except ConfigError as error:
        return Outcome(source=error.source, problems=error.problems)
    except ConfigReadError as error:
        return Outcome(unreadable=str(error))


if __name__ == "__main__":
    end_with_parent()
    sys.stdout.buffer.write(pickle.dumps(main(Path(sys.argv[1]))))
