"""`portier setup` in a real terminal: pins pressed from outside, a card by ALSA, a line that really rings."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.conftest import OPERATOR, USER
from tests.integration.jack_card import JackCard
from tests.integration.live import PASSWORD, free_port
from tests.integration.setup_process import CTRL_BACKSLASH, CTRL_C, CTRL_D, SetupProcess

from portier.bench.line.agent import Agent
from portier.bench.line.behaviour import RING_ONLY, refuse
from portier.bench.line.events import What
from portier.bench.pinfile import PinFile
from portier.bench.voice import voice
from portier.config import load

BELL_PIN, STRIKE_PIN = 5, 22


class Place:
    """A bench's folder: a configuration with all that setup does not ask for, and pins in a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "portier.toml"
        self.pins = PinFile(folder / "pins")
        self.config.write_text(
            f'# By hand.\n[sip]\nbind_address = "127.0.0.1"\nport = {free_port()}\nrtp_port = 15000\n'
            '[gpio]\nfactory = "mock"\nmock_file = "pins"\n[lamps]\nstatus = 23\n'
        )
        self.before = self.config.read_bytes()

    def unchanged(self) -> bool:
        """Whether the old configuration is all there is."""
        names = {path.name for path in self.folder.iterdir() if not path.name.startswith("pins")}
        return names == {"portier.toml"} and self.config.read_bytes() == self.before


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    folder = tmp_path / "bench"
    folder.mkdir()
    one = Place(folder)
    yield one
    one.pins.close()


@pytest.fixture
def line() -> Iterator[Agent]:
    with Agent(behaviour=OPERATOR, voice=voice("phone", 8000, 4.0)) as agent:
        yield agent


def _to_button(setup: SetupProcess, language: str = "1") -> None:
    setup.answer("Langue [1]: ", language)
    for _ in range(4):
        setup.prompt()
        setup.type("\n")


def _to_relay(setup: SetupProcess, *, think_better: bool = False) -> None:
    _to_button(setup)
    for answer in ("2", "", "", "", "", "1"):
        setup.prompt()
        setup.type(f"{answer}\n")
    # Typed together, so that Enter is there before the child that would drive the relay.
    setup.answer("Release the door now? [1]: ", "2\n" if think_better else "2")


def _to_account(setup: SetupProcess, sound: tuple[str, ...] = ("2", "2", "2")) -> None:
    _to_button(setup)
    for answer in ("2", "", "", "", "", "2", *sound):
        setup.prompt()
        setup.type(f"{answer}\n")


def _to_call(setup: SetupProcess, line: Agent) -> None:
    _to_account(setup)
    answers = ("1", f"127.0.0.1:{line.port}", "", "", USER, "", PASSWORD, "2", "", "3100000000", "")
    for answer in answers:
        setup.prompt()
        setup.type(f"{answer}\n")
    setup.answer("2  leave it out", "1")


