"""By which account a target is called."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from portier.adapters.sip import ways


@dataclass(frozen=True, slots=True)
class _Account:
    way: str
    domain: str = "pbx.example"
    usable: bool = True
    in_service: bool = True
    refused: bool = False


MAIN, BACKUP = _Account("main"), _Account("backup", "other.example")
MAIN_DOWN = _Account("main", in_service=False)
MAIN_REFUSED = _Account("main", in_service=False, refused=True)
BACKUP_DOWN = _Account("backup", "other.example", in_service=False)


@pytest.mark.parametrize(
    ("accounts", "tried", "taken"),
    [
        ([MAIN, BACKUP], (), MAIN),
        ([MAIN, BACKUP], ("main",), BACKUP),
        ([MAIN, BACKUP], ("main", "backup"), None),
        ([MAIN_DOWN, BACKUP], (), BACKUP),
        ([MAIN_DOWN, BACKUP], ("backup",), MAIN_DOWN),
        ([MAIN_DOWN, BACKUP_DOWN], (), MAIN_DOWN),
        ([MAIN_REFUSED, BACKUP_DOWN], (), BACKUP_DOWN),
        ([MAIN_REFUSED], (), MAIN_REFUSED),
        ([MAIN_REFUSED, BACKUP], ("backup",), None),
        ([_Account("main", usable=False), BACKUP_DOWN], (), BACKUP_DOWN),
        ([_Account("main", usable=False)], (), None),
    ],
)
def test_the_first_in_service_is_taken_and_one_that_may_be_before_none(
    accounts: list[_Account], tried: tuple[str, ...], taken: _Account | None
) -> None:
    assert ways.best(accounts, tried) == taken


def test_a_line_concerns_every_account_and_an_address_those_at_its_domain() -> None:
    both = [MAIN, BACKUP]
    assert ways.concerned(both, "sip:3@pbx.example", is_line=True) == both
    assert ways.concerned(both, "sip:3@Other.Example;user=phone", is_line=False) == [BACKUP]
    assert ways.concerned(both, "sip:3@192.0.2.4", is_line=False) == []


@pytest.mark.parametrize(
    ("uri", "moved"),
    [
        ("sip:36913100000000@pbx.example", "sip:36913100000000@other.example:5070"),
        ("sip:3%40@pbx.example:5060;user=phone", "sip:3%40@other.example:5070;user=phone"),
    ],
)
def test_a_number_is_the_same_at_another_domain(uri: str, moved: str) -> None:
    assert ways.at_domain(uri, "other.example:5070") == moved
