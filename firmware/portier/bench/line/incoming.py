"""A call that comes to the line: rung, then answered or refused (RFC 3261, section 13.3)."""

from __future__ import annotations

from collections.abc import Callable

from . import clock
from .behaviour import Answer, AnswerMode, CancelMode
from .call import ALLOW, SDP_TYPE, Call, Phase
from .clock import Instant
from .desk import Desk
from .dialog import called
from .events import What
from .headers import address, cseq
from .message import Header, Request
from .transactions import ServerTransaction


class IncomingCall(Call):
    """Follows an `Answer` from the INVITE on."""

    def __init__(self, desk: Desk, transaction: ServerTransaction, answer: Answer) -> None:
        request = transaction.request
        dialog = called(request, transaction.source, desk.own)
        dialog.remote_sequence, _ = cseq(request.needed("CSeq"))
        super().__init__(desk, dialog)
        self.transaction = transaction
        self._answer = answer
        self._tag = address(dialog.local).parameter("tag")
        self._description: bytes | None = None

    def begin(self) -> None:
        """Do what comes at once; the rest is left to timers. MessageError where the offer is none."""
        answer = self._answer
        if answer.mode is AnswerMode.SILENCE:
            return
        if answer.trying:
            self.transaction.respond(100)
        if answer.mode is not AnswerMode.REFUSE and not self._described():
            self.refuse(488)
            return
        if answer.ringing:
            at = self._respond(180)
            self.desk.tell(What.RINGING, self.number, at=at)
        if answer.early_media and self._description:
            self._respond(183, SDP_TYPE, body=self._description)
            self.speak()
        if answer.mode is AnswerMode.REFUSE:
            contact: tuple[Header, ...] = (("Contact", f"<{answer.contact}>"),) if answer.contact else ()
            self._later(lambda: self.refuse(answer.status, *contact))
        elif answer.mode is AnswerMode.ANSWER:
            self._later(self.answer)

    def answer(self) -> None:
        """Take the call: 200 until its ACK comes, and the voice at once."""
        if self.phase is not Phase.BEGINNING or not self._described():
            return
        self.phase = Phase.ANSWERED
        at = self._respond(
            200, ALLOW, SDP_TYPE, *self.desk.behaviour.session_headers, body=self._description or b""
        )
        self.transaction.repeat_until_heard(self._never_acked)
        self.desk.tell(What.ANSWERED, self.number, at=at)
        self.speak()

    def refuse(self, status: int, *headers: Header) -> None:
        """Refuse the call: the status until its ACK comes."""
        if self.phase is not Phase.BEGINNING:
            return
        at = self.transaction.respond(status, tag=self._tag, headers=headers)
        self.transaction.repeat_until_heard(lambda: None)
        self.end("line", status, at)

    def cancelled(self, cancel: ServerTransaction, at: Instant) -> None:
        """The station gave up before the answer (RFC 3261, section 9.2)."""
        mode = self.desk.behaviour.cancel
        self.desk.tell(What.CANCEL, self.number, at=at)
        if mode is CancelMode.IGNORE:
            return
        if mode is CancelMode.ANSWER_CROSSES:
            self.answer()
        cancel.respond(200, tag=self._tag)
        if self.phase is Phase.BEGINNING and mode is CancelMode.OBEY:
            self.transaction.respond(487, tag=self._tag)
            self.transaction.repeat_until_heard(lambda: None)
            self.end("station", 487, at)

    def acked(self, request: Request, at: Instant) -> None:
        """The station has our answer."""
        if self.transaction.heard() and self.phase is Phase.ANSWERED:
            self.phase = Phase.CONFIRMED
            if request.body and not self.transaction.request.body:
                self.take_answer(request.body)
                self.speak()
            self.desk.tell(What.ACKED, self.number, at=at)
            return
        super().acked(request, at)

    def hang_up(self) -> None:
        """Refuse as busy what is not answered yet, BYE afterwards."""
        if self.phase is Phase.BEGINNING:
            self.refuse(486)
        super().hang_up()

    def end(self, by: str, status: int, at: Instant | None = None) -> None:
        """As any call; an answer that was heard by a BYE needs no repetition."""
        if self.phase in {Phase.ANSWERED, Phase.CONFIRMED}:
            self.transaction.heard()
        super().end(by, status, at)

    def _described(self) -> bool:
        if self._description is None:
            body = self.transaction.request.body
            self._description = self.answer_to(body) if body else self.offer()
        return self._description is not None

    def _respond(self, status: int, *headers: Header, body: bytes = b"") -> Instant:
        behaviour = self.desk.behaviour
        contact = ("Contact", behaviour.contact or self.dialog.contact)
        route: tuple[Header, ...] = (("Record-Route", behaviour.route),) if behaviour.route else ()
        return self.transaction.respond(status, tag=self._tag, headers=(*route, contact, *headers), body=body)

    def _later(self, work: Callable[[], None]) -> None:
        if self._answer.ring_s <= 0:
            work()
        else:
            self.timer = self.desk.loop.after(self._answer.ring_s, work)

    def _never_acked(self) -> None:
        self.ask("BYE")
        self.end("nobody", 0, clock.now())
