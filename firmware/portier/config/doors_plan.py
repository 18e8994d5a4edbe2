"""From the configuration of doors and house to the core's rules, and to the pins that are observed."""

from __future__ import annotations

from portier.core.door_rules import ContactRule, ExitRule
from portier.core.holds import SLICE_S
from portier.core.inputs import Input, InputKind
from portier.core.rules import DoorRule
from portier.plan import InputPin, StrikePin

from .doors_model import AtRest, Level
from .model import Config, DoorConfig

_MS_A_S = 1000


def door_rule(name: str, door: DoorConfig) -> DoorRule:
    """Say it to the core."""
    contact = None
    if door.contact_pin is not None:
        contact = ContactRule(
            debounce_s=door.contact_debounce_ms / _MS_A_S,
            forced_alarm=door.forced_alarm,
            held_open_s=door.held_open_alarm_s or None,
            # Where it was written it is no longer; what is left out must not refuse the file.
            pre_alarm_s=min(door.pre_alarm_s, door.held_open_alarm_s or door.pre_alarm_s),
            relock=door.relock_on_opening,
        )
    exit_rule = None
    if door.exit_pin is not None:
        exit_rule = ExitRule(door.exit_debounce_ms / _MS_A_S, long=door.exit_release == "long")
    return DoorRule(
        name,
        door.release_digit,
        door.release_s,
        door.max_release_s,
        long_release_s=door.long_release_s,
        may_hold=door.may_hold,
        held_open=door.held_open or "",
        released_by_fire=door.released_by_fire,
        contact=contact,
        exit=exit_rule,
    )


def strike_pin(door: DoorConfig) -> StrikePin:
    """Say it to the adapter, which limits each slice of a hold by itself."""
    return StrikePin(door.pin, door.max_release_s, door.drive, SLICE_S if door.may_hold else 0.0)


def inputs(config: Config) -> dict[Input, InputPin]:
    """Every contact that is observed, with its pin."""
    found: dict[Input, InputPin] = {}

    def add(one: Input, pin: int | None, at_rest: AtRest, closed_is: Level) -> None:
        if pin is not None:
            found[one] = InputPin(pin, closed_is == "low", at_rest == "open")

    for name, door in config.doors.items():
        contact, button = Input(InputKind.DOOR, name), Input(InputKind.EXIT, name)
        add(contact, door.contact_pin, door.contact_at_rest, door.contact_closed_is)
        add(button, door.exit_pin, door.exit_at_rest, door.exit_closed_is)
    fire, tamper = config.fire, config.tamper
    add(Input(InputKind.FIRE), fire.pin, fire.at_rest, fire.closed_is)
    add(Input(InputKind.TAMPER), tamper.pin, tamper.at_rest, tamper.closed_is)
    add(Input(InputKind.SPEECH), config.speech_button.pin, "open", config.speech_button.closed_is)
    return found
