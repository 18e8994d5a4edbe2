"""What is tried, told in plain words: pins, sound, the account, a call."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.setup_run import ACCOUNT, BUTTON, DOOR, END, ENGLISH, FRENCH, LINE, SOUND, WHOLE, ran

from portier.bench.dialogue import GOOD, Died, Outcome, ScriptedTerminal
from portier.bench.machine import raspberry_pi, told
from portier.bench.pinfile import PinFile
from portier.config import load
from portier.doctor.machine import Outcome as Ended
from portier.setup.draft import example_text
from portier.setup.tries import Seen, What

PRESSED, LET_GO, READY = Seen(What.PRESSED), Seen(What.LET_GO), Seen(What.READY)


def test_the_relay_is_energised_only_by_two_answers_of_ones_own(tmp_path: Path) -> None:
    for answers in (("",), ("1", ""), ("1", "1")):
        done = ran(tmp_path / "p.toml", (ENGLISH, *BUTTON, *DOOR[:4], *answers))
        assert [words[0] for words in done.tried] == ["button"]
        assert ("THE DOOR WILL BE RELEASED: GPIO 22" in done.shown) is (answers != ("",))


def test_the_example_of_an_installation_is_nobodys_answers(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text(example_text())
    done = ran(file, (ENGLISH, *BUTTON, *DOOR, "", "", "", "", ""))
    assert "0033912345678" not in done.shown
    assert "as before" not in done.shown


def test_a_number_with_zeros_before_it_is_no_choice(tmp_path: Path) -> None:
    done = ran(tmp_path / "p.toml", ("00010", "0003", ENGLISH))
    assert done.questions[0] == done.questions[1] == done.questions[2]


@pytest.mark.parametrize("drive", ["level", "heartbeat"])
def test_the_relay_is_tried_by_the_drive_that_the_old_file_names(tmp_path: Path, drive: str) -> None:
    file = tmp_path / "p.toml"
    file.write_text(f'[doors.front]\npin = 22\nrelease_digit = "5"\ndrive = "{drive}"\n')
    done = ran(file, (ENGLISH, *BUTTON, *DOOR))
    assert [words[-1] for words in done.tried if words[0] == "relay"] == [drive]


class Impatient(ScriptedTerminal):
    """Somebody who presses Enter at every wait."""

    def entered(self) -> bool:
        """Enter was pressed."""
        return True


ON_THE_BENCH = (ENGLISH, "3", "pins", *BUTTON[1:])


@pytest.mark.parametrize("seen", [(), (READY,), (READY, Seen(What.ENERGISED))])
def test_a_relay_whose_driver_died_is_locked_whatever_was_heard_of_it(
    tmp_path: Path, seen: tuple[Seen, ...]
) -> None:
    pins = PinFile(tmp_path / "pins")
    outcomes: dict[str, Outcome] = {**GOOD, "relay": Died(seen, "Killed")}
    done = ran(tmp_path / "p.toml", (*ON_THE_BENCH, *DOOR), outcomes=outcomes)
    pins.close()
    assert "portier: lock: GPIO22 de-energised" in done.shown
    assert ("Killed" in done.shown) is (len(seen) < 2)


def test_a_relay_that_could_not_be_driven_at_all_needs_no_lock(tmp_path: Path) -> None:
    trouble = Seen(What.TROUBLE, "gpio: cannot drive pin 22: 'GPIO busy'")
    done = ran(
        tmp_path / "p.toml",
        (*ON_THE_BENCH, *DOOR),
        outcomes={**GOOD, "relay": Died((READY, trouble))},
    )
    assert "GPIO busy" in done.shown
    assert "portier: lock" not in done.shown


def test_an_enter_before_anything_is_seen_is_no_fault_of_what_is_tried(tmp_path: Path) -> None:
    # Nobody is asked then whether anything was heard.
    answers = (ENGLISH, *BUTTON, *DOOR[:-2], "1", "2", "1", "1", "1", "1", "1")
    done = ran(tmp_path / "p.toml", (), terminal=Impatient(answers))
    assert [" ".join(words[:2]) for words in done.tried][-2:] == ["sound tone", "sound microphone"]
    assert "nothing answered" not in done.said
    assert done.said.count("stopped by Enter before anything was seen") == 3


@pytest.mark.parametrize("mode", ["tone", "microphone"])
@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ((Seen(What.TROUBLE, "audio: cannot open it"),), "audio: cannot open it"),
        (Died((READY,), "Bus error"), "Bus error"),
        (Died((READY, Seen(What.LEVEL, number=8000.0))), "it could not be tried: nothing answered"),
        ((READY, Seen(What.LOST)), "it could not be tried: nothing answered"),
    ],
)
def test_sound_that_fails_is_told_whenever_it_does(
    tmp_path: Path, mode: str, outcome: Outcome, said: str
) -> None:
    outcomes: dict[str, Outcome] = {**GOOD, f"sound {mode}": outcome}
    done = ran(tmp_path / "p.toml", (ENGLISH, *BUTTON, *DOOR, *SOUND), outcomes=outcomes)
    assert f"! {said}" in done.said
    assert ("the microphone hears" in done.said) is (mode == "tone")
    assert done.said.count("Was it heard?") == (mode == "microphone")


def test_a_button_whose_watcher_died_or_failed_is_not_blamed(tmp_path: Path) -> None:
    failed = Seen(What.TROUBLE, "gpio: pin 5 went away")
    for outcome, said in ((Died((READY,), "Killed"), "! Killed"), ((READY, failed), "gpio: pin 5 went away")):
        done = ran(tmp_path / "p.toml", (ENGLISH, *BUTTON), outcomes={**GOOD, "button": outcome})
        assert said in done.said
        assert "no press was seen" not in done.said


def test_a_card_that_plays_and_hears_is_offered_before_one_that_only_plays(tmp_path: Path) -> None:
    done = ran(tmp_path / "p.toml", (ENGLISH, *BUTTON, *DOOR, "", ""))
    assert "  1  vc4hdmi: vc4-hdmi\n  2  Device: USB PnP Sound Device\n" in done.shown
    assert done.questions[-2:] == ["Loudspeaker [2]: ", "Microphone [1]: "]


@pytest.mark.parametrize(
    ("device", "said", "default"),
    [
        ("plughw:CARD=Gone,DEV=0", "as before, and not here now: plughw:CARD=Gone,DEV=0", (2, 1)),
        ("hw:Gone", "as before, and not here now: hw:Gone", (2, 1)),
        ("plughw:CARD=Device,DEV=0", "as before: plughw:CARD=Device,DEV=0", (3, 2)),
        ("hw:Device", "as before: hw:Device", (3, 2)),
        ("dmix_of_mine", "as before: dmix_of_mine", (3, 2)),
    ],
)
def test_a_card_that_is_here_is_offered_before_one_that_is_gone(
    tmp_path: Path, device: str, said: str, default: tuple[int, int]
) -> None:
    file = tmp_path / "p.toml"
    file.write_text(f'[audio]\ncapture = "{device}"\nplayback = "{device}"\n')
    speaker, microphone = default
    # What was there before is still to be had.
    done = ran(file, (ENGLISH, *BUTTON, *DOOR, "3", ""))
    assert said in done.said
    assert done.questions[-2:] == [f"Loudspeaker [{speaker}]: ", f"Microphone [{microphone}]: "]


def test_where_no_card_is_here_the_one_that_is_gone_is_still_offered(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text('[audio]\ncapture = "hw:Gone"\nplayback = "hw:Gone"\n')
    pi = raspberry_pi()
    pi.files["/proc/asound/cards"] = "--- no soundcards ---\n"
    assert ran(file, (ENGLISH, *BUTTON, *DOOR, ""), machine=pi).questions[-1] == "Loudspeaker [1]: "


def test_cards_of_one_kind_are_told_to_change_names(tmp_path: Path) -> None:
    pi = raspberry_pi()
    answers = (ENGLISH, *BUTTON, *DOOR)
    assert "alike" not in ran(tmp_path / "p.toml", answers, machine=pi).said
    pi.files["/proc/asound/cards"] += (
        " 2 [Device_1       ]: USB-Audio - USB PnP Sound Device\n                      at usb-1.2\n"
    )
    assert "Device, Device_1 are alike" in ran(tmp_path / "p.toml", answers, machine=pi).said


def test_a_machine_without_room_or_memory_for_a_try_is_told_and_it_goes_on(tmp_path: Path) -> None:
    done = ran(
        tmp_path / "p.toml", (FRENCH, *WHOLE[1:]), outcomes={"button": OSError(28, "No space left on device")}
    )
    assert "l'essai n'a pas pu se faire : plus de place sur le support" in done.said
    assert done.code == 0


def test_a_try_is_repeated_as_often_as_wanted(tmp_path: Path) -> None:
    done = ran(tmp_path / "p.toml", (ENGLISH, *BUTTON[:4], "2", "2", "2", "1"))
    assert [words[0] for words in done.tried] == ["button"] * 4


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        ((READY, PRESSED, LET_GO), "le bouton fonctionne"),
        ((READY,), "aucun appui n'a été vu"),
        ((READY, PRESSED), "jamais relâché"),
        ((Seen(What.READY, number=1.0),), "jamais relâché : cherchez un court-circuit"),
        ((Seen(What.READY, number=1.0), LET_GO, PRESSED), "le contact marche à l'envers"),
        ((Seen(What.TROUBLE, "gpio: cannot claim pin 5 for button \"button\": 'GPIO busy'"),), "GPIO busy"),
        ((), "rien n'a répondu"),
    ],
)
def test_what_the_button_does_is_told(seen: tuple[Seen, ...], said: str, tmp_path: Path) -> None:
    done = ran(tmp_path / "p.toml", (FRENCH, *BUTTON), outcomes={**GOOD, "button": seen})
    assert said in done.said


@pytest.mark.parametrize(
    ("peak", "said"),
    [(12.0, "hardly anything was heard"), (8000.0, "the microphone hears"), (32767.0, "too loud")],
)
def test_the_level_of_the_microphone_is_judged(peak: float, said: str, tmp_path: Path) -> None:
    outcomes = {
        **GOOD,
        "sound microphone": (READY, Seen(What.LEVEL, number=3.0), Seen(What.LEVEL, number=peak)),
    }
    done = ran(tmp_path / "p.toml", (ENGLISH, *BUTTON, *DOOR, *SOUND), outcomes=outcomes)
    assert said in done.shown


def test_a_card_that_does_not_open_is_told_with_the_doctors_advice_and_it_goes_on(tmp_path: Path) -> None:
    pi = raspberry_pi()
    trouble = 'audio: cannot open capture "plughw:CARD=Device": Device or resource busy. Cards here: Device'
    pi.programs["probes.card"] = told(trouble=trouble)
    sound = ("2", "1", "1", "1", "1", "1")
    done = ran(tmp_path / "p.toml", (FRENCH, *BUTTON, *DOOR, *sound, *ACCOUNT, *LINE, *END), machine=pi)
    shown = done.said
    assert "ne s'ouvre pas : périphérique occupé" in shown
    assert "-> arrêtez le programme qui l'occupe" in shown
    assert done.code == 0
    assert "sound" not in {words[0] for words in done.tried}


@pytest.mark.parametrize("status", [200, 403, 404, 0, 503])
@pytest.mark.parametrize("language", [ENGLISH, FRENCH])
def test_what_the_registrar_answers_is_told_as_the_doctor_tells_it(
    status: int, language: str, tmp_path: Path
) -> None:
    pi = raspberry_pi()
    pi.programs["probes.registration"] = told(status=status, took_s=8.0)
    done = ran(tmp_path / "p.toml", (language, *BUTTON, *DOOR, *SOUND, *ACCOUNT), machine=pi)
    shown = done.said
    said = {
        200: ("accepted after 8.0 s, and given back", "accepté après 8.0 s, et rendu"),
        403: ("the password or the user is wrong", "le mot de passe ou l'utilisateur est faux"),
        404: ("unknown user (404)", "utilisateur inconnu (404)"),
        0: ("no answer within 8 s", "pas de réponse en 8 s"),
        503: ("answered 503", "a répondu 503"),
    }
    assert said[status][int(language) - 1] in shown
    if language == FRENCH:
        assert not {"check", "ask", "again", "and that"} & set(shown.split())
    # Setup's own draft is nobody's business.
    assert "portier-setup-" not in done.shown
    assert "/proc/" not in done.shown


@pytest.mark.parametrize("language", [ENGLISH, FRENCH])
def test_advice_to_look_elsewhere_in_the_doctors_report_is_said_in_words(
    language: str, tmp_path: Path
) -> None:
    pi = raspberry_pi()
    pi.hosts.clear()
    done = ran(tmp_path / "p.toml", (language, *BUTTON, *DOOR, *SOUND, *ACCOUNT), machine=pi)
    said = {ENGLISH: "has no address -> check its spelling", FRENCH: "n'a pas d'adresse -> vérifiez"}
    assert said[language] in done.said


def test_a_running_station_keeps_its_account(tmp_path: Path) -> None:
    pi = raspberry_pi()
    config = tmp_path / "p.toml"
    pi.files["/proc/77/cmdline"] = (
        f"/opt/portier/bin/python\0/opt/portier/bin/portier\0run\0--config\0{config}"
    )
    pi.files["/proc/77/comm"] = "portier"
    done = ran(config, (ENGLISH, *BUTTON, *DOOR, *SOUND, *ACCOUNT, *LINE, *END), machine=pi)
    shown = done.said
    assert "the running station (process 77) uses this configuration" in shown
    assert shown.count("the running station (process 77) has the SIP port and the account") == 2
    assert "ring" not in {words[0] for words in done.tried}
    assert not any("probes.registration" in " ".join(words) for words in pi.commands)
    assert done.code == 0


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (Seen(What.ENDED, "busy", 486), "occupé (486)"),
        (Seen(What.ENDED, "number unknown", 404), "numéro inconnu (404)"),
        (Seen(What.ENDED, "no answer"), "pas de réponse"),
        (Seen(What.ENDED, "ended here"), "Raccroché par le portier"),
        (Seen(What.TROUBLE, "sip: no PJSIP"), "sip: no PJSIP"),
        (
            Seen(What.WITHOUT_PREFIX, "", 404),
            "préfixe a été refusé (404)",
        ),
    ],
)
def test_how_a_call_ended_is_told_with_advice(end: Seen, said: str, tmp_path: Path) -> None:
    outcomes = {**GOOD, "ring": (Seen(What.CALLING), end)}
    done = ran(tmp_path / "p.toml", (FRENCH, *WHOLE[1:]), outcomes=outcomes)
    assert said in done.shown
    assert done.code == 0


def test_a_machine_that_is_no_pi_is_a_bench_by_itself(tmp_path: Path) -> None:
    pc = raspberry_pi()
    pc.files.pop("/proc/device-tree/model")
    done = ran(tmp_path / "p.toml", (ENGLISH,), machine=pc)
    assert "Library [3]: " in done.shown


def test_a_missing_library_is_told_at_once_with_the_doctors_advice(tmp_path: Path) -> None:
    pi = raspberry_pi()
    pi.versions.pop("lgpio")
    done = ran(tmp_path / "p.toml", (ENGLISH, "1"), machine=pi)
    assert "the package lgpio is missing" in done.shown
    assert '-> pip install "portier[pi]"' in done.shown


def test_what_a_probe_says_against_all_rules_is_told_and_it_goes_on(tmp_path: Path) -> None:
    pi = raspberry_pi()
    pi.programs["probes.card"] = Ended(-6, "", "abort")
    pi.programs["probes.registration"] = Ended(0, "not JSON")
    sound, account = ("2", "1", "1", "1", "1", "1"), ACCOUNT
    done = ran(tmp_path / "p.toml", (ENGLISH, *BUTTON, *DOOR, *sound, *account, *LINE, *END), machine=pi)
    assert done.said.count("it was ended by SIGABRT") == 2
    assert "it ended with code 0: it said nothing -> portier doctor --config" in done.said
    assert (done.code, load.load(tmp_path / "p.toml").sip.user) == (0, "0033912345678")


@pytest.mark.parametrize(
    "seen",
    [
        Seen(What.REGISTRATION, "no such state", 200),
        Seen(What.ENDED, "no such reason", 486),
        Seen(What.ENDED, "busy", float("nan")),
        Seen(What.ENDED, "busy", float("inf")),
    ],
)
@pytest.mark.parametrize("language", [ENGLISH, FRENCH])
def test_what_a_call_says_against_all_rules_is_no_traceback(
    tmp_path: Path, seen: Seen, language: str
) -> None:
    done = ran(tmp_path / "p.toml", (language, *WHOLE[1:]), outcomes={**GOOD, "ring": (seen,)})
    assert done.code == 0


@pytest.mark.parametrize("level", [float("nan"), float("inf"), -1.0])
def test_a_level_that_cannot_be_is_no_traceback(tmp_path: Path, level: float) -> None:
    outcomes = {**GOOD, "sound microphone": (READY, Seen(What.LEVEL, number=level))}
    assert ran(tmp_path / "p.toml", WHOLE, outcomes=outcomes).code == 0
