"""Ports that pretend, on the clock of one loop. Each writes what the station does into one diary.

They are stricter than the real ones: a misuse that hardware would forgive raises here.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Collection, Mapping

from portier.announcements.words import LONGEST_TALK_NOW_S
from portier.bench.deeds import (
    Diary,
    Lit,
    Loudness,
    Muted,
    Played,
    Recorded,
    Rung,
    Shown,
    SoundHeld,
    SpeakerGain,
    Switched,
)
from portier.core.audit import Record, What
from portier.core.effects import Sign, Tone
from portier.core.holds import SLICE_S

LONGEST_SHORT_TONE_S = 3.0
"""Every tone but the ringback has ended by itself after this long."""

_LASTS_S = {Tone.RINGBACK: math.inf, Tone.TALK_NOW: LONGEST_TALK_NOW_S}


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
