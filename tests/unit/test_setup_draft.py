"""What is kept of an old file, and which answers the configuration's own checks refuse."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from tests.unit.test_config_fuzz import FILES, toml

from portier.config import load
from portier.setup import flow, line
from portier.setup.draft import Draft, example, put, usable, value_at
from portier.setup.questions import Choice, Value

HERE = Path("/nowhere")
BELL_PIN, STRIKE_PIN = ("buttons", "bell", "pin"), ("doors", "front", "pin")


def _draft(text: str = "") -> Draft:
    return Draft(tomllib.loads(text), HERE)


def _usable(text: str) -> tuple[dict[str, object], list[str]]:
    data = tomllib.loads(text)
    kept, wrong = usable(data, HERE, flow.asked(Draft(data, HERE)))
    return kept, [str(one) for one in wrong]


def test_a_wrong_answer_is_refused_in_the_words_of_the_checks() -> None:
    (problem,) = _draft().refusals({STRIKE_PIN: 6}, flow.asked(_draft()))
    assert problem.loc == STRIKE_PIN
    assert problem.text.startswith("6 is pulled up while the Pi boots")


def test_what_is_asked_for_later_refuses_nothing_yet() -> None:
    draft = _draft('[doors.front]\npin = 17\nrelease_digit = "5"\n')
    line = ("buttons", "bell", "line")
    assert draft.refusals({BELL_PIN: 17}, [STRIKE_PIN, line]) == []
    told = {str(one) for one in draft.refusals({BELL_PIN: 17})}
    assert "doors.front.pin: pin 17 is already that of buttons.bell.pin: wire and name another" in told


def test_an_answer_that_breaks_what_stays_is_refused() -> None:
    (problem,) = _draft("[lamps]\nstatus = 23\n").refusals({BELL_PIN: 23}, flow.asked(_draft()))
    assert problem.loc == ("lamps", "status")


def test_what_was_wrong_before_is_not_the_answers_fault() -> None:
    draft = _draft("[lamps]\nstatus = 23\nfailure = 23\n")
    assert draft.refusals({BELL_PIN: 5}, flow.asked(draft)) == []


def test_a_refused_answer_changes_nothing_and_one_that_is_taken_stays_on_offer() -> None:
    draft = _draft("[sip]\nuser = 'old'\n")
    draft.put({("sip", "user"): "new"})
    assert draft.standing(("sip", "user")) == "new"
    draft.put({("sip", "user"): None})
    assert draft.get(("sip", "user")) is None
    assert draft.standing(("sip", "user")) == "new"
    assert draft.data == {}


def test_the_pins_on_offer_are_those_of_the_hardware_page() -> None:
    pinout = tomllib.loads((Path(__file__).parents[2] / "hardware" / "pinout.toml").read_text())["pins"]
    assert value_at(example(), BELL_PIN) == pinout["bell"]["pin"]
    assert value_at(example(), STRIKE_PIN) == pinout["strike"]["pin"]


def test_names_of_the_old_file_are_asked_for() -> None:
    draft = _draft("[buttons.gate]\npin = 5\n[buttons.side]\npin = 6\n[doors.garage]\npin = 22\n")
    assert (draft.button, draft.door) == ("gate", "garage")


@pytest.mark.parametrize(
    ("old", "gone"),
    [
        ("[lamps]\nstatus = 99\ntalking = 25\n", ("lamps", "status")),
        ("[sip]\nport = 5060\nprot = 5061\n", ("sip", "prot")),
        ("[call]\nmax_talk_s = 'long'\nring_timeout_s = 30\n", ("call", "max_talk_s")),
        ("[sip]\nuser = 'a'\n[lamp]\nstatus = 23\n", ("lamp",)),
        ("[buttons.bell]\npin = 5\n[buttons.side]\nline = '3'\n", ("buttons", "side")),
        ("[lamps]\nstatus = 23\nfailure = 23\n", ("lamps", "failure")),
        ("lamps = 3\n[sip]\nuser = 'a'\n", ("lamps",)),
        ("[sip]\ncodecs = ['PCMA', 'OPUS']\n", ("sip", "codecs")),
    ],
)
def test_only_what_is_wrong_goes_and_it_is_told(old: str, gone: tuple[str, ...]) -> None:
    kept, wrong = _usable(old)
    wanted = tomllib.loads(old)
    put(wanted, gone, None)
    assert kept == wanted
    assert any(one.startswith(".".join(gone)) for one in wrong)


def test_what_will_be_asked_for_is_left_to_its_question() -> None:
    old = '[buttons.bell]\npin = 99\nline = "a b"\n[doors.front]\nrelease_digit = "#"\n'
    kept, wrong = _usable(old)
    assert kept == tomllib.loads(old)
    assert wrong == []


@settings(max_examples=60)
@given(FILES)
def test_of_any_file_something_is_kept_that_the_questions_can_complete(data: dict[str, object]) -> None:
    text = "\n".join(f"{toml(key)} = {toml(value)}" for key, value in data.items())
    parsed = tomllib.loads(text)
    asked = flow.asked(Draft(parsed, HERE))
    kept, _ = usable(parsed, HERE, asked)
    left = [one for one in load.examined(kept, HERE, check_files=False)[1] if one.loc not in asked]
    # Only whole sections may still be missing, and what a section lacks.
    assert all("missing" in one.text or "none is described" in one.text for one in left), left


@pytest.mark.parametrize("key", ["target", "list"])
def test_a_button_that_names_whom_it_rings_is_not_asked_for_a_line(key: str) -> None:
    draft = _draft(f'[buttons.bell]\npin = 5\n{key} = "family"\n')
    assert [step for step in line.STEPS if isinstance(step, Choice | Value) and step.applies(draft)] == []
    assert [step for step in line.STEPS if isinstance(step, Choice | Value) and step.applies(_draft())] != []
