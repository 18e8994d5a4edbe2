"""Sound cards: which there are, and whether the configured one opens as the station needs it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portier.config import load, mixer, sound
from portier.doctor import stations
from portier.doctor.finding import Finding, Reporter
from portier.doctor.known import Known
from portier.doctor.machine import Machine
from portier.doctor.probes import ProbeError, ask, controls
from portier.doctor.probes.card import Opened
from portier.doctor.probes.mixer import Mixed
from portier.mixer_harm import in_words, unsettled, why
from portier.mixer_settings import MIXER_LIMIT_S, MixerSetting, as_json

_OPEN_LIMIT_S = 8.0
_REPORT = Reporter("cards")


def check(machine: Machine, known: Known) -> Iterator[Finding]:
    """Tell the cards of this machine, and try the configured one."""
    cards = listed(machine)
    names = "; ".join(f"{card_id} ({name})" for card_id, name in cards.items())
    yield _REPORT.ok(f"here: {names}") if cards else _REPORT.note("the kernel knows no sound card")
    audio = known.audio
    if audio is None:
        yield _REPORT.note(f"not tried: {known.without('audio')}")
        return
    if audio.card != "alsa":
        yield _REPORT.note(f'not tried: audio.card is "{audio.card}", so no card is opened')
        return
    if not audio.capture or not audio.playback:
        yield _REPORT.note("not tried: [audio] names no card", "name one of arecord -L and one of aplay -L")
        return
    yield from _rights(machine)
    station = stations.running(machine, str(known.path))
    if station is not None:
        yield _REPORT.note(f"not opened: {station} may be using the card")
    else:
        rate_hz = 8000 if known.config and load.narrowband(known.config) else 16000
        channels = 1 if audio.loop_gain_db is None else 2
        frame_ms = sound.frame_ms(audio, audio.card)
        yield opened(machine, audio.capture, audio.playback, rate_hz, frame_ms, channels)
    settings = mixer.settings(audio.mixer)
    yield from _harm(controls.harmful(machine, audio.capture, audio.playback), settings)
    if settings:
        yield _mixer(machine, audio.capture, audio.playback, settings)


def listed(machine: Machine) -> dict[str, str]:
    """The sound cards that the kernel knows: names for people, by id."""
    text = machine.read_text("/proc/asound/cards") or ""
    # A line looks so: 1 [Device         ]: USB-Audio - USB PnP Sound Device
    found = re.findall(r"^ *\d+ \[(\S+) *\]: (?:.* - )?(.*)$", text, re.MULTILINE)
    return {card_id: name.strip() for card_id, name in found}


def _rights(machine: Machine) -> Iterator[Finding]:
    devices = [
        f"/dev/snd/{name}" for name in machine.names("/dev/snd") if name.startswith(("pcm", "control"))
    ]
    forbidden = [device for device in devices if not machine.may_use(device)]
    user = machine.platform.user
    if forbidden:
        yield _REPORT.error(
            f"user {user} may not use {', '.join(forbidden)}",
            f"sudo usermod -aG audio {user}, then log in again",
        )


def opened(
    machine: Machine, capture: str, playback: str, rate_hz: int, frame_ms: int = 20, channels: int = 1
) -> Finding:
    """Tell whether a pair of ALSA devices opens as the station opens it, and what to do where not.

    `channels` are the loudspeaker's.
    """
    pair = f'"{capture}" and "{playback}"' if capture != playback else f'"{capture}", both ways,'
    try:
        shape = (str(rate_hz), str(frame_ms), str(channels))
        answer = ask(machine, Opened, "card", capture, playback, *shape, limit_s=_OPEN_LIMIT_S)
    except ProbeError as error:
        return _REPORT.error(f"{error}", _advice(machine, str(error)))
    if not answer.sound:
        return _REPORT.warning(
            f"{pair} opened at {rate_hz} Hz, but the microphone gave no sound within 200 ms",
            "pull the card out and put it in again; try another USB socket",
        )
    return _REPORT.ok(f"{pair} opened at {rate_hz} Hz and gave sound")


def _advice(machine: Machine, trouble: str) -> str:
    if "pyalsaaudio is not here" in trouble:
        return "sudo apt install libasound2-dev, then pip install pyalsaaudio"
    if "busy" not in trouble.lower():
        return "arecord -L and aplay -L list the names; set audio.capture and audio.playback"
    users = sorted(_users(machine))
    return (
        f"stop the program that has the card: {', '.join(users)}" if users else "stop the program that has it"
    )


def _users(machine: Machine) -> Iterator[str]:
    for card in machine.names("/proc/asound"):
        for pcm in machine.names(f"/proc/asound/{card}") if card.startswith("card") else ():
            for sub in machine.names(f"/proc/asound/{card}/{pcm}") if pcm.startswith("pcm") else ():
                status = machine.read_text(f"/proc/asound/{card}/{pcm}/{sub}/status") or ""
                match = re.search(r"owner_pid\s*:\s*(\d+)", status)
                if match:
                    name = (machine.read_text(f"/proc/{match[1]}/comm") or "a process").strip()
                    yield f"{name} (process {match[1]})"


def _mixer(machine: Machine, capture: str, playback: str, settings: tuple[MixerSetting, ...]) -> Finding:
    """Look at the controls; whoever opens the card for a call sets them."""
    try:
        answer = ask(machine, Mixed, "mixer", capture, playback, as_json(settings), limit_s=MIXER_LIMIT_S)
    except ProbeError as error:
        return _REPORT.warning(f"the mixer cannot be looked at: {error}", "look at it with alsamixer")
    if answer.lacking:
        return _REPORT.warning(
            "; ".join(one.removeprefix("audio: ") for one in answer.lacking),
            "set audio.mixer to what the card has",
        )
    if answer.differing:
        return _REPORT.note(
            "; ".join(one.removeprefix("audio: ") for one in answer.differing),
            "the station sets it whenever it opens the card",
        )
    return _REPORT.ok(f"the mixer is as audio.mixer wants it ({len(settings)} settings)")


def _harm(found: tuple[MixerSetting, ...], settings: tuple[MixerSetting, ...]) -> Iterator[Finding]:
    """Tell of controls that nobody wants as they are, and that the configuration leaves so."""
    left = tuple(unsettled(found, settings))
    if left:
        yield _REPORT.note(
            "; ".join(f"{one.control} ({one.side}) is not {one.wanted.lower()}: {why(one)}" for one in left),
            f"{'add to mixer' if settings else 'set mixer'} in [audio]: {in_words(left)}",
        )
