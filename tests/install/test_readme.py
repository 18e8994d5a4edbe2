"""The README's page "From a bare Pi to the first ring", typed as it stands, on a PC and on each Debian.

The machine stands for the Pi in all but its processor, its pins and its card: a user with sudo, an ssh
server, no internet. Of the commands nothing is changed but the processor's name and, for trixie, the
system's.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.install import bundles
from tests.integration.booted_machine import BootedMachine
from tests.integration.setup_process import TerminalProcess

from portier.bench.line.client import LineProcess
from portier.bench.line.events import What
from portier.bench.pinfile import PinFile

_PROJECT = Path(__file__).parents[2]
_README = (_PROJECT / "README.md").read_text()
_PAGE = _README.partition("## From a bare Pi to the first ring\n")[2].partition("\n## ")[0]
_BLOCKS = [re.sub(r" +# .*", "", one).split("\n") for one in re.findall(r"(?s)```\n(.*?)\n```", _PAGE)]

pytestmark = [
    pytest.mark.timeout(bundles.MAKE_LIMIT_S),
    pytest.mark.parametrize("release", ["bookworm", "trixie"], indirect=True, scope="module"),
]
_LIMIT_S = 120.0
_USER, _USER_PASSWORD, _HOST = "pi", "raspberry", "raspberrypi.local"
_READY = "ready: "
_PINS = "/var/lib/portier/pins"
_BELL_PIN, _STRIKE_PIN, _DIGIT = 5, 22, "5"
_LINE_PORT = 5080
_ACCOUNT, _PASSWORD = "0033912345678", "correct horse"

# What a Raspberry Pi OS has that was set up: a user with sudo, whose home is closed to others.
_SET_UP = f"""
useradd --create-home --shell /bin/bash --groups sudo {_USER}
chmod 700 /home/{_USER}
echo {_USER}:{_USER_PASSWORD} | chpasswd
echo '{_USER} ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/010_pi-nopasswd
echo 127.0.0.1 localhost "$(hostname)" >/etc/hosts
systemctl start systemd-user-sessions ssh
"""
# The PC: a home of its own, in which ssh knows nobody yet, and the Pi's name as its network would tell it.
_PC = r"""
mount -t tmpfs none "$(getent passwd "$(id -u)" | cut -d: -f6)"
printf '127.0.0.1 localhost\n127.0.0.1 %s\n' "$1" >"$2/hosts"
mount --bind "$2/hosts" /etc/hosts
cd "$2"
exec bash -c "$3"
"""


def _lines(number: int, release: str) -> list[str]:
    """The commands of one of the page's blocks, for a PC and a release."""
    return [one.replace("arm64", "amd64").replace("bookworm", release) for one in _BLOCKS[number]]


class _Shell:
    """A person at the Pi's shell, by ssh."""

    def __init__(self, terminal: TerminalProcess) -> None:
        self.terminal = terminal
        terminal.answer("$ ", "PS1='rea''dy: '")
        terminal.wait(_READY)

    def begin(self, line: str) -> None:
        """Type a command line."""
        self.terminal.type(f"{line}\n")

    def end(self) -> None:
        """Wait until it has ended, and well."""
        # sudo takes what is typed ahead for its command.
        self.terminal.answer(_READY, "echo it ended with $?.", _LIMIT_S)
        self.terminal.wait("it ended with 0.")
        self.terminal.wait(_READY)

    def do(self, line: str) -> str:
        """Type a command line and wait for its end; what the terminal shows of it."""
        before = len(self.terminal.shown)
        self.begin(line)
        self.end()
        return self.terminal.shown[before:]


