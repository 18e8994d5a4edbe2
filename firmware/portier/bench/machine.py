"""A machine of one's choice for `portier doctor`: any Pi, any kernel, whatever it lacks."""

from __future__ import annotations

import errno
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from portier.directory.files import Files
from portier.directory.health import Look
from portier.doctor.machine import NOT_FOUND, Outcome, Platform
from portier.hosts import is_ipv6
from portier.intercom.lines import Seen

_LINE = "3100000000"
_CARDS = """\
 0 [vc4hdmi        ]: vc4-hdmi - vc4-hdmi
                      vc4-hdmi
 1 [Device         ]: USB-Audio - USB PnP Sound Device
                      C-Media Electronics Inc. USB PnP Sound Device at usb-3f980000.usb-1.2, full speed
"""
_UNIT = """\
LoadState=loaded
UnitFileState=enabled
ActiveState=active
SubState=running
NRestarts=0
User=portier
SupplementaryGroups=gpio audio
ExecStopPost={ path=/opt/portier/bin/portier ; argv[]=/opt/portier/bin/portier lock }
"""

Program = Outcome | Callable[[], Outcome]


@dataclass(slots=True)
class PretendedMachine:
    """`doctor.machine.Machine` from plain values, all of which a test may change.

    `programs` answers the first command line that holds all words of a key; `line_users` names who has a
    line of a chip; `denied` are paths that this user may not use, `modes` the permission bits of files,
    `missing` files that have none. A `host` without an entry has no address, with None no answer comes.
    """

    platform: Platform
    files: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    chips: dict[str, str] = field(default_factory=dict)
    line_users: dict[tuple[str, int], str] = field(default_factory=dict)
    denied: set[str] = field(default_factory=set)
    modes: dict[str, int] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    versions: dict[str, str] = field(default_factory=dict)
    programs: dict[str, Program] = field(default_factory=dict)
    ports: dict[int, int] = field(default_factory=dict)
    hosts: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    servers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    synchronised: bool | None = True
    residents: Look = field(default_factory=Look)
    at_operator: Seen = field(default_factory=lambda: Seen(has_key=False))
    time_s: float = field(default_factory=time.time)
    commands: list[tuple[str, ...]] = field(default_factory=list)

    def read_text(self, path: str) -> str | None:
        """The text of a pretended file."""
        return self.files.get(path)

    def names(self, folder: str) -> tuple[str, ...]:
        """The names in a folder, as far as files, links and chips are below it."""
        start = f"{folder.rstrip('/')}/"
        known = (*self.files, *self.links, *self.chips)
        return tuple(
            sorted({path.removeprefix(start).split("/")[0] for path in known if path.startswith(start)})
        )

    def target(self, link: str) -> str | None:
        """Where a pretended link points."""
        return self.links.get(link)

    def mode(self, path: str) -> int | None:
        """The permission bits of a file; 0640 where none are set, None where it is missing."""
        return None if path in self.missing else self.modes.get(path, 0o640)

    def may_use(self, path: str) -> bool:
        """Whether a path is here and not denied."""
        return path not in self.denied and (path in self.files or path in self.chips)

    def run(self, *command: str, limit_s: float) -> Outcome:
        """The outcome that `programs` has for this command; every command is kept in `commands`."""
        del limit_s
        self.commands.append(command)
        line = " ".join(command)
        for words, outcome in self.programs.items():
            if all(word in line for word in words.split()):
                return outcome if isinstance(outcome, Outcome) else outcome()
        return Outcome(NOT_FOUND)

    def version(self, distribution: str) -> str | None:
        """The version of a pretended package."""
        return self.versions.get(distribution)

    def chip_label(self, device: str) -> str:
        """The label of a pretended chip."""
        self._open(device)
        return self.chips[device]

    def line_user(self, device: str, line: int) -> str | None:
        """Who has a line."""
        self._open(device)
        return self.line_users.get((device, line))

    def udp_trouble(self, host: str, port: int) -> int:
        """The errno that `ports` has for this port."""
        del host
        return self.ports.get(port, 0)

    def addresses(self, host: str, limit_s: float, in_ipv6: bool = False) -> tuple[str, ...] | None:
        """The addresses of a family that `hosts` has for this name."""
        del limit_s
        found = self.hosts.get(host, ())
        return None if found is None else tuple(one for one in found if is_ipv6(one) is in_ipv6)

    def sip_servers(self, domain: str, limit_s: float) -> tuple[str, ...] | None:
        """The servers that `servers` has for this domain."""
        del limit_s
        return self.servers.get(domain, ())

    def directory(self, files: Files) -> Look:
        """As set."""
        del files
        return self.residents

    def lines_at_operator(self, wanted: tuple[str, ...]) -> Seen:
        """As set."""
        del wanted
        return self.at_operator

    def clock_synchronised(self) -> bool | None:
        """As set."""
        return self.synchronised

    def now_s(self) -> float:
        """As set."""
        return self.time_s

    def _open(self, device: str) -> None:
        if device not in self.chips:
            raise OSError(errno.ENOENT, "No such file or directory")
        if device in self.denied:
            raise PermissionError(errno.EACCES, "Permission denied")


def told(**answer: object) -> Outcome:
    """What a probe of the doctor's says."""
    return Outcome(0, f"{json.dumps(answer)}\n")


def raspberry_pi(model: str = "4 Model B Rev 1.4", kernel: str = "6.12.25+rpt-rpi-v8") -> PretendedMachine:
    """A Raspberry Pi with a USB sound card on which nothing is wrong."""
    module = "pinctrl_rp1" if model.startswith("5") else "pinctrl_bcm2835"
    return PretendedMachine(
        Platform(kernel, "aarch64", 64, (3, 11), "portier"),
        files={
            "/proc/device-tree/model": f"Raspberry Pi {model}\0",
            f"/sys/module/{module}/parameters/persist_gpio_outputs": "N\n",
            "/proc/asound/cards": _CARDS,
            "/proc/asound/vc4hdmi/pcm0p/info": "",
            "/proc/asound/Device/pcm0p/info": "",
            "/proc/asound/Device/pcm0c/info": "",
            "/dev/snd/controlC1": "",
            "/dev/snd/pcmC1D0c": "",
            "/dev/gpiomem": "",
        },
        chips={
            "/dev/gpiochip0": "pinctrl-rp1" if model.startswith("5") else "pinctrl-bcm2711",
            "/dev/gpiochip1": "raspberrypi-exp-gpio",
        },
        versions={"lgpio": "0.2.2.0", "gpiozero": "2.0.1.post3"},
        programs={
            "probes.library": told(module="gpiozero.pins.lgpio"),
            "probes.card": told(sound=True),
            "probes.echo": told(words="AEC3 and a linear filter", frame_ms=1.9, missing=[], failed=[]),
            "probes.pjsip": told(
                version="2.17",
                codecs=["G722", "PCMA", "PCMU"],
                handles=1024,
                tls="OpenSSL 3.0.17 1 Jul 2025",
                patched=True,
            ),
            "portier.selftest": Outcome(0),
            "probes.registration": told(status=200, took_s=0.1),
            "systemctl show": Outcome(0, _UNIT),
            "probes.controls": told(places=[]),
        },
        hosts={"sip.example.org": ("192.0.2.10",)},
        at_operator=Seen(numbers=(_LINE,), options={_LINE: {"intercom": "prefixed"}}),
    )
