"""The emulated machine: qemu, started with a copy of the disk, ended by its own number."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.virtual_pi.image import Image
from tests.virtual_pi.rig_client import Rig
from tests.virtual_pi.rig_wire import RigError

ADDRESS, GATEWAY = "10.77.0.12", "10.77.0.66"
"""The guest's on the lab's switch (tests/lab/network.py), and that of the process that started it."""

UP_S = 60.0
"""A quiet machine needs 8 s until the rig answers, and one with two busy cores 18 s."""
_END_S = 10.0
_LIFE_LIMIT_S = 3000
_PROGRAM = "qemu-system-x86_64"
_MEMORY_MIB = 1024
TAP = "portier-pi"
"""The interface that its cable ends in."""
_NET, _RIG = "net0", "portier.rig"


@dataclass(frozen=True, slots=True)
class Boot:
    """How a machine is started.

    `persist`: freed outputs keep their level, as with Raspberry Pi kernels; else as gpio-sim is.
    `sound`: the sound card is there. `cable`: the network cable is in.
    `clock`: the hardware clock (UTC, "1970-01-01T00:00:00"); "" for the right time.
    """

    persist: bool = True
    sound: bool = True
    cable: bool = True
    clock: str = ""


class Guest:
    """A virtual Pi with a disk of its own, which outlives a power cut and ends with `close`."""

    def __init__(self, image: Image, folder: Path, switch: str) -> None:
        """`folder` is short and for its files alone; `switch` the bridge that its cable ends in."""
        folder.mkdir(parents=True)
        self._image = image
        self._folder = folder
        self._switch = switch
        self._disk = folder / "disk"
        self._process: subprocess.Popen[bytes] | None = None
        self._rig: Rig | None = None
        self._boots = 0
        self.boot = Boot()
        self.started_s = 0.0
        words = ("cp", "--sparse=always", "--reflink=auto", str(image.disk), str(self._disk))
        subprocess.run(words, check=True, timeout=120)

    @property
    def rig(self) -> Rig:
        """The rig in it; RigError while it is off."""
        if self._rig is None:
            raise RigError("the guest is off")
        return self._rig

    @property
    def console(self) -> Path:
        """What its kernel and systemd have said since it was last started."""
        return self._folder / f"console-{self._boots}"

    @property
    def runs(self) -> bool:
        """Whether it has power."""
        return self._process is not None and self._process.poll() is None

    def start(self, boot: Boot) -> Rig:
        """Start it and wait until its rig answers, which is long before the station is up.

        Raises RigError with the console's end where it does not come.
        """
        assert not self.runs, "it runs already: power_cut() first"
        self._boots += 1
        self.boot = boot
        _lay_cable(self._switch)
        for name in ("rig", "qmp"):
            (self._folder / name).unlink(missing_ok=True)
        self.started_s = time.monotonic()
        with self.console.open("wb") as console, (self._folder / "qemu.log").open("ab") as log:
            self._process = subprocess.Popen(
                ("timeout", "--foreground", "--signal=KILL", str(_LIFE_LIMIT_S), *self._command(boot)),
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=log,
            )
        try:
            self._wait_for_socket("qmp")
            if not boot.cable:
                self.cable(up=False)
            self._qmp("cont")
            self._rig = Rig(self._folder / "rig", UP_S)
        except BaseException as error:
            self.power_cut()
            if isinstance(error, RigError):
                said = self.console.read_text(errors="replace")[-1500:]
                log_end = (self._folder / "qemu.log").read_text(errors="replace")[-500:]
                raise RigError(f"{error}; its console ends with: {said}{log_end}") from error
            raise
        return self._rig

    def power_cut(self) -> None:
        """Take its power away, as it is; `start` boots it again with the disk as it was left."""
        if self._process is None:
            return
        # timeout ends with its child, and would not end it when it is killed itself.
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        pids = children.read_text().split() if self.runs else []
        for pid in pids:
            subprocess.run(("kill", "-KILL", pid), check=False, timeout=_END_S)
        self._process.wait(_END_S)
        self._process = None
        if self._rig:
            self._rig.close()
            self._rig = None

    def completed(self) -> None:
        """It has by now all that it was started without: whoever wants a whole machine may have it."""
        self.boot = Boot()

    def cable(self, *, up: bool) -> None:
        """Pull its network cable, or plug it in again."""
        self._qmp("set_link", name=_NET, up=up)

    def close(self) -> None:
        """End it, and remove its disk; what it said on its console stays."""
        self.power_cut()
        self._disk.unlink(missing_ok=True)

    def keep(self, folder: Path) -> None:
        """Copy what it said on its consoles into a folder."""
        for one in self._folder.glob("console-*"):
            shutil.copy(one, folder / one.name)

    def _wait_for_socket(self, name: str) -> None:
        until_s = time.monotonic() + _END_S
        while not (self._folder / name).exists():
            if not self.runs or time.monotonic() > until_s:
                raise RigError(f"{_PROGRAM} did not start")
            time.sleep(0.02)

    def _qmp(self, execute: str, **arguments: Any) -> None:
        """Tell qemu something (QEMU Machine Protocol). Raises RigError."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
            wire.settimeout(_END_S)
            wire.connect(str(self._folder / "qmp"))
            answers = wire.makefile("rb")
            answers.readline()
            for request in ({"execute": "qmp_capabilities"}, {"execute": execute, "arguments": arguments}):
                wire.sendall(json.dumps(request).encode() + b"\n")
                # Events come between.
                while not ({"return", "error"} & (answer := json.loads(answers.readline())).keys()):
                    pass
                if "error" in answer:
                    raise RigError(f"{execute}: {answer['error'].get('desc')}")

    def _command(self, boot: Boot) -> tuple[str, ...]:
        clock = boot.clock or "utc"
        folder = self._folder
        words = " ".join(
            (
                "console=ttyS0 panic=-1 quiet mitigations=off random.trust_cpu=1 net.ifnames=0",
                # Code that always lies in the same place is translated once, whatever process runs it.
                "nokaslr norandmaps",
                "systemd.show_status=0 systemd.journald.forward_to_console=0 preempt=full",
                f"pi.persist={int(boot.persist)} pi.sound={int(boot.sound)}",
            )
        )
        return (
            _PROGRAM,
            *("-M", "q35", "-accel", "tcg,thread=multi,tb-size=512"),
            # No newer one: what that has more, AVX above all, takes a seventh more time to emulate.
            *("-cpu", "Nehalem", "-smp", "2"),
            *("-m", str(_MEMORY_MIB), "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
            *("-S", "-serial", "stdio", "-qmp", f"unix:{folder / 'qmp'},server=on,wait=off"),
            *("-rtc", f"base={clock},clock=host"),
            *("-kernel", str(self._image.kernel), "-initrd", str(self._image.initramfs), "-append", words),
            *("-drive", f"file={self._disk},format=raw,if=virtio,cache=writeback"),
            # Another station's bundle: "tar -xf /dev/vdb" unpacks it.
            *("-drive", f"file={self._image.upgrade},format=raw,if=virtio,readonly=on"),
            *("-netdev", f"tap,id={_NET}b,ifname={TAP},script=no,downscript=no"),
            *("-device", f"virtio-net-pci,id={_NET},netdev={_NET}b,romfile="),
            *("-device", "virtio-serial-pci"),
            *("-chardev", f"socket,id=rig,path={folder / 'rig'},server=on,wait=off"),
            *("-device", f"virtserialport,chardev=rig,name={_RIG}"),
        )


def _lay_cable(switch: str) -> None:
    """Make the interface that the guest's cable ends in, where it is not there."""
    # Not by /sys, which shows the network that it was mounted in.
    known = subprocess.run(("ip", "link", "show", TAP), capture_output=True, timeout=_END_S, check=False)
    if known.returncode == 0:
        return
    for words in (
        ("tuntap", "add", TAP, "mode", "tap"),
        ("link", "set", TAP, "master", switch),
        ("link", "set", TAP, "up"),
    ):
        subprocess.run(("ip", *words), check=True, timeout=_END_S)
