"""Offers and answers of one audio stream."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from portier.bench.line import MessageError, sdp
from portier.bench.line.sdp import EVENT_NAME, PCMA, PCMU, Choice, Direction, Format, Session

OWN = Session("127.0.0.1", 4000, (PCMA, PCMU, Format(101, EVENT_NAME, 8000, "0-16")))
OFFER = b"""v=0
o=- 1 1 IN IP4 10.0.0.1
s=pjmedia
c=IN IP4 10.0.0.1
t=0 0
m=video 4010 RTP/AVP 96
a=sendrecv
m=audio 4002 RTP/AVP 0 9 120
c=IN IP4 10.0.0.2
a=rtpmap:120 telephone-event/8000
a=fmtp:120 0-16
a=sendonly
m=audio 4004 RTP/AVP 8
""".replace(b"\n", b"\r\n")

hosts = st.sampled_from(["127.0.0.1", "10.0.0.2", "2001:db8::1"])
formats = st.lists(
    st.builds(
        Format,
        payload=st.integers(96, 127),
        name=st.sampled_from(["PCMA", "opus", EVENT_NAME]),
        rate_hz=st.sampled_from([8000, 16000, 48000]),
        parameters=st.sampled_from(["", "0-16", "useinbandfec=1; x=2"]),
        channels=st.sampled_from([1, 2]),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda f: f.payload,
).map(tuple)
streams = st.lists(st.sampled_from(["video 0 RTP/AVP 96 97", "image 0 udptl t38"]), max_size=2).map(tuple)
sessions = st.builds(
    Session,
    host=hosts,
    port=st.integers(1, 65535),
    formats=formats,
    direction=st.sampled_from(Direction),
    refused_before=streams,
    refused_after=streams,
)


@given(sessions)
def test_what_is_built_is_read_again(session: Session) -> None:
    assert sdp.parse(sdp.build(session)) == session


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for head in (b"", b"v=0\r\nc=IN IP4 1.2.3.4\r\nm=audio 4000 RTP/AVP 8\r\na=", b"m="):
        try:
            sdp.parse(head + data)
        except MessageError:
            pass


def test_opus_is_answered_with_keys_by_its_own_clock() -> None:
    names = ("opus/48000/2", "telephone-event/8000", "telephone-event/48000")
    maps = "".join(f"a=rtpmap:{100 + n} {name}\r\n" for n, name in enumerate(names))
    offer = sdp.parse(f"v=0\r\nc=IN IP4 10.0.0.2\r\nm=audio 4 RTP/AVP 100 101 102\r\n{maps}".encode())
    events = tuple(Format(101, EVENT_NAME, rate_hz, "0-16") for rate_hz in (8000, 48000))
    agreed = sdp.answer(offer, replace(OWN, formats=(sdp.OPUS, *events)))
    assert agreed
    text = sdp.build(agreed[0])
    assert agreed[1] == Choice(Format(100, "opus", 48000, "", 2), 102, 48000)
    assert b"m=audio 4000 RTP/AVP 100 102\r\na=rtpmap:100 opus/48000/2\r\n" in text
    assert b"a=rtpmap:102 telephone-event/48000\r\n" in text


def test_the_answer_takes_our_liking_their_numbers_and_their_streams() -> None:
    offer = sdp.parse(OFFER)
    assert (offer.host, offer.port) == ("10.0.0.2", 4002)
    agreed = sdp.answer(offer, OWN)
    assert agreed is not None
    session, choice = agreed
    assert choice == sdp.Choice(PCMU, 120)
    assert session.direction is Direction.RECEIVE
    media = [line for line in sdp.build(session).decode().split("\r\n") if line.startswith("m=")]
    assert media == ["m=video 0 RTP/AVP 96", "m=audio 4000 RTP/AVP 0 120", "m=audio 0 RTP/AVP 8"]


def test_a_forced_event_number_a_missing_event_and_no_codec() -> None:
    offer = sdp.parse(OFFER)
    forced = sdp.answer(offer, OWN, 101)
    assert forced is not None
    assert forced[1].event_payload == 101
    silent = sdp.answer(offer, replace(OWN, formats=(PCMU,)))
    assert silent is not None
    assert silent[1].event_payload is None
    assert sdp.answer(offer, replace(OWN, formats=(PCMA,))) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=0\r\nm=audio 4000 RTP/AVP 8\r\n",
        "c=IN IP4 not-an-address\r\nm=audio 4000 RTP/AVP 8\r\n",
        "c=IN IP4 1.2.3.4\r\nm=audio 0 RTP/AVP 8\r\n",
        "c=IN IP4 1.2.3.4\r\nm=audio 70000 RTP/AVP 8\r\n",
        "c=IN IP4 1.2.3.4\r\nm=audio 4000 RTP/SAVP 8\r\n",
        "c=IN IP4 1.2.3.4\r\nm=audio 4000 RTP/AVP 128\r\n",
    ],
)
def test_what_is_no_plain_audio_is_refused(text: str) -> None:
    with pytest.raises(MessageError):
        sdp.parse(text.encode())
