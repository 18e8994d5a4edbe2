"""Questions about sound: loudspeaker and microphone, chosen from the cards that are here."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from portier.config import load
from portier.config.problems import Loc
from portier.doctor import cards
from portier.doctor.finding import Severity
from portier.doctor.machine import Machine
from portier.setup import mixer
from portier.setup.desk import Desk
from portier.setup.dialogue import Dialogue, GoBack, Option
from portier.setup.draft import Changes, Draft
from portier.setup.following import End
from portier.setup.questions import Step, Try
from portier.setup.tries import What

_CARD: Loc = ("audio", "card")
_CAPTURE: Loc = ("audio", "capture")
_PLAYBACK: Loc = ("audio", "playback")
_WAV: Loc = ("audio", "microphone_wav")
# plughw:CARD=Device,DEV=0 or hw:Device: https://www.alsa-project.org/alsa-doc/alsa-lib/pcm.html
_CARD_OF_DEVICE = re.compile(r"(?:\bCARD=|^(?:plug)?hw:)([^,\s=]+)(?:,|$)")
_OTHER = "other"
_BEGIN_S = 15.0
_TONE_S = 20.0
_LISTEN_S = 6.0
_FULL_SCALE = 32768
_QUIET_DB, _CLIPPING_DB = -40.0, -1.0
_BAR_COLUMNS, _BAR_FLOOR_DB = 40, -60.0


def devices(machine: Machine, direction: str) -> dict[str, str]:
    """The ALSA names of cards that can play ("p") or capture ("c"), with their names for people."""
    found = {}
    for card_id, name in cards.listed(machine).items():
        streams = [one for one in machine.names(f"/proc/asound/{card_id}") if one.startswith("pcm")]
        # A card that shows none of its streams is offered for both.
        if not streams or any(one.endswith(direction) for one in streams):
            found[f"plughw:CARD={card_id}"] = f"{card_id}: {name}"
    return found


@dataclass(frozen=True, slots=True)
class _Devices:
    """A question with the cards that are here as its answers, and another name that is typed.

    `after` belongs to it: going back from there asks it again.
    """

    name: str
    direction: str
    standing: Callable[[Draft], str]
    changes: Callable[[str], Changes]
    words: tuple[str, ...] = ()
    applies: Callable[[Draft], bool] = lambda _: True
    after: Callable[[Desk], None] = lambda _: None

    def decides(self, draft: Draft) -> tuple[Loc, ...]:
        """The keys of any answer, but the file that only a simulated card hears: nobody is asked for that."""
        del draft
        return tuple(loc for loc in self.changes("") if loc != _WAV)

    def run(self, desk: Desk) -> None:
        """Ask until the configuration's checks take the answer."""
        dialogue, texts = desk.dialogue, desk.dialogue.texts
        dialogue.gap()
        dialogue.say(f"{self.name}.why")
        found = devices(desk.machine, self.direction)
        if not found:
            dialogue.bad("card.none_here")
        if alike := _alike(desk.machine):
            dialogue.bad("card.alike", cards=", ".join(alike))
        standing = self.standing(desk.draft)
        likely = _likely(desk.machine, found)
        default = standing or likely or (self.words[0] if self.words else _OTHER)
        if standing and standing not in found and standing not in self.words:
            gone = _gone(desk.machine, standing)
            found[standing] = texts("card.gone" if gone else "card.as_before", device=standing)
            default = likely or standing if gone else standing
        options = [Option(device, text) for device, text in found.items()]
        options.append(Option(_OTHER, texts("card.other")))
        options += [Option(word, texts(f"card.{word}")) for word in self.words]
        while True:
            chosen = dialogue.choose(texts(f"{self.name}.label"), options, default)
            try:
                device = dialogue.ask(texts("card.device")) if chosen == _OTHER else chosen
            except GoBack:
                continue
            if not device:
                dialogue.bad("answer.needed")
            elif desk.takes(self.changes(device)):
                try:
                    self.after(desk)
                except GoBack:
                    continue
                return


def _alike(machine: Machine) -> list[str]:
    """The ids of cards of one kind: the kernel gives them in the order in which it finds the cards."""
    found = cards.listed(machine)
    kinds = Counter(found.values())
    return [card_id for card_id, kind in found.items() if kinds[kind] > 1]


def _gone(machine: Machine, device: str) -> bool:
    """Whether a device names a card that the kernel does not know; of another name nobody can tell."""
    named = _CARD_OF_DEVICE.search(device)
    return named is not None and named[1] not in cards.listed(machine)


def _likely(machine: Machine, found: Iterable[str]) -> str:
    """A card that can do both, before one that only plays, as HDMI does; empty where there is none."""
    both = devices(machine, "p").keys() & devices(machine, "c").keys()
    return next((one for one in found if one in both), next(iter(found), ""))


def _standing_playback(draft: Draft) -> str:
    card = draft.standing(_CARD)
    return str(card) if card in {"simulated", "none"} else str(draft.standing(_PLAYBACK) or "")


