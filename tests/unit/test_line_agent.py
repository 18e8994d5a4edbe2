"""The line as a SIP user agent: what it answers, repeats, survives, and how it places a call."""

from __future__ import annotations

import cmath
import math
import re
import socket
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from portier.bench.line import (
    RING_ONLY,
    SILENT,
    Agent,
    Answer,
    Behaviour,
    CancelMode,
    Challenge,
    KeyShape,
    KeyWay,
    LineError,
    Registrar,
    What,
    refuse,
    sound,
    transactions,
)
from portier.bench.line.digest import expected
from portier.bench.line.headers import digest
from portier.bench.line.message import Request, Response, build, parse
from portier.bench.line.packets import unpack

AT_ONCE = Behaviour(answer=Answer(ring_s=0))
OFFER = "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 9 RTP/AVP 8 120\r\na=rtpmap:120 telephone-event/8000\r\n"


class Wire:
    """A client that writes SIP by hand."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(3)
        self.port = self.socket.getsockname()[1]

    def ask(self, method: str, number: int = 1, *, to: str = "", branch: str = "b1", **more: str) -> None:
        user = more.pop("user", "36911")
        body = more.pop("body", "")
        headers = [
            ("Via", f"SIP/2.0/UDP 127.0.0.1:{self.port};rport;branch=z9hG4bK{branch}"),
            ("From", "<sip:door@127.0.0.1>;tag=ours"),
            ("To", to or f"<sip:{user}@127.0.0.1>"),
            ("Call-ID", more.pop("call_id", "one")),
            ("CSeq", f"{number} {method}"),
            ("Contact", f"<sip:door@127.0.0.1:{self.port}>"),
            *((name.replace("_", "-"), value) for name, value in more.items()),
        ]
        request = Request(
            method=method, uri=f"sip:{user}@127.0.0.1", headers=tuple(headers), body=body.encode()
        )
        self.socket.sendto(build(request), self.agent.address)

    def message(self) -> Request | Response:
        return parse(self.socket.recv(9000))

    def final(self) -> Response:
        while True:
            message = self.message()
            if isinstance(message, Response) and message.status >= 200:
                return message

    def answered(self) -> Response:
        """Call the line, and acknowledge its 200."""
        self.ask("INVITE", body=OFFER)
        final = self.final()
        assert final.status == 200
        self.ask("ACK", to=final.header("To"), branch="ack")
        self.agent.wait_for(What.ACKED)
        return final


@contextmanager
def line(behaviour: Behaviour = AT_ONCE) -> Iterator[tuple[Agent, Wire]]:
    with Agent(behaviour=behaviour) as agent:
        wire = Wire(agent)
        try:
            yield agent, wire
        finally:
            wire.socket.close()


@given(data=st.binary(max_size=200))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_line_survives_any_datagram(survivor: tuple[Agent, Wire], data: bytes) -> None:
    _, wire = survivor
    start = b"INVITE sip:36911@x SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK1\r\n"
    for raw in (data, start + data + b"\r\n\r\n", start + b"CSeq: 1 INVITE\r\nTo: " + data + b"\r\n\r\n"):
        wire.socket.sendto(raw, wire.agent.address)


@pytest.fixture(scope="module")
def survivor() -> Iterator[tuple[Agent, Wire]]:
    with line() as (agent, wire):
        yield agent, wire
        wire.ask("OPTIONS", branch="last")
        assert wire.final().status == 200


@pytest.mark.parametrize("missing", ["Via", "From", "To", "Call-ID", "CSeq", "Contact"])
def test_a_request_without_a_needed_header_gets_400_or_nothing(missing: str) -> None:
    with line() as (agent, wire):
        wire.ask("INVITE", body=OFFER)
        wire.final()
        whole = agent.requests[0].request
        headers = tuple(h for h in whole.headers if h[0] != missing)
        headers = tuple((n, v.replace("b1", "b2").replace("one", "two")) for n, v in headers)
        wire.socket.sendto(build(replace(whole, headers=headers)), agent.address)
        wire.ask("OPTIONS", branch="b3")
        statuses: list[tuple[int, str]] = []
        while not statuses or statuses[-1][1] != "OPTIONS":
            final = wire.final()
            statuses.append((final.status, final.header("CSeq").partition(" ")[2]))
        # Without a Via there is no way back, without a To no response can be written.
        assert (400 in {status for status, _ in statuses}) == (missing not in {"Via", "To"})


def test_an_invite_and_its_repetition_are_one_call() -> None:
    with line(Behaviour(answer=Answer(ring_s=0.1))) as (agent, wire):
        wire.ask("INVITE", body=OFFER)
        wire.ask("INVITE", body=OFFER)
        final = wire.final()
        assert final.status == 200
        assert re.search(r"m=audio \d+ RTP/AVP 8 120\r\n", final.body.decode())
        assert "received=127.0.0.1" in final.header("Via")
        assert [event.what for event in agent.events].count(What.INVITE) == 1
        assert len(agent.requests) == 2


def test_the_200_is_repeated_until_its_ack_and_a_silent_caller_is_hung_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transactions, "T1_S", 0.02)
    monkeypatch.setattr(transactions, "GIVE_UP_S", 0.3)
    with line() as (agent, wire):
        wire.ask("INVITE", body=OFFER)
        statuses: list[int] = []
        while isinstance(message := wire.message(), Response):
            statuses.append(message.status)
        assert statuses.count(200) >= 4
        assert message.method == "BYE"
        assert agent.wait_for(What.ENDED).details == {"by": "nobody", "status": 0}


@pytest.mark.parametrize("status", [302, 403, 404, 480, 486, 603])
def test_a_refusal_has_its_status(status: int) -> None:
    answer = refuse(status, contact="sip:elsewhere@127.0.0.1" if status == 302 else "")
    with line(Behaviour(answer=answer)) as (agent, wire):
        wire.ask("INVITE", body=OFFER)
        final = wire.final()
        assert final.status == status
        assert final.header("Contact") == ("<sip:elsewhere@127.0.0.1>" if status == 302 else "")
        wire.ask("ACK", to=final.header("To"))
        assert agent.wait_for(What.ENDED).details == {"by": "line", "status": status}


def test_unknown_users_busy_users_and_unfit_offers() -> None:
    behaviour = replace(AT_ONCE, users={"36912": refuse(486)})
    with line(behaviour) as (_, wire):
        for number, (user, offer, status) in enumerate(
            [("100", OFFER, 404), ("36912", OFFER, 486), ("36911", OFFER.replace(" 8 ", " 9 "), 488)]
        ):
            wire.ask("INVITE", user=user, body=offer, branch=f"u{number}", call_id=f"u{number}")
            final = wire.final()
            wire.ask("ACK", to=final.header("To"), branch=f"u{number}", call_id=f"u{number}")
            assert final.status == status


def test_ringing_for_ever_and_cancel() -> None:
    with line(Behaviour(answer=RING_ONLY)) as (agent, wire):
        wire.ask("INVITE", body=OFFER)
        agent.wait_for(What.RINGING)
        wire.ask("CANCEL")
        finals = {wire.final().header("CSeq"): 0, wire.final().header("CSeq"): 0}
        assert set(finals) == {"1 CANCEL", "1 INVITE"}
        assert agent.wait_for(What.ENDED).details == {"by": "station", "status": 487}


@pytest.mark.parametrize(
    ("mode", "answers"), [(CancelMode.IGNORE, []), (CancelMode.FORGET_487, ["1 CANCEL"])]
)
def test_a_phone_gone_wrong_forgets_a_cancel(mode: CancelMode, answers: list[str]) -> None:
    with line(Behaviour(answer=RING_ONLY, cancel=mode)) as (agent, wire):
        wire.ask("INVITE", body=OFFER)
        agent.wait_for(What.RINGING)
        wire.ask("CANCEL")
        agent.wait_for(What.CANCEL)
        wire.ask("OPTIONS", branch="o")
        assert [wire.final().header("CSeq") for _ in range(len(answers) + 1)] == [*answers, "1 OPTIONS"]


def test_a_silent_line_answers_by_hand() -> None:
    with line(Behaviour(answer=SILENT)) as (agent, wire):
        wire.ask("INVITE", body=OFFER)
        agent.wait_for(What.INVITE)
        agent.answer()
        first = wire.message()
        assert isinstance(first, Response)
        assert first.status == 200


def test_requests_inside_and_outside_a_dialog() -> None:
    with line() as (agent, wire):
        to = wire.answered().header("To")
        wire.ask("INFO", 2, to=to, branch="c")
        assert wire.final().status == 200
        wire.ask("INFO", 2, to=f"{to}x", branch="d")
        assert wire.final().status == 481
        wire.ask("INVITE", 3, to=to, branch="e", body=OFFER.replace("RTP/AVP 8", "RTP/AVP 0"))
        assert b"RTP/AVP 0 120" in wire.final().body
        wire.ask("ACK", 3, to=to, branch="f")
        wire.ask("OPTIONS", 4, branch="g", Require="100rel")
        assert wire.final().status == 420
        wire.ask("BYE", 5, to=to, branch="h")
        assert wire.final().status == 200
        assert agent.wait_for(What.ENDED).details["by"] == "station"
        wire.ask("BYE", 6, to=to, branch="i")
        assert wire.final().status == 481


def test_a_bye_of_its_own_leaves_before_the_answer_to_the_stations() -> None:
    with line(replace(AT_ONCE, bye_crosses=True)) as (agent, wire):
        to = wire.answered().header("To")
        wire.ask("BYE", 2, to=to, branch="b2")
        crossing, answer = wire.message(), wire.message()
        assert isinstance(crossing, Request)
        assert isinstance(answer, Response)
        assert crossing.method == "BYE"
        assert (answer.status, answer.header("CSeq")) == (200, "2 BYE")
        ended = agent.wait_for(What.ENDED)
        assert ended.details == {"by": "both", "status": 0}
        kept = [(name, crossing.header(name)) for name in ("Via", "From", "To", "Call-ID", "CSeq")]
        wire.socket.sendto(
            build(Response(status=481, reason="Gone", headers=tuple(kept))), wire.agent.address
        )
        answered = agent.wait_for(What.BYE_ANSWERED)
        assert answered.details == {"status": 481}
        assert ended.at.mono_ns < answered.at.mono_ns
        assert sum(event.what is What.ENDED for event in agent.events) == 1


def test_keys_by_info_are_sent_one_after_the_other_and_never_told() -> None:
    with line() as (agent, wire):
        wire.answered()
        agent.press("7#", KeyWay.INFO)
        for signal in (b"Signal=7\r\n", b"Signal=#\r\n"):
            message = wire.message()
            assert isinstance(message, Request)
            assert message.body.startswith(signal)
            reply = [h for h in message.headers if h[0] in {"Via", "From", "To", "Call-ID", "CSeq"}]
            wire.socket.sendto(build(Response(status=200, headers=tuple(reply))), agent.address)
            assert agent.wait_for(What.INFO_ANSWERED).details["status"] == 200
        told = [event.plain() for event in agent.events if event.what is What.DIGIT_SENT]
        assert [(event["by"], event["place"]) for event in told] == [("info", 1), ("info", 2)]
        assert {name for event in told for name in event} == {
            "event",
            "at_ns",
            "mono_ns",
            "call",
            "by",
            "place",
        }


def test_keys_without_a_way_are_told() -> None:
    with line(replace(AT_ONCE, events=False)) as (agent, wire):
        wire.answered()
        agent.press("1")
        assert agent.wait_for(What.DIGIT_UNSENT).details == {"by": "rfc4733", "place": 1}
        with pytest.raises(LineError, match="keys are"):
            agent.press("x")


@pytest.mark.parametrize("qop", [True, False])
def test_a_registrar_asks_for_the_password(qop: bool) -> None:
    challenge = Challenge("door", "secret", realm="house", nonce_length=90, qop=qop)
    with line(Behaviour(registrar=Registrar(challenge=challenge, expires_s=120))) as (agent, wire):
        wire.ask("REGISTER", user="door")
        asked = wire.final()
        fields = digest(asked.header("WWW-Authenticate"))
        assert (asked.status, len(fields["nonce"]), fields["realm"]) == (401, 90, "house")
        for number, (password, status) in enumerate([("wrong", 403), ("secret", 200)]):
            given = {"username": "door", "realm": "house", "nonce": fields["nonce"], "uri": "sip:house"}
            given |= {"qop": "auth", "nc": "00000001", "cnonce": "c"} if qop else {}
            given["response"] = expected(given, password, "REGISTER")
            text = "Digest " + ", ".join(f'{name}="{value}"' for name, value in given.items())
            wire.ask("REGISTER", 2 + number, user="door", branch=f"r{number}", Authorization=text)
            final = wire.final()
            assert final.status == status
        assert final.header("Contact") == f"<sip:door@127.0.0.1:{wire.port}>;expires=120"
        assert agent.bindings["door"].source == ("127.0.0.1", wire.port)
        assert "secret" not in repr(agent.behaviour)


def test_the_digest_of_rfc_2617() -> None:
    given = {
        "username": "Mufasa",
        "realm": "testrealm@host.com",
        "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093",
        "uri": "/dir/index.html",
        "qop": "auth",
        "nc": "00000001",
        "cnonce": "0a4f113b",
    }
    assert expected(given, "Circle Of Life", "GET") == "6629fae49393a05397450978507c4ef1"


@pytest.mark.parametrize("status", [403, 423, 500])
def test_a_registrar_refuses(status: int) -> None:
    with line(Behaviour(registrar=Registrar(status=status))) as (agent, wire):
        wire.ask("REGISTER", user="door")
        final = wire.final()
        assert final.status == status
        assert final.header("Min-Expires") == ("1800" if status == 423 else "")
        assert agent.wait_for(What.REGISTER).details["status"] == status


def test_a_registrar_that_has_gone_wrong_spoils_its_own_answers_only() -> None:
    def garbled(answer: bytes) -> bytes:
        return answer.replace(b" 200 ", b" 299 ")

    with line(replace(AT_ONCE, registrar=Registrar(garbled=garbled))) as (_, wire):
        for _ in range(2):
            wire.ask("REGISTER", user="door")
            assert wire.final().status == 299
        wire.ask("OPTIONS", branch="b2")
        assert wire.final().status == 200


def test_registering_and_leaving_and_calls_of_the_registered_only() -> None:
    with line(replace(AT_ONCE, registered_only=True)) as (agent, wire):
        wire.ask("INVITE", body=OFFER, branch="x")
        assert wire.final().status == 403
        wire.ask("REGISTER", user="door", Expires="60", branch="y")
        assert wire.final().header("Expires") == "60"
        wire.ask("INVITE", 2, body=OFFER, branch="z")
        assert wire.final().status == 200
        wire.ask("REGISTER", 3, user="door", Expires="0", branch="w")
        agent.wait_for(What.REGISTER)
        agent.wait_for(What.REGISTER)
        assert not agent.bindings


def test_two_lines_call_each_other_with_sound_keys_and_a_new_offer() -> None:
    with Agent(behaviour=AT_ONCE) as callee, Agent() as caller:
        assert caller.invite(callee.uri("36911")) == 200
        callee.wait_for(What.ACKED)
        caller.wait_for(What.FIRST_AUDIO)
        callee.wait_for(What.FIRST_AUDIO)
        callee.press("5")
        sent = callee.wait_for(What.DIGIT_SENT)
        assert caller.reinvite() == 200
        assert caller.reinvite(with_offer=False) == 200
        assert caller.refer("sip:x@127.0.0.1") == 405
        assert caller.calls[0].leg.recording.counters.events > 0
        assert sent.at.mono_ns > callee.events[0].at.mono_ns
        callee.hang_up()
        assert caller.wait_for(What.ENDED).details["by"] == "station"


def test_an_in_band_key_and_the_voice_are_heard() -> None:
    with Agent(behaviour=AT_ONCE, voice=sound.sine(440, 0.5)) as callee, Agent() as caller:
        assert caller.invite(callee.uri("36911")) == 200
        callee.wait_for(What.ACKED)
        callee.press("1", KeyWay.TONE, KeyShape(duration_ms=200))
        callee.wait_for(What.DIGIT_SENT)
        caller.wait_for(What.FIRST_AUDIO)
        time.sleep(0.4)
        heard = array("h", caller.recording())
    assert caller.calls[0].leg.recording.counters.lost == 0
    frames = [heard[start : start + 160] for start in range(0, len(heard) - 160, 160)]
    strongest = [max((697, 440), key=lambda hz: _power(frame, hz)) for frame in frames]
    assert strongest.count(697) >= 9
    assert strongest.count(440) >= 5


def _power(values: array[int], hz: float) -> float:
    step = 2 * math.pi * hz / 8000
    return abs(sum(value * cmath.exp(1j * step * n) for n, value in enumerate(values)))


def test_early_media_is_heard_before_the_answer() -> None:
    media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    media.bind(("127.0.0.1", 0))
    media.settimeout(2)
    with media, line(Behaviour(answer=Answer(ring_s=30, early_media=True))) as (agent, wire):
        wire.ask("INVITE", body=OFFER.replace("audio 9", f"audio {media.getsockname()[1]}"))
        packets = [unpack(media.recv(400)) for _ in range(3)]
        statuses = [message.status for _ in range(3) if isinstance(message := wire.message(), Response)]
        assert statuses == [100, 180, 183]
        assert [packet.payload_type for packet in packets] == [8, 8, 8]
        assert [packet.marker for packet in packets] == [True, False, False]
        assert (packets[2].timestamp - packets[0].timestamp) % 2**32 == 320
        agent.hang_up()
        assert wire.final().status == 486


def test_a_call_without_an_offer_is_offered_one() -> None:
    media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    media.bind(("127.0.0.1", 0))
    media.settimeout(2)
    with media, line() as (agent, wire):
        wire.ask("INVITE")
        final = wire.final()
        assert b"RTP/AVP 8 0 101" in final.body
        chosen = OFFER.replace("audio 9 RTP/AVP 8", f"audio {media.getsockname()[1]} RTP/AVP 0")
        wire.ask("ACK", to=final.header("To"), branch="ack", body=chosen)
        agent.wait_for(What.ACKED)
        assert unpack(media.recv(400)).payload_type == 0


def test_what_is_no_sound_is_counted() -> None:
    with line() as (agent, wire):
        wire.answered()
        leg = agent.calls[0].leg
        for data in (b"junk", bytes([0x80, 33]) + bytes(10)):
            wire.socket.sendto(data, ("127.0.0.1", leg.port))
        wire.socket.sendto(b"report", ("127.0.0.1", leg.port + 1))
        # The last of the three is heard at the latest with the next frame.
        time.sleep(0.1)
        counters = leg.recording.counters
        assert (counters.malformed, counters.other_payload, counters.control) == (1, 1, 1)
        assert not agent.recording()


def test_a_request_is_repeated_and_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "T1_S", 0.02)
    monkeypatch.setattr(transactions, "GIVE_UP_S", 0.3)
    with line() as (agent, wire):
        wire.answered()
        assert agent.request("OPTIONS") == 0
        assert agent.invite(f"sip:door@127.0.0.1:{wire.port}") == 0
        wire.socket.settimeout(0.1)
        methods = []
        try:
            while isinstance(message := wire.message(), Request):
                methods.append(message.method)
        except TimeoutError:
            pass
        assert methods.count("OPTIONS") >= 4
        assert methods.count("INVITE") >= 4


def test_a_line_calls_addresses_only() -> None:
    with Agent() as caller:
        for uri in ("sip:door@house.example", "tel:112", "nonsense"):
            with pytest.raises(LineError, match="address"):
                caller.invite(uri)
        with pytest.raises(LineError, match="no call"):
            caller.hang_up()


def test_a_caller_learns_of_refusal_and_cancels_what_nobody_answers() -> None:
    with Agent(behaviour=Behaviour(answer=refuse(603))) as callee, Agent() as caller:
        assert caller.invite(callee.uri("36911")) == 603
        callee.behaviour = Behaviour(answer=RING_ONLY)
        assert caller.invite(callee.uri("36911"), timeout_s=0.2) == 0
        callee.wait_for(What.CANCEL)
        assert caller.wait_for(What.ENDED).details["status"] == 603
        assert caller.wait_for(What.ENDED).details == {"by": "line", "status": 487}


def test_a_line_may_vanish_and_a_port_may_be_taken() -> None:
    agent = Agent(behaviour=AT_ONCE).start()
    wire = Wire(agent)
    wire.answered()
    with pytest.raises(LineError, match="choose another port"):
        Agent(port=agent.port)
    agent.stop(hang_up=False)
    wire.socket.settimeout(0.1)
    with pytest.raises(TimeoutError):
        wire.message()
    wire.socket.close()
