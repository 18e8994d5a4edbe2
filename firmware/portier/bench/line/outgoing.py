"""A call the line places, to learn what the station makes of it (RFC 3261, section 13.2)."""

from __future__ import annotations

from concurrent.futures import Future

from . import clock
from .call import ALLOW, SDP_TYPE, Call, Phase, acknowledgement
from .datagram import Peer
from .desk import Desk
from .dialog import calling, completed
from .events import What
from .message import Header, Request, Response, build


class OutgoingCall(Call):
    """Calls a URI; `status` gets the final status, 0 where none comes."""

    def __init__(
        self, desk: Desk, uri: str, peer: Peer, status: Future[int], headers: tuple[Header, ...] = ()
    ) -> None:
        super().__init__(desk, calling(uri, peer, desk.own))
        self.status = status
        body = self.offer()
        self._invite: Request = self.dialog.request("INVITE", ALLOW, SDP_TYPE, *headers, body=body)
        self._sequence = self.dialog.sequence
        self._hop = self.dialog.next_hop()
        self._client = desk.ask(self._invite, self._hop, self._take)
        self._ack = b""
        self._given_up = False

    def begin(self) -> None:
        """Send the INVITE."""
        self._client.start()

    def hang_up(self) -> None:
        """CANCEL what is not answered yet (RFC 3261, section 9.1), BYE afterwards."""
        if self.phase is Phase.BEGINNING:
            self._given_up = True
            if self._client.provisional:
                self._cancel()
            else:
                self._client.stop()
                self._over("line", 0)
        super().hang_up()

    def _cancel(self) -> None:
        kept = tuple(
            h for h in self._invite.headers if h[0] not in {"CSeq", "Contact", "Content-Type", "Allow"}
        )
        headers = (*kept, ("CSeq", f"{self._sequence} CANCEL"))
        request = Request(method="CANCEL", uri=self._invite.uri, headers=headers)
        self.desk.ask(request, self._hop, lambda _: None).start()

    def _take(self, response: Response | None) -> None:
        if response is None:
            self._over("nobody", 0)
        elif response.status < 200:
            if response.status == 180:
                self.desk.tell(What.RINGING, self.number)
        elif self._ack:
            self.desk.send(self._ack, self._hop)
        elif response.status < 300:
            self._answered(response)
        else:
            self._ack = build(acknowledgement(self._invite, response))
            self.desk.send(self._ack, self._hop)
            self._over("line" if self._given_up else "station", response.status)

    def _answered(self, response: Response) -> None:
        self.dialog = completed(self.dialog, response)
        self._hop = self.dialog.next_hop()
        self._ack = build(self.dialog.request("ACK", sequence=self._sequence))
        self.desk.send(self._ack, self._hop)
        self.phase = Phase.CONFIRMED
        self.desk.tell(What.ANSWERED, self.number)
        self._resolve(response.status)
        if self._given_up:
            self.hang_up()
            return
        self.take_answer(response.body)
        self.speak()

    def _over(self, by: str, status: int) -> None:
        self._resolve(status)
        self.end(by, status, clock.now())

    def _resolve(self, status: int) -> None:
        if not self.status.done():
            self.status.set_result(status)