def test_a_whole_setup_in_french_tries_everything_and_writes_what_works(place: Place, line: Agent) -> None:
    with SetupProcess(place.config, LANG="fr_FR.UTF-8") as setup:
        setup.answer("Langue [2] : ")
        setup.answer("Bibliothèque [3] : ")
        setup.answer("Fichier des broches simulées [pins] : ")
        setup.answer("Broche du bouton, GPIO [5] : ", "99")
        setup.wait("99 n'est pas un numéro GPIO")
        setup.answer("GPIO [5] : ")
        setup.answer("Niveau, bouton pressé [1] : ")
        setup.answer("Votre choix [1] : ")
        setup.wait("Pressez le bouton")
        place.pins.close_contact(BELL_PIN)
        setup.wait("pressé")
        place.pins.open_contact(BELL_PIN)
        setup.wait("le bouton fonctionne")
        setup.answer("Votre choix [1] : ")
        setup.answer("Broche du relais, GPIO [22] : ")
        setup.answer("Le relais est excité par [1] : ")
        setup.answer("Touche qui déverrouille la porte [5] : ")
        setup.answer("Secondes de déverrouillage [5] : ", "2,5")
        setup.answer("Votre choix [2] : ", "1")
        setup.wait("LA PORTE SERA DÉVERROUILLÉE")
        assert not place.pins.changes(STRIKE_PIN).rises
        setup.answer("Déverrouiller la porte maintenant ? [1] : ", "2")
        rose_s = place.pins.wait(STRIKE_PIN, energised=True, limit_s=15)
        fell_s = place.pins.wait(STRIKE_PIN, energised=False, limit_s=5)
        assert 0.9 < fell_s - rose_s < 3.0
        setup.answer("Le relais a-t-il claqué, et la gâche bougé ? [1] : ")
        setup.answer("Votre choix [1] : ")
        setup.answer("Haut-parleur [", "simulated")
        setup.answer("Votre choix [1] : ")
        setup.answer("L'avez-vous entendue ? [1] : ")
        setup.answer("Votre choix [1] : ")
        setup.answer("Votre choix [1] : ")
        setup.wait("le microphone entend")
        setup.answer("Votre choix [1] : ")
        setup.answer("Compte [2] : ", "1")
        setup.answer("Domaine [sip5.ovh.fr] : ", f"127.0.0.1:{line.port}")
        setup.answer(f"Serveur d'enregistrement [127.0.0.1:{line.port}] : ")
        setup.answer("Proxy [-] : ")
        setup.answer("Utilisateur : ", USER)
        setup.answer("Identifiant [-] : ")
        setup.answer("Mot de passe : ", "mauvais")
        setup.answer("Votre choix [1] : ")
        setup.wait("le mot de passe ou l'utilisateur")
        setup.answer("Votre choix [1] : ", "<")
        setup.answer("Mot de passe : ", PASSWORD)
        setup.answer("Votre choix [1] : ")
        setup.wait("accepté")
        setup.answer("Votre choix [1] : ")
        setup.answer("Le bouton appelle [1] : ")
        setup.answer("Ligne : ", "3100000000")
        setup.answer("Préfixe [3691] : ")
        setup.answer("Votre choix [1] : ")
        setup.wait("enregistré")
        setup.wait("ça sonne")
        setup.wait("décroché")
        setup.wait("on entend le poste")
        line.press("5")
        setup.wait("la porte serait déverrouillée")
        line.hang_up()
        setup.wait("Le poste a raccroché.")
        setup.answer("Votre choix [1] : ")
        setup.answer("Votre choix [1] : ")
        setup.wait("est écrit")
        setup.answer("Maintenant [1] : ", "2")
        setup.wait("no problems")
        setup.answer("Maintenant [1] : ")
        assert setup.ended() == 0
        assert PASSWORD not in setup.shown
        assert "mauvais" not in setup.shown
    config = load.load(place.config)
    assert load.number(config, "bell") == "36913100000000"
    assert (config.doors["front"].release_s, config.lamps.status) == (2.5, 23)
    assert config.gpio.mock_file == place.folder / "pins"
    secret = load.read_secret(config.sip)
    assert secret
    assert secret.get_secret_value() == PASSWORD
    assert (place.folder / "sip-password").stat().st_mode & 0o077 == 0
    assert place.config.read_text().startswith("# By hand.\n")
    (kept,) = [path for path in place.folder.iterdir() if path.name.startswith("portier.toml.")]
    assert kept.read_bytes() == place.before
    # The try moved no relay, and the door is as it was.
    assert place.pins.changes(STRIKE_PIN).rises == 1
    assert not line.bindings


