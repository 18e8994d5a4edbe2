"""Keys in SIP INFO: every form that phones send, and nothing that is no key."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from portier.adapters.sip.info_keys import PLAIN, RELAY, form_of, read


def request(body: str, form: str = RELAY, header: str = "Content-Type") -> str:
    return f"INFO sip:door SIP/2.0\r\nCall-ID: 5\r\n{header}: {form}\r\nContent-Length: 9\r\n\r\n{body}"


@pytest.mark.parametrize("key", "0123456789*#ABCD")
def test_every_key_comes_in_both_forms(key: str) -> None:
    relay, plain = read(request(f"Signal={key}\r\nDuration=160\r\n")), read(request(key, PLAIN))
    assert relay
    assert plain
    assert (relay.key, relay.lasted_s, relay.form) == (key, 0.16, RELAY)
    assert (plain.key, plain.lasted_s, plain.form) == (key, None, PLAIN)


@pytest.mark.parametrize(
    ("body", "form", "key"),
    [
        ("Signal= 5\r\nDuration= 160", RELAY, "5"),
        ("signal=5\nduration=250\n", RELAY, "5"),
        ("Duration=100\r\nSignal=*\r\n", RELAY, "*"),
        ("Signal=10\r\nDuration=100\r\n", RELAY, "*"),
        ("Signal=11\r\n", RELAY, "#"),
        ("Signal=15", RELAY, "D"),
        ("Signal=a", RELAY, "A"),
        ("5\r\n", PLAIN, "5"),
        ("d=5\r\n", PLAIN, "5"),
        ("Signal=5\r\nDuration=160\r\n", PLAIN, "5"),
        ("11", PLAIN, "#"),
    ],
)
def test_what_phones_write_is_read(body: str, form: str, key: str) -> None:
    found = read(request(body, form))
    assert found
    assert found.key == key


@pytest.mark.parametrize(
    "message",
    [
        "",
        request("Signal=\r\nDuration=160"),
        request("Signal=16"),
        request("Signal=5x"),
        request("Signal=hook"),
        request("5"),
        request("123", PLAIN),
        request("", PLAIN),
        request("16", PLAIN),
        request("Signal=5", "application/sdp"),
        request("Signal=5", "text/plain"),
        "INFO sip:door SIP/2.0\r\n\r\nContent-Type: application/dtmf\r\n\r\n5",
    ],
)
def test_what_holds_no_key_is_none(message: str) -> None:
    assert read(message) is None


def test_the_form_is_read_from_every_writing_of_its_header() -> None:
    assert form_of(request("5", "Application/DTMF; charset=utf-8", "c")) == PLAIN
    assert form_of(request("5", "application/dtmf-relay", "content-type ")) == RELAY


def test_no_text_of_it_holds_a_key() -> None:
    assert "7" not in repr(read(request("7", PLAIN)))


@given(st.text())
def test_no_message_raises(text: str) -> None:
    read(text)
    read(request(text))
    read(request(text, PLAIN))
