"""From a tarball to a wheel: unpack, configure, generate, compile, link, pack."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from portier_pjsip import libraries, patches, settings, wheel
from portier_pjsip.errors import CheckError, SourceError, StepError
from portier_pjsip.order import ABOUT_MODULE, Order
from portier_pjsip.programs import Program, asked, run
from portier_pjsip.progress import Progress
from portier_pjsip.room import Room

NEEDED_MIB = 700
_TREE = "pjproject"
_BINDING = f"{_TREE}/pjsip-apps/src/swig/python"
_PARTS = ("pjlib", "pjlib-util", "pjnath", "pjmedia", "pjsip")
_DROPPED_BY_DEBIAN = "pjmedia/src/pjmedia-audiodev/bdimad_dev.c"
_EMPTY_UNIT = "typedef int nothing_is_left_of_this_device;\n"
_OBJECT = re.compile(r"-o output/\S+\.o\b")
_OBJECTS = 280
"""How many files PJSIP 2.17 has with these settings: for the progress alone."""


class Build:
    """One wheel in the making, in the room's work folder."""

    def __init__(self, order: Order, tarball: Path, room: Room, log: Path, progress: Progress) -> None:
        self._order = order
        self._tarball = tarball
        self._room = room
        self._log = log
        self._progress = progress
        self._left_out: tuple[str, ...] = ()
        self._flags = (*settings.compile_flags(order.variant), f"-ffile-prefix-map={room.inside}/{_TREE}=.")
        self._gnu = f"{order.target.triplet}-" if order.target.crossed else ""

    def run(self) -> Path:
        """Make the wheel, in the work folder."""
        with self._progress.step("unpack", self._order.source.file):
            self._unpack()
        self._left_out = patches.apply(self._room.work / _TREE)
        if self._left_out:
            self._progress.say(
                "left out", f"changes that this PJSIP has no place for: {', '.join(self._left_out)}"
            )
        with self._progress.step("configure", "opus, speex, SRTP, OpenSSL, epoll"):
            self._configure()
        with self._progress.step("generate", "the binding, by SWIG"):
            self._generate()
        with self._progress.step("compile", "PJSIP and the binding") as tell:
            self._compile(tell)
        with self._progress.step("pack", self._order.file):
            return self._pack()

    def _unpack(self) -> None:
        tree = self._room.work / _TREE
        tree.mkdir()
        words = ("tar", "-xf", str(self._tarball), "-C", str(tree), "--strip-components=1", "--no-same-owner")
        run("unpacking the source", words, self._log)
        (tree / "pjlib/include/pj/config_site.h").write_text(settings.config_site())
        dropped = tree / _DROPPED_BY_DEBIAN
        if not dropped.exists():
            dropped.write_text(_EMPTY_UNIT)
        if not (tree / "pjsip-apps/src/swig/pjsua2.i").exists():
            raise SourceError(f"{self._order.source.file} lacks the sources of the Python binding")

    def _configure(self) -> None:
        host = (f"--host={self._order.target.triplet}",) if self._order.target.crossed else ()
        flags = " ".join(self._flags)
        switches = settings.configure_switches(self._order.variant)
        self._do(
            "configuring PJSIP",
            (
                f"{self._room.inside}/{_TREE}/aconfigure",
                *host,
                *switches,
                f"CFLAGS={flags}",
                f"CXXFLAGS={flags}",
            ),
            _TREE,
        )
        missing = unmet(self._order.variant, lambda name: (self._room.work / _TREE / name).read_text())
        if missing:
            raise StepError(
                f"configuring PJSIP: it left out {', '.join(missing)}: see {self._log}, and whether these "
                f"packages are installed: {' '.join(libraries.to_build(self._order.variant))}"
            )

    def _generate(self) -> None:
        include = (f"-I../../../../{part}/include" for part in _PARTS)
        self._do(
            "generating the binding",
            (
                "swig",
                *include,
                "-python",
                "-c++",
                "-threads",
                "-w312",
                "-o",
                "pjsua2_wrap.cpp",
                "../pjsua2.i",
            ),
            _BINDING,
        )

    def _compile(self, tell: Callable[[str], None]) -> None:
        done = 0

        def count(line: str) -> None:
            nonlocal done
            done += len(_OBJECT.findall(line))

        def beat() -> None:
            tell(f"PJSIP and the binding, {min(done, _OBJECTS)} of {_OBJECTS} files")

        binding_log = self._log.with_suffix(".binding.log")
        compiler = (f"{self._gnu}g++", *self._made("cflags"), *self._flags, *settings.BINDING_FLAGS)
        words = (*compiler, "-I", self._order.target.headers, "-c", "pjsua2_wrap.cpp", "-o", "pjsua2_wrap.o")
        # Together, because the binding is one file that takes as long as all others on one core; and with the
        # longer breath for the binding, which is what the end waits for.
        library = self._room.command(("nice", "-n", "5", "make", f"-j{os.cpu_count() or 1}", "lib"), _TREE)
        with (
            Program(self._room.command(words, _BINDING), binding_log) as binding,
            Program(library, self._log, watch=count) as making,
        ):
            making.wait("compiling PJSIP", beat)
            binding.wait("compiling the binding", beat)
        linked = (
            "-shared",
            "pjsua2_wrap.o",
            *self._made("ldflags"),
            *(f"-l{one}" for one in self._made("libs")),
        )
        output = ("-o", self._module, *settings.LINK_FLAGS)
        self._do("linking the binding", (f"{self._gnu}g++", *linked, *output), _BINDING)
        tell("PJSIP and the binding")

    def _pack(self) -> Path:
        folder = self._room.work / _BINDING
        target = self._order.target
        readelf = asked(
            self._room.command((f"{self._gnu}readelf", "--dynamic", "--wide", self._module), _BINDING)
        )
        needed = libraries.packages_of(libraries.needed_by(readelf), target.release)
        compiler = asked(self._room.command((f"{self._gnu}g++", "--version"))).splitlines()[0]
        about = f"{wheel.stem(self._order.version)}.dist-info"
        files = {
            "pjsua2.py": (folder / "pjsua2.py").read_bytes(),
            self._module: (folder / self._module).read_bytes(),
            f"{ABOUT_MODULE}.py": self._order.about(compiler, needed, self._left_out).encode(),
            f"{about}/licenses/COPYING": (self._room.work / _TREE / "COPYING").read_bytes(),
        }
        metadata = self._order.metadata(needed)
        made = wheel.write(self._room.work, self._order.version, target.tag, files, metadata)
        if made.name != self._order.file:
            raise CheckError(f"the wheel is called {made.name} and not {self._order.file}")
        return made

    @property
    def _module(self) -> str:
        return f"_pjsua2{self._order.target.module_suffix}"

    def _made(self, what: str) -> tuple[str, ...]:
        """What PJSIP's makefiles say that a program needs which uses it."""
        words = ("make", "--no-print-directory", "-f", "helper.mak", what)
        return tuple(asked(self._room.command(words, _BINDING)).split())

    def _do(self, doing: str, words: tuple[str, ...], folder: str) -> None:
        run(doing, self._room.command(words, folder), self._log)


def unmet(variant: settings.Variant, header: Callable[[str], str]) -> tuple[str, ...]:
    """What the configured headers do not say although it was asked for."""
    wanted = [(file, *one) for file, all_of_it in settings.CONFIGURED.items() for one in all_of_it]
    wanted.append((*settings.G729_CONFIGURED, "1" if variant.g729 else "0"))
    return tuple(
        f"{name} {value}"
        for file, name, value in wanted
        if not re.search(rf"^#define {name} {value}$", header(file), re.MULTILINE)
    )
