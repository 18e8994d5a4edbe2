"""What all parts of a scenario's file have in common."""

from __future__ import annotations

from pydantic import BaseModel


class Part(BaseModel, frozen=True, extra="forbid"):
    """A part of a file: a key that does not exist is an error."""


class Timed(Part):
    """A part that is about a moment."""

    at_s: float
