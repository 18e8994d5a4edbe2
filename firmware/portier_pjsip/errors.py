"""What can go wrong on the way to a wheel, and the exit code of each.

* WheelError
  * MachineError     69  this machine lacks something: a compiler, a package, rights, a newer Python
  * SourceError      65  the source is broken, too old, no PJSIP, or cannot be had
  * SpaceError       73  a disk is full, or would be
  * StepError        70  a step of the build failed: its last lines are told
  * CheckError       76  the wheel is built and does not do what it must
"""

from __future__ import annotations

from typing import ClassVar


class WheelError(Exception):
    """The base: its text says what was tried, with which value, and what to do."""

    exit_code: ClassVar[int] = 70


class MachineError(WheelError):
    """Something of this machine is missing or unfit."""

    exit_code = 69


class SourceError(WheelError):
    """The source cannot be used."""

    exit_code = 65


class SpaceError(WheelError):
    """There is no room on a disk."""

    exit_code = 73


class StepError(WheelError):
    """A program that the build runs ended with an error."""


class CheckError(WheelError):
    """A wheel does not do what it must."""

    exit_code = 76
