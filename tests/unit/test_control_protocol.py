"""The lines of the control socket: what is understood, and what is said of the rest."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st

from portier.adapters.control.protocol import (
    LINE_LIMIT_BYTES,
    Do,
    Request,
    RequestError,
    encode,
    parse,
    reply,
)


@pytest.mark.parametrize(
    ("line", "request_"),
    [
        (b'{"do": "status"}', Request(Do.STATUS)),
        (b' {"do":"events","id":"a"} \r', Request(Do.EVENTS, None, "a")),
        (b'{"id": 7, "do": "press", "button": "bell"}', Request(Do.PRESS, "bell", 7)),
        (b'{"do": "press"}', Request(Do.PRESS)),
        (b'{"do": "press", "button": null, "id": null}', Request(Do.PRESS)),
        (b'{"do": "call", "button": "bell"}', Request(Do.CALL, "bell")),
        (b'{"do": "hang_up"}', Request(Do.HANG_UP)),
        (b'{"do": "release", "door": "front"}', Request(Do.RELEASE, "front")),
    ],
)
def test_a_request_is_understood(line: bytes, request_: Request) -> None:
    assert parse(line) == request_


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"", "not JSON"),
        (b"status", "not JSON"),
        (b"\xff\xfe", "not JSON in UTF-8"),
        (b'{"do": "status"', "not JSON"),
        (b"[" * LINE_LIMIT_BYTES, "not JSON"),
        (b"[" * 2000 + b"]" * 2000, "not "),
        (b'{"do":' + b"[" * 900 + b"]" * 900 + b"}", '"do" is a list'),
        (b"1" * LINE_LIMIT_BYTES, "not an object"),
        (b"null", "not an object"),
        (b'["status"]', "not an object"),
        (
            b"{}",
            '"do" is null; it can be "status", "record", "events", "press", "call", "hang_up", "release"',
        ),
        (b'{"do": "open"}', '"do" is "open"; it can be'),
        (b'{"do": "STATUS"}', '"do" is "STATUS"; it can be'),
        (b'{"do": {}}', '"do" is an object'),
        (b'{"do": NaN}', '"do" is NaN'),
        (b'{"do": "\\ud800"}', '"do" is "\\ud800"'),
        (b'{"do": "\\u001b[2J"}', '"do" is "\\u001b[2J"'),
        (b'{"do": "' + b"x" * 3000 + b'"}', '"do" is "' + "x" * 37 + '...";'),
        (b'{"do": "press", "button": 1}', '"button" is 1; it is to be a name'),
        (b'{"do": "release", "door": ["front"]}', '"door" is a list; it is to be a name'),
        (b'{"do": "press", "buton": "bell"}', '"press" takes "button" and "id" only, not "buton"'),
        (b'{"do": "release", "button": "bell"}', '"release" takes "door" and "id" only, not "button"'),
        (b'{"do": "status", "door": "front"}', '"status" takes "id" only, not "door"'),
        (b'{"do": "status", "id": true}', '"id" is neither'),
        (b'{"do": "status", "id": 1.5}', '"id" is neither'),
        (b'{"do": "status", "id": ' + b"9" * 4000 + b"}", '"id" is neither'),
        (b'{"do": "status", "id": "' + b"x" * 65 + b'"}', '"id" is neither'),
    ],
)
def test_what_is_wrong_is_said(line: bytes, words: str) -> None:
    with pytest.raises(RequestError) as raised:
        parse(line)
    assert words in str(raised.value)


def test_an_error_keeps_the_id_of_its_request() -> None:
    with pytest.raises(RequestError) as raised:
        parse(b'{"do": "open", "id": 7}')
    assert raised.value.id == 7
    assert reply(7, None, "no") == {"id": 7, "ok": False, "error": "no"}


def test_a_line_holds_no_line_break_and_nothing_but_ascii() -> None:
    line = encode({"error": "\n\u2028é\x1b\ud800"})
    assert line.count(b"\n") == 1
    assert line.isascii()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["do", "id", "button", "door"]) | st.text(), inner)
    ),
)
_REQUESTS = st.fixed_dictionaries(
    {"do": st.sampled_from([*Do]) | _JSON}, optional={"id": _JSON, "button": _JSON, "door": _JSON}
)


@given(st.binary() | _JSON.map(json.dumps).map(str.encode) | _REQUESTS.map(json.dumps).map(str.encode))
def test_any_line_is_a_request_or_a_short_error(line: bytes) -> None:
    words, id_ = "", None
    try:
        parse(line)
    except RequestError as error:
        words, id_ = str(error), error.id
    assert len(encode(reply(id_, None, words))) < 1024