def test_answers_by_a_pipe_do_as_well(place: Place) -> None:
    answers = ["1", "", "", "", "", "2", "", "", "", "", "2", "simulated", "1", "1", "1", "2"]
    answers += ["2", "gate", "2", "sip:alice@192.168.1.20", "2", "1", "1"]
    ran = subprocess.run(
        [sys.executable, "-m", "portier", "setup", "--config", str(place.config)],
        input="\n".join(answers) + "\n",
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C"},
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    assert load.load(place.config).buttons["bell"].uri == "sip:alice@192.168.1.20"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "</dev/null", ">/dev/full", "<&- >&- 2>&-"])
def test_where_nobody_can_answer_or_read_nothing_is_changed(place: Place, closed: str) -> None:
    command = f'exec "$0" -m portier setup --config "$1" {closed}'
    ran = subprocess.run(
        ["sh", "-c", command, sys.executable, str(place.config)],
        input="1\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (1, "")
    assert place.unchanged()


def test_a_terminal_that_knows_no_typographic_apostrophe_gets_a_plain_one(place: Place) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "portier", "setup", "--config", str(place.config)],
        input=b"2\n",
        capture_output=True,
        env={**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "latin-1"},
        timeout=60,
        check=False,
    )
    assert "rien n'est modifié." in ran.stdout.decode("latin-1")


def test_a_full_disk_loses_neither_the_old_file_nor_an_answer(place: Place) -> None:
    answers = ["1", "", "", "", "", "2", "", "", "", "", "2", "none"]
    answers += ["2", "gate", "2", "sip:alice@192.168.1.20", "2"]
    # Less than a new configuration, and more than what is tried needs.
    command = 'ulimit -f 1; exec "$0" -m portier setup --config "$1"'
    long = place.config.read_text() + f"# {'by hand ' * 200}\n"
    place.config.write_text(long)
    ran = subprocess.run(
        ["sh", "-c", command, sys.executable, str(place.config)],
        input="\n".join([*answers, "1", "4"]) + "\n",
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C"},
        timeout=60,
        check=False,
    )
    assert "cannot be written: File too large" in ran.stdout
    assert "Left as it was: nothing is changed." in ran.stdout
    assert (ran.returncode, ran.stderr) == (1, "")
    place.before = long.encode()
    assert place.unchanged()


def test_a_button_that_is_held_is_told_and_so_is_one_the_wrong_way_round(place: Place) -> None:
    place.pins.close_contact(BELL_PIN)
    with SetupProcess(place.config) as setup:
        _to_button(setup)
        setup.answer("Your choice [1]: ", "1")
        setup.wait("GPIO 5 is low although nobody presses")
        setup.wait("all the same.")
        place.pins.open_contact(BELL_PIN)
        setup.wait("let go")
        place.pins.close_contact(BELL_PIN)
        setup.wait("the other way round")
        setup.prompt()
        setup.type(CTRL_C)
        assert setup.ended() == 130
    assert place.unchanged()


def test_enter_ends_a_wait_for_the_button(place: Place) -> None:
    with SetupProcess(place.config) as setup:
        _to_button(setup)
        setup.answer("Your choice [1]: ", "1")
        setup.answer("Press the button at GPIO 5")
        setup.wait("no press was seen", limit_s=10)
        setup.prompt()
        setup.type(CTRL_D)
        assert setup.ended() == 1
    assert place.unchanged()


@pytest.mark.parametrize("end", ["Ctrl-C", "Ctrl-\\", "SIGTERM", "SIGKILL", "lost connection"])
def test_whatever_ends_setup_the_relay_is_de_energised(place: Place, end: str) -> None:
    with SetupProcess(place.config) as setup:
        _to_relay(setup)
        place.pins.wait(STRIKE_PIN, energised=True, limit_s=15)
        own_folder = Path(f"/proc/{_child_of(setup.pid, 'relay')}/cwd").readlink()
        assert own_folder.stat().st_mode & 0o077 == 0
        _end(setup, end)
        place.pins.wait(STRIKE_PIN, energised=False, limit_s=5)
        # A lost terminal is a signal and an end of input, whichever is seen first.
        codes = {
            "Ctrl-C": {130},
            "Ctrl-\\": {131},
            "SIGTERM": {143},
            "SIGKILL": {-9},
            "lost connection": {129, 1},
        }
        assert setup.ended() in codes[end]
    _until(lambda: place.pins.level(STRIKE_PIN) == ("input", False))
    assert place.unchanged()
    if end == "SIGKILL":
        shutil.rmtree(own_folder)
    assert not own_folder.exists()


