"""pip, in a virtual environment of its own: what fetches and makes Python packages for a bundle."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from portier_install.errors import UnfitError
from portier_pjsip import target as targets
from portier_pjsip.cache import Cache, key_of
from portier_pjsip.programs import asked
from portier_pjsip.target import Target

_KIND = "pip"
_NEEDED_MIB = 100
_LIMIT_S = 600.0
_SELF = ("pip>=25.1", "setuptools>=77", "wheel")
_DATE = "315532800"
"""The oldest that zip knows (1980): what is made twice of the same is the same."""

_GLIBC = {"bookworm": 36, "trixie": 41}
_OLDEST_GLIBC = 17
_LEGACY = ("manylinux2014",)


class PythonTools:
    """pip, made once and kept. Raises UnfitError where this Python can make no virtual environment."""

    def __init__(self, cache: Cache) -> None:
        name = key_of([sys.version, os.path.realpath(sys.executable), _SELF])
        place = cache.path(_KIND, name)
        if not place.is_dir():
            with cache.scratch(_NEEDED_MIB) as scratch:
                made = scratch / name
                self._pip = _pip_of(made)
                _make_environment(made)
                self._run("install", "--quiet", "--upgrade", *_SELF, doing="fetching pip")
                cache.keep(made, _KIND, name)
        self._pip = _pip_of(place)

    def make_wheel(self, what: str, wheels: Path, settings: tuple[str, ...] = ()) -> Path:
        """Build the wheel of a project's folder, or of a package of PyPI where that has none; in a folder."""
        before = set(wheels.glob("*.whl"))
        words = ("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), what)
        self._run(*words, doing=f"building the wheel of {what}", settings=settings)
        (made,) = set(wheels.glob("*.whl")) - before
        return made

    def fetch_source(self, requirement: str, folder: Path) -> Path:
        """Fetch a package's source; the tarball."""
        words = ("download", "--quiet", "--no-deps", "--no-binary=:all:", "--no-build-isolation", "--dest")
        self._run(*words, str(folder), requirement, doing=f"fetching the source of {requirement}")
        (source,) = folder.iterdir()
        return source

    def fetch_wheels(self, requirements: tuple[str, ...], wheels: Path, target: Target) -> None:
        """Fetch all that is required, and all that it needs, for a target.

        Of what is in the folder already no other build is taken, nor another version.
        """
        platforms = [word for one in platforms_of(target) for word in ("--platform", one)]
        python = "{}{}".format(*target.python)
        self._run(
            *("download", "--quiet", "--only-binary=:all:", "--dest", str(wheels)),
            *("--implementation", "cp", "--python-version", python, *platforms),
            *("--abi", f"cp{python}", "--abi", "abi3", "--abi", "none", *requirements),
            *map(str, wheels.glob("*.whl")),
            doing=f"fetching Python packages for {target.system}",
        )

    def _run(self, *words: str, doing: str, settings: tuple[str, ...] = ()) -> None:
        more = dict(one.split("=", 1) for one in (f"SOURCE_DATE_EPOCH={_DATE}", *settings))
        asked((*self._pip, *words), _LIMIT_S, doing, more)


def _pip_of(place: Path) -> tuple[str, ...]:
    return str(place / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"


def _make_environment(place: Path) -> None:
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        raise UnfitError("this Python has no pip to begin with: apt-get install python3-venv") from None
    asked((sys.executable, "-m", "venv", str(place)), _LIMIT_S, "making a virtual environment")


def platforms_of(target: Target) -> tuple[str, ...]:
    """The platform tags that a target takes (PEP 600), the newest first."""
    newest = _GLIBC.get(target.release, _this_glibc())
    modern = (f"manylinux_2_{minor}" for minor in range(newest, _OLDEST_GLIBC - 1, -1))
    return tuple(f"{one}_{target.machine}" for one in (*modern, *_LEGACY, "linux"))


def packages_for(name: str) -> tuple[str, ...]:
    """The Debian packages that fetching and making Python packages for a target's name needs here."""
    compiling = ("gcc", "swig", "python3-dev", "libasound2-dev") if name == targets.NATIVE else ()
    return ("python3-venv", *compiling)


def refuse_without_compiler(native: Target) -> None:
    """Raise UnfitError where the modules with C in them cannot be built here."""
    targets.python_headers(native)
    missing = [one for one in ("gcc", "swig") if shutil.which(one) is None]
    if missing:
        raise UnfitError(
            f"compiling needs {' and '.join(missing)}, and there is no such program: apt-get install "
            f"{' '.join(missing)}, or install from a bundle, which needs no compiler"
        )


def _this_glibc() -> int:
    return int(os.confstr("CS_GNU_LIBC_VERSION").rpartition(".")[2])  # type: ignore[union-attr]
