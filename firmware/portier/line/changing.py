"""`portier line enable` and `disable`: what will change first, then each change, then what became of it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from portier.errors import ControlError, JournalError, OperatorKeyError
from portier.intercom.applying import Done, Outcome, apply
from portier.intercom.lines import Change, chosen
from portier.intercom.options import INTERCOM, Mode, mode, obstacles

from .desk import Desk
from .notes import Notes

FAILED_EXIT_CODE = 1
USAGE_EXIT_CODE = 64
INTERRUPTED_EXIT_CODE = 130


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
    return _told(_all_done(desk, changes, notes), ended=desk.ended.is_set())


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


def _all_done(desk: Desk, changes: Sequence[Change], notes: Notes) -> list[Done]:
    """Do them one after the other; after a Ctrl-C, the one that is begun and no more."""
    done: list[Done] = []
    begun: Change | None = None
    try:
        with desk.ends_well(), desk.progress("changes", len(changes)) as bar:
            for begun in changes:
                if desk.ended.is_set() or (done and done[-1].ends):
                    break
                done.append(_noted(apply(desk.operator, begun), notes, bar.clear))
                bar.step()
    except KeyboardInterrupt:
        # The second one: what was begun may have been done.
        if begun is not None and len(done) < len(changes):
            done.append(_noted(Done(begun, Outcome.UNKNOWN, "left in the middle"), notes, lambda: None))
    return [*done, *(Done(one, Outcome.NOT_TRIED) for one in changes[len(done) :])]


def _noted(done: Done, notes: Notes, make_room: Callable[[], None]) -> Done:
    """Tell at once what else has changed, and write the change down."""
    number = done.change.line.number
    for one in done.differs:
        make_room()
        print(f"WARNING: {number}: something else has changed, too: {one}", file=sys.stderr, flush=True)
    if done.outcome in (Outcome.CHANGED, Outcome.UNKNOWN):
        try:
            notes.write(done.change, sure=done.outcome is Outcome.CHANGED)
        except (ControlError, JournalError) as error:
            make_room()
            print(f"WARNING: {number}: THIS CHANGE IS NOT IN THE AUDIT LOG: {error}", file=sys.stderr)
            return Done(done.change, done.outcome, "it is not in the audit log", done.differs, ends=True)
    return done


def _told(done: Sequence[Done], *, ended: bool) -> int:
    for one in done:
        why = f": {one.why}" if one.why else ""
        print(f"  {one.change.line.number}: {one.outcome.value}{why}")
    counts = Counter(one.outcome for one in done)
    print(", ".join(f"{count} {outcome.value}" for outcome, count in counts.items()))
    left = [one for one in done if one.outcome not in (Outcome.CHANGED, Outcome.ALREADY)]
    if left:
        print("the same command again does what is left", file=sys.stderr)
    if ended:
        return INTERRUPTED_EXIT_CODE
    return 0 if all(one.good and not one.why for one in done) else FAILED_EXIT_CODE
