"""What the runtime and the media thread need, in our words. Adapters and the bench fulfil these."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from portier.core.audit import Record
from portier.core.codes import CodeMatch, Entry
from portier.core.effects import Sign, Tone
from portier.core.events import Event
from portier.core.rules import AutoAnswer
from portier.facts import Fact

Post = Callable[[Event], None]
"""Hands an event to the loop, from any thread. Returns at once and never raises."""

Tell = Callable[[Fact], None]
"""Hands a fact to whoever keeps the call's record, from any thread. Returns at once and never raises."""


def unheard(fact: Fact) -> None:
    """Where no record is kept."""
    del fact


class Phone(Protocol):
    """Places and ends call legs. What comes of it is posted as an event."""

    def place(self, leg: int, uri: str, auto_answer: AutoAnswer) -> None:
        """Send the INVITE of a new leg; later CallProgress and, always, one CallEnded.

        It may wait 3 ms for the INVITE to leave, and no longer.
        """
        ...

    def let_ring(self, offer: int, leg: int) -> None:
        """Let an offered call ring at its caller's, as this leg; CallEnded where it is over already."""
        ...

    def reject(self, offer: int) -> None:
        """Refuse an offered call as busy; no fault if it is over."""
        ...

    def answer(self, leg: int) -> None:
        """Answer a call from outside; later CallProgress, and one CallEnded. No fault if it is over."""
        ...

    def join(self, leg: int) -> None:
        """Let the visitor and the far end of an answered leg hear each other; no fault if it is over."""
        ...

    def ask_to_confirm(self, leg: int) -> None:
        """Play the asking tone to an answered leg, until it is joined; no fault if it is over."""
        ...

    def hang_up(self, leg: int) -> None:
        """End a leg by CANCEL or BYE; no fault if it is over."""
        ...


class DoorStrikes(Protocol):
    """Releases and locks doors. Each release ends at its moment even when the loop does not run."""

    def release(self, door: str, until_s: float) -> None:
        """Energise the door's relay until `until_s` (monotonic), never past the door's hard maximum."""
        ...

    def hold(self, door: str, until_s: float) -> None:
        """Keep the relay of a door that may hold energised until `until_s`, never longer than a slice."""
        ...

    def lock(self, door: str) -> None:
        """De-energise the door's relay now."""
        ...


class Lamps(Protocol):
    """Shows signs to the visitor."""

    def indicate(self, signs: frozenset[Sign]) -> None:
        """Show exactly these signs."""
        ...


class Gong(Protocol):
    """A gong in the house."""

    def switch(self, on: bool) -> None:
        """Let it sound, or be still."""
        ...


class Light(Protocol):
    """The light of the stairs."""

    def switch(self, on: bool) -> None:
        """Let it be lit, or dark."""
        ...


class Sound(Protocol):
    """The visitor's loudspeaker and microphone. No method blocks."""

    def open(self) -> None:
        """Hold the card open for a call."""
        ...

    def close(self) -> None:
        """Let the card go once the last tone has ended."""
        ...

    def play(self, tone: Tone, *, to_far_end: bool = False) -> None:
        """Play a tone and its announcement, in place of what sounds; opens the card where no call does.

        With `to_far_end` a call's far end hears the tone, too, and not the announcement.
        """
        ...

    def set_volume(self, volume_db: float) -> None:
        """Let tones and announcements be so loud at the door, from 0 dB, which is as they were made, down."""
        ...

    def set_speaker_gain(self, gain_db: float) -> None:
        """Play everything so much louder than it comes."""
        ...

    def mute(self, on: bool) -> None:
        """Let the far end hear comfort noise in place of the microphone, or the microphone again."""
        ...

    def silence(self) -> None:
        """Stop the tone that sounds."""
        ...

    def test(self, number: int) -> None:
        """Play a short tone and listen for it, where nothing else is to be heard.

        Later SoundTestOver, also where a call or a tone came first. Nothing is kept of what was heard.
        """
        ...


