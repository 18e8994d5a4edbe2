"""What the doctor says of the lines that are dialled with the prefix."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.unit.doctor_config import found, known
from tests.unit.operator_scene import FIRST, SECOND, scene

from portier.adapters.operator_api import operator
from portier.bench.machine import raspberry_pi
from portier.bench.operator_account import line_options
from portier.doctor import lines
from portier.doctor.finding import Finding, Severity
from portier.errors import LibraryMissingError
from portier.intercom.lines import Seen

LINE = ('line = "3100000000"', f'line = "{FIRST}"')
TARGET = (
    "[doors.front]",
    '[targets.shop]\nline = "0972000002"\n'
    '[targets.plain]\nline = "0972000009"\nprefix = false\n[doors.front]',
)


def seen(*changes: Mapping[str, object]) -> Seen:
    """Two lines at the operator, and the options of the first ones."""
    both = (FIRST, SECOND)
    return Seen(
        numbers=both,
        options={one: line_options(one, **more) for one, more in zip(both, changes, strict=False)},
    )


def told(folder: Path, at_operator: Seen, *changes: tuple[str, str]) -> list[Finding]:
    """What the check finds."""
    machine = raspberry_pi()
    machine.at_operator = at_operator
    return found(machine, lines.check, known(folder, *changes))


@pytest.mark.parametrize(
    ("mode", "severity", "words"),
    [
        ("prefixed", Severity.OK, "has its intercom mode on"),
        ("no", Severity.WARNING, "has its intercom mode off"),
        ("yes", Severity.NOTE, "is not documented"),
        ("later", Severity.NOTE, "tells a mode that is not known here: later"),
    ],
)
def test_the_mode_of_a_dialled_line_is_told(
    tmp_path: Path, mode: str, severity: Severity, words: str
) -> None:
    (one,) = told(tmp_path, seen({"intercom": mode}), LINE)
    assert one.severity is severity
    assert f"buttons.bell.line: {FIRST} " in one.text
    assert words in one.text


def test_a_line_that_is_off_is_told_with_the_command_and_the_way_in_both_languages(tmp_path: Path) -> None:
    (one,) = told(tmp_path, seen({}), LINE)
    assert f"portier line enable {FIRST}" in one.advice
    assert "in the customer area" in one.advice
    assert "espace client" in one.advice


def test_what_stands_in_the_way_is_a_warning_where_no_call_gets_through(tmp_path: Path) -> None:
    on: dict[str, object] = {"intercom": "prefixed"}
    away = {"forwardUnconditional": True, "forwardUnconditionalNature": "voicemail"}
    late = {"forwardNoReply": True, "forwardNoReplyNature": "voicemail"}
    _, one = told(tmp_path, seen(on | away), LINE)
    assert (one.severity, "voicemail (forwardUnconditional)" in one.text) == (Severity.WARNING, True)
    _, one = told(tmp_path, seen(on | late), LINE)
    assert (one.severity, "voicemail (forwardNoReply)" in one.text) == (Severity.NOTE, True)


def test_the_form_that_the_line_has_for_the_operator_is_told(tmp_path: Path) -> None:
    on = {"intercom": "prefixed"}
    one, other = told(tmp_path, seen(on, on), ('line = "3100000000"', 'line = "0972000001"'), TARGET)
    assert f"buttons.bell.line: 0972000001, for the operator {FIRST}, has" in one.text
    assert f"targets.shop.line: 0972000002, for the operator {SECOND}, has" in other.text


def test_a_number_in_a_form_that_nobody_knows_is_told_with_the_line_that_ends_alike(tmp_path: Path) -> None:
    (one,) = told(tmp_path, seen({}), ('line = "3100000000"', 'line = "3100972000001"'))
    assert one.severity is Severity.WARNING
    assert f"none of the 2 lines that the key sees; {FIRST} ends alike" in one.text


def test_without_a_key_the_steps_are_told_in_both_languages_and_nothing_is_wrong(tmp_path: Path) -> None:
    (one,) = told(tmp_path, Seen(has_key=False))
    assert one.severity is Severity.NOTE
    for words in ("portier line login", "in the customer area", "espace client", "préfixe 3691"):
        assert words in one.advice


def test_another_prefix_or_none_is_no_matter_of_the_operators(tmp_path: Path) -> None:
    place = "[buttons.bell]"
    (one,) = told(tmp_path, seen({}), (place, f'[dialling]\nprefix = "*80"\n{place}'))
    assert (one.severity, "*80 is not 3691" in one.text) == (Severity.NOTE, True)
    (one,) = told(tmp_path, seen({}), (place, f'[dialling]\nprefix = ""\n{place}'))
    assert one.severity is Severity.OK


def test_a_refused_key_is_told_with_what_to_do(tmp_path: Path) -> None:
    (one,) = told(tmp_path, Seen(trouble="GET /telephony: not valid (403)", advice="open its address"), LINE)
    assert (one.severity, one.advice) == (Severity.WARNING, "open its address")


def test_this_machine_asks_the_operator_for_the_dialled_lines_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with scene(tmp_path) as three:
        monkeypatch.setenv("PORTIER_OVH_KEYS", str(three.keys))
        looked = operator.look(("0972000002", "0033145000000"))
        assert (looked.trouble, len(looked.numbers), [*looked.options]) == ("", 3, [SECOND])
        assert three.api.count("GET") == 4
        three.write_keys(others={"consumer_key": "0" * 32})
        refused = operator.look((FIRST,))
        assert "This credential is not valid (403): the key was not validated yet" in refused.trouble
        assert "portier line login" in refused.advice
        three.keys.unlink()
        assert not operator.look((FIRST,)).has_key


def test_a_library_that_is_not_here_is_told_by_the_doctor_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(_: object) -> None:
        raise LibraryMissingError(
            "line: the operator's client library is not here: pip install 'ovh>=1.2,<2'"
        )

    monkeypatch.setattr(operator, "make_client", none)
    with scene(tmp_path) as three:
        monkeypatch.setenv("PORTIER_OVH_KEYS", str(three.keys))
        assert operator.look((FIRST,)).advice == "pip install 'ovh>=1.2,<2'"
