"""What happens to a station in a scenario: presses, keys, calls, orders, what fails and comes back."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from portier.bench.house_scenario import HouseStep, Restart
from portier.bench.scenario_part import Timed
from portier.core.events import RegistrationState, Requester


class Press(Timed):
    """A button is pressed and let go; the contact chatters for `bounce_s` both times."""

    press: str
    held_s: float = 0.2
    bounce_s: float = 0.0


class FarKey(Timed):
    """A key on the far phone: of the call placed last, or of any leg at all."""

    key: str
    leg: int | None = None


class Keyed(Timed):
    """Keys are pressed on a keypad, one every `each_s`."""

    keyed: str
    keypad: str
    each_s: float = 0.25


class CardShown(Timed):
    """A card is held to a reader: "card:facility:number"."""

    card: str
    keypad: str


class Offer(Timed):
    """Somebody calls the station by its registrar."""

    offer: str


class CallerEnds(Timed):
    """The far end of a leg ends it: without a status, by hanging up."""

    ends: int
    status: int = 0


class Request(Timed):
    """Somebody asks for a door to be released."""

    request: str
    by: Requester


class Registrar(Timed):
    """The registration changes."""

    registration: RegistrationState
    status: int = 0


class PhoneChange(Timed):
    """SIP goes down or comes up."""

    phone: Literal["lost", "ready"]


class SoundChange(Timed):
    """The sound card goes or comes."""

    sound: Literal["lost", "restored"]


class Stop(Timed):
    """The station is told to stop."""

    stop: Literal[True]


class Clock(Timed):
    """The wall clock tells the local time, or that it is not known to be right."""

    clock: datetime | Literal["unsure"]


Step = (
    Clock
    | Press
    | FarKey
    | Keyed
    | CardShown
    | Offer
    | CallerEnds
    | Request
    | Registrar
    | PhoneChange
    | SoundChange
    | Stop
    | Restart
    | HouseStep
)
