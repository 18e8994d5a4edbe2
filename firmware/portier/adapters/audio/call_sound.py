"""What is done to the frames of a call between the card and the far end."""

from __future__ import annotations

import logging

from portier.facts import EchoBy
from portier.ports import Comfort, Listener, OpenCard, Processing, Tell

from .meter import Meter

LOG = logging.getLogger(__name__)


class CallSound:
    """Takes echo away, mutes, measures, and lets somebody listen. For the media thread only.

    `tell` hears how loud both ways of a call are, and by what its echo is taken away. `comfort` is what the
    far end hears while the microphone is muted; without it, silence.
    """

    def __init__(self, tell: Tell, frame_ms: int, comfort: Comfort | None) -> None:
        self._tell = tell
        self._comfort = comfort
        self._meter = Meter(tell, frame_ms)
        self._processing: Processing | None = None
        self._listener: Listener | None = None
        self._speaker_gain_db: float | None = None
        self._muted = False
        self._told_echo = ""

    def begin(self) -> None:
        """A call begins."""
        self._meter.begin()
        for part in (self._listener, self._processing, self._comfort):
            if part is not None:
                part.begin()
        self._told_echo = ""

    def end(self, at_s: float) -> None:
        """The call, or the card, is over."""
        self._meter.end(at_s)

    def opened(self) -> None:
        """The card has been opened."""
        if self._processing is not None:
            self._processing.opened()

    def xrun(self) -> None:
        """The card had run dry."""
        self._meter.xrun()

    def listen(self, listener: Listener | None) -> None:
        """Let somebody listen to both ways from now on; None, nobody."""
        self._listener = listener
        if listener is not None:
            listener.begin()

    def process(self, processing: Processing) -> None:
        """Let both ways, and what is played, be worked on from now on."""
        processing.begin()
        if self._speaker_gain_db is not None:
            processing.set_speaker_gain(self._speaker_gain_db)
        self._processing = processing

    def set_speaker_gain(self, gain_db: float) -> None:
        """Play everything so much louder from now on, or as soon as there is what does it."""
        self._speaker_gain_db = gain_db
        if self._processing is not None:
            self._processing.set_speaker_gain(gain_db)

    def mute(self, on: bool) -> None:
        """Send comfort noise in place of the microphone from the next frame on, or the microphone again."""
        self._muted = on

    def toward_far_end(self, captured: bytes, sound: OpenCard, at_s: float) -> bytes:
        """What the far end is to hear: the microphone, or what stands in for a muted one."""
        heard = self._without_echo(captured, sound, at_s)
        if self._muted:
            return self._comfort.frame() if self._comfort is not None else bytes(len(captured))
        if self._comfort is not None:
            self._comfort.heard(heard)
        return heard

    def toward_loudspeaker(self, mixed: bytes) -> bytes:
        """What the card is to play, in a call and out of it."""
        return mixed if self._processing is None else self._processing.toward_loudspeaker(mixed)

    def moved(self, captured: bytes, sent: bytes, far: bytes | None, at_s: float) -> None:
        """A frame went both ways: measure it, and let it be listened to."""
        self._meter.take(captured, far, at_s)
        if self._listener is None:
            return
        try:
            self._listener.hear(sent, far, at_s)
        except Exception:
            self._listener = None
            LOG.exception("audio: fault while listening for keys; nobody listens from now on")

    def _without_echo(self, captured: bytes, sound: OpenCard, at_s: float) -> bytes:
        """The microphone without echo; also while it is muted, so that the canceller knows the room."""
        if self._processing is None:
            return captured
        sent = self._processing.toward_far_end(captured, sound.heard())
        if self._processing.words != self._told_echo:
            self._told_echo = self._processing.words
            self._tell(EchoBy(self._told_echo, at_s=at_s))
        return sent
