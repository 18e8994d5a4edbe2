"""A sound card made of software: JACK's dummy server behind ALSA's own API, and chirps to measure it with.

The card is private to a test: its server has a name of its own, and ALSA finds the device "jk" only with the
configuration file that `JackCard.environment` names. As a program this module is the room around the card:
it says chirps into the microphone, listens to the loudspeaker and prints when each one came back.
"""

from __future__ import annotations

import itertools
import json
import os
import select
import shutil
import subprocess
import sys
import time
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

RATE_HZ = 16000
DEVICE = "jk"
# Ends a server that a killed test run left behind.
SERVER_LIMIT_S = 90
CHIRP_EVERY_S = 0.5
CHIRP_S = 0.02
CHIRP_FROM_HZ, CHIRP_TO_HZ = 500, 3000

ALSA_CONFIGURATION = """\
</usr/share/alsa/alsa.conf>
pcm.jackports {
    type jack
    playback_ports { 0 "room:in" }
    capture_ports { 0 "room:out" }
}
pcm.jk { type plug slave.pcm "jackports" }
"""

# In place of that one: it takes two channels, no fewer.
STEREO_CONFIGURATION = """\
pcm.!jackports {
    type jack
    playback_ports { 0 "room:in" 1 "room:in" }
    capture_ports { 0 "room:out" 1 "room:out" }
}
"""

# Put in front of it: the device is busy while a process holds the lock of a file, and hangs as it opens while
# one holds that of another.
EXCLUSIVE_CONFIGURATION = """\
pcm_type.exclusive {{ lib "{library}" }}
pcm.exclusive {{ type exclusive lock "{lock}" hangs "{hangs}" slave "jackports" }}
pcm.!jk {{ type plug slave.pcm "exclusive" }}
"""

# Beside it: a microphone that is a card of its own, gone while a process holds the lock of a file.
MICROPHONE_CONFIGURATION = """\
pcm_type.clock {{ lib "{library}" }}
pcm.clock {{ type clock lock "{lock}" rate {rate_hz} }}
pcm.mic {{ type plug slave.pcm "clock" }}
"""

# And one that gives it a mixer, whose values are in a file.
MIXER_CONFIGURATION = """\
ctl_type.file_mixer {{ lib "{library}" }}
ctl.jk {{ type file_mixer path "{values}" get_ms {get_ms} }}
"""

_numbers = itertools.count()


