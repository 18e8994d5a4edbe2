"""What setup says: complete in both languages, for a terminal, and French where the checks speak English."""

from __future__ import annotations

import ast
import os
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.setup_run import ENGLISH, FRENCH, WHOLE, ran

import portier.config
import portier.setup
from portier.config import load
from portier.config.keys import sections
from portier.core.calls import ADVICE
from portier.core.events import EndReason
from portier.setup.texts import (
    OUR_COMMENTS,
    Language,
    Texts,
    comments_english,
    comments_french,
    doors,
    english,
    french,
    french_checks,
    french_findings,
    from_environment,
    typography,
)

IN_FRENCH = Texts(Language.FRENCH)
SETUP = Path(portier.setup.__path__[0])
CONFIG = Path(portier.config.__path__[0])
# Keys that are made of a question's name and what follows it, as questions.py does.
KINDS = {
    "Value": ("why", "label"),
    "Choice": ("why", "label", "refused"),
    "_Library": ("why", "label", "refused"),
    "_Devices": ("why", "label"),
    "Try": ("why", "try"),
}
MADE_ELSEWHERE = {
    *(f"finish.{one}" for one in ("write", "show", "back", "leave")),
    *(f"next.{one}" for one in ("done", "check", "doctor")),
    *(f"card.{one}" for one in ("simulated", "none")),
    *(f"ring.{one}" for one in ("refused", "unreachable")),
    *(f"button.always.{one}" for one in ("low", "high")),
}


def _places(text: str) -> set[str | None]:
    return {place for _, place, _, _ in string.Formatter().parse(text) if place is not None}


def _words(source: str) -> Iterator[str]:
    """Every text of a module that is a key, and those its questions make of their names."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS:
            name = ast.literal_eval(node.args[0])
            yield from (f"{name}.{end}" for end in KINDS[node.func.id])
            if node.func.id in {"Choice", "_Library"}:
                yield from (f"{name}.{value}" for value in ast.literal_eval(node.args[1]))


def _used() -> set[str]:
    words = {word for file in SETUP.glob("*.py") for word in _words(file.read_text())}
    return {word for word in words if word in english.TEXTS} | MADE_ELSEWHERE


def test_both_languages_have_the_same_texts() -> None:
    assert list(english.TEXTS) == list(french.TEXTS)
    assert list(comments_english.COMMENTS) == list(comments_french.COMMENTS)


@pytest.mark.parametrize("key", english.TEXTS)
def test_a_text_has_the_same_places_in_both_languages(key: str) -> None:
    assert _places(english.TEXTS[key]) == _places(french.TEXTS[key])


def test_every_text_is_used_and_every_question_has_its_texts() -> None:
    assert _used() == set(english.TEXTS)
    asked = {word for file in SETUP.glob("*.py") for word in _words(file.read_text())}
    made = {
        word
        for word in asked
        if word.partition(".")[0]
        and word.rpartition(".")[2] in {"why", "label", "try", "refused"}
        and "." in word
    }
    assert made <= set(english.TEXTS)


@pytest.mark.parametrize("language", Language)
def test_every_key_of_the_model_has_a_comment_of_one_short_line(language: Language) -> None:
    comments = Texts(language).comments
    assert set(comments) == {f"{one.name}.{key}" for one in sections().values() for key in one.keys}
    assert all(
        text == text.strip() and text.replace(typography.NO_BREAK, " ").isprintable() and len(text) <= 72
        for text in comments.values()
    )
    assert set(comments.values()) <= OUR_COMMENTS


def test_french_needs_no_more_than_the_oldest_terminals_have_but_its_apostrophe() -> None:
    for text in (*french.TEXTS.values(), *comments_french.COMMENTS.values()):
        typography.french(text).replace(typography.APOSTROPHE, "'").encode("latin-1")


@pytest.mark.parametrize(
    ("typed", "set_"),
    [
        ("l'appel : 30 s ?", "l\u2019appel\xa0: 30\xa0s\xa0?"),
        ("« essai » (M) ; d'{file} !", "«\xa0essai\xa0» (M)\xa0; d\u2019{file}\xa0!"),
        ("{seconds} s, 3,3 V et 4,7 kilohms", "{seconds}\xa0s, 3,3\xa0V et 4,7\xa0kilohms"),
        ("en-têtes (après un ?)", "en-têtes (après un\xa0?)"),
        # What is typed at a computer stays as it is.
        ("sip:nom@hôte, :port, _ . ~ * ' + -", "sip:nom@hôte, :port, _ . ~ * ' + -"),
    ],
)
def test_french_marks_stand_behind_a_space_that_does_not_break(typed: str, set_: str) -> None:
    assert typography.french(typed) == set_


def test_no_french_line_begins_with_a_mark(tmp_path: Path) -> None:
    done = ran(tmp_path / "p.toml", (FRENCH, *WHOLE[1:]))
    assert [line for line in done.shown.splitlines() if line.lstrip()[:1] in {*":;?»"}] == []
    assert "' " not in done.shown
    assert " :" not in done.shown


@pytest.mark.parametrize("language", [ENGLISH, FRENCH])
def test_no_line_is_wider_than_80_columns(language: str, tmp_path: Path) -> None:
    done = ran(tmp_path / "p.toml", (language, *WHOLE[1:]))
    assert done.code == 0
    too_long = [line for line in done.shown.splitlines() if len(line) > 80 and str(tmp_path) not in line]
    assert not too_long


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "fr_FR.UTF-8"}, Language.FRENCH),
        ({"LANG": "fr_CA"}, Language.FRENCH),
        ({"LANG": "de_DE.UTF-8"}, Language.ENGLISH),
        ({"LANG": "fr_FR.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, Language.ENGLISH),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "fr_FR.UTF-8"}, Language.FRENCH),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": ""}, Language.FRENCH),
        ({}, Language.ENGLISH),
    ],
)
def test_the_language_is_that_of_the_locale(environment: dict[str, str], language: Language) -> None:
    assert from_environment(environment) is language


# The texts of the configuration's checks


def _sample(node: ast.expr) -> str | None:
    """A text of the source with something in its places."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(str(one.value) if isinstance(one, ast.Constant) else "7" for one in parts)
        case _:
            return None


