"""Questions about pins: the library, the button, the relay."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from copy import deepcopy

from portier.config.model import GpioConfig
from portier.config.problems import Loc
from portier.doctor import board, pins
from portier.doctor.finding import Severity
from portier.doctor.known import Known
from portier.setup import signals
from portier.setup.desk import Desk
from portier.setup.dialogue import Option
from portier.setup.draft import BELL, FRONT, Changes, Draft, example
from portier.setup.questions import Choice, Step, Try, Value, seconds, whole
from portier.setup.tries import What

RELEASE_S = 1.0
_BEGIN_S = 15.0
_PRESS_S = 30.0
_DEBOUNCE_MS = 30
_LOCK_LIMIT_S = 20.0
_FACTORY: Loc = ("gpio", "factory")
_MOCK_FILE: Loc = ("gpio", "mock_file")
_HEARD, _SILENT, _NO, _YES = "heard", "silent", "no", "yes"


def _button(key: str, draft: Draft) -> Loc:
    return ("buttons", draft.button, key)


def _door(key: str, draft: Draft) -> Loc:
    return ("doors", draft.door, key)


# The library


def _usual_factory(desk: Desk) -> str:
    return str(desk.draft.standing(_FACTORY) or ("lgpio" if board.model(desk.machine) else "mock"))


def _factory_changes(draft: Draft, value: str) -> Changes:
    return {_FACTORY: value, _MOCK_FILE: draft.standing(_MOCK_FILE) if value == "mock" else None}


class _Library(Choice):
    def run(self, desk: Desk) -> None:
        """Ask, then tell at once what would keep the station from its pins."""
        super().run(desk)
        gpio = GpioConfig.model_validate({"factory": desk.draft.get(_FACTORY)})
        for finding in pins.check(desk.machine, Known(desk.target, readable=True, gpio=gpio)):
            if finding.severity is Severity.ERROR:
                desk.dialogue.finding(finding)


# The button


def _try_button(desk: Desk) -> None:
    dialogue, draft = desk.dialogue, desk.draft
    pin = draft.get(_button("pin", draft))
    closed_is = str(draft.get(_button("closed_is", draft)))
    debounce_ms = str(draft.get(_button("debounce_ms", draft)) or _DEBOUNCE_MS)
    arguments = (*_library(desk), str(pin), closed_is, debounce_ms)
    with desk.begin("button", *arguments) as trial:
        first = desk.begun(trial, _BEGIN_S)
        if first is None:
            return
        at_rest = not first.number
        if at_rest:
            dialogue.say("button.press", pin=pin, seconds=f"{_PRESS_S:.0f}")
        else:
            dialogue.bad(f"button.always.{closed_is}", pin=pin)
        pressed = let_go = False
        followed = desk.follow(trial, _PRESS_S)
        for seen in followed:
            if seen.what is What.PRESSED:
                pressed = True
                dialogue.say("button.pressed")
            elif seen.what is What.LET_GO:
                let_go = True
                dialogue.say("button.let_go")
            elif seen.what is What.TROUBLE:
                desk.trouble(seen.text)
                return
            if pressed and let_go:
                break
    if followed.broken:
        desk.trouble(trial.last_words)
        return
    if at_rest and pressed and let_go:
        dialogue.good("button.works")
    elif at_rest and pressed:
        dialogue.bad("button.stuck")
    elif at_rest:
        dialogue.bad("button.nothing")
        dialogue.advise(dialogue.texts("button.nothing.advice"))
    elif pressed and let_go:
        dialogue.bad("button.inverted")
    else:
        dialogue.advise(dialogue.texts("button.always.advice"))


# The door


def _level_changes(draft: Draft, value: str) -> Changes:
    return {_door("active_high", draft): value == "high"}


def _try_relay(desk: Desk) -> None:
    dialogue, draft = desk.dialogue, desk.draft
    pin = draft.get(_door("pin", draft))
    dialogue.refuse(dialogue.texts("relay.warning", pin=pin, seconds=f"{RELEASE_S:g}"))
    sure = (Option(_NO, dialogue.texts("relay.no")), Option(_YES, dialogue.texts("relay.yes")))
    if dialogue.choose(dialogue.texts("relay.sure"), sure, _NO) == _NO:
        return
    energised = trouble = False
    drive = str(draft.get(_door("drive", draft)) or "level")
    trial = desk.begin("relay", *_library(desk), str(pin), str(RELEASE_S), drive)
    try:
        with trial:
            followed = desk.follow(trial, _BEGIN_S)
            for seen in followed:
                if seen.what is What.ENERGISED:
                    energised = True
                    dialogue.say("relay.energised", pin=pin)
                elif seen.what is What.DE_ENERGISED:
                    dialogue.say("relay.de_energised", pin=pin)
                    break
                elif seen.what is What.TROUBLE:
                    trouble = True
                    desk.trouble(seen.text)
                    break
            if not energised and not trouble:
                desk.nothing_seen(followed, trial)
    finally:
        # One that was not told of may be energised all the same: its driver died in the middle of a word.
        if trial.failed and (energised or not trouble):
            with signals.undisturbed():
                _lock(desk)
    if energised and not trouble:
        _ask_heard(desk)


def _lock(desk: Desk) -> None:
    """Whatever became of the child that drove the pin: `portier lock` de-energises it."""
    data, _ = desk.draft.stand_in()
    data["gpio"], data["doors"] = deepcopy((desk.draft.data["gpio"], desk.draft.data["doors"]))
    file = desk.written(data).path
    command = [sys.executable, "-m", "portier", "lock", "--config", str(file)]
    try:
        said = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LOCK_LIMIT_S,
            cwd=desk.folder,
            # A Ctrl-C in the terminal is not for it.
            start_new_session=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        desk.dialogue.bad("relay.not_locked")
        return
    desk.dialogue.tell(said.stdout.strip())
    if said.returncode != 0:
        desk.dialogue.bad("relay.not_locked")


def _ask_heard(desk: Desk) -> None:
    dialogue = desk.dialogue
    options = (
        Option(_HEARD, dialogue.texts("relay.heard")),
        Option(_SILENT, dialogue.texts("relay.silent")),
    )
    if dialogue.choose(dialogue.texts("relay.question"), options, _HEARD) == _SILENT:
        dialogue.advise(dialogue.texts("relay.silent.advice"))


def _library(desk: Desk) -> tuple[str, str]:
    return str(desk.draft.get(_FACTORY)), desk.file(_MOCK_FILE)


BUTTON: Sequence[Step] = (
    _Library("library", ("lgpio", "rpigpio", "mock"), _usual_factory, _factory_changes),
    Value(
        "mock_file",
        lambda _: _MOCK_FILE,
        optional=True,
        applies=lambda draft: draft.get(_FACTORY) == "mock",
    ),
    Value(
        "button_pin",
        lambda draft: _button("pin", draft),
        whole,
        lambda _: example()["buttons"][BELL]["pin"],
    ),
    Choice(
        "button_level",
        ("low", "high"),
        lambda desk: str(desk.draft.standing(_button("closed_is", desk.draft)) or "low"),
        lambda draft, value: {_button("closed_is", draft): value},
    ),
    Try("button", _try_button),
)

DOOR: Sequence[Step] = (
    Value("relay_pin", lambda draft: _door("pin", draft), whole, lambda _: example()["doors"][FRONT]["pin"]),
    Choice("relay_level", ("high", "low"), lambda _: "high", _level_changes),
    Value(
        "release_digit",
        lambda draft: _door("release_digit", draft),
        fallback=lambda _: example()["doors"][FRONT]["release_digit"],
    ),
    Value(
        "release_s",
        lambda draft: _door("release_s", draft),
        seconds,
        lambda _: example()["doors"][FRONT]["release_s"],
    ),
    Try("relay", _try_relay, default="on"),
)
