"""A leg is placed anew only where no telephone of the first way can ring on."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

import pytest

from portier.adapters.sip.accounts import DIRECT, Way
from portier.adapters.sip.failover import Failover
from portier.adapters.sip.legs import Lost
from portier.core.events import EndReason
from portier.core.rules import AutoAnswer

_URI = "sip:36913100000000@pbx.example"
_SILENT, _ENDED = 408, 503


def _invite(transport: str) -> tuple[str, str]:
    via = f"Via: SIP/2.0/{transport} 192.0.2.2:5060;branch=z9hG4bKabc"
    return f"INVITE {_URI} SIP/2.0\r\n{via}\r\nCSeq: 1 INVITE\r\n\r\n", "192.0.2.1:5060"


class _Ways:
    """Two accounts; those in `standing` have a connection that stands until they are silent."""

    def __init__(self, *names: str) -> None:
        self._names = names or ("main", "backup")
        self.standing: set[str] = set()
        self.were_silent: list[str] = []
        self.refusing: list[str] = []
        self.ended: list[str] = []

    def way_to(self, uri: str, tried: Collection[str] = ()) -> Way | None:
        left = [one for one in self._names if one not in tried]
        return Way(left[0], cast(Any, None), uri) if left else None

    def silent(self, way: str, now_s: float) -> None:
        del now_s
        self.were_silent.append(way)
        self.standing.discard(way)

    def refused(self, way: str, now_s: float) -> None:
        del now_s
        self.refusing.append(way)

    def connected(self, way: str) -> bool:
        return way in self.standing

    def end_silent(self, way: str = "") -> bool:
        self.ended.append(way)
        return False


class _Scene:
    """Leg 1 has left by the first way."""

    def __init__(self, *names: str) -> None:
        self.ways = _Ways(*names)
        self.placed: list[int] = []
        self.sent: list[bytes] = []
        self.can_send = True
        self.failover = Failover(self.ways, lambda leg, *_: self.placed.append(leg), self._send)
        self.leave()

    def leave(self) -> None:
        way = self.failover.way(1, _URI, AutoAnswer.NONE)
        assert way
        self.failover.takes(1, way)

    def _send(self, message: bytes, to: tuple[str, int], transport: str) -> bool:
        assert to == ("192.0.2.1", 5060)
        assert f"Via: SIP/2.0/{transport.upper()} ".encode() in message
        self.sent.append(message)
        return self.can_send

    def lost(self, status: int, transport: str = "UDP", *, heard: bool, told: bool, why: str = "") -> bool:
        reason = EndReason.FORBIDDEN if status == 403 else EndReason.UNREACHABLE
        lost = Lost(reason, status, heard, _invite(transport), told, why)
        placed = self.failover.lost(1, lost, 100.0)
        assert self.placed == [1] * placed
        return placed


def test_a_silent_server_is_sent_a_cancel_three_times_in_half_a_second() -> None:
    scene = _Scene()
    assert scene.lost(_SILENT, heard=False, told=False)
    assert len(scene.sent) == 1
    for tenth in range(1, 30):
        scene.failover.tend(100.0 + tenth / 10)
        assert len(scene.sent) == 3 or tenth < 5
    assert len(scene.sent) == 3
    assert set(scene.sent) == {scene.sent[0]}
    assert scene.sent[0].startswith(b"CANCEL ")
    assert not scene.failover.restless


def test_where_no_cancel_can_be_sent_nobody_else_is_called() -> None:
    scene = _Scene()
    scene.can_send = False
    assert not scene.lost(_SILENT, heard=False, told=False)
    assert scene.ways.were_silent == ["main"], "the next press goes elsewhere"
    assert not scene.failover.between(1)


@pytest.mark.parametrize("transport", ["TCP", "TLS"])
def test_a_server_that_may_have_read_the_invite_by_a_connection_reads_a_cancel_next(transport: str) -> None:
    scene = _Scene()
    scene.ways.standing = {"main"}
    assert scene.lost(_SILENT, transport, heard=False, told=False)
    assert scene.sent[0].startswith(b"CANCEL ")
    assert scene.ways.were_silent == ["main"]
    scene.failover.tend(200.0)
    assert len(scene.sent) == 1, "a connection loses nothing"


@pytest.mark.parametrize("transport", ["TCP", "TLS"])
def test_a_server_that_keeps_an_invite_by_a_connection_keeps_the_call(transport: str) -> None:
    scene = _Scene()
    scene.ways.standing, scene.can_send = {"main"}, False
    assert not scene.lost(_SILENT, transport, heard=False, told=False)
    assert scene.ways.were_silent == ["main"]


@pytest.mark.parametrize("transport", ["TCP", "TLS"])
def test_a_server_that_no_connection_comes_about_with_is_left(transport: str) -> None:
    assert _Scene().lost(_SILENT, transport, heard=False, told=False)


@pytest.mark.parametrize(("why", "anew"), [("Connection refused", True), ("Connection reset by peer", False)])
def test_a_connection_that_ends_before_an_answer_may_have_carried_the_invite(why: str, anew: bool) -> None:
    assert _Scene().lost(_ENDED, "TCP", heard=False, told=False, why=why) is anew


@pytest.mark.parametrize("transport", ["UDP", "TCP", "TLS"])
def test_a_call_that_is_under_way_is_nobody_elses_when_its_connection_ends(transport: str) -> None:
    scene = _Scene()
    assert not scene.lost(_ENDED, transport, heard=True, told=False, why="End of file")
    assert scene.ways.were_silent == ["main"]
    assert not scene.sent


@pytest.mark.parametrize("status", [403, 503])
@pytest.mark.parametrize("transport", ["UDP", "TLS"])
def test_a_server_that_says_no_by_itself_leaves_it_to_the_next(status: int, transport: str) -> None:
    scene = _Scene()
    assert scene.lost(status, transport, heard=True, told=True)
    assert not scene.sent, "it rings nobody"
    assert scene.failover.between(1)


def test_an_invite_that_never_left_is_placed_anew() -> None:
    scene = _Scene()
    assert scene.failover.lost(1, Lost(EndReason.UNREACHABLE, 0, heard=False, invite=None), 100.0)


def test_hung_up_between_two_accounts_nobody_else_is_called() -> None:
    scene = _Scene()
    assert scene.lost(503, heard=True, told=True)
    scene.failover.forget(1)
    assert not scene.failover.between(1), "what was to place it asks for this"


def test_each_way_is_tried_once_and_a_direct_one_has_no_other() -> None:
    scene = _Scene()
    assert scene.lost(503, heard=True, told=True)
    scene.leave()
    scene.placed.clear()
    assert not scene.lost(503, heard=True, told=True)
    assert not _Scene(DIRECT, "backup").lost(503, heard=True, told=True)


@pytest.mark.parametrize("transport", ["TCP", "TLS"])
def test_a_silent_connection_ends_at_once_where_no_cancel_is_to_get_through(transport: str) -> None:
    """The next leg must not leave by it."""
    scene = _Scene("main")
    scene.ways.standing = {"main"}
    assert not scene.lost(_SILENT, transport, heard=False, told=False)
    assert scene.ways.ended == [""]


def test_a_silent_connection_lasts_for_its_cancel_and_takes_no_other_leg() -> None:
    scene = _Scene()
    scene.ways.standing = {"main"}
    assert scene.lost(_SILENT, "TCP", heard=False, told=False)
    assert scene.ways.ended == []
    way = scene.failover.way(2, _URI, AutoAnswer.NONE)
    assert way is not None
    assert not scene.failover.end_silent(way)
    assert scene.ways.ended == ["main"]
