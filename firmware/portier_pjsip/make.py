"""Makes a wheel whatever that takes: from the cache, or from the source; and has it checked either way."""

from __future__ import annotations

import json
import runpy
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from portier_pjsip import build, libraries, source, systems, target, trial, wheel
from portier_pjsip.cache import Cache, default_folder
from portier_pjsip.errors import CheckError, MachineError
from portier_pjsip.judgement import Expected
from portier_pjsip.order import ABOUT_MODULE, Order
from portier_pjsip.progress import Progress
from portier_pjsip.room import Room
from portier_pjsip.settings import Variant
from portier_pjsip.target import Target

_KIND = "wheel"
_CHECKS = "checks.json"
_SLOWEST_PI = {"QEMU_CPU": "cortex-a53"}
"""The processor of the Pi 3 and the Zero 2 W: the emulator's own default knows instructions they lack."""


def make(name: str, variant: Variant, given: str | None, output: Path, progress: Progress) -> list[Path]:
    """The checked wheels of a target's name, in the output folder. Raises WheelError."""
    targets = target.chosen(name)
    with own_cache(progress) as cache:
        made = make_in(cache, targets, variant, given, progress)
        return [
            _given_out(one, kept, variant, output, progress) for one, kept in zip(targets, made, strict=True)
        ]


@contextmanager
def own_cache(progress: Progress) -> Iterator[Cache]:
    """The cache, which nobody else uses meanwhile."""
    cache = Cache(default_folder())
    with cache.locked(lambda: progress.say("wait", f"another make has {cache.folder}")):
        yield cache


def make_in(
    cache: Cache,
    targets: tuple[Target, ...],
    variant: Variant,
    given: str | None,
    progress: Progress,
) -> list[Path]:
    """The checked wheels of these targets, in the cache, for who has that already. Raises WheelError."""
    with progress.step("source", "looking in the cache") as tell:
        known, tarball = source.find(given, cache, tell)
        tell(f"PJSIP {known.version}, {known.origin}")
    return [_one(Order(one, variant, known), tarball, cache, progress) for one in targets]


def check(made: Path, progress: Progress) -> None:
    """Try a finished wheel on this machine. Raises CheckError."""
    tag, here = wheel.tag_of(made), target.native()
    if tag != here.tag:
        raise CheckError(f"{made.name} is for {tag}, and this Python takes {here.tag}")
    with TemporaryDirectory(prefix="portier-wheel-") as folder:
        trial.Trial(made, _claimed(made), Room(Path(folder)), sys.executable).run(progress.say)


def _claimed(made: Path) -> Expected:
    """What a wheel says it is. Raises CheckError where it does not."""
    content = wheel.read(made)
    with TemporaryDirectory(prefix="portier-wheel-") as folder:
        about = Path(folder) / f"{ABOUT_MODULE}.py"
        if about.name not in content:
            raise CheckError(f"{made.name} does not tell how it was built: it is none of make wheel's")
        about.write_bytes(content[about.name])
        facts = runpy.run_path(str(about))["BUILD"]
    return Expected(facts["pjsip"], facts["asserts"], facts["g729"], tuple(facts.get("left_out", ())))


def _one(order: Order, tarball: Path, cache: Cache, progress: Progress) -> Path:
    place = cache.path(_KIND, order.key)
    if not _whole(place / order.file):
        place = _built(order, tarball, cache, progress)
    else:
        progress.say("cached", order.file)
    checks = place / _CHECKS
    if not checks.exists():
        found = _tried(place / order.file, order, cache, progress)
        fresh = checks.with_suffix(".new")
        fresh.write_text(json.dumps(found, indent=2))
        fresh.rename(checks)
    return place / order.file


def _given_out(one: Target, kept: Path, variant: Variant, output: Path, progress: Progress) -> Path:
    output.mkdir(parents=True, exist_ok=True)
    fresh = output / f".{kept.name}"
    shutil.copyfile(kept, fresh)
    done = fresh.rename(output / kept.name)
    progress.say("wheel", f"{done} ({done.stat().st_size / 1e6:.1f} MB)")
    if one.apart:
        packages = libraries.to_run(variant, one.release)
        progress.say("there", f"sudo apt install {' '.join(packages)}")
    return done


def _whole(made: Path) -> bool:
    try:
        wheel.read(made)
    except CheckError:
        return False
    return True


def _built(order: Order, tarball: Path, cache: Cache, progress: Progress) -> Path:
    against = libraries.to_build(order.variant)
    root = None
    if order.target.apart:
        with progress.step("system", f"{order.target.system} to build in") as tell:
            root = systems.to_build(order.target, against, cache, tell)
    else:
        refuse_unready(order.target)
    log = cache.folder / f"{order.target.name}{order.variant.label}.log"
    for old in cache.folder.glob(f"{log.stem}*.log"):
        old.unlink()
    with cache.scratch(build.NEEDED_MIB) as folder:
        made = build.Build(order, tarball, Room(folder, root), log, progress).run()
        whole = folder / "whole"
        whole.mkdir()
        made.rename(whole / made.name)
        return cache.keep(whole, _KIND, order.key)


def _tried(made: Path, order: Order, cache: Cache, progress: Progress) -> dict[str, str]:
    expected = _claimed(made)
    with cache.scratch(trial.NEEDED_MIB) as folder:
        if not order.target.apart:
            return trial.Trial(made, expected, Room(folder), sys.executable).run(progress.say)
        with progress.step("system", f"{order.target.system} to try it in") as tell:
            packages = libraries.to_run(order.variant, order.target.release)
            root = systems.to_run(order.target, packages, cache, tell)
        if not order.target.crossed:
            room = Room(folder, root)
            return trial.Trial(made, expected, room, "/usr/bin/python3").run(progress.say)
        room = Room(folder, root, (systems.EMULATOR_INSIDE,))
        return trial.Trial(made, expected, room, "/usr/bin/python3", _SLOWEST_PI).run(progress.say)


def refuse_unready(native: Target) -> None:
    """Raise MachineError where this machine cannot compile."""
    target.python_headers(native)
    missing = [
        one for one in ("gcc", "g++", "make", "swig", "tar", "xz", "openssl") if shutil.which(one) is None
    ]
    if missing:
        raise MachineError(
            f"building needs {', '.join(missing)}, and there is no such program: on Debian make wheel "
            f"installs {' '.join(tools())}; elsewhere install what corresponds"
        )


def tools() -> tuple[str, ...]:
    """The Debian packages of the programs that a build for this machine needs."""
    return ("g++", "make", "swig", "xz-utils", "openssl", "binutils")
