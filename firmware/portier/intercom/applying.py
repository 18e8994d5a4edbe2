"""One change: read, change, write all back, read again, compare."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from portier.errors import OperatorAwayError, OperatorError, OperatorKeyError

from .lines import Change, Operator
from .options import INTERCOM, differences, mode, with_mode


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


def apply(operator: Operator, change: Change) -> Done:
    """Change a line's mode and nothing else. Never raises OperatorError: what failed is in what is returned.

    Whether the API wants the whole object is not documented: all that was read is written back, also what is
    not known here.
    """
    try:
        before = operator.options(change.line)
    except OperatorError as error:
        return Done(change, Outcome.FAILED, str(error), ends=_ends(error))
    if INTERCOM not in before:
        return Done(change, Outcome.FAILED, f'its options have no "{INTERCOM}": is it a SIP line?')
    if mode(before) == change.wanted:
        return Done(change, Outcome.ALREADY)
    change = Change(change.line, mode(before), change.wanted)
    refused: OperatorError | None = None
    try:
        operator.write_options(change.line, with_mode(before, change.wanted))
    except OperatorError as error:
        # It may have been done all the same: the answer is lost, too, where a connection breaks.
        refused = error
    try:
        after = operator.options(change.line)
    except OperatorError as error:
        why = f"it could not be read again: {error}" if refused is None else str(refused)
        certain = isinstance(refused, OperatorKeyError)
        outcome = Outcome.FAILED if certain else Outcome.UNKNOWN
        return Done(change, outcome, why, ends=_ends(refused) or _ends(error))
    differs = differences(before, after)
    if mode(after) == change.wanted:
        return Done(change, Outcome.CHANGED, differs=differs)
    why = str(refused) if refused else f"the operator took it, and the line still says {mode(after)}"
    return Done(change, Outcome.FAILED, why, differs, _ends(refused))


def _ends(error: OperatorError | None) -> bool:
    return isinstance(error, OperatorKeyError | OperatorAwayError)
