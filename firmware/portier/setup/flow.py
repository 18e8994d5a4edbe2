"""All questions in their order, and the way forward and back through them."""

from __future__ import annotations

from collections.abc import Sequence

from portier.config.problems import Loc
from portier.setup import account, line, pins, sound
from portier.setup.desk import Desk
from portier.setup.dialogue import GoBack
from portier.setup.draft import Draft
from portier.setup.questions import Step

Part = tuple[str, Sequence[Step]]
"""A heading's text, and what is asked below it."""

PARTS: tuple[Part, ...] = (
    ("part.button", pins.BUTTON),
    ("part.door", pins.DOOR),
    ("part.sound", sound.STEPS),
    ("part.account", account.STEPS),
    ("part.line", line.STEPS),
)


def asked(draft: Draft) -> tuple[Loc, ...]:
    """Every key that some question decides."""
    return tuple({loc: None for _, steps in PARTS for step in steps for loc in step.decides(draft)})


def run(desk: Desk, last: Step) -> None:
    """Ask everything, then the last question. Going back from the first one asks that again."""
    steps = [(heading, step) for heading, part in PARTS for step in part] + [("", last)]
    trail: list[int] = []
    told = ""
    at = 0
    while at < len(steps):
        heading, step = steps[at]
        if not step.applies(desk.draft):
            at += 1
            continue
        if heading and heading != told:
            desk.dialogue.heading(heading)
            told = heading
        later = {loc for _, one in steps[at + 1 :] for loc in one.decides(desk.draft)}
        try:
            step.run(desk.before(later))
        except GoBack:
            at = trail.pop() if trail else at
            continue
        trail.append(at)
        at += 1
