"""Strangers: what they send has no effect, whether the kernel's filter keeps it off or lets it through."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections import Counter
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
_NOTHING = "found nothing"
_EVERY_S = 0.003
_PRESS_LIMIT_MS = 2000.0
_ANSWERED = (sipp.called(), sipp.answer(200, "OK", body=sipp.sound()), sipp.receive("ACK"))
_ENDED = (sipp.receive("BYE"), sipp.answer_in_call())


@case(
    "abuse: torture messages over UDP",
    "each is answered as RFC 3261 demands or not at all, but for a few, named, that PJSIP answers more "
    "kindly without effect; after each the station answers, at the end it calls",
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


def _flooded(place: Place, found: Found, sip: str) -> list[str]:
    """Send the flood, press in its middle; all that came back."""
    script = place.sipp(*_ANSWERED, *_ENDED)
    door = door_to_far(place, sip=sip)
    with Passer() as passer:
        answers = list[str]()
        for number in range(_FLOOD):
            passer.send(passer.invite())
            answers += passer.waiting()
            if number == _FLOOD // 2:
                door.press()
            time.sleep(_EVERY_S)
        answers += passer.answers(_REFUSES_AFTER_S)
    found.that(door.becomes("talking", 5), "the press in the middle is answered")
    time.sleep(1.0)
    door.hang_up()
    kept(found, script, "ended")
    found.that(door.until(lambda: bool(door.calls), 3.0), "in the log")
    found.that(door.said.count("call 1") > 0 and "call 2" not in door.said, "the only call")
    late_ms = float(_of(r"press to INVITE ([\d.]+) ms", door.calls[-1]))
    found.that(late_ms < _PRESS_LIMIT_MS, f"its INVITE left after {late_ms:.1f} ms")
    found.that(door.lives, "the station lives")
    return answers


@case(
    "abuse: 600 INVITEs at 3 ms from a stranger",
    "none gets any answer; a press in their middle is answered, its INVITE leaves in time",
)
def flood(place: Place, found: Found) -> None:
    answers = _flooded(place, found, "")
    found.that(not answers, f"no answer to {_FLOOD} INVITEs", f"{len(answers)} answers: {_statuses(answers)}")


@case(
    "abuse: 600 INVITEs at 3 ms from somebody who is heard",
    "named in sip.accept_from they reach the station, and none is let in: no 18x, no 2xx; a press in their "
    "middle is answered, its INVITE leaves in time",
)
def flood_heard(place: Place, found: Found) -> None:
    answers = _flooded(place, found, _HEARD)
    found.that(bool(answers), "they reach the station", "no answer at all")
    found.note(f"{len(answers)} answers: {_statuses(answers)}")
    found.that(not any(re.match(r"SIP/2\.0 (18|2)", one) for one in answers), "none rang or was let in")


def _statuses(answers: Sequence[str]) -> str:
    counted = Counter(one.partition("\r\n")[0].removeprefix("SIP/2.0 ") for one in answers)
    return ", ".join(f"{number} times {status}" for status, number in counted.items())


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
        found.that("Traceback" not in said[name], f"{name} did its work", f"{name}: {said[name][-200:]}")
        found.that(door.lives and door.status["call"] == "idle", "the station: idle and alive")
    found.that(door.failures_shown == 0 and door.releases == 0, "no lamp, no relay")
    found.that(not re.search(r"\bcall \d", door.said), "no call in its log")
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
        log.write(f"{tool} {arguments}\n{ran.stdout}{ran.stderr}\n{ran.returncode}\n")
    return ran.stdout + ran.stderr


@case(
    "abuse: sipvicious from a stranger",
    "svmap, svwar and svcrack find nothing and get no answer; no call comes of it",
    limit_s=120,
)
def sipvicious(place: Place, found: Found) -> None:
    said = _set_upon(place, found, "")
    for name, text in said.items():
        found.that(_NOTHING in text, f"{name}: {_NOTHING}", f"{name}: {text[-200:]}")
        found.that("SIP/2.0" not in text and "unknown response" not in text, "no answer")


@case(
    "abuse: sipvicious from somebody who is heard",
    "named in sip.accept_from their OPTIONS and INVITE are answered, and yet they find no extension and no "
    "password; no call comes of it",
    limit_s=120,
)
def sipvicious_heard(place: Place, found: Found) -> None:
    said = _set_upon(place, found, _HEARD)
    found.that("Portier" in said["svmap"], "svmap is answered")
    for name in ("svwar, INVITE", "svwar, REGISTER", "svcrack"):
        found.that(_NOTHING in said[name], f"{name}: {_NOTHING}", f"{name}: {said[name][-200:]}")
    found.that("unknown response" in said["svwar, INVITE"], "its INVITE was answered")


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
    "the same from an address in sip.accept_from, that knows the Call-ID but not the tags: 481 to each, and "
    "with the telephone sending sound its keys by RTP have no effect",
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
    _locked(found, door)
    door.hang_up()
    kept(found, script, "ended")


@case(
    "abuse: RTP keys from somebody who is heard, the telephone silent",
    "the same from an address in sip.accept_from, whose sound and keys are heard in a call, as the README "
    "warns: whoever is named there has the door; the call goes on",
)
def silent_telephone_heard(place: Place, found: Found) -> None:
    script = place.sipp(*_ANSWERED, *_ENDED)
    door = door_to_far(place, sip=_HEARD)
    found.that(door.talks(), "answered")
    rtp_port = int(_of(r"m=audio (\d+)", script.messages))
    with Passer() as passer:
        for _ in range(8):
            passer.key(RELEASE_DIGIT, rtp_port)
    time.sleep(0.5)
    found.note(f"the door was released {door.granted} times")
    found.that(door.granted > 0, "his key counts", "his key does not count")
    found.that(door.status["call"] == "talking", "the call goes on", f"the call: {door.status['call']}")
    door.hang_up()
    kept(found, script, "ended")


def _locked(found: Found, door: Door) -> None:
    found.that(door.releases == door.granted == 0, "the door stays locked", "THE DOOR WAS RELEASED")


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
    due = ["481", "481"] if more else []
    found.that(statuses == due, f"answers: {statuses or 'none'}", f"answers: {statuses}, not {due}")
    time.sleep(0.5)
    found.that(door.status["call"] == "talking", "the call goes on", f"the call: {door.status['call']}")
    _locked(found, door)
    phone.send_digit(RELEASE_DIGIT)
    found.that(door.released(), "the telephone's own digit still opens it")


def _of(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if not found:
        raise ValueError(f"{pattern} is not in the messages")
    return found[1].rstrip("\r")
