"""A whole `portier setup`, answered from a list: it ends well, or with nothing changed."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from tests.unit.setup_run import END, ENGLISH, ENTERS, FRENCH, OLD, SECRET, WHOLE, content, in_use, ran

from portier.bench.dialogue import INTERRUPT, ScriptedTerminal
from portier.bench.machine import raspberry_pi
from portier.config import load
from portier.errors import ConfigError, ConfigWriteError
from portier.setup import session, signals


class Pressed(ScriptedTerminal):
    """A terminal at which a key is pressed, or a signal comes, as soon as a text is shown."""

    def __init__(self, answers: Iterable[str], at: str, number: signal.Signals = signal.SIGINT) -> None:
        super().__init__(answers)
        self._at = at
        self._number = number
        self.pressed = False

    def write(self, text: str) -> None:
        """Show it, and be hurt in the middle of it."""
        if self._at in text and not self.pressed:
            self.pressed = True
            os.kill(os.getpid(), self._number)
        super().write(text)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return in_use(tmp_path)


def test_a_first_setup_leaves_a_configuration_that_the_loader_takes(tmp_path: Path) -> None:
    done = ran(tmp_path / "portier.toml", WHOLE)
    assert done.code == 0
    config = load.load(tmp_path / "portier.toml")
    assert (config.buttons["bell"].pin, config.doors["front"].pin) == (5, 22)
    assert (config.audio.capture, config.audio.playback) == ("plughw:CARD=Device",) * 2
    assert (config.sip.registrar, config.sip.user) == ("sip.example.org", "0033912345678")
    assert load.number(config, "bell") == "36913100000000"
    secret = load.read_secret(config.sip)
    assert secret
    assert secret.get_secret_value() == SECRET
    assert SECRET not in (tmp_path / "portier.toml").read_text()
    assert (tmp_path / "sip-password").stat().st_mode & 0o007 == 0
    assert [words[0] for words in done.tried] == ["button", "relay", "sound", "sound", "ring"]


def test_enter_everywhere_keeps_a_configuration_as_it_is(file: Path) -> None:
    before = content(file.parent)
    done = ran(file, (*ENTERS, *END))
    assert done.code == 0
    assert done.tried == []
    data = tomllib.loads(file.read_text())
    old = tomllib.loads(OLD)
    for section, values in old.items():
        assert data[section].items() >= values.items() if section in {"sip", "lamps", "call"} else True
    assert data["buttons"]["side"] == old["buttons"]["side"]
    assert data["buttons"]["gate"].items() >= old["buttons"]["gate"].items()
    assert data["doors"]["garage"].items() >= old["doors"]["garage"].items()
    assert file.read_text().startswith("# Wired by Jean.\n")
    kept = [path for path in file.parent.iterdir() if path.name.startswith("portier.toml.")]
    assert [path.read_bytes() for path in kept] == [before["portier.toml"]]
    assert content(file.parent)["secret"] == before["secret"]


def test_run_again_it_says_that_nothing_is_new_and_makes_no_copy(file: Path) -> None:
    ran(file, (*ENTERS, *END))
    before = content(file.parent)
    done = ran(file, (*ENTERS, *END))
    assert done.code == 0
    assert "says exactly this already" in done.said
    assert content(file.parent) == before


def test_an_existing_file_is_what_enter_takes(file: Path) -> None:
    done = ran(file, (*ENTERS, *END))
    for prompt in (
        "Pin of the button, GPIO [6]: ",
        "Pin of the relay, GPIO [17]: ",
        "Digit that releases the door [4]: ",
        "Domain [sip.example.org]: ",
        "User [0033912345678]: ",
        "Line [3100000000]: ",
        "Prefix [3691]: ",
    ):
        assert prompt in done.questions
    assert "These stay as they are: buttons.side." in done.said


def test_another_password_is_written_and_the_old_one_kept(file: Path) -> None:
    answers = list(ENTERS)
    answers[ENTERS.index("2", 15) - 1] = "another one"
    ran(file, (*answers, *END))
    assert (file.parent / "secret").read_text() == "another one\n"
    (kept,) = [path for path in file.parent.iterdir() if path.name.startswith("secret.")]
    assert kept.read_text() == SECRET
    assert kept.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("end", [(), (INTERRUPT,)], ids=["end of input", "Ctrl-C"])
@pytest.mark.parametrize("count", range(len(WHOLE) - 1))
def test_an_end_at_any_question_changes_nothing(file: Path, count: int, end: tuple[str, ...]) -> None:
    before = content(file.parent)
    done = ran(file, (*WHOLE[:count], *end))
    assert content(file.parent) == before
    assert done.code == (130 if end else 1)
    assert "nothing is changed" in done.shown


@pytest.mark.parametrize("end", [(), (INTERRUPT,)], ids=["end of input", "Ctrl-C"])
def test_an_end_after_the_last_question_leaves_what_was_written(tmp_path: Path, end: tuple[str, ...]) -> None:
    done = ran(tmp_path / "portier.toml", (*WHOLE[:-1], *end))
    assert done.code == 0
    load.load(tmp_path / "portier.toml")
    assert "nothing is changed" not in done.shown.partition("is written\n")[2]


def test_ctrl_c_in_the_middle_of_the_writing_waits_for_its_end(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: os.kill(os.getpid(), signal.SIGINT))
    # A name server that hangs leaves a thread behind, to which the kernel may hand the signal.
    ended = threading.Event()
    left = threading.Thread(target=ended.wait, daemon=True)
    left.start()
    done = ran(file, WHOLE)
    ended.set()
    assert (done.code, done.shown.splitlines()[-1]) == (0, "The configuration is written.")
    load.load(file)


@pytest.fixture
def ignored() -> Iterator[None]:
    """Ctrl-C means nothing, as in a job that a shell runs in the background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ignored")
