"""What a station did, in words that tests and people can read, and the diary that keeps it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TypeVar

from portier.core.audit import Record
from portier.core.effects import Sign, Tone


@dataclass(frozen=True, slots=True)
class Placed:
    """An INVITE was sent."""

    leg: int
    uri: str

    def __str__(self) -> str:
        return f"call {self.leg} to {self.uri}"


@dataclass(frozen=True, slots=True)
class HungUp:
    """The station ended a leg."""

    leg: int

    def __str__(self) -> str:
        return f"call {self.leg} hung up by the station"


@dataclass(frozen=True, slots=True)
class LetRung:
    """A call from outside may ring at its caller's."""

    leg: int

    def __str__(self) -> str:
        return f"call {self.leg} rings at its caller's"


@dataclass(frozen=True, slots=True)
class Answered:
    """The station answered a call from outside."""

    leg: int

    def __str__(self) -> str:
        return f"call {self.leg} answered by the station"


@dataclass(frozen=True, slots=True)
class Rejected:
    """The station refused a call from outside."""

    offer: int

    def __str__(self) -> str:
        return f"offered call {self.offer} refused"


@dataclass(frozen=True, slots=True)
class Joined:
    """The visitor and the far end of a leg were let hear each other."""

    leg: int

    def __str__(self) -> str:
        return f"call {self.leg} joined to the visitor"


@dataclass(frozen=True, slots=True)
class Asked:
    """The far end of a leg hears the tone that asks for the confirming key."""

    leg: int

    def __str__(self) -> str:
        return f"call {self.leg} asked to confirm"


@dataclass(frozen=True, slots=True)
class Switched:
    """A door's relay changed."""

    door: str
    energised: bool

    def __str__(self) -> str:
        return f'door "{self.door}" {"released" if self.energised else "locked"}'


@dataclass(frozen=True, slots=True)
class Shown:
    """The lamps changed."""

    signs: frozenset[Sign]

    def __str__(self) -> str:
        return f"signs: {', '.join(sorted(sign.value for sign in self.signs)) or 'none'}"


@dataclass(frozen=True, slots=True)
class Rung:
    """The gong began to sound, or became still."""

    on: bool

    def __str__(self) -> str:
        return f"gong: {'on' if self.on else 'off'}"


@dataclass(frozen=True, slots=True)
class Lit:
    """The light of the stairs went on, or out."""

    on: bool

    def __str__(self) -> str:
        return f"light: {'on' if self.on else 'off'}"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A row went to the audit log."""

    record: Record

    def __str__(self) -> str:
        one = self.record
        road = f" by {one.road.value}" if one.road else ""
        door = f" {one.door}" if one.door else ""
        return f"row: {one.what.value}{door}{road}{f': {one.why}' if one.why else ''}"


@dataclass(frozen=True, slots=True)
class Played:
    """A tone began, or (None) one was stopped."""

    tone: Tone | None

    def __str__(self) -> str:
        return f"tone: {self.tone.value if self.tone else 'none'}"


@dataclass(frozen=True, slots=True)
class Loudness:
    """The station's own sounds are so loud from now on."""

    volume_db: float

    def __str__(self) -> str:
        return f"volume {self.volume_db:g} dB"


@dataclass(frozen=True, slots=True)
class SpeakerGain:
    """How much louder everything is played from now on."""

    gain_db: float

    def __str__(self) -> str:
        return f"loudspeaker {self.gain_db:+g} dB"


@dataclass(frozen=True, slots=True)
class Muted:
    """The far end hears the microphone no more, or again."""

    on: bool

    def __str__(self) -> str:
        return f"microphone {'muted' if self.on else 'heard'}"


@dataclass(frozen=True, slots=True)
class SoundHeld:
    """The sound card was opened for a call, or let go."""

    held: bool

    def __str__(self) -> str:
        return f"sound: {'open' if self.held else 'closed'}"


@dataclass(frozen=True, slots=True)
class Logged:
    """A line went to the log."""

    text: str
    warning: bool

    def __str__(self) -> str:
        return f"{'warning' if self.warning else 'log'}: {self.text}"


Deed = (
    Placed
    | HungUp
    | LetRung
    | Rejected
    | Answered
    | Joined
    | Asked
    | Switched
    | Shown
    | Rung
    | Lit
    | Recorded
    | Played
    | Loudness
    | SpeakerGain
    | Muted
    | SoundHeld
    | Logged
)
D = TypeVar(
    "D", Placed, HungUp, Joined, Asked, Switched, Shown, Rung, Lit, Recorded, Played, SoundHeld, Logged
)


class Diary:
    """What the station did and when, in order."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.entries: list[tuple[float, Deed]] = []

    def write(self, deed: Deed) -> None:
        """Add a deed of this moment."""
        self.entries.append((self._loop.time(), deed))

    def of(self, kind: type[D]) -> list[tuple[float, D]]:
        """All deeds of one kind."""
        return [(at_s, deed) for at_s, deed in self.entries if isinstance(deed, kind)]


class DiaryHandler(logging.Handler):
    """Writes the lines of a logger into a diary."""

    def __init__(self, diary: Diary) -> None:
        super().__init__(logging.INFO)
        self._diary = diary

    def emit(self, record: logging.LogRecord) -> None:
        """Take one line."""
        self._diary.write(Logged(record.getMessage(), record.levelno >= logging.WARNING))
