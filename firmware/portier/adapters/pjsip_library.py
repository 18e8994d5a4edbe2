"""PJSIP's Python binding, or an error that says how to get it."""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from typing import Any

from portier.errors import PjsipMissingError


def load() -> Any:
    """Import pjsua2. Raises PjsipMissingError where it is not, or cannot be loaded.

    The published package loads its binary at the first attribute, so a bare import proves nothing.
    """
    try:
        import pjsua2

        _ = pjsua2.Endpoint
    except (ImportError, AttributeError, OSError) as error:
        python = f"Python {sys.version_info.major}.{sys.version_info.minor} on {platform.machine()}"
        raise PjsipMissingError(
            f"sip: PJSIP's Python binding (pjsua2) cannot be loaded: {error}; this is {python}, and wheels "
            "are published for 3.11 and 3.12 on x86_64 Linux (pip install pjsua2-python): elsewhere build "
            "PJSIP 2.15 or newer with its Python binding and install that"
        ) from error
    return pjsua2


def path() -> str:
    """The file of the loaded binary, whose C functions ctypes reaches. Raises PjsipMissingError."""
    load()
    for line in Path("/proc/self/maps").read_text().splitlines():
        name = line.split()[-1]
        if "/_pjsua2" in name:
            return name
    raise PjsipMissingError("sip: pjsua2 is imported but its binary _pjsua2 is not mapped: reinstall it")
