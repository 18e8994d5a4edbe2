"""The Python modules with C in them of which a target has no wheel: built from their source packages."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from portier_install.errors import BundleError
from portier_install.python_tools import PythonTools
from portier_pjsip import libraries, systems
from portier_pjsip.cache import Cache, key_of
from portier_pjsip.programs import run
from portier_pjsip.room import Room
from portier_pjsip.settings import Variant
from portier_pjsip.target import Target

_KIND = "module"
_NEEDED_MIB = 100


@dataclass(frozen=True, slots=True)
class Module:
    """A package of PyPI; `settings` are the environment of its build."""

    name: str
    settings: tuple[str, ...] = ()


MODULES = (
    Module("pyalsaaudio"),
    # With its library inside: Debian has none that is new enough for its own Python.
    Module("lgpio", ("PYPI=1",)),
)


def build(
    module: Module,
    requirement: str,
    target: Target,
    tools: PythonTools,
    cache: Cache,
    tell: Callable[[str], None],
) -> Path:
    """The wheel of a module for a target with a system of its own; from the cache where it was made once."""
    with cache.scratch(_NEEDED_MIB) as folder:
        tell(f"{module.name}: fetching its source")
        source = tools.fetch_source(requirement, folder / "source")
        name = key_of([source.name, target.name, module.settings])
        kept = cache.path(_KIND, name)
        if not kept.is_dir():
            tell(f"{source.name}: compiling")
            root = systems.to_build(target, libraries.to_build(Variant()), cache, tell)
            made = _compiled(module, source, Room(folder, root), target, cache.folder / f"{module.name}.log")
            whole = folder / "whole"
            whole.mkdir()
            made.rename(whole / made.name)
            cache.keep(whole, _KIND, name)
    (made,) = kept.glob("*.whl")
    return made


def _compiled(module: Module, source: Path, room: Room, target: Target, log: Path) -> Path:
    log.unlink(missing_ok=True)
    with tarfile.open(source) as archive:
        tree = archive.getnames()[0].split("/")[0]
    words = ("tar", "-xf", str(source), "-C", str(room.work), "--no-same-owner")
    run(f"unpacking {source.name}", words, log)
    settings = ("CFLAGS=-g0", *module.settings)
    if target.crossed:
        settings = (
            *settings,
            f"_PYTHON_SYSCONFIGDATA_NAME=_sysconfigdata__{target.triplet}",
            f"_PYTHON_HOST_PLATFORM=linux-{target.machine}",
        )
    python = (
        "/usr/bin/python3",
        "setup.py",
        "--quiet",
        "bdist_wheel",
        "--plat-name",
        f"linux_{target.machine}",
    )
    run(f"compiling {source.name}", room.command(("env", *settings, *python), tree), log)
    found = list((room.work / tree / "dist").glob("*.whl"))
    if len(found) != 1:
        raise BundleError(f"compiling {source.name} left {len(found)} wheels: see {log}")
    return found[0]
