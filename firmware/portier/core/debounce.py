"""A change counts when the contact has been stable for its debounce time."""

from __future__ import annotations

from dataclasses import replace

from .effects import CancelTimer, Effect, StartTimer
from .states import Contact
from .timers import DebounceTimer, Timer


def edge(
    contact: Contact, button: str, closed: bool, at_s: float, debounce_s: float
) -> tuple[Contact, Effect]:
    """Take an edge of a button: wait for the new level to last, or forget a glitch that went back."""
    return change(contact, DebounceTimer(button), closed, at_s, debounce_s)


def change(
    contact: Contact, timer: Timer, closed: bool, at_s: float, debounce_s: float
) -> tuple[Contact, Effect]:
    """Take an edge of any contact, with the timer that its wait has."""
    seen = replace(contact, seen=closed)
    if closed == contact.counted:
        return seen, CancelTimer(timer)
    return seen, StartTimer(timer, at_s + debounce_s)


def settle(contact: Contact) -> tuple[Contact, bool]:
    """Take the end of the wait: the level seen counts from now on; True when that is a press."""
    pressed = contact.seen and not contact.counted
    return Contact(counted=contact.seen, seen=contact.seen), pressed
