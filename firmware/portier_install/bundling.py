"""Makes a bundle: for this machine, or for another with Debian 12 or 13, such as a Raspberry Pi."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from portier_install import bundle, fitness, modules, packages
from portier_install.bundle import About, Bundle
from portier_install.errors import UnfitError
from portier_install.modules import MODULES, Module
from portier_install.python_tools import PythonTools, refuse_without_compiler
from portier_pjsip import make, target, wheel
from portier_pjsip.cache import Cache
from portier_pjsip.errors import CheckError
from portier_pjsip.programs import asked
from portier_pjsip.progress import Progress
from portier_pjsip.settings import Variant
from portier_pjsip.target import Target

_PROJECT = Path(__file__).parents[2]
_OF_THE_WHEEL = ("pyproject.toml", "README.md", "LICENSE")
_TOOLS = ("portier_install", "portier_pjsip")
_NEEDED_MIB = 400
_PACK_LIMIT_S = 600.0
_REQUIRES = re.compile(r"(?m)^Requires-Dist: (?P<what>(?P<name>[A-Za-z0-9-]+)[^;\n]*)")

# What `portier bench --scripted` needs comes along: so a station can be tried before anything is wired. What
# cancels echo is half a megabyte beside that, the client of the operator's API one.
_EXTRAS, _PI_EXTRAS = ("scripted", "echo", "ovh"), ("pi", "rpigpio")


def make_bundle(name: str, source: str | None, output: Path, progress: Progress) -> Path:
    """A bundle as a tarball in the output folder. Raises InstallError and WheelError."""
    (one,) = target.chosen(name)
    output.mkdir(parents=True, exist_ok=True)
    with make.own_cache(progress) as cache, cache.scratch(_NEEDED_MIB) as scratch:
        made = fill(one, source, cache, scratch, progress, with_packages=True)
        tarball = output / f"{made.folder.name}.tar"
        fresh = tarball.with_name(f".{tarball.name}")
        with progress.step("pack", tarball.name):
            words = ("tar", "-cf", str(fresh), "--owner=0", "--group=0", "--sort=name", "-C", str(scratch))
            asked((*words, made.folder.name), _PACK_LIMIT_S, f"packing {tarball.name}")
        fresh.rename(tarball)
    progress.say("bundle", f"{tarball} ({tarball.stat().st_size / 1e6:.1f} MB)")
    return tarball


def fill(
    one: Target,
    source: str | None,
    cache: Cache,
    scratch: Path,
    progress: Progress,
    *,
    with_packages: bool,
) -> Bundle:
    """A bundle as a folder below `scratch`; without Debian's packages where apt gets its own."""
    if not one.release:
        raise UnfitError(f"{one.system} is no Debian: a bundle is for Debian 12 and 13, and Raspberry Pi OS")
    if not one.apart:
        refuse_without_compiler(one)
    wheels = scratch / bundle.WHEELS
    wheels.mkdir()
    (kept,) = make.make_in(cache, (one,), Variant(), source, progress)
    shutil.copyfile(kept, wheels / kept.name)
    with progress.step("portier", "its own wheel"):
        tools = PythonTools(cache)
        own = tools.make_wheel(str(_project(scratch / "project")), wheels)
    with progress.step("modules", "with C in them") as tell:
        for module, requirement in _wanted(own, one):
            if one.apart:
                made = modules.build(module, requirement, one, tools, cache, tell)
                shutil.copyfile(made, wheels / made.name)
            else:
                tell(f"{module.name}: compiling")
                tools.make_wheel(requirement, wheels, module.settings)
        tell(", ".join(module.name for module, _ in _wanted(own, one)))
    with progress.step("fetch", f"Python packages for {one.system}, {one.machine}") as tell:
        extras = ",".join((*_EXTRAS, *(_PI_EXTRAS if _has_pins(one) else ())))
        tools.fetch_wheels((f"{own}[{extras}]", "pip"), wheels, one)
        found = tuple(sorted(wheels.glob("*.whl")))
        _refuse_broken(found)
        fitness.refuse_wheels(found, one.python, one.machine)
        tell(f"{len(found)} Python packages")
    about = About(
        version=wheel.version_of(own),
        target=one.name,
        system=one.system,
        release=one.release,
        machine=one.machine,
        python=one.python,
        needs=packages.needed(one.release),
    )
    name = one.name if one.apart else f"{one.release}-{one.architecture}"
    folder = scratch / f"portier-{about.version}-{name}"
    folder.mkdir()
    wheels.rename(folder / bundle.WHEELS)
    if with_packages:
        with progress.step("fetch", "Debian packages, their signatures checked by apt") as tell:
            count = packages.fetch(one, about.needs, folder / bundle.PACKAGES, scratch)
            tell(f"{count} Debian packages, their signatures checked by apt")
    _lay_out_tool(folder)
    return bundle.seal(folder, about)


def _project(folder: Path) -> Path:
    """A copy of what the wheel is made from: building it leaves files behind."""
    folder.mkdir()
    for name in _OF_THE_WHEEL:
        shutil.copyfile(_PROJECT / name, folder / name)
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(_PROJECT / "firmware" / "portier", folder / "firmware" / "portier", ignore=ignore)
    return folder


def _lay_out_tool(folder: Path) -> None:
    ignore = shutil.ignore_patterns("__pycache__")
    for name in _TOOLS:
        shutil.copytree(_PROJECT / "firmware" / name, folder / bundle.TOOL / name, ignore=ignore)
    shutil.copytree(_PROJECT / "systemd", folder / bundle.SYSTEMD)
    shutil.copytree(_PROJECT / "hardware" / "boot", folder / "hardware" / "boot")
    script = folder / bundle.SCRIPT
    shutil.copyfile(Path(__file__).with_name("station.sh"), script)
    script.chmod(0o755)


def _has_pins(one: Target) -> bool:
    return one.machine == "aarch64"


def _wanted(own: Path, one: Target) -> list[tuple[Module, str]]:
    """The modules to build, with what our own wheel requires of each."""
    content = wheel.read(own)
    (metadata,) = (data.decode() for name, data in content.items() if name.endswith(".dist-info/METADATA"))
    required = {found["name"].lower(): found["what"].strip() for found in _REQUIRES.finditer(metadata)}
    return [(module, required[module.name]) for module in MODULES if module.name != "lgpio" or _has_pins(one)]


def _refuse_broken(wheels: tuple[Path, ...]) -> None:
    for one in wheels:
        try:
            wheel.read(one)
        except CheckError as error:
            raise CheckError(f"{error}: fetch it again") from error
