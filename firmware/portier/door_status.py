"""What is known of each door and of the house, in plain values and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portier.core.inputs import Input, InputKind
from portier.core.states import Held, State


@dataclass(frozen=True, slots=True)
class DoorFacts:
    """One door: what a command has ordered of it ("none", "lock" or "hold"), and by what road it is held.

    `leaf` is "open" or "shut", "unknown" where its contact is at fault, None without a contact; `alarms`
    last until it is shut.
    """

    order: str
    held_by: str | None
    leaf: str | None
    alarms: tuple[str, ...]
    exit_stuck: bool


def doors(state: State) -> dict[str, DoorFacts]:
    """Describe every door."""
    return {name: _door(state, name) for name in state.doors}


def _door(state: State, name: str) -> DoorFacts:
    now, leaf = state.doors[name], state.leaves.get(name)
    contact = state.inputs.get(Input(InputKind.DOOR, name))
    exit_button = state.inputs.get(Input(InputKind.EXIT, name))
    shown = None if leaf is None else "open" if leaf.open else "shut"
    return DoorFacts(
        order=state.orders[name].value if name in state.orders else "none",
        held_by=now.by.value if isinstance(now, Held) else None,
        leaf="unknown" if contact is not None and contact.faulty else shown,
        alarms=() if leaf is None else tuple(sorted(one.value for one in leaf.alarms)),
        exit_stuck=exit_button is not None and exit_button.contact.stuck,
    )


def word(status: Mapping[str, Any], name: str) -> str:
    """Say of one door of a status, as the control socket tells it, how it stands."""
    facts = status.get("door_facts", {}).get(name)
    words = [status["doors"][name]]
    if facts is not None:
        words += [f"held by {facts['held_by']}"] if facts["held_by"] else []
        words += ["locked by command"] if facts["order"] == "lock" else []
        words += [facts["leaf"]] if facts["leaf"] in ("open", "shut") else []
        words += ["contact at fault"] if facts["leaf"] == "unknown" else []
        words += ["exit button stuck"] if facts["exit_stuck"] else []
        words += [f"ALARM {alarm}" for alarm in facts["alarms"]]
    return ", ".join(words)


def house(status: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Say what is out of the ordinary in the house, as rows of a table."""
    match status.get("fire"):
        case "alarm":
            yield "fire", "ALARM"
        case "over":
            yield "fire", "the contact is back; to be reset"
        case _:
            pass
    if status.get("tampered"):
        yield "box", "OPENED"
    if status.get("codes_barred"):
        yield "codes", "blocked, as the box was opened"
    if status.get("light"):
        yield "light", "on"
    if status.get("muted"):
        yield "microphone", "muted by its button"
