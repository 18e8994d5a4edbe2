"""`portier line enable` and `disable`: what will change first, then each change, then what became of it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from portier.errors import OperatorKeyError
from portier.intercom.applying import Done, Outcome, apply
from portier.intercom.lines import Change, chosen
from portier.intercom.options import INTERCOM, Mode, mode, obstacles

from .desk import Desk, warn
from .notes import Notes

FAILED_EXIT_CODE = 1
USAGE_EXIT_CODE = 64
SIGNAL_EXIT_CODE = 128
"""And the signal's number."""


def change(
    keys: Path | None, written: Sequence[str], wanted: Mode, notes: Notes, *, ask: bool, dry: bool
) -> int:
    """Set the mode of lines, each by itself; exit code 1 where some were not set as wanted.

    Raises PortierError before anything is changed.
    """
    desk = Desk(keys)
    changes = _planned(desk, written, wanted)
    if dry:
        print("dry run: nothing was changed")
        return 0
    if not changes:
        print("nothing to change")
        return 0
    if desk.keys is not None and not desk.keys.may_write:
        raise OperatorKeyError(
            'line: the key may only read, nothing was changed: ask for one that may write with "portier line '
            'login --write"'
        )
    notes.refuse_unless_kept(changes)
    if ask and not sys.stdin.isatty():
        print("portier: line: nothing was changed: nobody can be asked here; say --yes", file=sys.stderr)
        return USAGE_EXIT_CODE
    if ask and not _agreed(len(changes)):
        print("nothing was changed")
        return FAILED_EXIT_CODE
    done: list[Done] = []
    with desk.ends_well():
        try:
            _do_all(desk, changes, notes, done)
        finally:
            # Whatever has ended it: nobody else knows what was done.
            desk.leave_lost_terminal()
            good = _told([*done, *(Done(one, Outcome.NOT_TRIED) for one in changes[len(done) :])])
    if desk.signal:
        return SIGNAL_EXIT_CODE + desk.signal
    return 0 if good else FAILED_EXIT_CODE


def _planned(desk: Desk, written: Sequence[str], wanted: Mode) -> list[Change]:
    """Show what will change, and return it."""
    lines = chosen(written, desk.lines())
    changes: list[Change] = []
    shown: list[str] = []
    with desk.progress("lines", len(lines)) as bar:
        for line in lines:
            options = desk.operator.options(line)
            planned = Change(line, mode(options), wanted)
            if planned.before == wanted and INTERCOM in options:
                shown.append(f"  {line.number}: {wanted} already")
            else:
                changes.append(planned)
                shown.append(f"  {planned}")
            in_the_way = obstacles(options) if wanted != "no" else ()
            shown += [f"    in the way: {one}" for one in in_the_way]
            bar.step()
    print("\n".join(shown))
    return changes


def _agreed(count: int) -> bool:
    what = "this line" if count == 1 else f"these {count} lines"
    try:
        return input(f"change {what}? [y/N] ").strip().casefold() in ("y", "yes", "o", "oui")
    except EOFError:
        return False


def _do_all(desk: Desk, changes: Sequence[Change], notes: Notes, done: list[Done]) -> None:
    """Do them one after the other into `done`; after a signal, the one that is begun and no more."""
    begun: Change | None = None
    try:
        with desk.progress("changes", len(changes)) as bar:
            for one in changes:
                if desk.ended.is_set() or (done and done[-1].ends):
                    break
                begun = one
                done.append(_noted(apply(desk.operator, one, desk.pause), notes, bar.clear))
                begun = None
                bar.step()
    except BaseException as error:
        # A second signal, or a fault of ours: what was begun may have been done.
        if begun is not None:
            done.append(_noted(Done(begun, Outcome.UNKNOWN, "left in the middle"), notes, lambda: None))
        if not isinstance(error, KeyboardInterrupt):
            raise


def _noted(done: Done, notes: Notes, make_room: Callable[[], None]) -> Done:
    """Write the change down, and tell at once what else has changed."""
    number = done.change.line.number
    missing: Exception | None = None
    if done.outcome in (Outcome.CHANGED, Outcome.UNKNOWN):
        try:
            notes.write(done.change, sure=done.outcome is Outcome.CHANGED)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the change has no row
            missing = error
    for one in done.differs:
        make_room()
        warn(f"WARNING: {number}: something else has changed, too: {one}")
    if missing is None:
        return done
    make_room()
    warn(f"WARNING: {number}: THIS CHANGE IS NOT IN THE AUDIT LOG: {missing}")
    return replace(done, why="; ".join(filter(None, [done.why, "it is not in the audit log"])), ends=True)


def _told(done: Sequence[Done]) -> bool:
    """List what became of each; whether all of it is as it was to be."""
    for one in done:
        why = f": {one.why}" if one.why else ""
        print(f"  {one.change.line.number}: {one.outcome.value}{why}")
    counts = Counter(one.outcome for one in done)
    print(", ".join(f"{count} {outcome.value}" for outcome, count in counts.items()))
    left = [one for one in done if one.outcome not in (Outcome.CHANGED, Outcome.ALREADY)]
    if left:
        warn("the same command again does what is left")
    return all(one.good and not one.why for one in done)
