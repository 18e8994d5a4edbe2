"""The file that setup writes: valid, commented, and with all that stood in the old one."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from portier.setup.compose import composed
from portier.setup.draft import Data
from portier.setup.texts import OUR_COMMENTS, Language, Texts

IN_ENGLISH, IN_FRENCH = Texts(Language.ENGLISH), Texts(Language.FRENCH)
DATA: Data = {
    "sip": {"domain": "pbx.lan", "user": "gate"},
    "gpio": {"factory": "lgpio"},
    "buttons": {"bell": {"pin": 5, "line": "31"}, "side": {"pin": 6, "uri": "sip:alice@192.168.1.20"}},
    "doors": {"front": {"pin": 22, "release_digit": "5", "release_s": 2.5}},
}
OLD = """\
# The gate of number 12, wired by Jean.
[gpio]
factory = "lgpio"

# brown and white
[buttons.bell]
pin = 6      # terminal 3
line = "31"  # the line it rings, without prefix

# Yellow pair.
[buttons.side]
uri = "sip:bob@192.168.1.20"
pin = 13

[doors.front]
pin = 22
release_digit = '5'

[lamps]
status = 23
[call]
ring_timeout_s = 30
"""


def _comments(text: str) -> dict[str, str]:
    """The comment behind each key, by the key as it stands in its line."""
    lines = [line.partition("#") for line in text.splitlines() if " = " in line and not line.startswith("#")]
    return {before.partition(" = ")[0]: after.strip() for before, _, after in lines}


@pytest.mark.parametrize("texts", [IN_ENGLISH, IN_FRENCH])
def test_a_new_file_says_what_it_is_to_say_and_comments_each_key(texts: Texts) -> None:
    text = composed(DATA, "", texts)
    assert tomllib.loads(text) == DATA
    comments = _comments(text)
    assert comments["domain"] == texts.comments["sip.domain"]
    assert all(comments.values())
    assert set(comments.values()) <= set(texts.comments.values())


def test_a_new_file_shows_where_lamps_would_stand_and_one_with_lamps_does_not() -> None:
    assert "# [lamps]" in composed(DATA, "", IN_ENGLISH)
    assert "# [lamps]" not in composed({**DATA, "lamps": {"status": 23}}, "", IN_ENGLISH)


def test_an_old_file_keeps_its_order_its_comments_and_what_is_not_asked_for() -> None:
    data = tomllib.loads(OLD)
    data["buttons"]["bell"] |= {"pin": 5, "closed_is": "high"}
    text = composed(data, OLD, IN_ENGLISH)
    assert tomllib.loads(text) == data
    for line in ("# The gate of number 12, wired by Jean.", "# brown and white", "# Yellow pair."):
        assert line in text.splitlines()
    assert "pin = 5      # terminal 3" in text
    assert [line for line in text.splitlines() if line.startswith("[")] == [
        line for line in OLD.splitlines() if line.startswith("[")
    ]


def test_a_new_key_stands_above_what_belongs_to_the_next_section() -> None:
    data = tomllib.loads(OLD)
    data["buttons"]["bell"]["closed_is"] = "high"
    lines = composed(data, OLD, IN_ENGLISH).splitlines()
    at = next(index for index, line in enumerate(lines) if line.startswith("closed_is"))
    assert lines[at - 1].startswith("line = ")
    assert lines[at + 1 : at + 4] == ["", "# Yellow pair.", "[buttons.side]"]


def test_comments_of_ours_change_their_language_and_those_of_others_do_not() -> None:
    english = composed(tomllib.loads(OLD), OLD, IN_ENGLISH)
    assert "# the line it rings, without prefix" in english
    french = _comments(composed(tomllib.loads(OLD), english, IN_FRENCH))
    assert french["line"] == IN_FRENCH.comments["buttons.line"]
    assert french["ring_timeout_s"] == IN_FRENCH.comments["call.ring_timeout_s"]
    assert "# terminal 3" in composed(tomllib.loads(OLD), english, IN_FRENCH)


def test_written_twice_it_is_the_same() -> None:
    for texts in (IN_ENGLISH, IN_FRENCH):
        once = composed(DATA, "", texts)
        assert composed(DATA, once, texts) == once


def test_a_key_that_goes_takes_its_comment_along() -> None:
    data = tomllib.loads(OLD)
    del data["buttons"]["bell"]["line"], data["call"]
    text = composed(data, OLD, IN_ENGLISH)
    assert tomllib.loads(text) == data
    assert "without prefix" not in text


@pytest.mark.parametrize(
    "old",
    [
        'buttons = { bell = { pin = 6, line = "3" } }\ngpio.factory = "mock"\n',
        '[buttons]\nbell.pin = 6\nbell.line = "3"\n[doors]\nfront = { pin = 17 }\n',
        "[buttons.bell]\npin = 6\n[gpio]\nfactory = 'mock'\n[buttons.side]\npin = 7\n",
        '"gpio"."factory" = "mock"\n[sip]\ncodecs = [\n  "PCMA", # first\n]\n',
        "[sip]\r\nuser = 'gate'\r\n",
        "this is no TOML",
        "[a.b.c]\nd = 1\n[[e]]\nf = 2\n",
    ],
)
def test_however_the_old_file_is_written_the_new_one_says_what_it_is_to_say(old: str) -> None:
    text = composed(DATA, old, IN_ENGLISH)
    assert tomllib.loads(text) == DATA


def test_the_example_survives_with_each_of_its_comments() -> None:
    old = (resources.files("portier.config") / "example.toml").read_text(encoding="utf-8")
    data: dict[str, Any] = tomllib.loads(old)
    data["sip"]["domain"], data["buttons"]["bell"]["closed_is"] = "pbx.lan", "low"
    text = composed(data, old, IN_FRENCH)
    assert tomllib.loads(text) == data
    for line in old.splitlines():
        own = line.partition("#")[2].strip()
        if own and own not in OUR_COMMENTS and not line.startswith("domain"):
            assert line.rstrip() in text


NAMES = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)
TEXTS = st.text(max_size=20)
VALUES = st.one_of(
    TEXTS, st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False)
)
# As they are when setup writes: no section without a key, and every button and door with one.
BUTTON = st.dictionaries(st.sampled_from(["pin", "line", "uri"]), VALUES, min_size=1)
DOOR = st.dictionaries(st.sampled_from(["pin", "release_digit", "release_s"]), VALUES, min_size=1)
SIP = st.dictionaries(
    st.sampled_from(["domain", "user", "proxy", "port", "codecs"]), VALUES | st.lists(TEXTS), min_size=1
)
FILES = st.fixed_dictionaries(
    {
        "buttons": st.dictionaries(NAMES, BUTTON, min_size=1, max_size=3),
        "doors": st.dictionaries(NAMES, DOOR, min_size=1, max_size=3),
    },
    optional={"sip": SIP},
)


@settings(max_examples=100)
@given(FILES, FILES)
def test_from_any_file_to_any_other_no_value_is_lost(before: Data, after: Data) -> None:
    old = "# by hand\n" + composed(before, "", IN_FRENCH)
    assert tomllib.loads(old) == before
    new = composed(after, old, IN_ENGLISH)
    assert tomllib.loads(new) == after
    # It was changed, not written from the beginning.
    assert new.startswith("# by hand\n")