def test_ctrl_c_ends_it_whatever_started_it(file: Path) -> None:
    before = content(file.parent)
    terminal = Pressed(WHOLE, at="GPIO number of the button")
    done = ran(file, (), terminal=terminal)
    assert (done.code, content(file.parent)) == (130, before)
    assert "Interrupted: nothing is changed" in done.shown


@pytest.mark.usefixtures("ignored")
def test_ctrl_c_while_it_writes_is_told_of_whatever_started_it(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: os.kill(os.getpid(), signal.SIGINT))
    done = ran(file, WHOLE)
    assert (done.code, done.shown.splitlines()[-1]) == (0, "The configuration is written.")


@pytest.mark.parametrize("number", signals.ALL)
def test_another_key_or_signal_at_the_end_takes_neither_the_last_word_nor_its_code(
    file: Path, number: signal.Signals
) -> None:
    before = content(file.parent)
    terminal = Pressed((*WHOLE[:5], INTERRUPT), at="Interrupted:", number=number)
    done = ran(file, (), terminal=terminal)
    assert (done.code, content(file.parent)) == (130, before)
    assert done.shown.endswith("\nInterrupted: nothing is changed.\n")
    assert terminal.pressed


def test_a_full_disk_is_told_and_the_answers_are_not_lost(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, failures = content(file.parent), iter([OSError(28, "No space left on device")])

    def full(descriptor: int) -> None:
        if failure := next(failures, None):
            assert content(file.parent).items() >= before.items()
            raise failure

    monkeypatch.setattr(os, "fsync", full)
    done = ran(file, (FRENCH, *WHOLE[1:-2], "1", "1", "1"))
    assert "ne peut être écrit : plus de place sur le support -> rien n'est modifié" in done.said
    assert done.code == 0
    assert file.read_bytes() != before["portier.toml"]


def test_leaving_without_writing_changes_nothing(file: Path) -> None:
    before = content(file.parent)
    done = ran(file, (*WHOLE[:-2], "2", "4"))
    assert (done.code, content(file.parent)) == (1, before)
    assert "[doors.garage]" in done.shown


def test_a_sound_file_of_a_simulated_card_that_is_gone_is_told_and_dropped(file: Path) -> None:
    file.write_text(OLD.replace("[audio]", '[audio]\nmicrophone_wav = "gone.wav"').replace("capture", "#"))
    done = ran(file, (ENGLISH,))
    assert "this cannot be kept: audio.microphone_wav:" in done.said


def test_a_file_that_is_no_toml_is_told_and_kept_beside_the_new_one(tmp_path: Path) -> None:
    config = tmp_path / "portier.toml"
    config.write_text("[sip\nuser = ")
    done = ran(config, WHOLE)
    assert done.code == 0
    assert "line 1" in done.shown
    load.load(config)
    (kept,) = [path for path in tmp_path.iterdir() if path.name.startswith("portier.toml.")]
    assert kept.read_text() == "[sip\nuser = "


def test_what_cannot_be_kept_is_told(file: Path) -> None:
    file.write_text(OLD.replace("status = 23", "status = 99\ntalking = 25"))
    done = ran(file, (FRENCH, *ENTERS[1:], *END))
    assert done.code == 0
    assert "ceci ne peut pas être gardé : lamps.status : 99 n'est pas un numéro GPIO" in done.said
    assert tomllib.loads(file.read_text())["lamps"] == {"talking": 25}


@pytest.fixture
def link(file: Path, tmp_path: Path) -> Path:
    """Another name of the file, in a folder of its own, where the station looks for the password."""
    link = tmp_path / "etc" / "link.toml"
    link.parent.mkdir()
    link.symlink_to(file)
    (file.parent / "secret").rename(link.parent / "secret")
    return link


def test_a_link_stays_a_link_and_paths_count_from_its_folder_as_for_the_station(
    file: Path, link: Path
) -> None:
    assert ran(link, (*ENTERS, *END)).code == 0
    assert link.is_symlink()
    assert "closed_is" in file.read_text()
    load.load(link)
    answers = list(ENTERS)
    answers[ENTERS.index("2", 15) - 1] = "another one"
    assert ran(link, (*answers, *END)).code == 0
    secret = load.read_secret(load.load(link).sip)
    assert secret
    assert secret.get_secret_value() == "another one"


@pytest.mark.parametrize("named", ["link", "file", "../etc/link.toml"])
def test_a_station_that_runs_with_a_link_is_known_by_either_name(file: Path, link: Path, named: str) -> None:
    pi = raspberry_pi()
    name = {"link": link, "file": file}.get(named, link.parent / named)
    pi.files["/proc/77/cmdline"] = f"/opt/portier/bin/python\0/opt/portier/bin/portier\0run\0--config\0{name}"
    pi.files["/proc/77/comm"] = "portier"
    assert "the running station (process 77)" in ran(link, (ENGLISH,), machine=pi).said


def test_a_link_in_the_usual_place_is_taken_by_the_service(
    link: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "DEFAULT_CONFIG", link)
    assert "sudo systemctl restart portier" in ran(link, (*ENTERS, *END)).shown


@pytest.mark.parametrize(("language", "said"), [("en", "run this command by sudo"), ("fr", "par sudo")])
def test_a_folder_that_may_not_be_written_to_is_told_before_the_first_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, said: str
) -> None:
    monkeypatch.setenv("LC_ALL", language)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ConfigWriteError, match=said):
        ran(tmp_path / "portier.toml", ())


