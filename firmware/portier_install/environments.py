"""The station's virtual environments: each built beside the one in use, which a link names.

    /opt/portier -> /opt/portier-versions/0.1.0-1a2b3c4d5e6f

A running station goes on with the files it was started from, however the link changes. An environment is
whole when its mark is there; what has none was interrupted, and is removed.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from portier_install.bundle import Bundle
from portier_install.errors import BundleError, StationError, UnfitError
from portier_install.fitness import refuse_small_disk
from portier_pjsip.errors import SpaceError, WheelError
from portier_pjsip.programs import asked

LINK = Path("/opt/portier")
FOLDER = Path("/opt/portier-versions")
_MARK = "whole"
_BY_HAND = "by-hand-"
_PROC = Path("/proc")
_LIMIT_S = 900.0
_IMPORTS = "import alsaaudio, dns.resolver, gpiozero, holidays, pydantic, tomlkit"
"""Some of them are loaded at need alone: what lacks one would be found out by a visitor."""
_NO_SPACE = ("No space left on device", "Errno 28")


@dataclass(frozen=True, slots=True)
class Environments:
    """Where they are."""

    link: Path = LINK
    folder: Path = FOLDER

    @property
    def current(self) -> Path | None:
        """The one in use."""
        try:
            return self.link.resolve(strict=True)
        except OSError:
            return None

    def refuse_foreign(self) -> None:
        """Raise UnfitError where the link's place has a folder that is no environment, such as a clone."""
        foreign = (self.link / ".git").exists() or not (self.link / "pyvenv.cfg").exists()
        if self.link.is_dir() and not self.link.is_symlink() and foreign:
            raise UnfitError(f"{self.link} is no virtual environment: move it elsewhere, then try again")

    def adopt(self) -> None:
        """Take in an environment that was made by hand in the link's place."""
        if self.link.is_dir() and not self.link.is_symlink():
            self.refuse_foreign()
            self.folder.mkdir(exist_ok=True)
            place = self.folder / f"{_BY_HAND}{int(time.time())}"
            # First of all: killed after any step, it is one that is whole.
            (self.link / _MARK).touch()
            self.link.rename(place)
        self.finish_adoption()

    def finish_adoption(self) -> None:
        """Let the link name the environment that was taken in; of use where a kill came just before that."""
        if os.path.lexists(self.link):
            return
        if found := sorted(one.parent for one in self.folder.glob(f"{_BY_HAND}*/{_MARK}")):
            self.link.symlink_to(found[-1])

    def find(self, bundle: Bundle) -> Path | None:
        """The environment of a bundle, where it is there and whole."""
        place = self.folder / bundle.key
        return place if (place / _MARK).exists() else None

    def build(self, bundle: Bundle, tell: Callable[[str], None]) -> Path:
        """Build the environment of a bundle, and prove it. Raises InstallError; nothing is left then."""
        self._remove_unfinished()
        refuse_small_disk(bundle.wheels, self.folder)
        place = self.folder / bundle.key
        try:
            self.folder.mkdir(exist_ok=True)
            tell("a virtual environment")
            asked(
                (sys.executable, "-m", "venv", "--without-pip", str(place)),
                _LIMIT_S,
                "making a virtual environment",
            )
            tell(f"{len(bundle.wheels)} Python packages")
            _install(bundle, place)
            tell("trying it")
            _prove(bundle, place)
            # A power cut must not leave a mark on what is not on the disk yet.
            os.sync()
            (place / _MARK).touch()
        except WheelError as error:
            shutil.rmtree(place, ignore_errors=True)
            if any(one in str(error) for one in _NO_SPACE):
                raise SpaceError(
                    f"no space left on the disk of {self.folder}: free some and try again"
                ) from error
            raise BundleError(
                f"the new station cannot be built: {error}; the old one was not changed"
            ) from error
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise
        return place

    def use(self, place: Path) -> None:
        """Let the link name another environment, in one step."""
        fresh = self.link.with_name(f"{self.link.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(place)
        fresh.rename(self.link)
        os.sync()

    def unlink(self) -> None:
        """Let the link name none."""
        self.link.unlink(missing_ok=True)

    def remove(self, place: Path) -> None:
        """Remove an environment."""
        (place / _MARK).unlink(missing_ok=True)
        shutil.rmtree(place, ignore_errors=True)

    def keep_only(self, place: Path) -> None:
        """Remove all others, but not under a program that runs from one."""
        for one in set(self.folder.iterdir()) - self._used() - {place}:
            self.remove(one)

    def remove_unused(self, place: Path) -> bool:
        """Remove an environment; False, and it stays, where a program runs from it."""
        if place in self._used():
            return False
        self.remove(place)
        return True

    def used_by(self, pid: int | str) -> set[Path]:
        """Those from which a process runs, by what it has loaded and how it was called (proc(5))."""
        found = set()
        within = re.compile(re.escape(f"{self.folder}/") + r"([^/\s\0]+)/")
        for name in ("maps", "cmdline"):
            # It may have ended.
            with suppress(OSError):
                text = (_PROC / str(pid) / name).read_text(errors="replace")
                found |= {self.folder / one for one in within.findall(text)}
        return {one for one in found if one.is_dir()}

    def _used(self) -> set[Path]:
        return {one for pid in _PROC.glob("[0-9]*") for one in self.used_by(pid.name)}

    def _remove_unfinished(self) -> None:
        unfinished = {one for one in self.folder.glob("*") if not (one / _MARK).exists()}
        for one in unfinished - self._used() if unfinished else ():
            shutil.rmtree(one, ignore_errors=True)


def program(place: Path, name: str = "portier") -> str:
    """A program of an environment."""
    return str(place / "bin" / name)


def _install(bundle: Bundle, place: Path) -> None:
    (pip,) = (one for one in bundle.wheels if one.name.startswith("pip-"))
    wheels = [str(one) for one in bundle.wheels if one != pip]
    # All of them are named, so that pip fetches none and finds out itself whether they fit together.
    asked(
        (
            *(program(place, "python3"), "-m", "pip"),
            *(
                "--disable-pip-version-check",
                "--isolated",
                "install",
                "--quiet",
                "--no-index",
                "--no-cache-dir",
            ),
            *wheels,
        ),
        _LIMIT_S,
        "installing the Python packages",
        {"PYTHONPATH": str(pip), "PYTHONNOUSERSITE": "1"},
    )


def _prove(bundle: Bundle, place: Path) -> None:
    said = asked((program(place), "--version"), _LIMIT_S, "portier --version")
    if said != f"portier {bundle.about.version}":
        raise StationError(f"the new station says it is {said!r} and not {bundle.about.version}")
    python = program(place, "python3")
    asked((python, "-I", "-c", _IMPORTS), _LIMIT_S, "importing its modules")
    asked((python, "-I", "-m", "portier.selftest"), _LIMIT_S, "the self-test of PJSIP")
