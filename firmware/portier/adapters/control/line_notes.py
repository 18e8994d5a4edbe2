"""What a command says of a line that it has changed at the operator, made into a row of the audit log."""

from __future__ import annotations

import re

from portier.core.audit import Record, Road, What

_CHANGE = re.compile(r"([0-9]{3,40}) (\w{1,20}) (no|prefixed|yes)( unconfirmed)?", re.ASCII)
_NOT_OF_A_MODE = re.compile(r"\W", re.ASCII)
_MODE_LENGTH = 20


def words(number: str, before: str, after: str, *, sure: bool) -> str:
    """A change as `record` takes it, whatever the operator calls the mode before."""
    # A character that is replaced, not left out, never makes one mode of another.
    known = _NOT_OF_A_MODE.sub("_", before)[:_MODE_LENGTH] or "unknown"
    return " ".join([number, known, after] + ([] if sure else ["unconfirmed"]))


def record(change: str, by: str) -> Record | None:
    """A row: the line is somebody's, and so stands where it can be erased. None for what is no change."""
    found = _CHANGE.fullmatch(change)
    if found is None or found[2] == found[3]:
        return None
    number, before, after, unsure = found.groups()
    told = "; whether it was done is not known" if unsure else ""
    return Record(
        What.LINE_MODE,
        road=Road.COMMAND,
        who=f"{number}, {by}",
        why=f"intercom mode {before.replace('_', ' ')} to {after}{told}",
    )
