"""The offer as it leaves, and what SIP status codes mean to the station."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from portier.adapters.sip.wire import end_reason, plain_offer, registration_state
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
