"""Ports that pretend, on the clock of one loop. Each writes what the station does into one diary.

They are stricter than the real ones: a misuse that hardware would forgive raises here.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel

from portier.announcements.words import LONGEST_TALK_NOW_S
from portier.core.audit import Record, What
from portier.core.effects import Sign, Tone
from portier.core.events import (
    CallEnded,
    CallOffered,
    CallPhase,
    CallProgress,
    Digit,
    EndReason,
    PhoneLost,
    PhoneReady,
)
from portier.core.holds import SLICE_S
from portier.core.rules import AutoAnswer
from portier.ports import Post

MOST_LEGS = 4
"""As many may ring at once."""

GOODBYE_S = 0.1
"""From our BYE or CANCEL to the end of the leg; what the far end does in between still arrives."""

LONGEST_SHORT_TONE_S = 3.0
"""Every tone but the ringback has ended by itself after this long."""

_LASTS_S = {Tone.RINGBACK: math.inf, Tone.TALK_NOW: LONGEST_TALK_NOW_S}


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


class Key(BaseModel, frozen=True, extra="forbid"):
    """A key pressed on the far phone."""

    after_s: float
    key: str


class FarLine(BaseModel, frozen=True, extra="forbid"):
    """How a line behaves when it is called. All times count from the INVITE; None: it never does."""

    rings_after_s: float | None = None
    answers_after_s: float | None = None
    keys: tuple[Key, ...] = ()
    ends_after_s: float | None = None
    reason: EndReason = EndReason.HUNG_UP
    status: int = 0


class FakePhone:
    """A phone whose lines are scripted: the first call meets the first line, all beyond the last the last.

    A call to an address for which `operator` has a line meets that.

    Refuses with RuntimeError a call while it is not ready or without a line, a leg used twice, more legs at
    once than a station may ring, and a second leg that is to hear the visitor.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        post: Post,
        diary: Diary,
        lines: Sequence[FarLine],
        operator: Callable[[str], FarLine | None] = lambda _: None,
    ) -> None:
        self._loop = loop
        self._post = post
        self._diary = diary
        self._lines = tuple(lines)
        self._operator = operator
        self._ready = False
        self._legs = 0
        self._used: set[int] = set()
        self._scripts: dict[int, list[asyncio.TimerHandle]] = {}
        self._kept: set[int] = set()
        self._answered: set[int] = set()
        self._joined: int | None = None
        self._offers: set[int] = set()
        self._offered = 0

    def offer(self, number: str) -> None:
        """Somebody calls the station, by the registrar."""
        self._offered += 1
        self._offers.add(self._offered)
        self._post(CallOffered(self._offered, number, at_s=self._loop.time()))

    def let_ring(self, offer: int, leg: int) -> None:
        """Let an offered call ring at its caller's."""
        if offer not in self._offers or leg in self._used:
            raise RuntimeError(f"call {leg}: nobody offered {offer}, or the leg was used before")
        self._offers.remove(offer)
        self._used.add(leg)
        self._kept.add(leg)
        self._scripts[leg] = []
        self._diary.write(LetRung(leg))

    def reject(self, offer: int) -> None:
        """Refuse an offered call."""
        self._offers.remove(offer)
        self._diary.write(Rejected(offer))

    def answer(self, leg: int) -> None:
        """Answer a call from outside that lives; the caller has heard so a moment later."""
        if leg not in self._kept or leg in self._answered:
            raise RuntimeError(f"call {leg} cannot be answered: it is over, or was answered")
        self._diary.write(Answered(leg))
        script = self._scripts[leg]
        script.append(self._loop.call_later(GOODBYE_S, self._progress, leg, CallPhase.ANSWERED))

    def give_up(self, leg: int, status: int = 0) -> None:
        """The far end of a leg that lives ends it."""
        self._end(leg, EndReason.NO_ANSWER if status else EndReason.HUNG_UP, status)

    def place(self, leg: int, uri: str, auto_answer: AutoAnswer = AutoAnswer.NONE) -> None:
        """Send the INVITE; what the line does follows its script."""
        del auto_answer
        may = self._ready and leg not in self._used and len(self._kept) < MOST_LEGS
        line = (self._operator(uri) or self._next_line()) if may else None
        if line is None:
            raise RuntimeError(f"call {leg} to {uri}: the phone is not ready, or cannot place it")
        self._used.add(leg)
        self._kept.add(leg)
        self._diary.write(Placed(leg, uri))
        script = self._scripts[leg] = []
        later = self._loop.call_later
        if line.rings_after_s is not None:
            script.append(later(line.rings_after_s, self._progress, leg, CallPhase.RINGING))
        if line.answers_after_s is not None:
            script.append(later(line.answers_after_s, self._progress, leg, CallPhase.ANSWERED))
        script += [later(press.after_s, self.key, leg, press.key) for press in line.keys]
        if line.ends_after_s is not None:
            script.append(later(line.ends_after_s, self._end, leg, line.reason, line.status))

    def hang_up(self, leg: int) -> None:
        """End a leg that lives; its end is posted a moment later."""
        self._diary.write(HungUp(leg))
        self._let_go(leg)
        if leg in self._scripts:
            self._scripts[leg].append(self._loop.call_later(GOODBYE_S, self._end, leg, EndReason.HUNG_UP, 0))

    def join(self, leg: int) -> None:
        """Let the visitor and an answered leg hear each other."""
        if self._joined is not None or leg not in self._answered:
            raise RuntimeError(
                f"call {leg} cannot be joined: it is not answered, or another hears the visitor"
            )
        self._joined = leg
        self._diary.write(Joined(leg))

    def ask_to_confirm(self, leg: int) -> None:
        """Play the asking tone to an answered leg."""
        if leg not in self._answered:
            raise RuntimeError(f"call {leg} cannot be asked: it is not answered")
        self._diary.write(Asked(leg))

    def key(self, leg: int, key: str) -> None:
        """A key of any leg, also of one that is over or never was."""
        self._post(Digit(leg, key, at_s=self._loop.time()))

    def become_ready(self) -> None:
        """From now on calls can be placed."""
        self._ready = True
        self._post(PhoneReady(at_s=self._loop.time()))

    def lose(self) -> None:
        """SIP goes down, and every leg with it."""
        self._ready = False
        self._post(PhoneLost(at_s=self._loop.time()))
        for leg in tuple(self._scripts):
            self._end(leg, EndReason.FAILED, 0)

    @property
    def last_leg(self) -> int:
        """The leg placed last, 0 before the first."""
        return max(self._used, default=0)

    def _next_line(self) -> FarLine | None:
        self._legs += 1
        return self._lines[min(self._legs, len(self._lines)) - 1] if self._lines else None

    def _let_go(self, leg: int) -> None:
        self._kept.discard(leg)
        if self._joined == leg:
            self._joined = None

    def _progress(self, leg: int, phase: CallPhase) -> None:
        if phase is CallPhase.ANSWERED:
            self._answered.add(leg)
        self._post(CallProgress(leg, phase, at_s=self._loop.time()))

    def _end(self, leg: int, reason: EndReason, status: int) -> None:
        for handle in self._scripts.pop(leg):
            handle.cancel()
        self._let_go(leg)
        self._post(CallEnded(leg, reason, status, at_s=self._loop.time()))


