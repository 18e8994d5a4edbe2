"""What of a list would not be rung as it stands: by its times, and by the PJSIP that is installed."""

from __future__ import annotations

from collections.abc import Iterator

from portier.adapters import pjsip_build
from portier.core import reach

from . import load
from .model import Config
from .problems import dotted

_WITH_THE_PUBLISHED = 3
"""It has room for four calls in all, and one is kept for what else may come."""


def warnings(config: Config) -> tuple[str, ...]:
    """Tell the steps that ring more than the installed PJSIP can, and those that never begin."""
    return (*_too_many(config), *_never_begun(config))


def _too_many(config: Config) -> Iterator[str]:
    # Known by its facts, without loading it.
    if pjsip_build.own() is not None:
        return
    for name, one in config.lists.items():
        for place, step in enumerate(one.steps):
            if len(step.ring) > _WITH_THE_PUBLISHED:
                key = dotted(("lists", name, "steps", place, "ring"))
                yield (
                    f"{key} rings {len(step.ring)} at once, and the published PJSIP has room for "
                    f"{_WITH_THE_PUBLISHED}: the last may ring late or not at all. "
                    "Ring fewer, or install a PJSIP of this project (make wheel)"
                )


def _never_begun(config: Config) -> Iterator[str]:
    rules = load.rules(config)
    for name, one in rules.lists.items():
        total_s = one.total_s or rules.ring_timeout_s
        *before, last = reach.stages(rules, one)
        begins_s = sum((each.ring_s or 0.0) + each.pause_s for each in before) + last.pause_s
        if begins_s >= total_s:
            key = dotted(("lists", name, "total_s"))
            left_out = "" if one.total_s else ", as long as call.ring_timeout_s: it is left out"
            yield (
                f"{key} is {total_s:g} s{left_out}; the last step, cycles and fallback included, begins "
                f"after {begins_s:g} s where nobody answers, and is only rung when others refuse. Let it be "
                "longer, or the steps shorter"
            )
