"""Debian's kernel, and the simulated pins that Debian does not build: made once on a machine.

Debian 13's, since Debian 12's own has other sources of gpio-sim. It is unpacked, which an emulator wants.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from portier_pjsip import systems, target
from portier_pjsip.cache import Cache, key_of, sha256_of
from portier_pjsip.errors import StepError
from portier_pjsip.programs import run
from portier_pjsip.room import Room

_SOURCE = "linux-source-6.12"
_PACKAGES = (
    *(
        "linux-image-amd64",
        "linux-headers-amd64",
        _SOURCE,
        "gcc",
        "libc6-dev",
        "make",
        "kmod",
        "busybox-static",
    ),
    # Unpacked and not installed: the programs that a build calls are to be named, too.
    *(
        "base-files",
        "bash",
        "coreutils",
        "dash",
        "diffutils",
        "findutils",
        "grep",
        "gzip",
        "mawk",
        "perl-base",
    ),
    *("bzip2", "sed", "tar", "xz-utils", "zstd"),
)
_OPTIONS = ("--variant=extract", "--architectures=amd64")
_NEEDED_MIB = 2500
_WORK_MIB = 600
_KIND = "virtual-pi-kernel"
PINS, SOUND = "gpio-sim-pi.ko", "snd-aloop.ko"
"""The module of the pins, and that of the sound card."""
BUSYBOX = "busybox"
# In the order in which they are loaded. What Debian has built in is not among them.
_FOR_PINS = ("fs/configfs/configfs",)
_FOR_DISK = (
    *("drivers/block/virtio_blk", "lib/crc16", "arch/x86/crypto/crc32c-intel", "crypto/crc32c_generic"),
    *("fs/mbcache", "fs/jbd2/jbd2", "fs/ext4/ext4"),
)
_FOR_NETWORK = ("net/core/failover", "drivers/net/net_failover", "drivers/net/virtio_net")
_FOR_SOUND = ("sound/soundcore", "sound/core/snd", "sound/core/snd-timer", "sound/core/snd-pcm")
_CARD = "sound/drivers/snd-aloop"
_ZSTD = b"\x28\xb5\x2f\xfd"

# A Raspberry Pi's kernel leaves a freed output as it was (persist_gpio_outputs of pinctrl-bcm2835); gpio-sim
# lets it fall to what it is pulled to, so that a killed program's relay seems to drop by itself.
_FREED = re.compile(r"__assign_bit\(offset, chip->value_map,\s+!!test_bit\(offset, chip->pull_map\)\);")
_UNLESS_KEPT = "if (!persist || test_bit(offset, chip->direction_map))\n\t\t\t"
_INCLUDE = "#include <linux/module.h>"
_PARAMETER = (
    f"{_INCLUDE}\n#include <linux/moduleparam.h>\n\nstatic bool persist;\nmodule_param(persist, bool, 0644);"
)
_FREE = "static void gpio_sim_free("
# irq_to_desc is not for modules.
_IRQ_SED = r"s/irq_to_desc(\([a-z_]*\))/irq_data_to_desc(irq_get_irq_data(\1))/"
_KBUILD = "obj-m := gpio-sim-pi.o\ngpio-sim-pi-y := gpio-sim.o irq_sim.o\n"


@dataclass(frozen=True, slots=True)
class Kernel:
    """A folder with `vmlinux`, BUSYBOX and modules, and the modules' names in the order of loading."""

    folder: Path

    @property
    def image(self) -> Path:
        """What an emulator starts."""
        return self.folder / "vmlinux"

    @property
    def key(self) -> str:
        """A short name that changes with what is in it."""
        return key_of([sha256_of(self.image), sha256_of(self.folder / PINS)])

    def modules(self, *, of: str) -> tuple[str, ...]:
        """The names of the modules of "pins", "disk", "network" or "sound", in the order of loading."""
        return tuple((self.folder / of).read_text().split())


