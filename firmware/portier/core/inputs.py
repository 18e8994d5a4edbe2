"""The contacts that the station observes, beside the buttons: it acts on none of their wires."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class InputKind(Enum):
    """What a contact tells of, when it is active."""

    DOOR = "door contact"
    EXIT = "exit button"
    FIRE = "fire contact"
    TAMPER = "tamper contact"
    SPEECH = "speech button"


@dataclass(frozen=True, slots=True)
class Input:
    """One observed contact; `door` is empty where it belongs to none.

    Active is: the door open, the exit button pressed, fire, the box opened, the speech
    button pressed.
    """

    kind: InputKind
    door: str = ""

    def __str__(self) -> str:
        return f'{self.kind.value} of door "{self.door}"' if self.door else self.kind.value
