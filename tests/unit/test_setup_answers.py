"""Answers that are wrong, taken back or given again: what is refused, and what they leave."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from tests.unit.setup_run import (
    ACCOUNT,
    BUTTON,
    DOOR,
    END,
    ENGLISH,
    ENTERS,
    FRENCH,
    LINE,
    OLD,
    SECRET,
    SOUND,
    WHOLE,
    content,
    in_use,
    ran,
)

from portier.config import load


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return in_use(tmp_path)


def test_going_back_from_the_last_question_reaches_the_first(tmp_path: Path) -> None:
    answers = (*WHOLE[:-2], *["<"] * 60, *WHOLE[1:])
    done = ran(tmp_path / "portier.toml", answers)
    assert done.code == 0
    assert done.questions.count("Library [1]: ") > 30
    load.load(tmp_path / "portier.toml")


def test_an_answer_given_again_counts(tmp_path: Path) -> None:
    again = ("6", "<", "12", "1")
    done = ran(tmp_path / "portier.toml", (ENGLISH, "1", *again, *BUTTON[3:], *WHOLE[6:]))
    assert done.code == 0
    assert load.load(tmp_path / "portier.toml").buttons["bell"].pin == 12


def test_the_other_way_through_after_going_back_leaves_nothing_of_the_first(tmp_path: Path) -> None:
    back = ["<"] * 7
    rest = ("2", "gate", "2", "sip:alice@192.168.1.20", "2")
    done = ran(tmp_path / "p.toml", (ENGLISH, *BUTTON, *DOOR, *SOUND, *ACCOUNT[:-2], *back, *rest, *END))
    assert done.code == 0
    sip = tomllib.loads((tmp_path / "p.toml").read_text())["sip"]
    assert "registrar" not in sip
    assert "password_file" not in sip
    assert not (tmp_path / "sip-password").exists()


def test_without_an_account_a_line_is_dialled_plainly_at_its_server(tmp_path: Path) -> None:
    rest = ("2", "gate", "1", "pbx.lan", "200", "", "2")
    done = ran(tmp_path / "p.toml", (ENGLISH, *BUTTON, *DOOR, *SOUND, *rest, *END))
    assert done.code == 0
    config = load.load(tmp_path / "p.toml")
    assert load.rules(config).buttons["bell"].uri == "sip:200@pbx.lan"


def test_a_wrong_answer_is_refused_with_its_reason_and_asked_again(tmp_path: Path) -> None:
    wrong = (ENGLISH, "9", "mok", "1", "99", "x", "", "3", *BUTTON[2:], "6", *DOOR)
    done = ran(tmp_path / "p.toml", wrong)
    shown = done.said
    assert shown.count("answer with a number from 1 to 3") == 2
    # What was refused is not on offer afterwards.
    assert {one for one in done.questions if "Pin" in one} == {
        "Pin of the button, GPIO [5]: ",
        "Pin of the relay, GPIO [22]: ",
    }
    assert "99 is not a GPIO number of the header" in shown
    assert "! is a text, but must be a whole number (allowed: GPIO 2 to 27)" in shown
    assert "6 is pulled up while the Pi boots: it would release the door" in shown


def test_none_is_no_answer_where_one_is_needed(tmp_path: Path) -> None:
    account = (*ACCOUNT[:4], "-", *ACCOUNT[4:])
    line = (LINE[0], "-", *LINE[1:])
    done = ran(tmp_path / "p.toml", (ENGLISH, *BUTTON, *DOOR, *SOUND, *account, *line, *END))
    assert done.code == 0
    assert done.said.count("an answer is needed here") == 2
    config = load.load(tmp_path / "p.toml")
    assert (config.sip.user, config.buttons["bell"].line) == ("0033912345678", "3100000000")


def test_what_is_allowed_is_told_without_the_quotes_of_the_file(tmp_path: Path) -> None:
    for language in (ENGLISH, FRENCH):
        done = ran(tmp_path / "p.toml", (language, *BUTTON, "22", "1", "#"))
        assert {ENGLISH: "0-9 and *; not * alone", FRENCH: "0-9 et * ; pas * seul"}[language] in done.said


def test_refusals_are_french_where_french_is_spoken(tmp_path: Path) -> None:
    done = ran(tmp_path / "p.toml", (FRENCH, "1", "99", "x", "5", *BUTTON[2:], "6"))
    shown = done.said
    assert "99 n'est pas un numéro GPIO du connecteur" in shown
    assert "est un texte, mais doit être un nombre entier (permis : GPIO 2 à 27)" in shown
    assert "6 est tiré vers le haut pendant que le Pi démarre : il déverrouillerait la porte" in shown


def test_an_answer_in_quotes_is_taken_as_the_checks_show_it(tmp_path: Path) -> None:
    door = ("22", "1", '"*7"', *DOOR[3:])
    assert ran(tmp_path / "p.toml", (ENGLISH, *BUTTON, *door, *SOUND, *ACCOUNT, *LINE, *END)).code == 0
    assert load.load(tmp_path / "p.toml").doors["front"].release_digit == "*7"


def test_an_active_low_board_is_refused_with_what_to_do_about_it(tmp_path: Path) -> None:
    done = ran(tmp_path / "p.toml", (ENGLISH, *BUTTON, "22", "2"))
    shown = done.said
    assert "! is not possible: energised is released, always." in shown
    assert "A driver that is active low would release the door whenever its pin is claimed ->" in shown
    assert "put a transistor in front of the relay" in shown
    assert done.code == 1


def test_a_password_that_is_needed_is_asked_for_until_there_is_one(tmp_path: Path) -> None:
    account = (*ACCOUNT[:6], "", "\x07", *ACCOUNT[6:])
    done = ran(tmp_path / "p.toml", (ENGLISH, *BUTTON, *DOOR, *SOUND, *account, *LINE, *END))
    assert done.code == 0
    assert "a registrar asks for a password" in done.shown
    assert "this is no password" in done.shown


def test_a_password_whose_file_is_gone_cannot_be_kept(file: Path) -> None:
    (file.parent / "secret").unlink()
    kept = ENTERS.index("2", 15) - 1
    done = ran(file, (*ENTERS[: kept + 1], "another one", *ENTERS[kept + 1 :], *END))
    assert done.code == 0
    assert "sip.password_file: the file it names does not exist" in done.shown
    assert (file.parent / "secret").read_text() == "another one\n"


def test_who_gives_up_an_account_loses_its_keys_and_who_never_had_one_keeps_them(tmp_path: Path) -> None:
    config = tmp_path / "p.toml"
    rest = ("2", "gate", "2", "sip:alice@192.168.1.20", "2", *END)
    for registrar, password, left in (
        ('registrar = "old.example"\n', SECRET, set()),
        ("", SECRET, {"proxy", "password_file"}),
        ("", "", set()),
    ):
        (tmp_path / "secret").write_text(password)
        sip = f'[sip]\ndomain = "old.example"\n{registrar}proxy = "p.example"\npassword_file = "secret"\n'
        config.write_text(sip)
        assert ran(config, (ENGLISH, *BUTTON, *DOOR, *SOUND, *rest)).code == 0
        data = tomllib.loads(config.read_text())["sip"]
        assert data.keys() & {"registrar", "proxy", "password_file"} == left


ANSWERS = st.sampled_from(
    [
        *("", "1", "2", "3", "4", "5", "<", "-", "0", "99", "6", "22", "12", "x", "2,5", "-1", "1e9", "٣"),
        *("sip.example.org", "0033912345678", "3100000000", "sip:alice@192.168.1.20", "*", "#", "+33", "é"),
        *("plughw:CARD=Device", "hw:0", "\x1b[A", "a b", '"', "\\", "mock", "lgpio", "high", "low"),
    ]
)


def _slipped(row: tuple[str, ...], slips: list[tuple[int, int, str]]) -> list[str]:
    # With a slip the password may be typed where it is shown.
    answers = ["a word" if one == SECRET else one for one in row]
    for at, taken, answer in slips:
        answers[at : at + taken] = [answer]
    # Enter answers whatever is still asked.
    return answers + [""] * 10


# What comes to mind, and the answers of somebody who knows, with some that are wrong, missing or taken back.
ROWS = st.one_of(
    st.lists(ANSWERS, max_size=80),
    st.builds(
        _slipped,
        st.sampled_from([WHOLE[1:], (*ENTERS[1:], *END)]),
        st.lists(st.tuples(st.integers(0, 40), st.integers(0, 1), ANSWERS), max_size=6),
    ),
)


@settings(max_examples=150)
@given(
    answers=ROWS,
    old=st.sampled_from(["", OLD, "[gpio]\nfactory = 3\n", "x", OLD.replace("= 17", "= 6")]),
    secret=st.booleans(),
)
def test_any_row_of_answers_leaves_a_valid_configuration_or_the_old_file(
    answers: list[str], old: str, secret: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("any")
    config = folder / "portier.toml"
    if secret:
        (folder / "secret").write_text(SECRET)
    if old:
        config.write_text(old)
    before = content(folder)
    done = ran(config, (ENGLISH, *answers))
    if "is written\n" in done.shown:
        load.load(config)
        assert done.code == 0
        if old and config.read_text() != old:
            assert old in {path.read_text() for path in folder.glob("portier.toml.*")}
    else:
        assert content(folder) == before
        assert done.code == 1
