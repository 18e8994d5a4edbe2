"""A press counts when the contact has been stable for the button's debounce time."""

from __future__ import annotations

from dataclasses import replace

from .effects import CancelTimer, Effect, StartTimer
from .states import Contact
from .timers import DebounceTimer


def edge(
    contact: Contact, button: str, closed: bool, at_s: float, debounce_s: float
) -> tuple[Contact, Effect]:
    """Take an edge: wait for the new level to last, or forget a glitch that went back."""
    timer = DebounceTimer(button)
    seen = replace(contact, seen=closed)
    if closed == contact.counted:
        return seen, CancelTimer(timer)
    return seen, StartTimer(timer, at_s + debounce_s)


def settle(contact: Contact) -> tuple[Contact, bool]:
    """Take the end of the wait: the level seen counts from now on; True when that is a press."""
    pressed = contact.seen and not contact.counted
    return Contact(counted=contact.seen, seen=contact.seen), pressed