@pytest.fixture(scope="module")
def pc(machine: BootedMachine, shelf: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clone's folder on the PC after `make bundle`, as far as it matters here."""
    machine.run("sh", "-euc", _SET_UP)
    pc = tmp_path_factory.mktemp("pc")
    (tarball,) = shelf.glob("*.tar")
    (pc / "build/bundles").mkdir(parents=True)
    shutil.copyfile(tarball, pc / "build/bundles" / tarball.name)
    return pc


def _on_pc(machine: BootedMachine, pc: Path, line: str) -> TerminalProcess:
    command = ("unshare", "--mount", "sh", "-euc", _PC, "pc", _HOST, str(pc), line)
    return TerminalProcess((*machine.network, *command), TERM="dumb")


def _log_in(terminal: TerminalProcess) -> None:
    terminal.answer("(yes/no/[fingerprint])? ", "yes")
    terminal.wait("password: ")
    terminal.type(f"{_USER_PASSWORD}\n")


@pytest.fixture(scope="module")
def shell(machine: BootedMachine, pc: Path) -> Iterator[_Shell]:
    with _on_pc(machine, pc, f"ssh {_USER}@{_HOST}") as terminal:
        _log_in(terminal)
        yield _Shell(terminal)


@pytest.fixture(scope="module")
def line(machine: BootedMachine) -> Iterator[LineProcess]:
    """The account's server, and the telephone that it rings."""
    words = ("--port", str(_LINE_PORT), "--user", _ACCOUNT)
    with LineProcess(*words, password=_PASSWORD, within=machine.network) as line:
        yield line


@pytest.fixture(scope="module")
def pins(machine: BootedMachine) -> Iterator[PinFile]:
    """The pretended pins: the service's own, as the answers name them."""
    pins = PinFile(machine.root / _PINS.lstrip("/"))
    machine.run("chown", "portier:portier", _PINS)
    yield pins
    pins.close()


def test_the_bundle_is_made_and_copied(machine: BootedMachine, pc: Path, release: str) -> None:
    make, copy = _lines(0, release)
    said = subprocess.check_output((*make.split(), "--dry-run"), cwd=_PROJECT, text=True, timeout=_LIMIT_S)
    assert f"-m portier_install bundle --target {release}-amd64" in said
    with _on_pc(machine, pc, copy) as terminal:
        _log_in(terminal)
        assert terminal.ended(_LIMIT_S) == 0, terminal.shown
    (tarball,) = (pc / "build/bundles").iterdir()
    (copied,) = (machine.root / "home" / _USER).glob("*.tar")
    assert (copied.name, copied.read_bytes()) == (tarball.name, tarball.read_bytes())


def test_it_is_unpacked_and_installed(machine: BootedMachine, shell: _Shell, release: str) -> None:
    unpack, install, *_ = _lines(1, release)
    shell.do(unpack)
    said = shell.do(install)
    assert "next      sudo portier setup" in said
    assert machine.run("systemctl", "is-enabled", "portier") == "enabled"


def test_setup_is_answered_and_tries_each_thing(
    pins: PinFile, shell: _Shell, line: LineProcess, release: str
) -> None:
    shell.begin(_lines(1, release)[2])
    _answer_wiring(shell.terminal, pins)
    _answer_sound(shell.terminal)
    _answer_account(shell.terminal)
    _answer_line(shell.terminal, line)
    terminal = shell.terminal
    terminal.answer("Your choice [1]: ")
    terminal.wait("/etc/portier/portier.toml is written")
    terminal.wait("sudo systemctl restart portier")
    terminal.answer("Now [1]: ", "2")
    terminal.wait("no problems")
    terminal.answer("Now [1]: ")
    shell.end()
    assert _PASSWORD not in terminal.shown


def _answer_wiring(terminal: TerminalProcess, pins: PinFile) -> None:
    terminal.answer("Langue [1]: ")
    terminal.wait("Nothing is written before the last question.")
    # Pretended pins are offered where there is no Raspberry Pi.
    terminal.answer("Library [3]: ")
    terminal.answer("File of the pretended pins [-]: ", _PINS)
    terminal.answer(f"Pin of the button, GPIO [{_BELL_PIN}]: ")
    terminal.answer("Pressed is [1]: ")
    terminal.answer("Your choice [1]: ")
    terminal.wait("Press the button")
    pins.close_contact(_BELL_PIN)
    terminal.wait("pressed")
    pins.open_contact(_BELL_PIN)
    terminal.wait("the button works")
    terminal.answer("Your choice [1]: ")
    terminal.answer(f"Pin of the relay, GPIO [{_STRIKE_PIN}]: ")
    terminal.answer("The relay is energised by [1]: ")
    terminal.answer(f"Digit that releases the door [{_DIGIT}]: ")
    terminal.answer("Seconds of a release [5]: ")
    terminal.answer("Your choice [2]: ", "1")
    terminal.wait("THE DOOR WILL BE RELEASED")
    terminal.answer("Release the door now? [1]: ", "2")
    pins.wait(_STRIKE_PIN, energised=True, limit_s=15)
    pins.wait(_STRIKE_PIN, energised=False, limit_s=5)
    terminal.answer("Did the relay click, and the strike move? [1]: ")
    terminal.answer("Your choice [1]: ")


def _answer_sound(terminal: TerminalProcess) -> None:
    """What is seen where there is no card: that is told, and a simulated one offered."""
    terminal.wait("the kernel knows no sound card for this: is it plugged in, is its overlay loaded?")
    terminal.answer("Loudspeaker [2]: ")
    terminal.answer("Your choice [1]: ")
    terminal.answer("Was it heard? [1]: ")
    terminal.answer("Your choice [1]: ")
    terminal.answer("Your choice [1]: ")
    terminal.wait("the microphone hears")
    terminal.answer("Your choice [1]: ")


def _answer_account(terminal: TerminalProcess) -> None:
    terminal.answer("Account [1]: ")
    terminal.answer("Domain [sip5.ovh.fr]: ", f"127.0.0.1:{_LINE_PORT}")
    terminal.answer(f"Registrar [127.0.0.1:{_LINE_PORT}]: ")
    terminal.answer("Proxy [-]: ")
    terminal.answer("User: ", _ACCOUNT)
    terminal.answer("Login name [-]: ")
    terminal.answer("Password: ", _PASSWORD)
    terminal.answer("Your choice [1]: ")
    terminal.wait(": accepted after")
    terminal.answer("Your choice [1]: ")


def _answer_line(terminal: TerminalProcess, line: LineProcess) -> None:
    terminal.answer("The button rings [1]: ")
    terminal.answer("Line: ", "3100000000")
    terminal.answer("Prefix [3691]: ")
    terminal.answer("Your choice [1]: ")
    for step in ("registered", "calling", "ringing", "answered. Talk"):
        terminal.wait(step)
    line.wait_for(What.ACKED)
    line.digits(_DIGIT)
    terminal.wait("its digit came")
    line.hang_up()
    terminal.wait("The telephone hung up.")
    terminal.answer("Your choice [1]: ")


def test_it_starts_and_rings_and_the_digit_releases_the_door(
    machine: BootedMachine, pins: PinFile, shell: _Shell, line: LineProcess, release: str
) -> None:
    *_, start, press = _lines(1, release)
    shell.do(start)
    line.forget()
    before = pins.changes(_STRIKE_PIN).rises
    assert 'of button "bell"' in shell.do(press)
    line.wait_for(What.ACKED, timeout_s=10)
    line.digits(_DIGIT)
    pins.wait(_STRIKE_PIN, energised=True, limit_s=5)
    assert pins.changes(_STRIKE_PIN).rises == before + 1
    pins.wait(_STRIKE_PIN, energised=False, limit_s=8)
    line.hang_up()
    until_s = time.monotonic() + 5
    while "call          idle" not in (said := machine.run("portier", "status")):
        assert time.monotonic() < until_s, said
    assert "registration  registered" in said


def test_the_same_bundle_checks_changes_nothing_and_removes(shell: _Shell, release: str) -> None:
    again, uninstall, purge, check = _commands()
    shell.do(f"cd portier-*-{release}-amd64")
    assert "whole" in shell.do(check)
    assert "runs on: nothing has changed" in shell.do(again)
    assert "/etc/portier and /var/lib/portier, and the user" in shell.do(uninstall)
    assert "/etc/portier, /var/lib/portier: removed" in shell.do(purge)


def _commands() -> list[str]:
    """Those of the table about upgrade and removal."""
    found = re.findall(r"(?m)^\| `((?:sudo )?\./station \w+)` \|", _PAGE)
    assert [one.split()[-1] for one in found] == ["install", "uninstall", "purge", "check"]
    return found
