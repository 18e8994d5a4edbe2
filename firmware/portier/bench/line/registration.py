"""The registrar's part of the line: who registered, and from where (RFC 3261, section 10)."""

from __future__ import annotations

from dataclasses import dataclass

from .clock import Instant
from .datagram import Peer
from .desk import Desk
from .digest import Challenge, Guard, Verdict
from .events import Plain, What
from .headers import address, listed, user_of
from .message import Header, Request
from .transactions import ServerTransaction, new_tag


@dataclass(frozen=True, slots=True)
class Binding:
    """Where a user can be reached, and where the REGISTER came from."""

    contact: str
    source: Peer


class Registration:
    """Answers REGISTER as the behaviour says, and asks for passwords."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._guard = Guard()
        self.bindings: dict[str, Binding] = {}

    def knows(self, source: Peer) -> bool:
        """Whether somebody registered from there."""
        return any(binding.source == source for binding in self.bindings.values())

    def admits(self, challenge: Challenge | None, transaction: ServerTransaction, at: Instant) -> bool:
        """Whether a request may pass; where it may not, it has been answered."""
        if challenge is None:
            return True
        verdict = self._guard.judge(challenge, transaction.request)
        if verdict is Verdict.GOOD:
            return True
        status = 403
        headers: tuple[Header, ...] = ()
        if verdict is not Verdict.WRONG:
            status = challenge.status
            headers = self._guard.ask(challenge, stale=verdict is Verdict.STALE)
        transaction.respond(status, tag=new_tag(), headers=headers)
        self._desk.tell(
            What.CHALLENGED, details={"method": transaction.request.method, "status": status}, at=at
        )
        return False

    def take(self, transaction: ServerTransaction, at: Instant, size_bytes: int) -> None:
        """Answer one REGISTER."""
        registrar = self._desk.behaviour.registrar
        transaction.garbled = registrar.garbled
        request = transaction.request
        user = user_of(address(request.needed("To")).uri)
        told: dict[str, Plain] = {"user": user, "status": registrar.status, "bytes": size_bytes}
        if registrar.status == 0:
            self._desk.tell(What.REGISTER, details={**told, "expires_s": 0}, at=at)
            return
        if registrar.status != 200:
            needs: tuple[Header, ...] = ()
            if registrar.status == 423:
                needs = (("Min-Expires", str(registrar.min_expires_s)),)
            transaction.respond(registrar.status, tag=new_tag(), headers=needs)
            self._desk.tell(What.REGISTER, details={**told, "expires_s": 0}, at=at)
            return
        if not self.admits(registrar.challenge, transaction, at):
            return
        if 0 < _asked_s(request) < registrar.shortest_s:
            needs = (("Min-Expires", str(registrar.shortest_s)),)
            transaction.respond(423, tag=new_tag(), headers=needs)
            self._desk.tell(What.REGISTER, details={**told, "status": 423, "expires_s": 0}, at=at)
            return
        expires_s = self._bind(user, request, transaction.source)
        contacts: tuple[Header, ...] = ()
        if expires_s:
            contacts = (("Contact", f"<{self.bindings[user].contact}>;expires={expires_s}"),)
        transaction.respond(200, tag=new_tag(), headers=(*contacts, ("Expires", str(expires_s))))
        self._desk.tell(What.REGISTER, details={**told, "expires_s": expires_s}, at=at)

    def _bind(self, user: str, request: Request, source: Peer) -> int:
        """Keep or forget a user; returns for how long, in seconds."""
        contacts = listed(request.values("Contact"))
        wanted = request.header("Expires")
        if contacts and contacts[0] != "*":
            contact = address(contacts[0])
            wanted = contact.parameter("expires") or wanted
        if wanted == "0" or (contacts and contacts[0] == "*"):
            self.bindings.pop(user, None)
            return 0
        if not contacts:
            return 0
        self.bindings[user] = Binding(contact.uri, source)
        longest_s = self._desk.behaviour.registrar.expires_s
        return min(int(wanted), longest_s) if wanted.isascii() and wanted.isdigit() else longest_s


def _asked_s(request: Request) -> int:
    """For how long a REGISTER asks; 0 where it does not say."""
    wanted = request.header("Expires")
    return int(wanted) if wanted.isascii() and wanted.isdigit() else 0
