"""What both sides of a call remember of each other (RFC 3261, section 12)."""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass, replace

from .datagram import Peer
from .headers import address, listed, target_of
from .message import Header, MessageError, Request, Response
from .transactions import new_branch, new_tag


def host_text(host: str) -> str:
    """An address as it stands in a URI."""
    return f"[{host}]" if ":" in host else host


@dataclass(slots=True)
class Dialog:
    """One dialog from our side. `local` and `remote` are whole From and To values with their tags."""

    call_id: str
    local: str
    remote: str
    target: str
    peer: Peer
    """Where the far side's datagrams come from: the next hop where its target is no address."""
    own: Peer
    routes: tuple[str, ...] = ()
    sequence: int = 0
    remote_sequence: int = 0

    @property
    def contact(self) -> str:
        """Where the far side finds us."""
        return f"<sip:line@{host_text(self.own[0])}:{self.own[1]}>"

    def request(
        self,
        method: str,
        *headers: Header,
        body: bytes = b"",
        branch: str = "",
        sequence: int | None = None,
    ) -> Request:
        """A request inside the dialog; a new number unless one is given (ACK and CANCEL reuse theirs)."""
        if sequence is None:
            self.sequence += 1
            sequence = self.sequence
        via = f"SIP/2.0/UDP {host_text(self.own[0])}:{self.own[1]};rport;branch={branch or new_branch()}"
        fixed: list[Header] = [("Via", via), ("Max-Forwards", "70")]
        fixed += [("Route", route) for route in self.routes]
        fixed += [("From", self.local), ("To", self.remote), ("Call-ID", self.call_id)]
        fixed += [("CSeq", f"{sequence} {method}"), ("Contact", self.contact)]
        return Request(method=method, uri=self.target, headers=(*fixed, *headers), body=body)

    def next_hop(self) -> Peer:
        """Where requests go: the first route or the target, if it is an address; nothing is resolved."""
        try:
            uri = address(self.routes[0]).uri if self.routes else self.target
            host, port = target_of(uri)
            ipaddress.ip_address(host)
        except ValueError:
            return self.peer
        return host, port

    def belongs(self, request: Request) -> bool:
        """Whether a request's tags are this dialog's."""
        theirs = address(request.needed("From")).parameter("tag")
        ours = address(request.needed("To")).parameter("tag")
        known = (address(self.remote).parameter("tag"), address(self.local).parameter("tag"))
        return (theirs, ours) == known


def called(invite: Request, source: Peer, own: Peer) -> Dialog:
    """The dialog that our answer to an INVITE makes; MessageError where the INVITE lacks something."""
    return Dialog(
        call_id=invite.needed("Call-ID"),
        local=f"{invite.needed('To')};tag={new_tag()}",
        remote=invite.needed("From"),
        target=address(first_contact(invite)).uri,
        peer=source,
        own=own,
        routes=listed(invite.values("Record-Route")),
    )


def calling(uri: str, peer: Peer, own: Peer) -> Dialog:
    """The dialog that we begin; the far side's tag and target come with its answer."""
    return Dialog(
        call_id=secrets.token_hex(12),
        local=f"<sip:line@{host_text(own[0])}:{own[1]}>;tag={new_tag()}",
        remote=f"<{uri}>",
        target=uri,
        peer=peer,
        own=own,
    )


def completed(dialog: Dialog, answer: Response) -> Dialog:
    """A dialog we began, with what a 2xx says of the far side."""
    routes = tuple(reversed(listed(answer.values("Record-Route"))))
    target = address(first_contact(answer)).uri
    return replace(dialog, remote=answer.needed("To"), target=target, routes=routes)


def first_contact(message: Request | Response) -> str:
    """The first Contact; MessageError where there is none."""
    contacts = listed(message.values("Contact"))
    if not contacts:
        raise MessageError("no Contact header")
    return contacts[0]
