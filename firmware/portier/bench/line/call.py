"""One call of the line, from either side: its dialog, its media, its keys."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from enum import Enum

from . import sdp
from .clock import Instant
from .datagram import Peer
from .desk import Desk
from .dialog import Dialog
from .events import What
from .leg import KeyWay, Leg
from .loop import Timer
from .message import Header, MessageError, Request, Response, build
from .packets import KEYS, KeyShape
from .sdp import Choice, Direction, Format, Session
from .transactions import ServerTransaction

SDP_TYPE: Header = ("Content-Type", "application/sdp")
ALLOW: Header = ("Allow", "INVITE, ACK, CANCEL, BYE, INFO, OPTIONS")
_EVENTS = Format(101, sdp.EVENT_NAME, 8000, "0-16")
_OPUS_EVENTS = Format(102, sdp.EVENT_NAME, 48000, "0-16")


class Phase(Enum):
    """How far a call is."""

    BEGINNING = "beginning"
    ANSWERED = "answered"
    CONFIRMED = "confirmed"
    ENDED = "ended"


class Call:
    """What incoming and outgoing calls have in common once they stand."""

    def __init__(self, desk: Desk, dialog: Dialog) -> None:
        self.desk = desk
        self.dialog = dialog
        self.number = next(desk.numbers)
        self.phase = Phase.BEGINNING
        self.choice: Choice | None = None
        self.direction = Direction.BOTH
        self.leg = Leg(desk.own[0], desk.voice, self._first_audio)
        self.timer: Timer | None = None
        self._remote: Peer | None = None
        self._version = 0
        self._held: ServerTransaction | None = None
        self._info_keys: list[tuple[int, str, KeyWay]] = []
        self._keys_sent = 0

    # Media

    def own_session(self) -> Session:
        """All that we can do."""
        behaviour = self.desk.behaviour
        known = {one.name: one for one in (sdp.PCMA, sdp.PCMU, sdp.G722, sdp.OPUS)}
        codecs = tuple(known[one.value] for one in behaviour.codecs)
        events = (_EVENTS, _OPUS_EVENTS) if sdp.OPUS in codecs else (_EVENTS,)
        formats = codecs + (events if behaviour.events else ())
        return Session(self.desk.own[0], self.leg.port, formats, self.direction)

    def offer(self) -> bytes:
        """Our description, where we speak first."""
        self._version += 1
        return sdp.build(self.own_session(), self._version)

    def answer_to(self, offer: bytes) -> bytes | None:
        """Agree on an offer and turn the media there; None where nothing fits."""
        theirs = sdp.parse(offer)
        agreed = sdp.answer(theirs, self.own_session(), self.desk.behaviour.event_payload)
        if agreed is None:
            return None
        session, self.choice = agreed
        self._remote = self._peer_of(theirs)
        self._version += 1
        return sdp.build(session, self._version)

    def take_answer(self, answer: bytes) -> None:
        """Turn the media to where the answer to our offer says; MessageError where nothing fits."""
        theirs = sdp.parse(answer)
        agreed = sdp.answer(theirs, self.own_session())
        if agreed is None:
            raise MessageError("an answer with a codec that was not offered")
        self.choice = agreed[1]
        self._remote = self._peer_of(theirs)

    def speak(self) -> None:
        """Let the voice go where the last agreement says."""
        if self.choice is not None:
            self.leg.speak(self._remote, self.choice)

    def _peer_of(self, theirs: Session) -> Peer | None:
        hears = theirs.direction in {Direction.BOTH, Direction.RECEIVE}
        return (theirs.host, theirs.port) if hears and theirs.host not in {"0.0.0.0", "::"} else None  # noqa: S104

    def _first_audio(self, at: Instant) -> None:
        self.desk.tell(What.FIRST_AUDIO, self.number, at=at)

    # Keys

    def press(self, keys: str, way: KeyWay, shape: KeyShape) -> None:
        """Send keys one after the other; each tells when it left."""
        for key in keys:
            self._keys_sent += 1
            place = self._keys_sent
            by_info = way in (KeyWay.INFO, KeyWay.PLAIN_INFO)
            if by_info and key in KEYS and self.phase is not Phase.ENDED:
                self._info_keys.append((place, key, way))
                if len(self._info_keys) == 1:
                    self._next_info(shape)
            elif by_info or not self.leg.press(key, way, shape, self._key_left(place, way)):
                self.desk.tell(What.DIGIT_UNSENT, self.number, {"by": way.value, "place": place})

    def _key_left(self, place: int, way: KeyWay) -> Callable[[Instant], None]:
        def told(at: Instant) -> None:
            self.desk.tell(What.DIGIT_SENT, self.number, {"by": way.value, "place": place}, at)

        return told

    def _next_info(self, shape: KeyShape) -> None:
        if not self._info_keys or self.phase is Phase.ENDED:
            return
        place, key, way = self._info_keys[0]
        form, body = "application/dtmf", key.encode()
        if way is KeyWay.INFO:
            form, body = f"{form}-relay", f"Signal={key}\r\nDuration={shape.duration_ms}\r\n".encode()

        def done(response: Response | None) -> None:
            if response is not None and response.status < 200:
                return
            status = response.status if response else 0
            self.desk.tell(What.INFO_ANSWERED, self.number, {"status": status, "place": place})
            self._info_keys.pop(0)
            self._next_info(shape)

        at = self.ask("INFO", ("Content-Type", form), body=body, done=done)
        self._key_left(place, way)(at)

    # Requests of ours inside the dialog

    def ask(
        self,
        method: str,
        *headers: Header,
        body: bytes = b"",
        done: Callable[[Response | None], None] = lambda _: None,
    ) -> Instant:
        """Send a request inside the dialog."""
        request = self.dialog.request(method, *headers, body=body)
        return self.desk.ask(request, self.dialog.next_hop(), done).start()

    def ask_status(self, method: str, *headers: Header, body: bytes, status: Future[int]) -> None:
        """Send a request inside the dialog, for its final status; 0 where no answer comes."""

        def done(response: Response | None) -> None:
            if (response is None or response.status >= 200) and not status.done():
                status.set_result(response.status if response else 0)

        self.ask(method, *headers, body=body, done=done)

    def reinvite(self, status: Future[int], *headers: Header, with_offer: bool) -> None:
        """Ask anew for media, with an offer of ours or without one (RFC 3261, section 14.1)."""
        body = self.offer() if with_offer else b""
        described = (SDP_TYPE,) if body else ()
        request = self.dialog.request("INVITE", *described, *headers, body=body)
        sequence = self.dialog.sequence

        def done(response: Response | None) -> None:
            if response is not None and response.status < 200:
                return
            if response is not None:
                self._acknowledge(request, response, sequence, with_offer=with_offer)
            if not status.done():
                status.set_result(response.status if response else 0)

        self.desk.ask(request, self.dialog.next_hop(), done).start()

    def _acknowledge(self, request: Request, response: Response, sequence: int, *, with_offer: bool) -> None:
        """ACK a final answer; a 2xx brings or wants a description (RFC 3261, 13.2.2.4 and 17.1.1.3)."""
        hop = self.dialog.next_hop()
        if response.status >= 300:
            self.desk.send(build(acknowledgement(request, response)), hop)
            return
        body = b""
        if with_offer:
            self.take_answer(response.body)
        else:
            body = self.answer_to(response.body) or b""
        self.speak()
        headers = (SDP_TYPE,) if body else ()
        self.desk.send(build(self.dialog.request("ACK", *headers, body=body, sequence=sequence)), hop)

    # Requests of theirs inside the dialog

    def reinvited(self, transaction: ServerTransaction, at: Instant) -> None:
        """Answer a new offer for a standing call, or make one (RFC 3261, section 14.2)."""
        body = transaction.request.body
        description = self.answer_to(body) if body else self.offer()
        self.desk.tell(What.REINVITE, self.number, {"bytes": len(body)}, at)
        if self.desk.behaviour.reinvite_status:
            transaction.respond(self.desk.behaviour.reinvite_status)
        elif description is None:
            transaction.respond(488)
        else:
            headers = (
                ("Contact", self.dialog.contact),
                ALLOW,
                SDP_TYPE,
                *self.desk.behaviour.session_headers,
            )
            transaction.respond(200, headers=headers, body=description)
            self.speak()
        self._held = transaction
        transaction.repeat_until_heard(lambda: None)

    def hung_up(self, transaction: ServerTransaction, at: Instant) -> None:
        """The station ended the call; so did we, where the two are to cross (RFC 3261, section 15)."""
        by = "station"
        if self.desk.behaviour.bye_crosses:
            at, by = self.ask("BYE", done=self._bye_answered), "both"
        if self.desk.behaviour.bye_answered:
            transaction.respond(200)
        self.end(by, 0, at)

    def _bye_answered(self, response: Response | None) -> None:
        self.desk.tell(What.BYE_ANSWERED, self.number, {"status": response.status if response else 0})

    def acked(self, request: Request, at: Instant) -> None:
        """An ACK for an answer of ours; `at` is when it came."""
        del at  # Only a call that came tells when its answer was acknowledged.
        if self._held is not None and self._held.heard() and request.body and not self._held.request.body:
            self.take_answer(request.body)
            self.speak()

    def hang_up(self) -> None:
        """End the call from our side, whatever its phase."""
        if self.phase in {Phase.ANSWERED, Phase.CONFIRMED}:
            at = self.ask("BYE")
            self.end("line", 0, at)

    def end(self, by: str, status: int, at: Instant | None = None) -> None:
        """The call is over: media and timers stop, the recording stays."""
        if self.phase is Phase.ENDED:
            return
        self.phase = Phase.ENDED
        if self.timer is not None:
            self.timer.cancel()
        self.leg.close()
        self.desk.tell(What.ENDED, self.number, {"by": by, "status": status}, at)


def acknowledgement(request: Request, response: Response) -> Request:
    """The ACK of a final answer that is no 2xx: in the INVITE's own transaction."""
    kept = tuple(h for h in request.headers if h[0] in {"Via", "Max-Forwards", "Route", "From", "Call-ID"})
    sequence = request.header("CSeq").partition(" ")[0]
    headers = (*kept, ("To", response.needed("To")), ("CSeq", f"{sequence} ACK"))
    return Request(method="ACK", uri=request.uri, headers=headers)
