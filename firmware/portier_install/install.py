"""Installs a station from a bundle, one installation at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portier_install import bundle as bundles, bundling, fitness
from portier_install.bundle import Bundle
from portier_install.calls import Patience
from portier_install.environments import Environments
from portier_install.errors import BusyError
from portier_install.installation import Installation
from portier_pjsip import make, target
from portier_pjsip.progress import Progress

_LOCK = Path("/run/portier-install.lock")
"""Where root alone can make a file."""
_NEEDED_MIB = 400
_UMASK = 0o022
"""The station's user reads what root lays out here, whatever root's own files are like."""


def install(path: Path | None, source: str | None, patience: Patience, progress: Progress) -> None:
    """Install from a bundle, or from what is made here and now. Raises InstallError and WheelError."""
    here = fitness.this_machine()
    fitness.refuse(here)
    os.umask(_UMASK)
    with alone(), _bundle(path, source, progress) as found:
        fitness.refuse_bundle(found.about, here)
        fitness.refuse_wheels(found.wheels, here.python, here.machine)
        progress.say("machine", f"{here.system}, {here.machine}: as the bundle wants it")
        progress.say("bundle", f"Portier {found.about.version}, {len(found.sums)} files, each as it was made")
        Installation(found, patience, progress).run()


def lay_out(path: Path, progress: Progress) -> None:
    """Make the virtual environment alone: where no systemd runs. Raises InstallError and WheelError."""
    here = fitness.this_machine()
    fitness.refuse(here, service=False)
    os.umask(_UMASK)
    environments = Environments()
    with alone(), bundles.opened(path) as found:
        fitness.refuse_bundle(found.about, here)
        fitness.refuse_wheels(found.wheels, here.python, here.machine)
        with progress.step("station", "") as tell:
            place = environments.find(found) or environments.build(found, tell)
            tell(str(place))
        environments.use(place)


@contextmanager
def alone() -> Iterator[None]:
    """Keep a second installation out. Raises BusyError where there is one."""
    _LOCK.parent.mkdir(exist_ok=True)
    with _LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BusyError("another installation is running on this machine: wait for its end") from None
        yield


@contextmanager
def _bundle(path: Path | None, source: str | None, progress: Progress) -> Iterator[Bundle]:
    if path is not None:
        with bundles.opened(path) as found:
            yield found
        return
    with make.own_cache(progress) as cache, cache.scratch(_NEEDED_MIB) as scratch:
        yield bundling.fill(target.native(), source, cache, scratch, progress, with_packages=False)
