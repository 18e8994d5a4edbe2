"""SIP text: what is built can be read, and nothing that comes raises anything but MessageError."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, strategies as st

from portier.bench.line.headers import address, cseq, digest, listed, split, stamped, target_of, user_of, via
from portier.bench.line.message import MessageError, Request, Response, build, canonical, parse

INVITE = b"""INVITE sip:36913100000000@127.0.0.1:5070 SIP/2.0
v: SIP/2.0/UDP 10.0.0.1:5062;rport;branch=z9hG4bKa, SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKb
VIA: SIP/2.0/UDP 10.0.0.3;branch=z9hG4bKc
f: "Door, \\"front\\" <1>" <sip:door@127.0.0.1>;tag=abc
TO: <sip:36913100000000@127.0.0.1>
i: 1@here
cSeQ: 17   INVITE
Subject: a long
  subject
l: 4

v=0
and more""".replace(b"\n", b"\r\n")

names = st.sampled_from(["Via", "From", "Call-ID", "CSeq", "WWW-Authenticate", "X-Door", "Contact", "P-A-B"])
# A header's value as parse gives it: one line, no blank at either end, no control character.
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40).map(
    lambda text: text.strip(" \t")
)
headers = st.lists(st.tuples(names, texts), max_size=8).map(tuple)
tokens = st.text(string.ascii_letters + string.digits + "-.!%*_+`'~", min_size=1, max_size=12)
uris = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=" "), min_size=1, max_size=30
)
bodies = st.binary(max_size=80)
requests = st.builds(Request, method=tokens, uri=uris, headers=headers, body=bodies)
responses = st.builds(Response, status=st.integers(100, 699), reason=texts, headers=headers, body=bodies)


@given(requests | responses)
def test_what_is_built_is_read_again(message: Request | Response) -> None:
    assert parse(build(message)) == message


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for tail in (b"", b"\r\n\r\n"):
        try:
            parse(b"OPTIONS sip:x SIP/2.0\r\n" + data + tail)
            parse(data + tail)
        except MessageError:
            pass


@given(st.text(max_size=80))
def test_any_header_value_is_read_or_refused(text: str) -> None:
    for reader in (address, cseq, digest, target_of, user_of, via, lambda value: split(value, ",")):
        try:
            reader(text)
        except MessageError:
            pass


def test_compact_names_several_vias_and_folded_lines() -> None:
    message = parse(INVITE)
    assert isinstance(message, Request)
    assert message.body == b"v=0\r"
    assert [via(element).branch[-1] for element in listed(message.values("Via"))] == ["a", "b", "c"]
    assert message.header("Subject") == "a long subject"
    assert cseq(message.needed("CSeq")) == (17, "INVITE")
    sender = address(message.needed("From"))
    assert (sender.uri, sender.parameter("tag")) == ("sip:door@127.0.0.1", "abc")
    assert user_of(message.uri) == "36913100000000"
    assert target_of(message.uri) == ("127.0.0.1", 5070)


@pytest.mark.parametrize(
    ("written", "usual"),
    [
        ("l", "Content-Length"),
        ("call-id", "Call-ID"),
        ("CSEQ", "CSeq"),
        ("www-authenticate", "WWW-Authenticate"),
    ],
)
def test_names_are_compared_in_any_case(written: str, usual: str) -> None:
    assert canonical(written) == usual
    assert canonical(usual) == usual


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\r\n\r\n",
        "INVITE sip:x SIP/2.0\r\nFrom: x",
        "INVITE sip:x SIP/3.0\r\n\r\n",
        "INVITE  sip:x SIP/2.0\r\n\r\n",
        "SIP/2.0 99 Odd\r\n\r\n",
        "SIP/2.0 two hundred\r\n\r\n",
        "BYE sip:x SIP/2.0\r\n From: folded first\r\n\r\n",
        "BYE sip:x SIP/2.0\r\nno colon\r\n\r\n",
        "BYE sip:x SIP/2.0\r\nContent-Length: 5\r\n\r\n1234",
        "BYE sip:x SIP/2.0\r\nContent-Length: -1\r\n\r\n1234",
        "BYE sip:x SIP/2.0\r\nContent-Length: 1\r\nl: 2\r\n\r\n1234",
        "BYE sip:x SIP/2.0\r\nFrom: a\rb\r\n\r\n",
    ],
)
def test_what_is_no_message_is_refused(text: str) -> None:
    with pytest.raises(MessageError):
        parse(text.encode())


def test_no_header_can_smuggle_a_line() -> None:
    with pytest.raises(MessageError):
        build(Request(method="INVITE", uri="sip:x", headers=(("Subject", "a\r\nContact: <sip:evil>"),)))


def test_a_response_goes_where_rfc_3581_and_3261_say() -> None:
    source = ("192.0.2.1", 40000)
    asked = via("SIP/2.0/UDP 10.0.0.1:5062;rport;branch=z9hG4bKa")
    plain = via("SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa")
    assert asked.way_back(source) == source
    assert plain.way_back(source) == ("192.0.2.1", 5060)
    assert stamped("SIP/2.0/UDP 10.0.0.1;rport;branch=b", source) == (
        "SIP/2.0/UDP 10.0.0.1;rport=40000;branch=b;received=192.0.2.1"
    )


def test_ipv6_targets_lose_their_brackets() -> None:
    assert target_of("sip:door@[2001:db8::1]:5061;lr") == ("2001:db8::1", 5061)
