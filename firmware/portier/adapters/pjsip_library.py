"""PJSIP's Python binding, or an error that says how to get it."""

from __future__ import annotations

import platform
import re
import sys
import warnings
from pathlib import Path
from typing import Any

from portier.adapters import pjsip_build
from portier.errors import PjsipMissingError

_LIBRARY_MISSING = re.compile(r"\.so[.\d]*: cannot open shared object file")


def load() -> Any:
    """Import pjsua2. Raises PjsipMissingError where it is not, or cannot be loaded.

    The published package loads its binary at the first attribute, so a bare import proves nothing.
    """
    try:
        with warnings.catch_warnings():
            # SWIG's own types (before 4.4) call forth one at Python 3.12 and newer. Made an error, it leaves
            # them half-made, and the first use is a segmentation fault.
            warnings.simplefilter("ignore", DeprecationWarning)
            import pjsua2

            _ = pjsua2.Endpoint
    except (ImportError, AttributeError, OSError) as error:
        raise PjsipMissingError(
            f"sip: PJSIP's Python binding (pjsua2) cannot be loaded: {error}; {_advice(str(error))}"
        ) from error
    return pjsua2


def _advice(trouble: str) -> str:
    build = pjsip_build.own()
    if build is not None and _LIBRARY_MISSING.search(trouble):
        return f"install the libraries it needs: sudo apt install {' '.join(build.packages)}"
    python = f"Python {sys.version_info.major}.{sys.version_info.minor} on {platform.machine()}"
    installed = f"what is installed was built for Python {build.python} on {build.machine}, " if build else ""
    return (
        f"{installed}this is {python}, and wheels are published for 3.11 and 3.12 on x86_64 Linux "
        f"(pip install {pjsip_build.DISTRIBUTION}): elsewhere build one by make wheel in Portier's project, "
        "and install it"
    )


def path() -> Path:
    """The file of the loaded binary, whose C functions ctypes reaches. Raises PjsipMissingError.

    Both the published wheel (a package) and a plain build (`pjsua2.py` beside `_pjsua2.so`) are found.
    """
    load()
    for name in ("pjsua2._pjsua2", "_pjsua2"):
        file = getattr(sys.modules.get(name), "__file__", None)
        if file is not None:
            return Path(file)
    raise PjsipMissingError("sip: pjsua2 is imported but its binary _pjsua2 is no loaded file: reinstall it")
