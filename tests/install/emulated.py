"""A Raspberry Pi's programs on this machine: a root of a bundle's own Debian packages, and an emulator.

In namespaces of its own: its mounts, its binary format, its network with a loopback and nothing else. This
machine sees none of them, and they end with the one command.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from portier_install import bundle
from portier_pjsip import systems

_INSIDE = "/bundle"
_LIMIT_S = 1200.0
# The whole of a program's tree runs on it: each is started by the kernel, and so through the emulator.
_ENTER = r"""
root=$1 emulator=$2 format=$3
shift 3
ip link set lo up
mount --make-rprivate /
mount --bind "$root" "$root"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
if [ "$format" ]; then
    mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
    printf '%s' "$format:$root$emulator:OF" >/proc/sys/fs/binfmt_misc/register
fi
# Not in this shell's place: as the first process of its namespace it would survive its own crash, and hang.
code=0
chroot "$root" "$@" || code=$?
exit "$code"
"""
# An ELF file for AArch64 (EM_AARCH64, 183), as binfmt_misc wants it: its first bytes, and which bits count.
_ELF = r"\x7f\x45\x4c\x46\x02\x01\x01" + 9 * r"\x00" + r"\x02\x00\xb7\x00"
_MASK = 7 * r"\xff" + r"\x00" + 8 * r"\xff" + r"\xfe\xff\xff\xff"
_FORMAT = f":portier:M::{_ELF}:{_MASK}"
# Where Debian's own is set up, a kernel before 6.7 has room for no other.
_SET_UP = Path("/proc/sys/fs/binfmt_misc/qemu-aarch64")
_OS_RELEASE = 'ID=debian\nPRETTY_NAME="{}"\nVERSION_CODENAME={}\n'
# Since Debian 12 each of these is a link, which the package base-files brings; every system has it already.
_MERGED = ("bin", "lib", "sbin", "lib64")
_OWN = ("dev", "proc", "etc", "tmp", "var/tmp", "run", "opt", "root")


class EmulatedPi:
    """A root below a folder that holds a bundle in /bundle, and what its Debian packages bring."""

    def __init__(self, folder: Path, made: Path) -> None:
        self.root = folder
        for name in _MERGED:
            (folder / "usr" / name).mkdir(parents=True)
            (folder / name).symlink_to(f"usr/{name}")
        for name in _OWN:
            (folder / name).mkdir(parents=True, exist_ok=True)
        for package in sorted((made / bundle.PACKAGES).glob("*.deb")):
            with subprocess.Popen(
                ("dpkg-deb", "--fsys-tarfile", str(package)), stdout=subprocess.PIPE
            ) as unpacking:
                words = ("tar", "-x", "--keep-directory-symlink", "-C", str(folder))
                subprocess.run(words, stdin=unpacking.stdout, check=True, timeout=60)
        about = json.loads((made / bundle.ABOUT).read_text())
        (folder / "etc/os-release").write_text(_OS_RELEASE.format(about["system"], about["release"]))
        (folder / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n")
        (folder / "etc/group").write_text("root:x:0:\n")
        systems.add_emulator(folder)
        made.rename(folder / _INSIDE.strip("/"))

    def attempt(self, *command: str, limit_s: float = _LIMIT_S) -> subprocess.CompletedProcess[str]:
        """Run a command of the root, however it ends."""
        own = (
            "--user",
            "--map-root-user",
            "--mount",
            "--pid",
            "--net",
            "--mount-proc",
            "--fork",
            "--kill-child",
        )
        enter = (
            "sh",
            "-euc",
            _ENTER,
            "enter",
            str(self.root),
            systems.EMULATOR_INSIDE,
            "" if _SET_UP.exists() else _FORMAT,
        )
        return subprocess.run(
            ("unshare", *own, *enter, *command),
            env={
                "PATH": os.environ["PATH"],
                "HOME": "/root",
                "LC_ALL": "C.UTF-8",
                "QEMU_CPU": "cortex-a53",
                "PYTHONPATH": f"{_INSIDE}/{bundle.TOOL}",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
        )
