"""Debian systems with the servers that this machine's Debian lacks, or that should not be installed on it.

They are made once, kept with the systems of `make wheel`, and only read by whatever runs in them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from portier_pjsip import systems, target
from portier_pjsip.cache import Cache, default_folder

_BULLSEYE = target.Target(
    name="bullseye-amd64",
    machine="x86_64",
    python=(3, 9),
    system="Debian 11 (bullseye)",
    release="bullseye",
    headers="",
)
"""The last Debian that has Asterisk."""
_ASTERISK = ("asterisk", "mount")
_KAMAILIO = ("kamailio", "kamailio-extra-modules", "rtpengine-daemon")
_NEEDED_MIB = 700
_OF_APT = ("--variant=apt", "--architectures=amd64")


def asterisk(tell: Callable[[str], None]) -> Path:
    """A system with Asterisk 16."""
    return _made("PORTIER_LAB_ASTERISK", _BULLSEYE, _ASTERISK, tell)


def kamailio(tell: Callable[[str], None]) -> Path:
    """A system with Kamailio 5.6 and rtpengine."""
    return _made("PORTIER_LAB_KAMAILIO", target.PCS["bookworm-amd64"], _KAMAILIO, tell)


def _made(known_as: str, of: target.Target, packages: tuple[str, ...], tell: Callable[[str], None]) -> Path:
    """Make it where it is not there; this process and its children know where it is from then on."""
    if known := os.environ.get(known_as):
        return Path(known)
    cache = Cache(default_folder())
    with cache.locked(lambda: tell("another process is making something: waiting for it")):
        made = systems.made(of, cache, tell, _OF_APT, packages, _NEEDED_MIB)
    os.environ[known_as] = str(made)
    return made
