"""A root, booted by a systemd of its own in a container that forgets all that is done.

Below lies the root, only read: this machine's own unless another is named. Above it is a memory file system
that ends with the container, as do its processes, mounts and cgroups. Its network is a loopback interface and
nothing else; it has no sound card and no pins.
Needs root. It works where process 1 is no systemd, and with cgroups of version 1 too.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

LIMIT_S = 30.0
# Ends a container that a killed test run left behind.
_LIFE_LIMIT_S = 900
_REPOSITORY = Path(__file__).parents[2]
_PACKAGES = {"systemd-nspawn": "systemd-container", "nsenter": "util-linux", "unshare": "util-linux"}

# nspawn wants a root that is a mount point, cgroups of version 2, and a /run to lock its machines in. In a
# cgroup of its own, and seen as the topmost one, it leaves none of its own to whoever called.
_BOOT = """
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir "/sys/fs/cgroup/$1"
echo 0 >"/sys/fs/cgroup/$1/cgroup.procs"
umount /sys/fs/cgroup
mount -t tmpfs tmpfs /run
mount --bind "$3" "$2"
shift 3
exec unshare --cgroup sh -euc 'mount -t cgroup2 cgroup2 /sys/fs/cgroup; exec "$@"' sh "$@"
"""
# Only one that no process is in any more can be removed.
_TAKE_CGROUPS_AWAY = """
mount -t cgroup2 cgroup2 /sys/fs/cgroup
cd /sys/fs/cgroup
while [ -d "$1" ] && ! find "$1" -depth -type d -exec rmdir {} + 2>/dev/null; do sleep 0.05; done
"""

_numbers = itertools.count()


class BootedMachine:
    """The container. Use as a context manager; it is up, but nothing beyond sysinit.target is started."""

    def __init__(
        self,
        folder: Path,
        base: Path = Path("/"),
        *,
        visible: Mapping[Path, str] | None = None,
        forgets: bool = True,
    ) -> None:
        """`base` is the root to boot; `visible` names what of this machine is seen there, only to be read.

        One that does not forget writes into `base`.
        """
        assert os.geteuid() == 0, (
            "systemd is booted in a container, which only root can: run this test as root"
        )
        missing = sorted({package for program, package in _PACKAGES.items() if not shutil.which(program)})
        assert not missing, f"needed for this test, and not here: apt-get install {' '.join(missing)}"
        self._cgroup = f"portier-test-{os.getpid()}-{next(_numbers)}"
        self._console = folder / "console"
        self._leader = 0
        root = folder / "root"
        root.mkdir()
        container = [
            *("systemd-nspawn", f"--directory={root}", "--private-network"),
            *(("--volatile=overlay",) if forgets else ()),
            *("--register=no", "--keep-unit", "--link-journal=no", "--machine=portier"),
            *(f"--bind-ro={here}:{there}" for here, there in (visible or _own_python()).items()),
            *("--console=pipe", "--boot", "systemd.unit=sysinit.target"),
        ]
        apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        with self._console.open("w") as console:
            self._process = subprocess.Popen(
                [
                    *("timeout", "--signal=KILL", str(_LIFE_LIMIT_S)),
                    *(*apart, "sh", "-euc", _BOOT, "sh", self._cgroup, str(root), str(base), *container),
                ],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        try:
            self._wait()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """End every process of the container, and take its cgroups away."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        command = ["unshare", "--mount", "sh", "-euc", _TAKE_CGROUPS_AWAY, "sh", self._cgroup]
        subprocess.run(command, check=True, timeout=LIMIT_S)

    @property
    def root(self) -> Path:
        """Its root folder, as seen and written from outside."""
        return Path(f"/proc/{self._leader}/root")

    @property
    def network(self) -> tuple[str, ...]:
        """What to begin a command with that is to run outside, but in its network."""
        return ("nsenter", f"--target={self._leader}", "--net", "--")

    def begin(self, *command: str) -> subprocess.Popen[str]:
        """Start a command inside, as root; its output and its errors come together."""
        return subprocess.Popen(
            [*self._inside, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def attempt(self, *command: str, limit_s: float = LIMIT_S) -> subprocess.CompletedProcess[str]:
        """Run a command inside, as root, however it ends."""
        return subprocess.run(
            [*self._inside, *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
        )

    def run(self, *command: str, limit_s: float = LIMIT_S) -> str:
        """Run a command inside, as root; what it says. AssertionError when it fails."""
        ran = self.attempt(*command, limit_s=limit_s)
        assert ran.returncode == 0, (
            f"{' '.join(command)} ended with {ran.returncode}: {ran.stdout}{ran.stderr}"
        )
        return ran.stdout.strip()

    @property
    def _inside(self) -> tuple[str, ...]:
        # Of this machine's variables none: they may name files that are not there.
        clean = (
            "env",
            "--ignore-environment",
            "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME=/root",
            "LC_ALL=C.UTF-8",
        )
        return ("nsenter", f"--target={self._leader}", "--all", "--", *clean)

    def write(self, path: str, text: str) -> None:
        """Write a file inside, which root alone may write and all may read."""
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o644)

    def install(self) -> None:
        """Lay this project out in /opt/portier, as `pip install .` in a virtual environment there does."""
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        own = self.root / "opt/portier"
        packages = own / "lib" / version / "site-packages"
        packages.mkdir(parents=True)
        (own / "bin").mkdir()
        (own / "bin/python3").symlink_to(f"/opt/python/bin/{version}")
        self.write(
            "/opt/portier/pyvenv.cfg", "home = /opt/python/bin\ninclude-system-site-packages = false\n"
        )
        script = Path(sys.executable).with_name("portier").read_text().partition("\n")[2]
        self.write("/opt/portier/bin/portier", f"#!/opt/portier/bin/python3\n{script}")
        (own / "bin/portier").chmod(0o755)
        shutil.copytree(_REPOSITORY / "firmware/portier", packages / "portier")
        # Not the editable install of this project: a package's .pth files count only in site-packages itself.
        (packages / "dependencies.pth").write_text("/opt/packages\n")
        for library in (self.root / "opt/python/lib").glob("libpython*.so*"):
            shared = self.root / "usr/lib" / library.name
            if not shared.exists():
                shared.symlink_to(f"/opt/python/lib/{library.name}")

    def process(self, pid: int) -> Mapping[str, str]:
        """What the kernel says of one of its processes, by its number inside: /proc/PID/status."""
        lines = (self.root / "proc" / str(pid) / "status").read_text().splitlines()
        return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}

    def scheduling(self, pid: int) -> Mapping[str, tuple[int, int]]:
        """The policy and the real-time priority of each of its threads, by its name (proc_pid_stat(5))."""
        found = {}
        for task in (self.root / "proc" / str(pid) / "task").iterdir():
            fields = (task / "stat").read_text().rpartition(")")[2].split()
            found[(task / "comm").read_text().strip()] = (int(fields[38]), int(fields[37]))
        return found

    def _wait(self) -> None:
        until_s = time.monotonic() + LIMIT_S
        while not self._is_up():
            said = self._console.read_text(errors="replace")
            assert self._process.poll() is None, f"systemd could not be booted in a container: {said}"
            assert time.monotonic() < until_s, f"systemd was not up in a container within {LIMIT_S} s: {said}"
            time.sleep(0.05)

    def _is_up(self) -> bool:
        pid = self._process.pid
        # timeout, unshare, nspawn, systemd.
        for _ in range(3):
            try:
                children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            except OSError:
                return False
            if len(children) != 1:
                return False
            pid = int(children[0])
        if not Path(f"/proc/{pid}/root/run/systemd/private").exists():
            return False
        self._leader = pid
        try:
            return self.run("systemctl", "is-active", "sysinit.target") == "active"
        except AssertionError:
            return False


def _own_python() -> Mapping[Path, str]:
    """This Python, which may live in a home that the unit does not see, and its packages."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = Path(sys.prefix) / "lib" / version / "site-packages"
    return {Path(sys.base_prefix): "/opt/python", packages: "/opt/packages"}