def made(cache: Cache, tell: Callable[[str], None]) -> Kernel:
    """The kernel; of the cache's where it is there. Raises MachineError and StepError."""
    system = systems.made(target.PCS["trixie-amd64"], cache, tell, _OPTIONS, _PACKAGES, _NEEDED_MIB)
    name = f"{system.name}-{sha256_of(Path(__file__))[:16]}"
    place = cache.path(_KIND, name)
    if place.is_dir():
        return Kernel(place)
    with cache.scratch(_WORK_MIB) as scratch:
        work, made = scratch / "work", scratch / name
        work.mkdir()
        made.mkdir()
        log = cache.folder / f"{_KIND}.log"
        log.unlink(missing_ok=True)
        tell("kernel: unpacking it, and building the pins")
        _unpack(system, work, made, log)
        _build_pins(Room(work, system), log)
        shutil.copy(work / "pins" / PINS, made / PINS)
        shutil.copy(system / "usr/bin" / BUSYBOX, made / BUSYBOX)
        return Kernel(cache.keep(made, _KIND, name))


def _unpack(system: Path, work: Path, made: Path, log: Path) -> None:
    (modules,) = (system / "usr/lib/modules").iterdir()
    for of, paths in (
        ("pins", _FOR_PINS),
        ("disk", _FOR_DISK),
        ("network", _FOR_NETWORK),
        ("sound", _FOR_SOUND),
        ("card", (_CARD,)),
    ):
        names = []
        for path in paths:
            packed = modules / "kernel" / f"{path}.ko.xz"
            if not packed.exists():
                # Built in, or no longer apart.
                continue
            shutil.copy(packed, work)
            names.append(f"{packed.stem}")
            run(f"unpacking {packed.name}", ("xz", "-d", str(work / packed.name)), log)
            (work / packed.stem).rename(made / packed.stem)
        (made / of).write_text("\n".join(names))
    (image,) = (system / "boot").glob("vmlinuz-*")
    content = image.read_bytes()
    (work / "payload.zst").write_bytes(content[content.index(_ZSTD) :])
    # It ends with an error where the payload does, because more follows; what came before is whole.
    room = Room(work, system)
    script = "zstd -q -d -c payload.zst >vmlinux; test -s vmlinux"
    run("unpacking the kernel", room.command(("sh", "-c", script)), log)
    (work / "vmlinux").rename(made / "vmlinux")


def _build_pins(room: Room, log: Path) -> None:
    """Compile gpio-sim of the kernel's own source, with one more parameter."""
    assert room.root
    folder = room.work / "pins"
    folder.mkdir()
    wanted = [f"{_SOURCE}/{one}" for one in ("drivers/gpio/gpio-sim.c", "kernel/irq/irq_sim.c")]
    words = ("tar", "-xf", f"/usr/src/{_SOURCE}.tar.xz", "--strip-components=3", *wanted)
    run("unpacking the pins' source", room.command(words, "pins"), log)
    source = folder / "gpio-sim.c"
    source.write_text(patched(source.read_text()))
    (folder / "Kbuild").write_text(_KBUILD)
    run("adapting the pins' source", room.command(("sed", "-i", _IRQ_SED, "irq_sim.c"), "pins"), log)
    (headers,) = (room.root / "usr/src").glob("linux-headers-*-amd64")
    inside = f"{room.inside}/pins"
    # No alternatives of Debian are set up there.
    words = ("make", "-C", f"/usr/src/{headers.name}", f"M={inside}", "AWK=mawk", "modules")
    run("compiling the pins", room.command(words, "pins"), log)


def patched(source: str) -> str:
    """gpio-sim with the parameter `persist`. Raises StepError where the source is another than it was."""
    head, free, body = source.partition(_FREE)
    body, count = _FREED.subn(lambda freed: _UNLESS_KEPT + freed[0], body, count=1)
    if not count or _INCLUDE not in head:
        raise StepError(
            "gpio-sim.c is not as it was: look at its gpio_sim_free, and at tests/virtual_pi/kernel.py"
        )
    return head.replace(_INCLUDE, _PARAMETER, 1) + free + body
