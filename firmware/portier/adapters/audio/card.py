"""The sound card, by ALSA: one frame of 20 ms in, one frame out, both paced by the capture side."""

from __future__ import annotations

import errno
import select
import time
from typing import Any, Literal

from portier.errors import AudioError

FRAME_MS = 20
PERIODS = 4
PREFILL_PERIODS = 2
READ_LIMIT_S = 0.2
# Some plugins report a descriptor as ready without having data, at once and for ever.
FALSE_ALARM_PAUSE_S = 0.005

Direction = Literal["capture", "playback"]


class AlsaCard:
    """A pair of ALSA devices that can be opened: fulfils `ports.Card`.

    `capture` and `playback` are ALSA names, best by id (`plughw:CARD=Device`): an index changes with
    the order in which cards are found. `rate_hz` is 8000 or 16000.
    """

    def __init__(self, capture: str, playback: str, rate_hz: int) -> None:
        self._capture = capture
        self._playback = playback
        self._rate_hz = rate_hz

    @property
    def rate_hz(self) -> int:
        """Samples a second, in both directions."""
        return self._rate_hz

    def open(self) -> OpenAlsaCard:
        """Open both directions and start them; AudioError names the device that failed and the cards here."""
        capture = _open_pcm("capture", self._capture, self._rate_hz)
        try:
            playback = _open_pcm("playback", self._playback, self._rate_hz)
        except AudioError:
            capture.close()
            raise
        try:
            return OpenAlsaCard(capture, playback, self._rate_hz * FRAME_MS // 1000)
        except Exception as error:
            playback.close()
            capture.close()
            raise AudioError(
                f'audio: capture "{self._capture}" and playback "{self._playback}" opened, '
                f"but did not start: {error}. {_cards_here()}"
            ) from error


class OpenAlsaCard:
    """Both directions of a card, open and running: fulfils `ports.OpenCard`. For one thread only.

    Two cards, or one after a stall, drift apart. What waits between microphone and loudspeaker is
    therefore watched: a frame of silence is put in before it runs dry, a frame left out when it grows.
    """

    def __init__(self, capture: Any, playback: Any, frame_samples: int) -> None:
        self._capture = capture
        self._playback = playback
        self._frame_bytes = 2 * frame_samples
        self._pending = bytearray()
        self._poll = select.poll()
        self._descriptors: list[tuple[int, int]] = capture.polldescriptors()
        for descriptor, events in self._descriptors:
            self._poll.register(descriptor, events)
        facts = playback.info()
        self._buffer_samples: int = facts["buffer_size"]
        self._prefill_samples = min(
            PREFILL_PERIODS * max(frame_samples, facts["period_size"]), self._buffer_samples
        )
        self._shallow_samples = frame_samples // 4
        self._deep_samples = self._prefill_samples + frame_samples // 4
        self._play_silence(self._prefill_samples)
        # The first read starts the capture; it has nothing yet.
        self._take_captured()

    def read(self) -> bytes | None:
        """The next 20 ms of mono S16, or None when they did not come within 200 ms.

        Raises AudioError when the device is gone. An overrun loses sound and goes on.
        """
        give_up_s = time.monotonic() + READ_LIMIT_S
        alarmed = False
        while len(self._pending) < self._frame_bytes:
            if self._take_captured():
                continue
            left_s = give_up_s - time.monotonic()
            if left_s <= 0:
                return None
            if alarmed:
                time.sleep(FALSE_ALARM_PAUSE_S)
            alarmed = self._wait_for_capture(left_s)
        frame = bytes(self._pending[: self._frame_bytes])
        del self._pending[: self._frame_bytes]
        return frame

    def write(self, frame: bytes) -> bool:
        """Play 20 ms of mono S16 without waiting; False when the loudspeaker had run dry.

        Raises AudioError when the device is gone.
        """
        depth_samples = self._depth_samples()
        if depth_samples is not None:
            if depth_samples > self._deep_samples:
                return True
            if depth_samples < self._shallow_samples:
                self._play_silence(self._frame_bytes // 2)
        if self._play(frame) != -errno.EPIPE:
            # A short count means a full buffer: what did not fit is left out.
            return True
        self._play_silence(self._prefill_samples - self._frame_bytes // 2)
        self._play(frame)
        return False

    def close(self) -> None:
        """Give both devices back, without playing what is still queued. Never raises."""
        for pcm in (self._playback, self._capture):
            try:
                # Closing a playback device that still has sound waits for it to end.
                pcm.drop()
            except Exception:  # noqa: BLE001, S110 - a device that is gone refuses in many ways
                pass
            try:
                pcm.close()
            except Exception:  # noqa: BLE001, S110
                pass

    def _take_captured(self) -> bool:
        try:
            count, data = self._capture.read()
        except Exception as error:
            raise AudioError(f"audio: the capture device stopped: {error}") from error
        self._pending += data
        return bool(count > 0)

    def _wait_for_capture(self, limit_s: float) -> bool:
        ready = dict(self._poll.poll(max(1, int(limit_s * 1000))))
        try:
            self._capture.polldescriptors_revents([(fd, ready.get(fd, 0)) for fd, _ in self._descriptors])
        except Exception as error:
            raise AudioError(f"audio: the capture device stopped: {error}") from error
        return bool(ready)

    def _play(self, pcm: bytes) -> int:
        try:
            return int(self._playback.write(pcm))
        except Exception as error:
            raise AudioError(f"audio: the playback device stopped: {error}") from error

    def _play_silence(self, samples: int) -> None:
        self._play(bytes(2 * samples))

    def _depth_samples(self) -> int | None:
        """What waits in both directions; None in an xrun, of which read or write will tell."""
        try:
            free, waiting = self._playback.avail(), self._capture.avail()
        except Exception:  # noqa: BLE001
            return None
        if free < 0 or waiting < 0:
            return None
        return int(self._buffer_samples - free + waiting + len(self._pending) // 2)


def _open_pcm(direction: Direction, device: str, rate_hz: int) -> Any:
    try:
        import alsaaudio
    except ImportError as error:
        raise AudioError(
            f'audio: cannot open {direction} "{device}": pyalsaaudio is not here ({error}). '
            "Install it with pip; to be built it needs libasound2-dev"
        ) from error
    # Not blocking in either direction: a card that is pulled out would block for ever.
    try:
        pcm = alsaaudio.PCM(
            alsaaudio.PCM_CAPTURE if direction == "capture" else alsaaudio.PCM_PLAYBACK,
            alsaaudio.PCM_NONBLOCK,
            device=device,
            rate=rate_hz,
            channels=1,
            format=alsaaudio.PCM_FORMAT_S16_LE,
            periodsize=rate_hz * FRAME_MS // 1000,
            periods=PERIODS,
        )
    except alsaaudio.ALSAAudioError as error:
        reason = str(error).removesuffix(f" [{device}]")
        raise AudioError(f'audio: cannot open {direction} "{device}": {reason}. {_cards_here()}') from error
    facts = pcm.info()
    given = (facts["rate"], facts["channels"], facts["format_name"])
    if given != (rate_hz, 1, "S16_LE"):
        pcm.close()
        raise AudioError(
            f'audio: {direction} "{device}" gives {given[0]} Hz, {given[1]} channels, {given[2]} instead of '
            f"{rate_hz} Hz, 1 channel, S16_LE: use its plughw: name, which converts. {_cards_here()}"
        )
    return pcm


def _cards_here() -> str:
    """For error messages: the ids of this machine's sound cards."""
    import alsaaudio

    try:
        ids = alsaaudio.cards()
    except alsaaudio.ALSAAudioError:
        ids = []
    return f"Cards here: {', '.join(ids) or 'none'}"