def _standing_capture(draft: Draft) -> str:
    return str(draft.standing(_CAPTURE) or draft.get(_PLAYBACK) or "")


def _playback_changes(device: str) -> Changes:
    if device in {"simulated", "none"}:
        wav = {} if device == "simulated" else {_WAV: None}
        return {_CARD: device, _PLAYBACK: None, _CAPTURE: None, **wav}
    return {_CARD: "alsa", _PLAYBACK: device, _WAV: None}


def _try_tone(desk: Desk) -> None:
    dialogue = desk.dialogue
    if not _opens(desk):
        return
    with desk.begin("sound", "tone", *_card(desk)) as trial:
        dialogue.say("tone.listen")
        ready = False
        followed = desk.follow(trial, _TONE_S)
        for seen in followed:
            if seen.what is What.READY:
                ready = True
            elif seen.what is What.PLAYED:
                break
            elif seen.what in {What.LOST, What.TROUBLE}:
                desk.trouble(seen.text or trial.last_words)
                return
        if followed.end is End.TRIAL or (followed.end and not ready):
            desk.nothing_seen(followed, trial)
            return
    options = (Option("heard", dialogue.texts("tone.heard")), Option("silent", dialogue.texts("tone.silent")))
    if dialogue.choose(dialogue.texts("tone.question"), options, "heard") == "silent":
        dialogue.advise(dialogue.texts("tone.advice"))


def _try_microphone(desk: Desk) -> None:
    dialogue = desk.dialogue
    if not _opens(desk):
        return
    loudest_db: float | None = None
    with desk.begin("sound", "microphone", *_card(desk)) as trial:
        if desk.begun(trial, _BEGIN_S) is None:
            return
        dialogue.say("microphone.speak", seconds=f"{_LISTEN_S:.0f}")
        followed = desk.follow(trial, _LISTEN_S)
        for seen in followed:
            if seen.what is What.LEVEL:
                level_db = _decibels(seen.number)
                loudest_db = max(loudest_db or level_db, level_db)
                if dialogue.terminal.live:
                    dialogue.terminal.write(f"\r  {_bar(level_db)}")
            elif seen.what in {What.LOST, What.TROUBLE}:
                desk.trouble(seen.text or trial.last_words)
                return
        if dialogue.terminal.live:
            dialogue.gap()
        if loudest_db is None:
            desk.nothing_seen(followed, trial)
            return
    if followed.broken:
        desk.trouble(trial.last_words)
    else:
        _judge_level(desk.dialogue, loudest_db)


def _judge_level(dialogue: Dialogue, loudest_db: float) -> None:
    level = f"{loudest_db:.0f}"
    if loudest_db < _QUIET_DB:
        dialogue.bad("microphone.quiet", level=level)
        dialogue.advise(dialogue.texts("microphone.quiet.advice"))
    elif loudest_db > _CLIPPING_DB:
        dialogue.bad("microphone.clips", level=level)
        dialogue.advise(dialogue.texts("microphone.clips.advice"))
    else:
        dialogue.good("microphone.works", level=level)


def _decibels(peak: float) -> float:
    return 20 * math.log10(max(peak, 1.0) / _FULL_SCALE)


def _bar(level_db: float) -> str:
    share = max(0.0, min(1.0, 1 - level_db / _BAR_FLOOR_DB))
    return f"[{'#' * round(share * _BAR_COLUMNS):{_BAR_COLUMNS}}] {level_db:4.0f} dB"


def _opens(desk: Desk) -> bool:
    """Whether the card opens, as the doctor finds; it tells why where not."""
    draft = desk.draft
    if draft.get(_CARD) != "alsa":
        return True
    _, capture, playback, rate_hz = _card(desk)
    finding = cards.opened(desk.machine, capture, playback, int(rate_hz))
    desk.dialogue.finding(finding)
    if finding.severity is Severity.ERROR and (station := desk.station()):
        desk.dialogue.advise(desk.dialogue.texts("station.stop", station=desk.dialogue.texts.known(station)))
    return finding.severity is not Severity.ERROR


def _card(desk: Desk) -> tuple[str, str, str, str]:
    draft = desk.draft
    _, config = draft.stand_in()
    rate_hz = 8000 if config and load.narrowband(config) else 16000
    return (
        str(draft.get(_CARD)),
        str(draft.get(_CAPTURE) or ""),
        str(draft.get(_PLAYBACK) or ""),
        str(rate_hz),
    )


def _has_card(draft: Draft) -> bool:
    return draft.get(_CARD) in {"alsa", "simulated"}


STEPS: Sequence[Step] = (
    _Devices("loudspeaker", "p", _standing_playback, _playback_changes, ("simulated", "none")),
    _Devices(
        "microphone_card",
        "c",
        _standing_capture,
        lambda device: {_CAPTURE: device},
        applies=lambda draft: draft.get(_CARD) == "alsa",
        after=mixer.offer,
    ),
    Try("tone", _try_tone, applies=_has_card),
    Try("microphone", _try_microphone, applies=_has_card),
)