def test_a_link_in_a_circle_is_told_before_the_first_question(tmp_path: Path) -> None:
    circle = tmp_path / "circle.toml"
    circle.symlink_to(circle)
    with pytest.raises(ConfigWriteError, match="no file"):
        ran(circle, ())


def test_where_no_folder_of_its_own_can_be_had_nothing_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*, prefix: str, dir: str | None) -> None:  # noqa: A002
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryDirectory", full)
    with pytest.raises(ConfigWriteError, match="No space left"):
        ran(tmp_path / "portier.toml", ())


def test_without_a_terminal_it_says_that_a_password_is_not_hidden(tmp_path: Path) -> None:
    assert "a password is not hidden while it is typed" in ran(tmp_path / "portier.toml", (ENGLISH,)).said


def test_the_password_file_may_be_a_link_and_stays_one(file: Path) -> None:
    real = file.parent / "elsewhere"
    (file.parent / "secret").rename(real)
    (file.parent / "secret").symlink_to(real)
    answers = list(ENTERS)
    answers[ENTERS.index("2", 15) - 1] = "another one"
    ran(file, (*answers, *END))
    assert (file.parent / "secret").is_symlink()
    assert real.read_text() == "another one\n"


def test_a_file_that_cannot_be_read_is_not_replaced(tmp_path: Path) -> None:
    config = tmp_path / "portier.toml"
    config.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="UTF-8"):
        ran(config, WHOLE)
    assert config.read_bytes() == b"\xff\xfe"
