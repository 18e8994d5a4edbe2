"""A PJSIP of this project for the cases that the published one cannot do."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

from portier_pjsip import make, target
from portier_pjsip.errors import WheelError
from portier_pjsip.progress import Progress
from portier_pjsip.settings import Variant

_KNOWN_AS = "PORTIER_LAB_PJSIP"


def prepare(tell: Callable[[str], None]) -> None:
    """Make it while there is a network; without it the cases that want it are not ok, and say why."""
    try:
        made()
    except WheelError as error:
        tell(f"no PJSIP of this project: {error}")


def made() -> Path:
    """The wheel for this machine; this process and its children know where it is from then on.

    Raises WheelError where it is not there and cannot be built.
    """
    if known := os.environ.get(_KNOWN_AS):
        return Path(known)
    (wheel,) = make.make(target.NATIVE, Variant(), None, Path("build/wheels"), Progress())
    os.environ[_KNOWN_AS] = str(wheel.resolve())
    return wheel.resolve()


def unpacked(folder: Path) -> Path:
    """The same in a folder from which Python can load it."""
    with zipfile.ZipFile(made()) as wheel:
        wheel.extractall(folder)
    return folder