def _complaints(file: Path) -> Iterator[str]:
    """What a module of the checks may complain of, and what it says is allowed."""
    for node in ast.walk(ast.parse(file.read_text())):
        texts: list[ast.expr] = []
        match node:
            case ast.Call(func=ast.Name(id="ValueError" | "allowed"), args=[first]):
                texts = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
            case ast.Call(func=ast.Name(id="Problem"), args=[_, second]):
                texts = [second]
            case ast.Assign(
                targets=[ast.Name(id="_COMPLAINTS" | "_FOUND" | "_NOT_FOR_A_STRIKE")], value=value
            ):
                texts = [one for one in ast.walk(value) if isinstance(one, ast.Constant)]
            case ast.keyword(arg="json_schema_extra", value=ast.Dict(values=texts)):
                pass
            case _:
                pass
        yield from (text for one in texts if (text := _sample(one)) is not None)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "account_checks",
            "addresses",
            "announcements",
            "checks",
            "door_checks",
            "families",
            "gong",
            "incoming",
            "keypads",
            "mixer",
            "model",
            "named_files",
            "pins",
            "profile_checks",
        ),
        *("profiles", "reach_checks", "reach_model", "report", "texts", "volume"),
    ],
)
def test_every_complaint_of_the_checks_is_known_in_french(name: str) -> None:
    complaints = [one for one in _complaints(CONFIG / f"{name}.py") if " " in one]
    assert complaints
    same = {"letters, digits and _ . ! ~ * ' + -"}
    unknown = [one for one in complaints if IN_FRENCH.known(one) == one and one not in same]
    assert not unknown


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "buttons.bell.pin: 99 is not a GPIO number of the header, whose positions are counted otherwise "
            "(allowed: GPIO 2 to 27)",
            "buttons.bell.pin : 99 n'est pas un numéro GPIO du connecteur, dont les positions se comptent "
            "autrement (permis : GPIO 2 à 27)",
        ),
        (
            'gpio.factory: "lgpoi" is not known. Did you mean "lgpio"? (allowed: "lgpio", "rpigpio", "mock")',
            'gpio.factory : "lgpoi" est inconnu. Vouliez-vous dire "lgpio" ? '
            '(permis : "lgpio", "rpigpio", "mock")',
        ),
        (
            "doors.front.release_s: 61 is too high (allowed: above 0, up to 60)",
            "doors.front.release_s : 61 est trop grand (permis : au-dessus de 0, jusqu'à 60)",
        ),
        (
            "buttons.bell.debounce_ms: 0 is too low (allowed: 1 to 500)",
            "buttons.bell.debounce_ms : 0 est trop petit (permis : 1 à 500)",
        ),
        (
            "doors.front.release_s: 5.5 is longer than max_release_s, which is 3.0",
            "doors.front.release_s : 5.5 dépasse max_release_s, qui est 3.0",
        ),
        (
            "buttons.bell.pin: is missing. Where the button is wired. (allowed: GPIO 2 to 27)",
            "buttons.bell.pin : manque : numéro GPIO du bouton (permis : GPIO 2 à 27)",
        ),
    ],
)
def test_a_complaint_is_said_in_french_part_by_part(text: str, wanted: str) -> None:
    assert IN_FRENCH.problem(text) == typography.french(wanted)
    assert Texts(Language.ENGLISH).problem(text) == text


def test_a_complaint_of_the_real_checks_is_said_in_french() -> None:
    data = {"gpio": {"factory": "mock"}, "buttons": {"bell": {"pin": 1, "line": "a b"}}, "doors": {}}
    _, problems = load.examined(data, check_files=False)
    assert problems
    assert all(IN_FRENCH.known(one.text) != one.text for one in problems)


def _joints(text: str, said: str) -> int:
    """In how many places a text must have been put together from what the source says."""
    joints = -1
    while text:
        length = next((one for one in range(len(text), 0, -1) if text[:one] in said), 1)
        text = text[length:]
        joints += 1
    return joints


def test_every_text_that_french_knows_is_still_said_somewhere() -> None:
    files = [file for file in SETUP.parent.rglob("*.py") if not file.is_relative_to(SETUP / "texts")]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text()))]
    parts = [one.value for one in nodes if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    said = "\n".join([*parts, *map(os.strerror, range(1, 40))])
    templates = (*french_checks.TEMPLATES, *french_findings.TEMPLATES, *doors.TEMPLATES)
    gone = [ours for ours, _ in templates if max(_joints(part, said) for part in ours.split("{}")) > 2]
    assert not gone
    assert _joints("could not be tried: no reply within ", said) > 2


def test_a_text_that_nobody_knows_stays_as_it_is() -> None:
    assert IN_FRENCH.known("Unknown error 524") == "Unknown error 524"
    assert IN_FRENCH.known("connection to server 3 of 4 failed") == "connection to server 3 of 4 failed"


def test_every_end_of_a_call_and_its_advice_are_known_in_french() -> None:
    for reason in EndReason:
        assert IN_FRENCH.known(reason.value) != reason.value
        assert IN_FRENCH.known(ADVICE[reason]) != ADVICE[reason]
