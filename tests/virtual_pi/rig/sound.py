"""The far ends of the loopback sound card: what the microphone hears, and what the loudspeaker plays."""

from __future__ import annotations

import subprocess
import threading
import time
from pathlib import Path

FEED, RECORD = Path("/run/rig/feed.raw"), Path("/run/rig/record.raw")
MODULE = Path("/usr/lib/portier-rig/snd-aloop.ko")
_DRIVER = Path("/sys/bus/platform/drivers/snd_aloop")
_DEVICE = "snd_aloop.0"
# Both ends of a loopback have one format, and the station is the one that chooses it: hence "plughw".
_SPEAKER, _MICROPHONE = "plughw:CARD=Loopback,DEV=1,SUBDEV=0", "plughw:CARD=Loopback,DEV=1,SUBDEV=1"
_FORMAT = (
    "-q",
    "-t",
    "raw",
    "-f",
    "S16_LE",
    "-r",
    "16000",
    "-c",
    "1",
    "--period-size=320",
    "--buffer-size=2560",
)
_CHUNK = 640
_AGAIN_S = 0.2
_LIMIT_S = 10.0


class Sound:
    """One feed and one recording at a time; both go on when the card was away."""

    def __init__(self) -> None:
        self._fed = threading.Event()
        self._recorded = threading.Event()
        self._threads: dict[str, threading.Thread] = {}

    def feed(self) -> None:
        """Play FEED again and again."""
        self.feed_end()
        self._fed.clear()
        self._begin("feed", self._feed)

    def feed_end(self) -> None:
        """Play no more."""
        self._fed.set()
        self._end("feed")

    def record(self) -> None:
        """Record into RECORD, from its beginning."""
        self.record_end()
        RECORD.write_bytes(b"")
        self._recorded.clear()
        self._begin("record", self._record)

    def record_end(self) -> None:
        """Record no more."""
        self._recorded.set()
        self._end("record")

    def _begin(self, name: str, target: object) -> None:
        assert callable(target)
        self._threads[name] = threading.Thread(target=target, name=name, daemon=True)
        self._threads[name].start()

    def _end(self, name: str) -> None:
        if thread := self._threads.pop(name, None):
            thread.join(_LIMIT_S)

    def _feed(self) -> None:
        pcm = FEED.read_bytes()
        at = 0
        while not self._fed.is_set():
            words = ("aplay", *_FORMAT, "-D", _MICROPHONE)
            with subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as player:
                assert player.stdin
                try:
                    while not self._fed.is_set():
                        player.stdin.write(pcm[at : at + _CHUNK])
                        player.stdin.flush()
                        at = at + _CHUNK if at + _CHUNK < len(pcm) else 0
                except OSError:
                    # The card is gone; it may come back.
                    pass
                player.kill()
            self._fed.wait(_AGAIN_S)

    def _record(self) -> None:
        while not self._recorded.is_set():
            with RECORD.open("ab") as file:
                words = ("arecord", *_FORMAT, "-D", _SPEAKER)
                recorder = subprocess.Popen(words, stdout=file, stderr=subprocess.DEVNULL)
            while recorder.poll() is None and not self._recorded.wait(0.05):
                pass
            recorder.terminate()
            recorder.wait(_LIMIT_S)
            self._recorded.wait(_AGAIN_S)


def pull_card() -> None:
    """Take the card away, whoever uses it; back before they have all let go of it."""
    if (_DRIVER / _DEVICE).exists():
        # The kernel waits until everybody has closed it.
        threading.Thread(target=(_DRIVER / "unbind").write_text, args=(_DEVICE,), daemon=True).start()


def plug_card() -> None:
    """Bring the card back. OSError or CalledProcessError where it does not come."""
    if not _DRIVER.exists():
        words = ("insmod", str(MODULE), "pcm_substreams=2")
        subprocess.run(words, check=True, timeout=_LIMIT_S)
        return
    until_s = time.monotonic() + _LIMIT_S
    while not (_DRIVER / _DEVICE).exists():
        try:
            (_DRIVER / "bind").write_text(_DEVICE)
        except OSError:
            # As long as somebody still has the old one.
            if time.monotonic() > until_s:
                raise
            time.sleep(0.1)
