"""Who gets what comes: each datagram to its transaction, its call, or the registrar."""

from __future__ import annotations

import logging
from functools import partial

from .call import ALLOW, Call, Phase
from .clock import Instant
from .datagram import Datagram
from .desk import Desk
from .events import Received, What
from .headers import address, cseq, user_of
from .incoming import IncomingCall
from .message import MessageError, Request, Response, parse
from .registration import Registration
from .transactions import GIVE_UP_S, ServerTransaction, key_of, new_tag

log = logging.getLogger(__name__)


class Switchboard:
    """Takes what comes to the line's port. Only the loop's thread comes here, but `calls` only grows."""

    def __init__(self, desk: Desk) -> None:
        self.registration = Registration(desk)
        self.calls: list[Call] = []
        self._desk = desk
        self._servers: dict[tuple[str, ...], ServerTransaction] = {}

    def finish(self, *, hang_up: bool) -> None:
        """End every call, with BYE unless the line is to vanish."""
        for call in self.calls:
            if hang_up:
                call.hang_up()
            call.end("line", 0)
        self._desk.close()

    def take(self, came: Datagram) -> None:
        """Take one datagram; what is no SIP is dropped, what is wrong SIP gets 400."""
        transaction = None
        try:
            message = parse(came.data)
            if isinstance(message, Response):
                self._desk.answered(message)
                return
            self._desk.log.add_request(Received(message, came.data, came.source, came.at))
            log.debug("%s from %s:%d, %d bytes", message.method, *came.source, len(came.data))
            key = (*key_of(message), "INVITE" if message.method == "ACK" else message.method)
            known = self._servers.get(key)
            if message.method == "ACK":
                self._acked(message, known, came.at)
                return
            if known is not None:
                known.repeat()
                return
            transaction = ServerTransaction(self._desk.loop, self._desk.send, message, came.source)
            self._servers[key] = transaction
            self._desk.loop.after(GIVE_UP_S, partial(self._servers.pop, key, None))
            self._request(transaction, came)
        except MessageError as error:
            log.debug("dropped %d bytes from %s:%d: %s", len(came.data), *came.source, error)
            if transaction is not None and transaction.last is None:
                _complain(transaction)

    def _request(self, transaction: ServerTransaction, came: Datagram) -> None:
        request = transaction.request
        _, method = cseq(request.needed("CSeq"))
        if method != request.method:
            raise MessageError("CSeq names another method")
        call = self._call_of(request)
        tagged = bool(address(request.needed("To")).parameter("tag"))
        if request.header("Require"):
            transaction.respond(420, tag=new_tag(), headers=(("Unsupported", request.header("Require")),))
        elif method == "REGISTER":
            self.registration.take(transaction, came.at, len(came.data))
        elif method == "CANCEL":
            self._cancel(transaction, came.at)
        elif tagged and call is None:
            transaction.respond(481)
        elif method == "INVITE" and call is not None:
            call.reinvited(transaction, came.at)
        elif method == "INVITE":
            self._invited(transaction, came)
        elif method == "BYE" and call is not None:
            call.hung_up(transaction, came.at)
        elif method == "INFO" and call is not None:
            transaction.respond(self._desk.behaviour.info_status)
            self._desk.tell(What.INFO, call.number, at=came.at)
        elif method == "OPTIONS":
            transaction.respond(self._desk.behaviour.options_status, tag=new_tag(), headers=(ALLOW,))
        else:
            transaction.respond(405, tag=new_tag(), headers=(ALLOW,))

    def _invited(self, transaction: ServerTransaction, came: Datagram) -> None:
        behaviour = self._desk.behaviour
        if not self.registration.admits(behaviour.challenge, transaction, came.at):
            return
        user = user_of(transaction.request.uri)
        if behaviour.registered_only and not self.registration.knows(came.source):
            transaction.respond(403, tag=new_tag())
            self._desk.tell(What.REFUSED, details={"to_user": user, "status": 403}, at=came.at)
            return
        offered_s = transaction.request.header("Session-Expires").partition(";")[0].strip()
        if offered_s.isdigit() and int(offered_s) < behaviour.min_session_s:
            transaction.respond(422, tag=new_tag(), headers=(("Min-SE", str(behaviour.min_session_s)),))
            return
        call = IncomingCall(self._desk, transaction, behaviour.answer_for(user))
        self.calls.append(call)
        self._desk.tell(What.INVITE, call.number, {"to_user": user, "bytes": len(came.data)}, came.at)
        try:
            call.begin()
        except MessageError:
            call.refuse(400)

    def _cancel(self, transaction: ServerTransaction, at: Instant) -> None:
        invited = self._servers.get((*key_of(transaction.request), "INVITE"))
        for call in self.calls:
            if isinstance(call, IncomingCall) and call.transaction is invited:
                call.cancelled(transaction, at)
                return
        transaction.respond(481, tag=new_tag())

    def _acked(self, request: Request, known: ServerTransaction | None, at: Instant) -> None:
        call = self._call_of(request)
        if known is not None and known.last is not None and known.last.status >= 300:
            known.heard()
        elif call is not None:
            call.acked(request, at)

    def _call_of(self, request: Request) -> Call | None:
        call_id = request.needed("Call-ID")
        of_id = (call for call in self.calls if call.dialog.call_id == call_id)
        return next(
            (call for call in of_id if call.phase is not Phase.ENDED and call.dialog.belongs(request)), None
        )


def _complain(transaction: ServerTransaction) -> None:
    try:
        transaction.respond(400, tag=new_tag())
    except MessageError:
        # Not even its To can be read: there is no answer to it.
        pass
