"""The sound card, by ALSA: one frame in, one frame out, both paced by the capture side."""

from __future__ import annotations

from typing import Any

from portier.adapters.audio.capture import Capture
from portier.adapters.audio.mixer_keeper import MixerKeeper
from portier.adapters.audio.playback import Playback
from portier.adapters.audio.tones import FRAME_MS
from portier.adapters.audio.trial import Direction, try_device
from portier.errors import AudioError

BUFFER_FRAMES = 4
# What converts rates hands on whole periods alone: what is put in, or left out, is half a frame.
PLAYBACK_PERIOD_MS = 10


class AlsaCard:
    """A pair of ALSA devices that can be opened: fulfils `ports.Card`.

    `capture` and `playback` are ALSA names, best by id (`plughw:CARD=Device`): an index changes with
    the order in which cards are found. `rate_hz` is 8000 or 16000, `frame_ms` 20 or, for less delay, 10.
    `mixer` is looked after beside each opening. With two `playback_channels` a frame to play has both,
    interleaved.
    """

    def __init__(
        self,
        capture: str,
        playback: str,
        rate_hz: int,
        mixer: MixerKeeper | None = None,
        frame_ms: int = FRAME_MS,
        playback_channels: int = 1,
    ) -> None:
        self._capture = capture
        self._playback = playback
        self._rate_hz = rate_hz
        self._mixer = mixer
        self._frame_ms = frame_ms
        self._channels = playback_channels

    @property
    def rate_hz(self) -> int:
        """Samples a second, in both directions."""
        return self._rate_hz

    def open(self) -> OpenAlsaCard:
        """Open both directions and start them; AudioError names the device that failed and the cards here."""
        capture = _open_pcm("capture", self._capture, self._rate_hz, self._frame_ms)
        try:
            playback = _open_pcm("playback", self._playback, self._rate_hz, self._frame_ms, self._channels)
        except AudioError:
            capture.close()
            raise
        if self._mixer is not None:
            self._mixer.keep()
        try:
            frame_samples = self._rate_hz * self._frame_ms // 1000
            return OpenAlsaCard(capture, playback, frame_samples, self._frame_ms, self._channels)
        except Exception as error:
            playback.close()
            capture.close()
            raise AudioError(
                f'audio: capture "{self._capture}" and playback "{self._playback}" opened, '
                f"but did not start: {error}. {_cards_here()}"
            ) from error


class OpenAlsaCard:
    """Both directions of a card, open and running: fulfils `ports.OpenCard`. For one thread only."""

    def __init__(
        self, capture: Any, playback: Any, frame_samples: int, frame_ms: int = FRAME_MS, channels: int = 1
    ) -> None:
        self._pcms = (playback, capture)
        self._capture = Capture(capture, frame_samples, frame_ms / 1000)
        self._playback = Playback(playback, frame_samples, channels)
        self._playback.start()
        self._capture.start()

    def read(self) -> bytes | None:
        """The next frame of mono S16, or None when they did not come within 200 ms.

        Raises AudioError when the device is gone. An overrun loses sound and goes on.
        """
        return self._capture.read()

    def write(self, frame: bytes) -> bool:
        """Play a frame of S16, mono or both channels, without waiting; False when the loudspeaker was dry.

        Raises AudioError when the device is gone.
        """
        return self._playback.write(frame, self._capture.waiting_samples)

    def heard(self) -> bytes:
        """What the loudspeaker played while the frame was captured that was read last; mono S16."""
        return self._playback.heard()

    def close(self) -> None:
        """Give both devices back, without playing what is still queued. Never raises."""
        for pcm in self._pcms:
            try:
                # Closing a playback device that still has sound waits for it to end.
                pcm.drop()
            except Exception:  # noqa: BLE001, S110 - a device that is gone refuses in many ways
                pass
            try:
                pcm.close()
            except Exception:  # noqa: BLE001, S110
                pass


def _open_pcm(direction: Direction, device: str, rate_hz: int, frame_ms: int, channels: int = 1) -> Any:
    try:
        import alsaaudio
    except ImportError as error:
        raise AudioError(
            f'audio: cannot open {direction} "{device}": pyalsaaudio is not here ({error}). '
            "Install it with pip; to be built it needs libasound2-dev"
        ) from error
    try:
        try_device(direction, device, rate_hz, channels)
    except AudioError as error:
        raise AudioError(f"{error}. {_cards_here()}") from error
    period_ms = frame_ms if direction == "capture" else PLAYBACK_PERIOD_MS
    # Not blocking in either direction: a card that is pulled out would block for ever.
    try:
        pcm = alsaaudio.PCM(
            alsaaudio.PCM_CAPTURE if direction == "capture" else alsaaudio.PCM_PLAYBACK,
            alsaaudio.PCM_NONBLOCK,
            device=device,
            rate=rate_hz,
            channels=channels,
            format=alsaaudio.PCM_FORMAT_S16_LE,
            periodsize=rate_hz * period_ms // 1000,
            periods=BUFFER_FRAMES * frame_ms // period_ms,
        )
    except alsaaudio.ALSAAudioError as error:
        reason = str(error).removesuffix(f" [{device}]")
        raise AudioError(f'audio: cannot open {direction} "{device}": {reason}. {_cards_here()}') from error
    facts = pcm.info()
    given = (facts["rate"], facts["channels"], facts["format_name"])
    if given != (rate_hz, channels, "S16_LE"):
        pcm.close()
        wanted = "1 channel" if channels == 1 else f"{channels} channels"
        raise AudioError(
            f'audio: {direction} "{device}" gives {given[0]} Hz, {given[1]} channels, {given[2]} instead of '
            f"{rate_hz} Hz, {wanted}, S16_LE: use its plughw: name, which converts. {_cards_here()}"
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
