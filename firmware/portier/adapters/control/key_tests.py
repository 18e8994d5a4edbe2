"""Tests of a telephone's keys, one at a time: each for one reader, who alone is told the keys.

Nothing of it is logged, kept or shown to others; the call ends when the reader goes.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from portier.core import key_test
from portier.core.events import KeyTestOver, KeyTestRequested
from portier.core.rules import Rules, TargetRule
from portier.core.states import KeyTest
from portier.key_presses import Presses
from portier.keys_heard import KeyNews, KeyRemark

from .desk import Core, why_no_call
from .protocol import encode, quoted, shown

_LINE = re.compile(r"[0-9+*#]{1,32}")
_LOOK_S = 0.1
_REFUSED = (
    "refused with the prefix: {}. Calling without it, to be answered by hand: the line's intercom mode may "
    "be off, or its number be written otherwise"
)


class Audience(Protocol):
    """Who wants to see keys."""

    @property
    def may_see_keys(self) -> bool: ...

    @property
    def name(self) -> str: ...

    def send(self, message: bytes) -> None: ...


class KeyTests:
    """On the loop alone. `listen` switches the ear for keys in the sound on and off."""

    def __init__(
        self, rules: Rules, any_line: TargetRule | None, core: Core, listen: Callable[[bool], None]
    ) -> None:
        """`any_line` is how a line is called, with `{line}` for it; None where none can be."""
        self._rules = rules
        self._any_line = any_line
        self._core = core
        self._listen = listen
        self._loop = asyncio.get_running_loop()
        self._reader: Audience | None = None
        self._shown = self._refused = ""
        self._presses = Presses()
        self._next_look: asyncio.TimerHandle | None = None

    def begin(self, target: str | None, reader: Audience) -> str | None:
        """Call a button's target, or a line; why not, or None. From then on `reader` is told."""
        if not reader.may_see_keys:
            return "keys are shown to root and to the service's own user only: try it with sudo"
        rung = self._rung(target)
        if rung is None:
            return self._names(target)
        if self._next_look and not key_test.running(self._core.state):
            # Whoever had the last one learns first that it is over.
            self._next_look.cancel()
            self._look()
        before = self._core.state
        if key_test.running(before):
            return "a test of keys goes on already"
        self._core.take(KeyTestRequested(rung, at_s=self._loop.time()))
        test = self._core.state.key_test
        if test is None or test is before.key_test:
            return "the station stops" if before.stopping else why_no_call(before)
        self._reader, self._shown, self._refused, self._presses = reader, "", "", Presses()
        self._listen(True)
        # The reply goes first.
        self._next_look = self._loop.call_later(0, self._look)
        return None

    @property
    def wants(self) -> bool:
        """Whether somebody wants to hear of keys at the moment."""
        return self._reader is not None

    def left(self, reader: Audience) -> None:
        """A reader has gone: its test ends."""
        if reader is self._reader:
            self._reader = None
            self._core.take(KeyTestOver(at_s=self._loop.time()))

    def hear(self, news: KeyNews | KeyRemark) -> None:
        """Take what came of any leg; all but the test's is forgotten here."""
        test = self._core.state.key_test
        if self._reader is None or test is None or news.leg != test.leg:
            return
        if isinstance(news, KeyRemark):
            self._tell({"event": "key_test", "remark": news.text})
        else:
            self._presses.take(news)

    def _look(self) -> None:
        """Tell what is new, until the test is over."""
        test = self._core.state.key_test
        over = test is None or test.over is not None
        now_s = self._loop.time()
        if test is not None and test.refused != self._refused:
            self._refused = test.refused
            self._tell({"event": "key_test", "remark": _REFUSED.format(test.refused)})
        for press in self._presses.complete(now_s + 3600.0 if over else now_s):
            self._tell({"event": "key", **press})
        word = _word(test)
        if word != self._shown:
            self._shown = word
            self._tell({"event": "key_test", "call": word, "why": test.over if test else None})
        if over:
            self._reader = self._next_look = None
            self._listen(False)
            return
        self._next_look = self._loop.call_later(_LOOK_S, self._look)

    def close(self) -> None:
        """The station stops."""
        if self._next_look:
            self._next_look.cancel()

    def _tell(self, message: dict[str, object]) -> None:
        if self._reader:
            self._reader.send(encode(message))

    def _rung(self, target: str | None) -> TargetRule | None:
        """The one telephone that is meant; None where it is none, or several."""
        buttons = self._rules.buttons
        if target is None and len(buttons) == 1:
            (target,) = buttons
        if target is None:
            return None
        if button := buttons.get(target):
            return button.target or (TargetRule("", button.uri) if button.uri else None)
        if self._any_line and _LINE.fullmatch(target):
            uris = (self._any_line.uri, self._any_line.plain_uri)
            uri, plain = (one.replace("{line}", target.replace("#", "%23")) for one in uris)
            return replace(self._any_line, uri=uri, plain_uri=plain)
        return None

    def _names(self, target: str | None) -> str:
        known = f"The station has {quoted(*sorted(self._rules.buttons))}."
        if target in self._rules.buttons:
            return f"button {shown(target)} rings a list, or whom the directory names: say which line to call"
        if target is None:
            return f"say which button or line to call: {known}"
        return f"no button {shown(target)}, and no line that can be dialled. {known}"


def _word(test: KeyTest | None) -> str:
    if test is None or test.over is not None:
        return "over"
    return test.phase.value if test.phase else "calling"
