"""What a configuration asks of the wiring, beyond what every door needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .model import DoorConfig


def needs(doors: Mapping[str, DoorConfig]) -> Iterator[str]:
    """Tell it in one line for each door that needs something."""
    for name, door in doors.items():
        if door.may_hold:
            yield (
                f"doors.{name}: may_hold lets its relay stay energised for hours: a strike that is rated for "
                "pulses burns, so be sure of strike, relay and supply; a fail-secure lock is locked again "
                "after a power cut, and a hold that a command began does not come back by itself"
            )
        if door.drive == "heartbeat":
            yield (
                f'doors.{name}: drive = "heartbeat" needs the charge pump of hardware/relay.md between '
                f"GPIO {door.pin} and the relay's transistor; a transistor wired straight to the pin would "
                "make the relay chatter a hundred times a second"
            )
