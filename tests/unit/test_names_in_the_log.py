"""The log names residents by their numbers: it cannot be erased. Rows of the audit log have their names."""

from __future__ import annotations

import pytest

from portier.bench.bare import BareStation
from portier.core.effects import Audit, Effect, Note
from portier.core.events import EndReason
from portier.core.rules import ButtonRule, DoorRule, ListRule, Rules, StepRule, TargetRule

RULES = Rules(
    buttons={"bell": ButtonRule("bell", "", 1 / 32, list_name="flat 12")},
    doors={"front": DoorRule("front", "5", 3.0, 8.0)},
    lists={
        "flat 12": ListRule(
            "flat 12",
            (
                StepRule((TargetRule("Dupont", "sip:1@pbx", log_name="resident 3"),), 20.0),
                StepRule((TargetRule("Dupont (2)", "sip:2@pbx", log_name="resident 3 (2)"),), 20.0),
            ),
        )
    },
)


def told(effects: list[Effect]) -> str:
    return "\n".join(one.text for one in effects if isinstance(one, Note))


def whose(effects: list[Effect]) -> list[str]:
    return [one.record.who for one in effects if isinstance(one, Audit)]


def test_a_visit_that_is_answered_and_released_names_its_resident_in_rows_alone() -> None:
    station = BareStation(RULES)
    station.become_ready()
    effects = station.press("bell")
    assert 'calling "resident 3"' in told(effects)
    effects += station.answer()
    assert 'answered by "resident 3"' in told(effects)
    effects += station.keys("5")
    effects += station.end(EndReason.HUNG_UP)
    assert "Dupont" not in told(effects)
    assert "Dupont" in whose(effects)


@pytest.mark.parametrize("reason", [EndReason.BUSY, EndReason.UNREACHABLE, EndReason.UNKNOWN_NUMBER])
def test_a_visit_that_reaches_nobody_names_no_resident_in_the_log(reason: EndReason) -> None:
    station = BareStation(RULES)
    station.become_ready()
    effects = station.press("bell")
    for _ in range(2):
        effects += station.end(reason)
    assert "nobody reached" in told(effects)
    assert '"resident 3 (2)"' in told(effects)
    assert "Dupont" not in told(effects)
