"""A phone that pretends, on the clock of one loop, and the lines that it meets by their scripts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from pydantic import BaseModel

from portier.bench.deeds import Answered, Asked, Diary, HungUp, Joined, LetRung, Placed, Rejected
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
from portier.core.rules import AutoAnswer
from portier.ports import Post

MOST_LEGS = 4
"""As many may ring at once."""

GOODBYE_S = 0.1
"""From our BYE or CANCEL to the end of the leg; what the far end does in between still arrives."""


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
