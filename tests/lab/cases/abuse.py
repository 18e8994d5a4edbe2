"""Strangers: what they send has no effect, whether the kernel's filter keeps it off or lets it through."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.lab import sipp, torture
from tests.lab.asterisk_server import DOOR_USER, LINE
from tests.lab.case import Found, case
from tests.lab.cases.calls import SIP
from tests.lab.cases.scripted import door_to_far, kept
from tests.lab.door import RELEASE_DIGIT, Door
from tests.lab.network import DOOR, STREET_ADDRESS
from tests.lab.place import Place
from tests.lab.street import STATION, Passer

_HEARD = f'accept_from = ["{STREET_ADDRESS}"]'
_REFUSES_AFTER_S = 1.8
_FLOOD = 600
_EVERY_S = 0.003
_PRESS_LIMIT_MS = 2000.0
_ANSWERED = (sipp.called(), sipp.answer(200, "OK", body=sipp.sound()), sipp.receive("ACK"))
_ENDED = (sipp.receive("BYE"), sipp.answer_in_call())


@case(
    "abuse: torture messages over UDP",
    "each is answered as RFC 3261 demands or not at all; after each the station answers, at the end it calls",
    limit_s=150,
)
def torture_udp(place: Place, found: Found) -> None:
    script = place.sipp(*_ANSWERED, *_ENDED, limit_s=140)
    door = door_to_far(place, sip=_HEARD)
    messages = torture.all_of(STREET_ADDRESS)
    silent, kinder = 0, list[str]()
    for message in messages:
        with Passer() as passer:
            passer.send(message.datagram(passer.own, STATION))
            invite = message.text.startswith("INVITE")
            answers = passer.answers(_REFUSES_AFTER_S if invite else 0.15, until_final=True)
            finals = [int(one[8:11]) for one in answers if re.match(r"SIP/2\.0 [2-6]", one)]
            silent += not finals
            if invite and finals:
                passer.acknowledge(answers[-1])
            if not set(finals) <= message.may | message.kinder:
                found.that(False, "", f"{message.name}: {finals}")
            elif not set(finals) <= message.may:
                kinder.append(f"{message.name}: {finals[0]}")
        with Passer() as passer:
            if not passer.is_answered():
                found.that(False, "", f"no answer any more after: {message.name}")
                break
    found.note(f"{len(messages)} messages, {silent} of them answered by silence")
    found.note(f"answered where the RFC says to refuse, without effect: {', '.join(kinder) or 'none'}")
    found.that(door.status["call"] == "idle", "no call came of it")
    _calls(found, door)
    kept(found, script, "and ends the call")


def _calls(found: Found, door: Door) -> None:
    found.that(door.talks(), "a press is answered")
    door.hang_up()


def _flooded(place: Place, found: Found, sip: str) -> None:
    script = place.sipp(*_ANSWERED, *_ENDED)
    door = door_to_far(place, sip=sip)
    with Passer() as passer:
        for number in range(_FLOOD):
            passer.send(passer.invite())
            if number == _FLOOD // 2:
                door.press()
            time.sleep(_EVERY_S)
        answers = passer.answers(1.5)
    found.that(door.becomes("talking", 5), "the press in the middle is answered")
    found.note(f"{len(answers)} answers to {_FLOOD} INVITEs")
    found.that(not any(one.startswith(("SIP/2.0 18", "SIP/2.0 2")) for one in answers), "none rang")
    time.sleep(1.0)
    door.hang_up()
    kept(found, script, "ended")
    found.that(door.until(lambda: bool(door.calls), 3.0), "in the log")
    late_ms = float(_of(r"press to INVITE ([\d.]+) ms", door.calls[-1]))
    found.that(late_ms < _PRESS_LIMIT_MS, f"its INVITE left after {late_ms:.1f} ms")
    found.that(door.lives, "the station lives")


@case(
    "abuse: 600 INVITEs at 3 ms from a stranger",
    "the kernel drops them; a press in their middle is answered, nobody else is",
)
def flood(place: Place, found: Found) -> None:
    _flooded(place, found, "")


@case(
    "abuse: 600 INVITEs at 3 ms from somebody who is heard",
    "named in sip.accept_from they reach the station: a press in their middle is answered, none of them is",
)
def flood_heard(place: Place, found: Found) -> None:
    _flooded(place, found, _HEARD)


def _set_upon(place: Place, found: Found, sip: str) -> dict[str, str]:
    """Let sipvicious look for the station, its extensions and its password; what each program says."""
    door = door_to_far(place, sip=sip)
    tools = {
        "svmap": [DOOR.address],
        "svwar, INVITE": ["-m", "INVITE", "-e", "100-120", "--force", DOOR.address],
        "svwar, REGISTER": ["-m", "REGISTER", "-e", "100-120", "--force", DOOR.address],
        "svcrack": ["-u", "portier", "-r", "100-130", DOOR.address],
    }
    said = {}
    for name, arguments in tools.items():
        said[name] = _sipvicious(name.partition(",")[0], arguments, place.folder)
        found.that(door.lives and door.status["call"] == "idle", f"{name}: idle and alive")
    found.that(door.failures_shown == 0 and door.releases == 0, "no lamp, no relay")
    return said


def _sipvicious(tool: str, arguments: Sequence[str], folder: Path) -> str:
    program = shutil.which(f"sipvicious_{tool}", path=str(Path(sys.executable).parent))
    if program is None:
        raise FileNotFoundError("sipvicious is not here: remove .venv/.ready, and make lab again")
    ran = subprocess.run(
        [program, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    with (folder / "sipvicious").open("a") as log:
        log.write(f"{tool} {arguments}\n{ran.stdout}{ran.stderr}\n")
    return ran.stdout + ran.stderr


@case(
    "abuse: sipvicious from a stranger",
    "svmap, svwar and svcrack find nobody; the station never rings or answers",
    limit_s=120,
)
def sipvicious(place: Place, found: Found) -> None:
    said = _set_upon(place, found, "")
    found.that("Portier" not in said["svmap"], "svmap finds nobody")


@case(
    "abuse: sipvicious from somebody who is heard",
    "named in sip.accept_from they are answered, and yet find no extension and no password; it never rings",
    limit_s=120,
)
def sipvicious_heard(place: Place, found: Found) -> None:
    said = _set_upon(place, found, _HEARD)
    found.that("Portier" in said["svmap"], "svmap is answered")
    for name in ("svwar, INVITE", "svwar, REGISTER"):
        found.that(not re.search(r"\b1[012]\d\b.*(auth|weird)", said[name]), f"{name}: no extension")
    found.that("assword" not in said["svcrack"].replace("no passwords", ""), "svcrack: no password")


@case(
    "abuse: BYE, INFO and RTP from a stranger in a call",
    "in a call through Asterisk a stranger who knows its identifiers sends BYE and INFO, and keys by RTP: "
    "the call goes on, the door stays locked",
    quick=True,
)
def stranger_in_call(place: Place, found: Found) -> None:
    _hindered(place, found, "")


@case(
    "abuse: BYE, INFO and RTP in a call from somebody who is heard",
    "the same from an address in sip.accept_from, that does not know the call's identifiers: 481, no effect",
)
def heard_in_call(place: Place, found: Found) -> None:
    _hindered(place, found, _HEARD)


@case(
    "abuse: RTP keys from a stranger while the telephone is silent",
    "a telephone sends no sound, a stranger the release digit to the call's port again and "
    "again: the door stays locked",
    quick=True,
)
def silent_telephone(place: Place, found: Found) -> None:
    script = place.sipp(*_ANSWERED, *_ENDED)
    door = door_to_far(place)
    found.that(door.talks(), "answered")
    rtp_port = int(_of(r"m=audio (\d+)", script.messages))
    with Passer() as passer:
        for _ in range(8):
            passer.key(RELEASE_DIGIT, rtp_port)
    time.sleep(0.5)
    found.that(door.releases == 0, "the door stays locked", "THE DOOR WAS RELEASED")
    door.hang_up()
    kept(found, script, "ended")


def _hindered(place: Place, found: Found, more: str) -> None:
    pbx = place.asterisk()
    phone = place.phone()
    door = place.door(sections={"sip": f"{SIP}\n{more}".strip(), "call": "max_talk_s = 60"})
    found.that(door.registers() and pbx.knows(DOOR_USER) and pbx.knows(LINE), "registered")
    found.that(door.talks(), "answered")
    time.sleep(0.5)
    invite = pbx.said[pbx.said.rindex(f"INVITE sip:3691{LINE}") :]
    answer = pbx.said[pbx.said.rindex("SIP/2.0 200 OK") :]
    call_id = _of(r"Call-ID: (\S+)", invite)
    # The station's own tag is that of From, the far end's that of To.
    station_tag, far_tag = _of(r"From: .*;tag=(\S+)", answer), _of(r"To: .*;tag=(\S+)", answer)
    known = {"call_id": call_id, "to_tag": station_tag, "from_tag": far_tag}
    if more:
        known = {"call_id": call_id, "to_tag": "guessed", "from_tag": "guessed"}
    rtp_port = int(_of(r"m=audio (\d+)", invite))
    key = f"Signal={RELEASE_DIGIT}\r\nDuration=160\r\n"
    with Passer() as passer:
        passer.send(passer.request("BYE", **known))
        byes = passer.answers(2.0)
        passer.send(passer.request("INFO", "Content-Type: application/dtmf-relay", body=key, **known))
        infos = passer.answers(2.0)
        for _ in range(3):
            passer.key(RELEASE_DIGIT, rtp_port)
    statuses = [one[8:11] for one in (*byes, *infos)]
    found.that(set(statuses) <= {"481"}, f"answers: {statuses or 'none'}")
    time.sleep(0.5)
    found.that(door.status["call"] == "talking", "the call goes on", f"the call: {door.status['call']}")
    found.that(door.releases == 0, "the door stays locked", "THE DOOR WAS RELEASED")
    phone.send_digit(RELEASE_DIGIT)
    found.that(door.released(), "the telephone's own digit still opens it")


def _of(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if not found:
        raise ValueError(f"{pattern} is not in the messages")
    return found[1].rstrip("\r")