def test_ctrl_c_in_a_hurry_ends_it_once_and_is_told(place: Place) -> None:
    with SetupProcess(place.config) as setup:
        _to_button(setup)
        setup.prompt()
        # Not typed: a terminal throws away what is still to be shown at each Ctrl-C.
        while setup.running:
            setup.send(signal.SIGINT)
        assert setup.ended() == 130
        assert "Interrupted: nothing is changed" in setup.shown
        assert "Traceback" not in setup.shown
        assert "Exception" not in setup.shown
    assert place.unchanged()


@pytest.mark.parametrize("drive", ["level", "heartbeat"])
def test_what_drives_the_relay_lets_it_go_as_soon_as_nobody_wants_it(place: Place, drive: str) -> None:
    arguments = ("mock", str(place.folder / "pins"), str(STRIKE_PIN), "60", drive)
    with subprocess.Popen(
        [sys.executable, "-m", "portier.setup.tries.relay", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    ) as child:
        place.pins.wait(STRIKE_PIN, energised=True, limit_s=15)
        assert child.stdin
        child.stdin.close()
        place.pins.wait(STRIKE_PIN, energised=False, limit_s=5)
        assert child.wait(5) == 0
    assert place.pins.level(STRIKE_PIN) == ("input", False)


def test_who_thinks_better_of_it_at_once_moves_no_relay(place: Place) -> None:
    with SetupProcess(place.config) as setup:
        _to_relay(setup, think_better=True)
        setup.wait("stopped by Enter before anything was seen")
        setup.answer("Your choice [1]: ")
        setup.wait("Loudspeaker")
    assert not place.pins.changes(STRIKE_PIN).rises


def test_a_relay_whose_driver_was_killed_is_locked_by_setup(place: Place) -> None:
    with SetupProcess(place.config) as setup:
        _to_relay(setup)
        place.pins.wait(STRIKE_PIN, energised=True, limit_s=15)
        os.kill(_child_of(setup.pid, "relay"), signal.SIGKILL)
        setup.wait("GPIO22 de-energised", limit_s=15)
        assert not place.pins.energised(STRIKE_PIN)
        setup.prompt()
        setup.type(CTRL_C)
        assert setup.ended() == 130


def test_a_relay_that_cannot_be_locked_either_is_told_with_what_to_do(place: Place) -> None:
    with SetupProcess(place.config) as setup:
        _to_relay(setup)
        place.pins.wait(STRIKE_PIN, energised=True, limit_s=15)
        (place.folder / "pins").unlink()
        (place.folder / "pins").mkdir()
        os.kill(_child_of(setup.pid, "relay"), signal.SIGKILL)
        setup.wait("NOT locked", limit_s=15)
        setup.wait("! the relay could not be switched off for certain: take its supply away")
        setup.prompt()
        setup.type(CTRL_C)
        setup.wait("Interrupted: nothing is changed.")
        assert setup.ended() == 130
        assert "was tried is switched off" not in " ".join(setup.shown.split())


@pytest.mark.parametrize("end", ["Ctrl-C", "lost connection", "SIGKILL"])
def test_whatever_ends_setup_the_call_is_hung_up(place: Place, line: Agent, end: str) -> None:
    with SetupProcess(place.config) as setup:
        _to_call(setup, line)
        setup.wait("answered")
        own_folder = Path(f"/proc/{_child_of(setup.pid, 'ring')}/cwd").readlink()
        assert not [path for path in own_folder.rglob("*") if PASSWORD.encode() in path.read_bytes()]
        _end(setup, end)
        line.wait_for(What.ENDED, timeout_s=5)
        setup.ended()
    _until(lambda: not line.bindings)
    assert place.unchanged()
    if end == "SIGKILL":
        shutil.rmtree(own_folder)


def test_enter_hangs_up_a_line_that_only_rings(place: Place, line: Agent) -> None:
    line.behaviour = replace(OPERATOR, answer=RING_ONLY)
    with SetupProcess(place.config) as setup:
        _to_call(setup, line)
        setup.answer("ringing")
        line.wait_for(What.CANCEL, timeout_s=5)
        setup.answer("Your choice [1]: ", "4")
        setup.wait("answer with a number from 1 to 2")


def test_a_busy_line_is_told_with_its_status_and_advice(place: Place, line: Agent) -> None:
    line.behaviour = replace(OPERATOR, answer=refuse(486))
    with SetupProcess(place.config) as setup:
        _to_call(setup, line)
        setup.wait("the call ended: busy (486)")
        setup.wait("-> press again later")


def test_a_refused_prefix_is_told_before_the_line_rings_without_it(place: Place, line: Agent) -> None:
    users = {"36913100000000": refuse(404), "3100000000": RING_ONLY}
    line.behaviour = replace(OPERATOR, users=users)
    with SetupProcess(place.config) as setup:
        _to_call(setup, line)
        setup.wait("the number with the prefix was refused (404)")
        setup.answer("ringing")
        line.wait_for(What.CANCEL, timeout_s=5)


def test_a_line_that_may_only_be_called_with_its_prefix_is_unknown_not_forbidden(
    place: Place, line: Agent
) -> None:
    users = {"36913100000000": refuse(404), "3100000000": refuse(403)}
    line.behaviour = replace(OPERATOR, users=users)
    with SetupProcess(place.config) as setup:
        _to_call(setup, line)
        setup.wait("the call ended: number unknown (404)")


def test_a_machine_without_pjsip_is_told_and_the_configuration_written(
    place: Place, line: Agent, tmp_path: Path
) -> None:
    stub = tmp_path / "stub"
    stub.mkdir()
    (stub / "pjsua2.py").write_text("raise ImportError('no such thing here')")
    with SetupProcess(place.config, PYTHONPATH=str(stub)) as setup:
        _to_call(setup, line)
        setup.wait("cannot be loaded: no such thing here")
        setup.wait("portier doctor")
        setup.answer("Your choice [1]: ")
        setup.answer("Your choice [1]: ")
        setup.answer("Now [1]: ")
        assert setup.ended() == 0
    load.load(place.config)


def test_pins_that_this_machine_lacks_are_told_and_the_next_question_asked(place: Place) -> None:
    with SetupProcess(place.config) as setup:
        setup.answer("Langue [1]: ", "1")
        setup.answer("Library [3]: ", "lgpio")
        setup.wait("!")
        setup.answer("Pin of the button, GPIO [5]: ")
        setup.answer("Pressed is [1]: ")
        setup.answer("Your choice [1]: ")
        setup.wait('gpio: factory "lgpio" cannot')
        setup.answer("Your choice [1]: ")
        setup.wait("Pin of the relay")


def test_a_card_of_alsa_plays_its_tone_and_hears_a_voice(place: Place, tmp_path: Path) -> None:
    with JackCard(tmp_path) as card, card.room() as room:
        room.expect("up", 15)
        with SetupProcess(place.config, **card.variables) as setup:
            _to_account(setup, ("other", "jk", "1", "1"))
            setup.wait('"jk", both ways, opened at 16000 Hz and gave sound')
            setup.answer("Was it heard? [1]: ")
            setup.answer("Your choice [1]: ")
            setup.answer("Your choice [1]: ")
            setup.wait("Speak as a visitor would")
            room.say("go 6")
            setup.wait("the microphone hears")


def _end(setup: SetupProcess, how: str) -> None:
    match how:
        case "Ctrl-C":
            setup.type(CTRL_C)
        case "Ctrl-\\":
            setup.type(CTRL_BACKSLASH)
        case "lost connection":
            setup.hang_up()
        case name:
            setup.send(signal.Signals[name])


def _until(condition: Callable[[], bool], limit_s: float = 5.0) -> None:
    until_s = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < until_s
        time.sleep(0.02)


def _child_of(pid: int, name: str) -> int:
    """The process of a setup that tries something."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().decode()
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if int(parent) == pid and f"portier.setup.tries.{name}" in command:
            return int(folder.name)
    raise AssertionError(f"setup has no child that tries {name}")
