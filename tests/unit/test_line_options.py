"""What a line's options say of a door's call, and what is changed of them."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from portier.bench.operator_account import line_options
from portier.intercom.options import (
    MODES,
    UNTOLD,
    differences,
    mode,
    obstacles,
    with_mode,
)

OPTIONS = st.dictionaries(
    st.text(max_size=12), st.none() | st.booleans() | st.text(max_size=8) | st.integers()
)


@given(options=OPTIONS, wanted=st.sampled_from(MODES))
def test_the_mode_is_changed_and_whatever_else_there_is_kept(options: dict[str, object], wanted: str) -> None:
    (chosen,) = [one for one in MODES if one == wanted]
    changed = with_mode(options, chosen)
    assert mode(changed) == wanted
    assert differences(options, changed) == ()
    assert changed == options | {"intercom": wanted}
    assert isinstance(obstacles(options), tuple)


@pytest.mark.parametrize("told", [{}, {"intercom": None}, {"intercom": ""}, {"intercom": ["no"]}])
def test_a_mode_that_is_not_there_is_not_told(told: dict[str, object]) -> None:
    assert mode(told) == UNTOLD


@pytest.mark.parametrize(
    ("changed", "words", "all_calls"),
    [
        (
            {"forwardUnconditional": True, "forwardUnconditionalNature": "voicemail"},
            "every call is forwarded to voicemail (forwardUnconditional)",
            True,
        ),
        (
            {"forwardNoReply": True, "forwardNoReplyNature": "voicemail"},
            "a call that is not answered within 20 s is forwarded to voicemail (forwardNoReply)",
            False,
        ),
        (
            {"forwardBusy": True, "forwardBusyNumber": "0033600000000"},
            "a call while the line is busy is forwarded to number 0033600000000 (forwardBusy)",
            False,
        ),
        (
            {"forwardBackup": True, "forwardBackupNature": None},
            "a call while the telephone is not registered is forwarded to elsewhere (forwardBackup)",
            False,
        ),
        ({"doNotDisturb": True}, "the line is not to be disturbed (doNotDisturb)", True),
        (
            {"callRestrictionIncoming": True},
            "incoming calls are restricted to the line's lists (callRestrictionIncoming)",
            False,
        ),
    ],
)
def test_what_stands_in_a_calls_way_is_told(changed: dict[str, object], words: str, all_calls: bool) -> None:
    options = line_options("0033972000001", **changed)
    (one,) = obstacles(options)
    assert (str(one), one.stops) == (words, all_calls)
    assert one.forwards is any(key.startswith("forward") for key in changed)
    assert obstacles(line_options("0033972000001")) == ()


def test_what_else_has_changed_is_told_but_for_a_password() -> None:
    before = {"intercom": "no", "domain": "sip5.ovh.fr", "lockOutCallPassword": "1234", "gone": 1}
    after = {"intercom": "prefixed", "domain": "sip3.ovh.fr", "lockOutCallPassword": "9876", "new": True}
    assert differences(before, after) == (
        'domain was "sip5.ovh.fr", and is "sip3.ovh.fr"',
        "gone was 1, and is not there",
        "lockOutCallPassword was (not shown), and is (not shown)",
        "new was not there, and is true",
    )
