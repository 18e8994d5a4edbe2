"""Child: can gpiozero load its module for a pin factory?"""

from __future__ import annotations

import importlib
import os
import sys
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from portier.doctor import probes


@dataclass(frozen=True, slots=True)
class Library:
    """The module that was loaded."""

    module: str


def load(factory: str) -> Library:
    """Import the module of a factory; whatever that raises."""
    module = f"gpiozero.pins.{factory}"
    # lgpio makes a named pipe in the working directory as soon as it is imported.
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        importlib.import_module(module)
        os.chdir("/")
    return Library(module)


if __name__ == "__main__":
    sys.exit(probes.answer(lambda: load(sys.argv[1])))
