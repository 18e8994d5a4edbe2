"""How many may ring at once with the PJSIP that is installed: known by its facts, without loading it."""

from __future__ import annotations

from portier.adapters import pjsip_build

from .model import Config
from .problems import dotted

_WITH_THE_PUBLISHED = 3
"""It has room for four calls in all, and one is kept for what else may come."""


def warnings(config: Config) -> tuple[str, ...]:
    """Tell the steps that ring more than the installed PJSIP can."""
    if pjsip_build.own() is not None:
        return ()
    return tuple(
        f"{dotted(('lists', name, 'steps', place, 'ring'))} rings {len(step.ring)} at once, and the "
        f"published PJSIP has room for {_WITH_THE_PUBLISHED}: the last may ring late or not at all. Ring "
        "fewer, or install a PJSIP of this project (make wheel)"
        for name, one in config.lists.items()
        for place, step in enumerate(one.steps)
        if len(step.ring) > _WITH_THE_PUBLISHED
    )
