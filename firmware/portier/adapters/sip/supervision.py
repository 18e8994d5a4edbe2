"""When an account registers (again), and whether it is in service. Pure: the time is told."""

from __future__ import annotations

import random
from collections.abc import Callable

from portier.adapters.sip.wire import registration_state
from portier.core.events import RegistrationState

FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 60.0
REFUSED_PAUSE_S = 300.0
"""A wrong password, or a user who is not known, is not insisted on: operators ban that. But a registrar that
has just been started may know nobody yet: the first two times it is asked again as any other is."""
_REFUSALS_FORGIVEN = 2
SILENT_PAUSE_S = 30.0
"""How long a server that one does not register at, and that has said nothing, comes after the others."""
_ANSWERED_BY_S = 60.0
"""PJSIP tells of every REGISTER within seconds; should one be lost, it is sent anew after this."""


def pause_after_refusal_s(refusals: int, chance: float) -> float:
    """How long to wait after so many refusals in a row (1 or more): 2 s, a minute, then five."""
    if refusals > _REFUSALS_FORGIVEN:
        return REFUSED_PAUSE_S
    whole_s = FIRST_PAUSE_S if refusals == 1 else LONGEST_PAUSE_S
    return whole_s * (1.0 - chance / 2.0)


def pause_s(failures: int, chance: float) -> float:
    """How long to wait after so many failures in a row (1 or more); `chance` is from 0 to 1.

    Twice as long each time, up to a minute, less up to a half by chance: stations that lost one registrar in
    the same moment must not all come back in the same moment.
    """
    whole_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(failures - 1, 16))
    return whole_s * (1.0 - chance / 2.0)


class Supervision:
    """One account's standing. `due_s` is when to register next, None while nothing is to be done.

    Where it `registers`, it is in service while its registration stands and nothing speaks against it;
    otherwise always, but for a pause after its server has said nothing.
    """

    def __init__(self, registers: bool, chance: Callable[[], float] = random.random) -> None:
        self.registers = registers
        self.state = RegistrationState.TRYING if registers else RegistrationState.NOT_NEEDED
        self.due_s: float | None = None
        self._chance = chance
        self._failures = self._refusals = 0
        self._doubted = self._cut_off = False

    @property
    def in_service(self) -> bool:
        """Whether a call is likely to get through."""
        good = (RegistrationState.REGISTERED, RegistrationState.NOT_NEEDED)
        return self.state in good and not (self._doubted or self._cut_off)

    @property
    def failures(self) -> int:
        """How often in a row it could not register."""
        return self._failures

    @property
    def refused(self) -> bool:
        """Whether its registrar does not want it."""
        return self.state is RegistrationState.REFUSED

    @property
    def is_cut_off(self) -> bool:
        """Whether there was no way to its server when that was looked at last."""
        return self._cut_off

    def asked(self, now_s: float) -> None:
        """A REGISTER leaves."""
        self.due_s = now_s + _ANSWERED_BY_S

    def answered(self, status: int, expires_s: int, now_s: float) -> None:
        """Its answer came, or none (408); also when PJSIP has renewed a registration by itself."""
        self.state = registration_state(status, expires_s)
        self._doubted = False
        if self.state is RegistrationState.REGISTERED:
            self._failures = self._refusals = 0
            self.due_s, self._cut_off = None, False
        elif self.state is RegistrationState.REFUSED:
            self._refusals += 1
            self.due_s = now_s + pause_after_refusal_s(self._refusals, self._chance())
        else:
            self.failed(now_s)

    def failed(self, now_s: float) -> None:
        """It could not be tried, or was of no avail: again after a pause."""
        self._failures += 1
        self.due_s = now_s + pause_s(self._failures, self._chance())

    def doubt(self, now_s: float) -> None:
        """A call got no answer at all, or was refused as not allowed: a server that was restarted knows us
        no more. Not in service until that is cleared up, at once; where registering failed before, that has
        its own time.
        """
        self._doubted = True
        if not self.registers:
            self.due_s = now_s + SILENT_PAUSE_S
        elif self.due_s is None:
            self.due_s = now_s

    def anew(self, now_s: float) -> None:
        """The network has come back, or has given the station another address: register at once."""
        self._cut_off = False
        if self.registers and not self.refused:
            self._failures, self.due_s = 0, now_s

    def cut_off(self, now_s: float) -> None:
        """There is no way to its server, until the network is back."""
        self._cut_off = True
        if self.registers and not self.refused:
            self.state = RegistrationState.UNREACHABLE
            self.failed(now_s)

    def trust_again(self) -> None:
        """The pause of an account that does not register is over."""
        self._doubted, self.due_s = False, None