class Journal(Protocol):
    """The audit log."""

    def write(self, record: Record) -> None:
        """Take a row, of now. Returns at once, whatever the disk does."""
        ...


class Memory(Protocol):
    """The few facts that outlive a restart."""

    def remember(self, key: str, value: str | None) -> None:
        """Keep a value, or forget it. Returns at once, whatever the disk does."""
        ...


class Directory(Protocol):
    """Who lives here, and which access codes there are."""

    def look_up(self, entry: Entry) -> CodeMatch | None:
        """Find an access code in memory: below a millisecond, in the same time whether it is there or not."""
        ...

    def spend(self, code: int) -> None:
        """Count one use of a code. Counts at once for `look_up`; the disk follows."""
        ...


class FarEnd(Protocol):
    """The other side of the call, as the media thread sees it: one frame in, one frame out."""

    def attach(self) -> None:
        """Called first and once by the media thread itself."""
        ...

    def take_clock(self) -> None:
        """The sound card paces the call from now on. May wait up to a second."""
        ...

    def exchange(self, captured: bytes) -> bytes | None:
        """Give one captured frame, get the frame to play; None when there is nothing to hear."""
        ...

    def give_clock(self) -> None:
        """The sound card paces the call no more; PJSIP must keep it alive by itself."""
        ...


class Listener(Protocol):
    """Who listens to a call, in the media thread, and must be done within a few milliseconds."""

    def begin(self) -> None:
        """Another call begins."""
        ...

    def hear(self, captured: bytes, far: bytes | None, at_s: float) -> None:
        """Take the frame that was sent, and the one that came; None where there was nothing to hear."""
        ...


class Comfort(Protocol):
    """What the far end of a call hears of a muted microphone, in the media thread."""

    def begin(self) -> None:
        """Another call begins."""
        ...

    def heard(self, sent: bytes) -> None:
        """Take a frame that was sent of the microphone."""
        ...

    def frame(self) -> bytes:
        """The next frame in its place."""
        ...


class Loop(Protocol):
    """A hearing loop beside the loudspeaker, in the media thread."""

    def beside(self, speaker: bytes, unchanged: bytes) -> bytes:
        """Both channels, interleaved; `unchanged` is what the loudspeaker's frame was made of."""
        ...


class Processing(Protocol):
    """What is done to a call's sound, in the media thread, within a millisecond. Frames keep their length."""

    @property
    def words(self) -> str:
        """What keeps the far end from hearing itself, for people; from any thread."""
        ...

    def begin(self) -> None:
        """Another call begins."""
        ...

    def opened(self) -> None:
        """The card was opened, perhaps in the middle of a call."""
        ...

    def toward_far_end(self, captured: bytes, heard: bytes | None = None, /) -> bytes:
        """What the far end is to hear of a captured frame; `heard` is what was played meanwhile.

        None stands for the frame of `toward_loudspeaker` before this one.
        """
        ...

    def toward_loudspeaker(self, frame: bytes) -> bytes:
        """What is to be played of a frame; to be asked for each one that is played."""
        ...

    def set_speaker_gain(self, gain_db: float) -> None:
        """Play everything with another gain from the next frame on."""
        ...


class OpenCard(Protocol):
    """A sound card that is open in both directions. Frames are 20 ms (or 10) of mono S16, native order."""

    def read(self) -> bytes | None:
        """Wait for the next captured frame, at most 200 ms; None when none came."""
        ...

    def write(self, frame: bytes) -> bool:
        """Play one frame, of both channels with a loop; False when the card had run dry (an xrun)."""
        ...

    def heard(self) -> bytes | None:
        """What the loudspeaker played while the frame read last was captured (mono); None: the one before."""
        ...

    def close(self) -> None:
        """Give both devices back."""
        ...


class Card(Protocol):
    """A sound card that can be opened. `rate_hz` is 8000 or 16000."""

    @property
    def rate_hz(self) -> int: ...

    def open(self) -> OpenCard:
        """Open capture and playback, or raise AudioError with the devices' names and what to do."""
        ...
