"""The offer as it leaves, and what SIP status codes mean to the station."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from portier.adapters.sip.wire import cancel_of, end_reason, plain_offer, registration_state
from portier.core.events import EndReason, RegistrationState

OFFER = """\
v=0
o=- 1 1 IN IP4 192.0.2.1
s=pjmedia
b=AS:117
t=0 0
a=X-nat:0
m=audio 4120 RTP/AVP 9 8 120 0
c=IN IP4 192.0.2.1
b=TIAS:96000
a=rtcp:4121 IN IP4 192.0.2.1
a=ssrc:42 cname:x
a=rtpmap:120 telephone-event/8000
a=fmtp:120 0-16
a=rtpmap:12 other/8000
"""


def test_the_offer_is_plain_and_offers_keys_as_101() -> None:
    assert plain_offer(OFFER).splitlines() == [
        "v=0",
        "o=- 1 1 IN IP4 192.0.2.1",
        "s=pjmedia",
        "t=0 0",
        "m=audio 4120 RTP/AVP 9 8 101 0",
        "c=IN IP4 192.0.2.1",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-16",
        "a=rtpmap:12 other/8000",
    ]


def test_keys_at_two_clocks_keep_two_numbers_whichever_the_phone_took() -> None:
    both = "m=audio 4 RTP/AVP 8 96 120 121\r\na=rtpmap:120 telephone-event/8000\r\n"
    both += "a=rtpmap:121 telephone-event/48000\r\n"
    assert "RTP/AVP 8 96 101 121\r\n" in plain_offer(both)
    assert plain_offer(both, 121) == both


def test_a_port_that_looks_like_the_payload_type_stays() -> None:
    assert "m=audio 120 RTP/AVP 101\r\n" in plain_offer(
        "m=audio 120 RTP/AVP 120\r\na=rtpmap:120 telephone-event/8000\r\n"
    )


def test_an_offer_without_keys_is_left_alone() -> None:
    assert plain_offer("v=0\r\nm=audio 4000 RTP/AVP 8\r\n") == "v=0\r\nm=audio 4000 RTP/AVP 8\r\n"


@given(st.text(max_size=300))
def test_no_text_makes_it_raise_and_twice_is_once(text: str) -> None:
    assert plain_offer(plain_offer(text)) == plain_offer(text)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (200, EndReason.HUNG_UP),
        (0, EndReason.HUNG_UP),
        (302, EndReason.FAILED),
        (401, EndReason.FORBIDDEN),
        (403, EndReason.FORBIDDEN),
        (404, EndReason.UNKNOWN_NUMBER),
        (408, EndReason.UNREACHABLE),
        (480, EndReason.NO_ANSWER),
        (486, EndReason.BUSY),
        (488, EndReason.FAILED),
        (503, EndReason.UNREACHABLE),
        (600, EndReason.BUSY),
        (603, EndReason.DECLINED),
    ],
)
def test_a_status_has_one_reason(status: int, reason: EndReason) -> None:
    assert end_reason(status) is reason


@pytest.mark.parametrize(
    ("status", "expires_s", "state"),
    [
        (200, 1800, RegistrationState.REGISTERED),
        (200, 0, RegistrationState.TRYING),
        (403, 0, RegistrationState.REFUSED),
        (401, 1800, RegistrationState.REFUSED),
        (408, 0, RegistrationState.UNREACHABLE),
        (503, 0, RegistrationState.UNREACHABLE),
    ],
)
def test_a_register_answer_leaves_a_state(status: int, expires_s: int, state: RegistrationState) -> None:
    assert registration_state(status, expires_s) is state


_INVITE = (
    "INVITE sip:36913100000000@pbx.example SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.2:5060;rport;branch=z9hG4bKabc\r\n"
    "Max-Forwards: 70\r\n"
    'From: "Gate" <sip:door@pbx.example>;tag=1\r\n'
    "To: <sip:36913100000000@pbx.example>\r\n"
    "Contact: <sip:door@192.0.2.2:5060>\r\n"
    "Call-ID: one\r\n"
    "CSeq: 4711 INVITE\r\n"
    "Route: <sip:proxy.example;lr>\r\n"
    "Authorization: Digest response=secret\r\n"
    "Content-Length: 5\r\n\r\nv=0\r\n"
)


def test_a_cancel_is_of_the_same_transaction_and_shows_no_credentials() -> None:
    assert cancel_of(_INVITE).decode().split("\r\n") == [
        "CANCEL sip:36913100000000@pbx.example SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.2:5060;rport;branch=z9hG4bKabc",
        "Max-Forwards: 70",
        'From: "Gate" <sip:door@pbx.example>;tag=1',
        "To: <sip:36913100000000@pbx.example>",
        "Call-ID: one",
        "Route: <sip:proxy.example;lr>",
        "CSeq: 4711 CANCEL",
        "Content-Length: 0",
        "",
        "",
    ]


@pytest.mark.parametrize("text", ["", "BYE sip:a SIP/2.0\r\n\r\n", "INVITE sip:a SIP/2.0\r\n\r\n"])
def test_there_is_no_cancel_of_what_is_no_invite(text: str) -> None:
    assert cancel_of(text) == b""