class Child:
    """A process of the test that says something line by line, and ends with it."""

    def __init__(self, arguments: Iterable[str], environment: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            [*arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=None if environment is None else {**environment},
        )
        self._said = b""
        self._errors = ""
        self._ended = False

    def expect(self, beginning: str, limit_s: float) -> str:
        """Wait for a line that begins so, take it out and return its rest.

        AssertionError tells what was said instead.
        """
        assert self._process.stdout is not None
        give_up_s = time.monotonic() + limit_s
        while True:
            *lines, unfinished = self._said.split(b"\n")
            for number, line in enumerate(lines):
                if line.startswith(beginning.encode()):
                    self._said = b"\n".join([*lines[:number], *lines[number + 1 :], unfinished])
                    return line.decode().removeprefix(beginning).strip()
            left_s = give_up_s - time.monotonic()
            ready, _, _ = select.select([self._process.stdout], [], [], max(0.0, left_s))
            part = os.read(self._process.stdout.fileno(), 65536) if ready else b""
            if not part:
                self.end()
                raise AssertionError(
                    f"no line {beginning!r} within {limit_s} s from {self._process.args!r} "
                    f"(exit code {self._process.returncode}):\n{self._said.decode()}\n{self._errors}"
                )
            self._said += part

    def say(self, line: str) -> None:
        """Write a line to the process."""
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def wait(self, limit_s: float) -> int:
        """The exit code of a process that ends by itself."""
        return self._process.wait(limit_s)

    def end(self) -> None:
        """Close the process's input, on which it ends; kill it when it does not."""
        if self._ended:
            return
        self._ended = True
        try:
            _, errors = self._process.communicate(timeout=3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            _, errors = self._process.communicate()
        self._errors = errors.decode(errors="replace")

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()


class JackCard:
    """The server of one virtual card. A machine without JACK fails the test: nothing here is optional."""

    def __init__(self, directory: Path, limit_s: float = SERVER_LIMIT_S, rate_hz: int = RATE_HZ) -> None:
        # Before anybody opens the card: who has mapped JACK's memory must keep it.
        _forget_dead_servers()
        configuration = directory / "asound.conf"
        configuration.write_text(ALSA_CONFIGURATION)
        self._limit_s = limit_s
        self._rate_hz = rate_hz
        self._configuration = configuration
        self._name = f"portier-{os.getpid()}-{next(_numbers)}"
        self.variables = {
            "JACK_DEFAULT_SERVER": self._name,
            "JACK_NO_START_SERVER": "1",
            "ALSA_CONFIG_PATH": str(configuration),
        }
        self.environment = {**os.environ, **self.variables}
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server; the room waits until it answers."""
        program = shutil.which("jackd")
        assert program is not None, "jackd is not here: apt-get install jackd2 libasound2-plugins"
        server = [
            program,
            "-n",
            self._name,
            "-r",
            "-d",
            "dummy",
            "-r",
            str(self._rate_hz),
            "-p",
            str(self._rate_hz // 100),
        ]
        self._server = subprocess.Popen(
            ["timeout", "--kill-after=5", str(self._limit_s), *server],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def stop(self) -> None:
        """End the server, as if the card were pulled out for good."""
        if self._server is not None:
            self._server.terminate()
            self._server.wait(10)
            self._server = None

    def make_exclusive(self) -> tuple[Path, Path]:
        """Let the card, for whoever opens it from now on, depend on the locks of two files (flock).

        While the first is locked the card is busy, while the second is it hangs as it opens.
        """
        folder = self._configuration.parent
        library, lock, hangs = folder / "exclusive.so", folder / "card-lock", folder / "card-hangs"
        lock.touch()
        hangs.touch()
        _compile("exclusive_pcm.c", library)
        with self._configuration.open("a") as configuration:
            configuration.write(EXCLUSIVE_CONFIGURATION.format(library=library, lock=lock, hangs=hangs))
        return lock, hangs

    def make_stereo(self) -> None:
        """Let the card, for whoever opens it from now on, have two channels and no fewer."""
        with self._configuration.open("a") as configuration:
            configuration.write(STEREO_CONFIGURATION)

    def become(self, rate_hz: int) -> None:
        """Be another card from the next start on: of this rate, with two channels and no fewer."""
        self._rate_hz = rate_hz
        self.make_stereo()

    def add_microphone(self) -> Path:
        """Put a second card beside it, the microphone "mic", which hears a tone.

        It is gone while the file that this returns is locked.
        """
        folder = self._configuration.parent
        library, lock = folder / "clock.so", folder / "microphone-gone"
        lock.touch()
        _compile("clock_pcm.c", library, "-lm")
        with self._configuration.open("a") as configuration:
            configuration.write(MICROPHONE_CONFIGURATION.format(library=library, lock=lock, rate_hz=RATE_HZ))
        return lock

    def give_mixer(self, *values: int, get_ms: int = 0) -> Path:
        """Let the card have the mixer of file_mixer.c; the file with the values of its controls.

        It takes `get_ms` to read one, and reads them all as it opens.
        """
        folder = self._configuration.parent
        library, file = folder / "mixer.so", folder / "mixer-values"
        file.write_bytes(array("i", values).tobytes())
        _compile("file_mixer.c", library)
        with self._configuration.open("a") as configuration:
            configuration.write(MIXER_CONFIGURATION.format(library=library, values=file, get_ms=get_ms))
        return file

    def room(self) -> Child:
        """The room around the card; it says `up`, waits for a line `go SECONDS`, and answers `result`."""
        return Child([sys.executable, __file__], self.environment)

    def __enter__(self) -> JackCard:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        # Clients whose server died before them leave their semaphores.
        for left in Path("/dev/shm").glob(f"jack_sem.*_{self._name}_*"):  # noqa: S108
            left.unlink()


def _forget_dead_servers() -> None:
    """JACK counts servers in shared memory, eight at most, and those that were killed for ever."""
    names = set[str]()
    for process in Path("/proc").glob("[0-9]*/comm"):
        try:
            names.add(process.read_text().strip())
        except OSError:
            continue  # it has just ended
    if names.isdisjoint({"jackd", "jackdbus"}):
        shared = Path("/dev/shm")  # noqa: S108
        for left in (shared / "jack-shm-registry", *shared.glob("jack_portier-*")):
            left.unlink(missing_ok=True)


def _compile(source: str, library: Path, *more: str) -> None:
    # ALSA's headers know by PIC that it is loaded, not linked in.
    options = ["-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-DPIC", "-o", str(library)]
    path = Path(__file__).with_name(source)
    subprocess.run(["gcc", *options, str(path), "-lasound", *more], check=True, timeout=30)


@dataclass(frozen=True)
class RoundTrips:
    """How many chirps were said, and after how many milliseconds each of those that came back did."""

    said: int
    back_ms: tuple[float, ...]

    @property
    def spread_ms(self) -> float:
        return max(self.back_ms) - min(self.back_ms)

    @classmethod
    def measure(cls, room: Child, seconds: float) -> RoundTrips:
        room.say(f"go {seconds}")
        result = json.loads(room.expect("result", seconds + 10))
        return cls(result["said"], tuple(result["back_ms"]))


def be_the_room() -> None:
    """Hold the card's two ports; on a line `go SECONDS` say chirps and print when they came back.

    On a line `hear SECONDS PATH` say nothing, and leave there what was heard (S16); on a line `speak SECONDS
    PATH SAID` say meanwhile what is in the file SAID (S16). On a line `reflect SECONDS` give back to the
    microphone what the loudspeaker says, half as loud.
    """
    import jack
    import numpy as np

    client: Any = None
    for attempt in range(100):
        try:
            client = jack.Client("room", no_start_server=True)
            break
        except jack.JackError:
            if attempt == 99:
                raise
            time.sleep(0.1)
    rate_hz, period = client.samplerate, client.blocksize
    mouth, ear = client.outports.register("out"), client.inports.register("in")
    said = np.zeros(0, np.float32)
    heard = np.zeros(0, np.float32)
    at = 0
    reflects = False

    def process(count: int) -> None:
        nonlocal at
        if reflects:
            mouth.get_array()[:] = 0.5 * ear.get_array()
        elif at + count <= len(said):
            mouth.get_array()[:] = said[at : at + count]
            heard[at : at + count] = ear.get_array()
            at += count
        else:
            mouth.get_array()[:] = 0

    client.set_process_callback(process)
    client.activate()
    print("up", flush=True)
    for line in sys.stdin:
        what, seconds = line.split()[0], float(line.split()[1])
        # Who opened the card before the room was there has not been connected with it.
        for port in client.get_ports(is_audio=True):
            if "room" in port.name or port.is_physical:
                continue
            source, sink = (mouth.name, port.name) if port.is_input else (port.name, ear.name)
            try:
                client.connect(source, sink)
            except jack.JackError:
                pass  # it is connected already
        if what == "reflect":
            reflects = True
            print("reflecting", flush=True)
            time.sleep(seconds)
            reflects = False
            continue
        time_s = np.arange(int(CHIRP_S * rate_hz)) / rate_hz
        sweep = (CHIRP_TO_HZ - CHIRP_FROM_HZ) / (2 * CHIRP_S)
        chirp = (
            0.4 * np.sin(2 * np.pi * (CHIRP_FROM_HZ * time_s + sweep * time_s**2)) * np.hanning(len(time_s))
        )
        samples = int(seconds * rate_hz) // period * period
        starts = [int(s * rate_hz) for s in np.arange(0.3, seconds - 0.6, CHIRP_EVERY_S)]
        prepared = np.zeros(samples, np.float32)
        for start in starts if what == "go" else ():
            prepared[start : start + len(chirp)] = chirp
        if what == "speak":
            words = np.frombuffer(Path(line.split()[3]).read_bytes(), np.int16)[:samples]
            prepared[: len(words)] = words / 32768
        heard, at, said = np.zeros(samples, np.float32), 0, prepared
        time.sleep(seconds + 0.2)
        if what in ("hear", "speak"):
            Path(line.split()[2]).write_bytes((heard * 32767).astype(np.int16).tobytes())
            print("heard", flush=True)
            continue
        size = 1 << (samples + len(chirp)).bit_length()
        match = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(chirp, size)), size)[:samples]
        power = float(np.sum(chirp**2))
        back_ms = []
        for start in starts:
            window = np.abs(match[start : start + int(0.98 * CHIRP_EVERY_S * rate_hz)])
            if window.max() > 0.1 * power:
                back_ms.append(round(float(np.argmax(window)) * 1000 / rate_hz, 2))
        print("result", json.dumps({"said": len(starts), "back_ms": back_ms}), flush=True)
    client.deactivate()
    client.close()


if __name__ == "__main__":
    be_the_room()
