"""One change: read, change, write all back, read again, compare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from portier.errors import OperatorAwayError, OperatorBusyError, OperatorError, OperatorKeyError

from .lines import Change, Operator
from .options import INTERCOM, Options, differences, mode, with_mode

Pause = Callable[[float], bool]
"""Waits for so many seconds; false where the wait was ended: nothing more is to be begun."""

SETTLES_S = 1.5
_MOST_WAITS = 10


class Outcome(Enum):
    """What became of a change."""

    CHANGED = "changed"
    ALREADY = "was so already"
    FAILED = "not changed"
    UNKNOWN = "not known"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Done:
    """A change that was tried: `why` it failed or is not known; `differs` is what else has changed with it.

    `ends` where the next line would fare no better.
    """

    change: Change
    outcome: Outcome
    why: str = ""
    differs: tuple[str, ...] = ()
    ends: bool = False

    @property
    def good(self) -> bool:
        """Whether the line is as it was to be, and nothing else is another."""
        return self.outcome in (Outcome.CHANGED, Outcome.ALREADY) and not self.differs


def apply(operator: Operator, change: Change, pause: Pause) -> Done:
    """Change a line's mode and nothing else. Never raises OperatorError: what failed is in what is returned.

    Whether the API wants the whole object is not documented: all that was read is written back, also what is
    not known here. Where the operator asks to wait before it takes that, it is read anew: somebody else may
    have changed the line meanwhile. Only what the operator has refused is called not changed.
    """
    for _ in range(_MOST_WAITS):
        try:
            before = operator.options(change.line)
        except OperatorError as error:
            return Done(change, Outcome.FAILED, str(error), ends=_ends(error))
        if INTERCOM not in before:
            return Done(change, Outcome.FAILED, f'its options have no "{INTERCOM}": is it a SIP line?')
        if mode(before) == change.wanted:
            return Done(change, Outcome.ALREADY)
        change = Change(change.line, mode(before), change.wanted)
        trouble: OperatorError | None = None
        try:
            operator.write_options(change.line, with_mode(before, change.wanted))
        except OperatorBusyError as error:
            if not pause(error.wait_s):
                return Done(change, Outcome.FAILED, "ended while it waited for the operator")
            trouble = error
            continue
        except OperatorError as error:
            # It may have been done all the same: the answer is lost, too, where a connection breaks.
            trouble = error
        return _judged(operator, change, before, trouble, pause)
    return Done(change, Outcome.FAILED, str(trouble))


def _judged(
    operator: Operator, change: Change, before: Options, trouble: OperatorError | None, pause: Pause
) -> Done:
    """Read a line that was written, and compare; `trouble` is what came of the write, if anything."""
    refused = trouble is not None and trouble.refused
    otherwise = Outcome.FAILED if refused else Outcome.UNKNOWN
    try:
        after = operator.options(change.line)
        if mode(after) != change.wanted and not refused:
            pause(SETTLES_S)
            after = operator.options(change.line)
    except OperatorError as error:
        why = f"it could not be read again: {error}" if trouble is None else str(trouble)
        return Done(change, otherwise, why, ends=_ends(trouble) or _ends(error))
    differs = differences(before, after)
    if mode(after) == change.wanted:
        return Done(change, Outcome.CHANGED, differs=differs)
    why = str(trouble) if trouble else "the operator took it"
    if not refused:
        why = f"{why}; the line still says {_shown(mode(after))}, and it may still come"
    return Done(change, otherwise, why, differs, _ends(trouble))


def _ends(error: OperatorError | None) -> bool:
    return isinstance(error, OperatorKeyError | OperatorAwayError)


def _shown(text: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in text[:20])