class FakeStrikes:
    """Relays that end every release by themselves at its moment, whatever the core does.

    The diary holds the changes only: locking a locked door and prolonging a release leave nothing.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        diary: Diary,
        max_release_s: Mapping[str, float],
        may_hold: Collection[str] = (),
    ) -> None:
        self._loop = loop
        self._diary = diary
        self._may_hold = may_hold
        self._max_release_s = dict(max_release_s)
        self._since_s: dict[str, float] = {}
        self._ends: dict[str, asyncio.TimerHandle] = {}

    def release(self, door: str, until_s: float) -> None:
        """Energise until `until_s`, never past the door's maximum; a moment that is over does nothing."""
        self._release(door, until_s)

    def hold(self, door: str, until_s: float) -> None:
        """Energise until `until_s`, at most for a slice; RuntimeError for a door that may not hold."""
        if door not in self._may_hold:
            raise RuntimeError(f'door "{door}" may not hold')
        if door in self._ends:
            self._since_s[door] = self._loop.time()
        self._release(door, min(until_s, self._loop.time() + SLICE_S), SLICE_S)

    def _release(self, door: str, until_s: float, limit_s: float | None = None) -> None:
        now_s = self._loop.time()
        until_s = min(until_s, self._since_s.get(door, now_s) + (limit_s or self._max_release_s[door]))
        if until_s <= now_s:
            return
        if door in self._ends:
            self._ends[door].cancel()
        else:
            self._since_s[door] = now_s
            self._diary.write(Switched(door, energised=True))
        self._ends[door] = self._loop.call_at(until_s, self.lock, door)

    def lock(self, door: str) -> None:
        """De-energise now."""
        if door not in self._max_release_s:
            raise KeyError(door)
        if handle := self._ends.pop(door, None):
            handle.cancel()
            del self._since_s[door]
            self._diary.write(Switched(door, energised=False))


