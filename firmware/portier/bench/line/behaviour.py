"""How the line behaves, and misbehaves. Values only; the agent reads them anew for every request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from portier.bench.line_mode import LineMode, Meeting, met

from .coding import Codec
from .digest import Challenge
from .g711 import Law


class AnswerMode(Enum):
    """What comes of a call."""

    ANSWER = "answer"
    REFUSE = "refuse"
    RING_ONLY = "ring only"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Answer:
    """One way to take a call: 100, 180, then after `ring_s` the answer or `status`.

    RING_ONLY stops after the 180, SILENCE sends nothing at all. `contact` is the URI of a 3xx.
    `early_media` sends 183 with a description and lets the voice be heard before the answer.
    """

    mode: AnswerMode = AnswerMode.ANSWER
    ring_s: float = 0.2
    status: int = 200
    contact: str = ""
    trying: bool = True
    ringing: bool = True
    early_media: bool = False


def refuse(status: int, *, after_s: float = 0.0, contact: str = "") -> Answer:
    """Refuse with a final status, at once or after some ringing."""
    return Answer(AnswerMode.REFUSE, after_s, status, contact, ringing=after_s > 0)


RING_ONLY = Answer(AnswerMode.RING_ONLY)
SILENT = Answer(AnswerMode.SILENCE, trying=False, ringing=False)


class CancelMode(Enum):
    """What a CANCEL brings. An answer may always cross it; the two last are phones that have gone wrong."""

    OBEY = "200, and 487 for the call"
    ANSWER_CROSSES = "the answer to the call, and 200"
    FORGET_487 = "200 only"
    IGNORE = "nothing"


@dataclass(frozen=True, slots=True)
class Registrar:
    """How REGISTER is answered; `status` 0 is not at all. `min_expires_s` goes into a 423.

    Who asks for less than `shortest_s` is answered 423, as some operators do.

    `garbled` spoils the bytes of each answer, as a registrar that has gone wrong does.
    """

    status: int = 200
    expires_s: int = 600
    min_expires_s: int = 1800
    shortest_s: int = 0
    challenge: Challenge | None = None
    garbled: Callable[[bytes], bytes] = bytes


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Everything that can be scripted.

    Users who do not begin with `prefix` are unknown (404), unless `users` names them, or `modes`, which has
    the intercom modes of lines by their numbers: they are called with the prefix and without. The first of
    `codecs` that the offer holds is taken. `event_payload` forces the number of telephone-event in the
    answer; `events` False leaves it out. `registered_only` refuses, with 403, INVITEs from a source that
    has not registered, as some operators do. `bye_crosses` hangs up in the same moment as the station:
    a BYE of the line's own leaves before the answer to the station's. `contact` and `route` are the Contact
    and Record-Route of its answers to a call, as they stand in the header; its own, and none, unless given.
    `session_expires` is that header of its answers ("90;refresher=uac", RFC 4028); calls that offer less than
    `min_session_s` are refused with 422. `reinvite_status` refuses each new offer for a call that stands.
    """

    prefix: str = "3691"
    answer: Answer = Answer()
    users: Mapping[str, Answer] = field(default_factory=lambda: MappingProxyType({}))
    modes: Mapping[str, LineMode] = field(default_factory=lambda: MappingProxyType({}))
    codecs: tuple[Codec, ...] = (Law.A, Law.MU)
    events: bool = True
    event_payload: int | None = None
    registrar: Registrar = Registrar()
    challenge: Challenge | None = None
    registered_only: bool = False
    cancel: CancelMode = CancelMode.OBEY
    bye_answered: bool = True
    bye_crosses: bool = False
    info_status: int = 200
    options_status: int = 200
    contact: str = ""
    route: str = ""
    session_expires: str = ""
    min_session_s: int = 0
    reinvite_status: int = 0

    @property
    def session_headers(self) -> tuple[tuple[str, str], ...]:
        """What an answer says of a session timer."""
        if not self.session_expires:
            return ()
        return (("Require", "timer"), ("Session-Expires", self.session_expires))

    def answer_for(self, user: str) -> Answer:
        """What a call to this user comes to."""
        known = self.users.get(user)
        if known is not None:
            return known
        match met(user, self.prefix, self.modes):
            case Meeting.UNKNOWN:
                return refuse(404)
            case Meeting.RINGS if self.answer.mode is AnswerMode.ANSWER:
                return RING_ONLY
            case Meeting.RINGS | Meeting.ANSWERS:
                return self.answer
            case None:
                return self.answer if user.startswith(self.prefix) else refuse(404)
