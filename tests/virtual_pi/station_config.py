"""The shipped example as the configuration of the virtual Pi: only addresses, card and echo differ."""

from __future__ import annotations

import re

from tests.lab.network import PBX
from tests.virtual_pi.initramfs import PROJECT

EXAMPLE = PROJECT / "firmware/portier/config/example.toml"
CAPTURE, PLAYBACK = "plughw:CARD=Loopback,DEV=0,SUBDEV=1", "plughw:CARD=Loopback,DEV=0,SUBDEV=0"
_DIFFERENT = {"domain": PBX.address, "registrar": PBX.address, "capture": CAPTURE, "playback": PLAYBACK}


def text(**keys: str) -> str:
    """The configuration. `keys` are lines in place of the example's own, by their key: release_s="2"."""
    # Its processor is too slow for echo cancellation, which then gives way to half-duplex in a call.
    found = EXAMPLE.read_text().replace("[audio]\n", '[audio]\necho = "off"\n', 1)
    changes = {key: f'"{value}"' for key, value in _DIFFERENT.items()} | keys
    for key, value in changes.items():
        line = re.compile(rf"^{key} = .*?(?=\s*(#.*)?$)", re.MULTILINE)
        here = line.search(found)
        assert here, f"the example has no {key}"
        found = f"{found[: here.start()]}{key} = {value}{found[here.end() :]}"
    return found
