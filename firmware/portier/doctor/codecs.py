"""Opus in a configuration, and no Opus in the PJSIP that is installed: told before the station starts."""

from __future__ import annotations

from collections.abc import Sequence

from portier.adapters import pjsip_build
from portier.adapters.sip import codecs
from portier.doctor.machine import Machine
from portier.doctor.probes import ProbeError, ask
from portier.doctor.probes.pjsip import Build
from portier.errors import ConfigError

_LIMIT_S = 10.0


def warnings(wanted: Sequence[str], machine: Machine, source: str) -> tuple[str, ...]:
    """Tell which of these codecs the PJSIP that is installed lacks; it is asked where only asking tells.

    Raises ConfigError where it has none of them. A PJSIP that cannot be asked is for `portier doctor` to
    tell, and for the start.
    """
    if codecs.OPUS not in wanted or pjsip_build.own() is not None:
        return ()
    try:
        there = ask(machine, Build, "pjsip", limit_s=_LIMIT_S).codecs
    except ProbeError:
        return ()
    missing = [name for name in wanted if name not in there]
    if len(missing) == len(wanted):
        raise ConfigError(source, (codecs.none_of(wanted),))
    return (codecs.some_missing(missing),) if missing else ()
