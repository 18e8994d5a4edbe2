"""The binding of the Python that runs this: is there one, and put one there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from portier_pjsip.programs import asked

_PIP_LIMIT_S = 120.0


def present() -> bool:
    """Whether this Python can load PJSIP, any build of it. Tried in a process of its own."""
    code = "import pjsua2; pjsua2.Endpoint"
    return subprocess.run((sys.executable, "-c", code), capture_output=True, check=False).returncode == 0


def install(made: Path) -> None:
    """Put a wheel into this Python by pip, in place of any other build. Raises StepError."""
    options = ("--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", "--force-reinstall")
    asked((sys.executable, "-m", "pip", "install", *options, str(made)), _PIP_LIMIT_S, f"pip install {made}")
