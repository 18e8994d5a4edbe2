"""The keys of each leg: what counts as a digit, and what is told of how they come."""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import dataclass, field, replace

from portier.adapters.sip.keys import KeyOnce
from portier.core.events import Digit
from portier.keys_heard import HearKey, KeyNews, KeyRemark, Way
from portier.ports import Post

_log = logging.getLogger(__name__)
_KEYS = frozenset("0123456789*#ABCD")
_MOST_NUMBERED = 64
"""So many telephones that number telephone-event otherwise are remembered."""


@dataclass(slots=True)
class _Heard:
    """What has come of a leg; `told` is what was told of its keys, each thing once."""

    uri: str = field(repr=False)
    tones_count: bool
    once: KeyOnce = field(default_factory=KeyOnce)
    told: set[str] = field(default_factory=set)


class LegKeys:
    """Posts Digit for each key that counts; `show_key` hears of every one. All on the SIP thread."""

    def __init__(self, post: Post, show_key: HearKey) -> None:
        self._post = post
        self._show_key = show_key
        self._legs: dict[int, _Heard] = {}
        self._event_payloads: OrderedDict[str, int] = OrderedDict()

    def begin(self, leg: int, uri: str, tones_count: bool) -> None:
        """A leg begins, to a URI where we call; whether keys in its sound count."""
        self._legs[leg] = _Heard(uri, tones_count)

    def end(self, leg: int) -> None:
        """A leg is over."""
        self._legs.pop(leg, None)

    def clear(self) -> None:
        """Every leg is over."""
        self._legs.clear()

    def payload(self, uri: str, usual: int) -> int:
        """The number of telephone-event to offer to a URI: the one it answered last, else the usual one."""
        return self._event_payloads.get(uri, usual)

    def came(self, news: KeyNews) -> None:
        """A key of a leg went down, is held or came up."""
        one = self._legs.get(news.leg)
        if one is None or news.key not in _KEYS:
            return
        tone_is_nothing = news.way is Way.TONE and not one.tones_count
        counts = not tone_is_nothing and one.once.counts(news.key, news.way, news.at_s, news.stage)
        if counts:
            self._post(Digit(news.leg, news.key, at_s=news.at_s))
        self._show_key(replace(news, counts=counts))

    def unreadable(self, leg: int, form: str) -> None:
        """An INFO of a leg should hold a key and does not."""
        self._tell_once(leg, form, f"an INFO with {form} holds no key that can be read: no digit came of it")

    def numbered(self, leg: int, offered: int, answered: int | None, used: int) -> None:
        """How a leg's far end numbers telephone-event, None where it takes none.

        `used` is the number that it is heard by.
        """
        one = self._legs.get(leg)
        if answered is None and not (one and one.tones_count):
            why = "the phone takes no keys by RFC 4733 (telephone-event): only SIP INFO, or keys in the sound"
            self._tell_once(leg, "none", why)
        elif one and answered is not None and answered != offered:
            # It is not asked to agree: a re-INVITE may lose the call. A telephone that sends what was
            # offered all the same, as RFC 3264 says, is heard from the next call on.
            self._event_payloads[one.uri] = used
            while len(self._event_payloads) > _MOST_NUMBERED:
                self._event_payloads.popitem(last=False)
            why = f"the phone answers telephone-event as {answered} where {offered} was offered (RFC 3264)"
            self._tell_once(leg, "number", f"{why}: it is heard as {answered}, and its next call offers that")

    def _tell_once(self, leg: int, what: str, why: str) -> None:
        one = self._legs.get(leg)
        if one and what not in one.told:
            one.told.add(what)
            _log.warning("sip: call %d: %s", leg, why)
            self._show_key(KeyRemark(leg, why))
