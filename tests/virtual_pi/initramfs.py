"""The archive that the kernel starts from: static busybox, the modules, and guest/init."""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.virtual_pi.kernel import BUSYBOX, Kernel

PROJECT = Path(__file__).parents[2]
GUEST = Path(__file__).parent / "guest"
_EXECUTABLE, _FOLDER = stat.S_IFREG | 0o755, stat.S_IFDIR | 0o755
_CONSOLE = stat.S_IFCHR | 0o600
_CONSOLE_DEVICE = (5, 1)
_END = "TRAILER!!!"


def init() -> str:
    """The first program, with the pulls of hardware/pinout.toml."""
    boot = tomllib.loads((PROJECT / "hardware/pinout.toml").read_text())["boot"]
    pulled_up = " ".join(str(one) for one in boot["pulled_up"])
    return (GUEST / "init").read_text().replace("@PULLED_UP@", pulled_up)


def write(to: Path, kernel: Kernel) -> None:
    """Write the archive."""
    with to.open("wb") as archive:
        for number, (name, mode, content) in enumerate(_members(kernel), 1):
            archive.write(member(number, name, mode, content))
        archive.write(member(0, _END, 0, b""))


def _members(kernel: Kernel) -> Iterator[tuple[str, int, bytes]]:
    for folder in ("bin", "dev", "modules"):
        yield folder, _FOLDER, b""
    yield "dev/console", _CONSOLE, b""
    yield "bin/busybox", _EXECUTABLE, (kernel.folder / BUSYBOX).read_bytes()
    yield "init", _EXECUTABLE, init().encode()
    for of in ("pins", "disk", "network", "sound"):
        yield f"modules/{of}", _EXECUTABLE, "".join(f"{one}\n" for one in kernel.modules(of=of)).encode()
    for module in sorted(kernel.folder.glob("*.ko")):
        yield f"modules/{module.name}", _EXECUTABLE, module.read_bytes()


def member(number: int, name: str, mode: int, content: bytes) -> bytes:
    """A member of a cpio archive of the "newc" kind (cpio(5)), padded to four bytes."""
    major, minor = _CONSOLE_DEVICE if stat.S_ISCHR(mode) else (0, 0)
    named = name.encode() + b"\0"
    # Inode, mode, owner, group, links, time, size, device, device of a special file, length of the name, sum.
    fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, major, minor, len(named), 0)
    head = b"070701" + b"".join(b"%08X" % one for one in fields) + named
    return head + bytes(-len(head) % 4) + content + bytes(-len(content) % 4)