class FakeLamps:
    """Lamps that remember. Signs shown twice in a row are a RuntimeError: the core tells changes only."""

    def __init__(self, diary: Diary) -> None:
        self._diary = diary
        self._signs: frozenset[Sign] | None = None

    def indicate(self, signs: frozenset[Sign]) -> None:
        """Show exactly these signs."""
        if signs == self._signs:
            raise RuntimeError(f"shown already: {Shown(signs)}")
        self._signs = signs
        self._diary.write(Shown(signs))


class FakeLight:
    """A light that remembers. Switched to what it is already, it raises RuntimeError."""

    def __init__(self, diary: Diary) -> None:
        self._diary = diary
        self._on = False

    def switch(self, on: bool) -> None:
        """Let it be lit, or dark."""
        if on is self._on:
            raise RuntimeError(f"the light is so already: {Lit(on)}")
        self._on = on
        self._diary.write(Lit(on))


class FakeJournal:
    """An audit log that remembers, but for what is in `unseen`: the rows of a plain visit."""

    def __init__(self, diary: Diary, unseen: Collection[What] = frozenset()) -> None:
        self._diary = diary
        self._unseen = unseen

    def write(self, record: Record) -> None:
        """Take a row."""
        if record.what not in self._unseen:
            self._diary.write(Recorded(record))


class FakeMemory:
    """Facts that outlive a restart, as long as this object does."""

    def __init__(self, facts: Mapping[str, str] | None = None) -> None:
        self.facts = dict(facts or {})

    def remember(self, key: str, value: str | None) -> None:
        """Keep a value, or forget it."""
        if value is None:
            self.facts.pop(key, None)
        else:
            self.facts[key] = value


class FakeGong:
    """A gong that remembers. Switched to what it is already, it raises RuntimeError."""

    def __init__(self, diary: Diary) -> None:
        self._diary = diary
        self._on = False

    def switch(self, on: bool) -> None:
        """Let it sound, or be still."""
        if on is self._on:
            raise RuntimeError(f"the gong is so already: {Rung(on)}")
        self._on = on
        self._diary.write(Rung(on))


class FakeSound:
    """A sound card that remembers. Opening it twice, or closing it unopened, is a RuntimeError.

    Stopping a tone that has ended by itself leaves nothing in the diary. The ringback goes on under a short
    tone and after it, as at the real card; that is no new tone.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, diary: Diary) -> None:
        self._loop = loop
        self._diary = diary
        self._held = False
        self._tone_ends_s = -math.inf
        self._rings_back = False
        self.tests: list[int] = []

    def open(self) -> None:
        """Hold the card."""
        self._hold(True)

    def close(self) -> None:
        """Let the card go."""
        self._rings_back = False
        self._hold(False)

    def play(self, tone: Tone, *, to_far_end: bool = False) -> None:
        """Begin a tone."""
        del to_far_end
        lasts_s = _LASTS_S.get(tone, LONGEST_SHORT_TONE_S)
        self._tone_ends_s = self._loop.time() + lasts_s
        self._rings_back = self._rings_back or lasts_s == math.inf
        self._diary.write(Played(tone))

    def test(self, number: int) -> None:
        """Take note of a test, which a test of the station ends itself."""
        self.tests.append(number)

    def set_volume(self, volume_db: float) -> None:
        """Be so loud from now on."""
        self._diary.write(Loudness(volume_db))

    def set_speaker_gain(self, gain_db: float) -> None:
        """Note it."""
        self._diary.write(SpeakerGain(gain_db))

    def mute(self, on: bool) -> None:
        """Note it."""
        self._diary.write(Muted(on))

    def silence(self) -> None:
        """Stop the tone that sounds."""
        if self._rings_back or self._loop.time() < self._tone_ends_s:
            self._diary.write(Played(None))
        self._tone_ends_s, self._rings_back = -math.inf, False

    def _hold(self, held: bool) -> None:
        if held is self._held:
            raise RuntimeError(f"the sound card is {'open' if held else 'closed'} already")
        self._held = held
        self._diary.write(SoundHeld(held))
