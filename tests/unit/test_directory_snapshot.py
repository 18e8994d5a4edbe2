"""What the core and SIP are told of the directory, and which buttons ring whom."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from portier.bench.bare import BareStation
from portier.config import directory as directory_config, load, planned
from portier.core import station
from portier.core.effects import HangUp, Level, Note, PlaceCall, Play, Tone
from portier.core.events import CallOffered, PhoneReady, PressRequested
from portier.core.rules import IncomingRule, ListRule, Rules, StepRule, TargetRule
from portier.core.states import Calling, Idle, Incoming
from portier.directory.model import Book, Line, Resident
from portier.directory.settings import Place
from portier.directory.snapshot import View, view
from portier.errors import ConfigError
from portier.runtime import Runtime

FILE = """
[sip]
domain = "pbx"
[audio]
card = "none"
[gpio]
factory = "mock"
[buttons.bell]
pin = 5
flat = "12"
[buttons.shop]
pin = 6
resident = "Durand"
line = "400"
[doors.front]
pin = 22
release_digit = "5"
"""
AGAIN = frozenset({404, 484, 488})
DUPONT = Resident(
    1, "Dupont", "12", lines=(Line("201"), Line("202", prefix=False), Line(uri="sip:d@192.0.2.7"))
)
DURAND = Resident(2, "Durand", "12", lines=(Line("203"),))
FIRST = TargetRule("Dupont", "sip:3691201@pbx", "sip:201@pbx", AGAIN, resident=1, log_name="resident 1")
SECOND = TargetRule("Dupont (2)", "sip:202@pbx", resident=1, log_name="resident 1 (2)")
THIRD = TargetRule("Dupont (3)", "sip:d@192.0.2.7", resident=1, log_name="resident 1 (3)")
OTHER = TargetRule("Durand", "sip:3691203@pbx", "sip:203@pbx", AGAIN, resident=2, log_name="resident 2")


def seen(*residents: Resident, more: str = "", file: str = FILE) -> View:
    config = load.from_text(file + more)
    return view(load.rules(config), Book(residents), directory_config.settings(config))


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load.from_text(text)
    return list(caught.value.problems)


def test_a_flat_rings_the_lines_of_all_who_live_there_in_turn() -> None:
    rules = seen(DUPONT, DURAND).rules
    assert rules.flats == {"12": "flat 12"}
    assert rules.lists["flat 12"] == ListRule(
        "flat 12", tuple(StepRule((one,), 20.0) for one in (FIRST, SECOND, THIRD, OTHER))
    )
    assert rules.buttons["bell"].list_name == "flat 12"


def test_a_resident_with_one_line_rings_for_as_long_as_the_visit_may() -> None:
    rules = seen(DUPONT, DURAND).rules
    assert rules.lists[rules.buttons["shop"].list_name] == ListRule("resident 2", (StepRule((OTHER,)),))


def test_a_name_is_found_however_it_is_written() -> None:
    assert seen(replace(DURAND, name="DURAND")).rules.buttons["shop"].list_name == "resident 2"


def test_without_a_resident_a_button_rings_what_stands_beside_it_or_nobody() -> None:
    for residents in ((), (replace(DUPONT, flat="13"),), (replace(DUPONT, lines=()),)):
        rules = seen(*residents).rules
        assert rules.buttons["shop"].list_name == ""
        assert rules.buttons["shop"].uri == "sip:3691400@pbx"
        assert rules.buttons["bell"].list_name == ""
        assert rules.buttons["bell"].uri == ""


def test_a_time_profile_may_put_a_flat_or_a_resident_in_the_place_of_whom_a_button_rings() -> None:
    more = """[buttons.gate]
pin = 13
line = "500"
by_profile = [
    { profile = "day", resident = "durand" },
    { profile = "night", flat = "12" },
    { profile = "never", flat = "99", line = "600" },
]
[profiles.day]
[profiles.night]
[profiles.never]
"""
    rules = seen(DUPONT, DURAND, more=more).rules
    day, night, never = rules.buttons["gate"].by_profile
    assert (day.list_name, night.list_name) == ("resident 2", "flat 12")
    assert rules.lists["resident 2"] == ListRule("resident 2", (StepRule((OTHER,)),))
    assert (never.list_name, never.uri) == ("", "sip:3691600@pbx"), "what stands beside it"
    assert rules.buttons["gate"].uri == "sip:3691500@pbx"
    assert [one.list_name for one in seen(more=more).rules.buttons["gate"].by_profile] == ["", "", ""]
    both = more.replace('flat = "12" }', 'flat = "12", resident = "A" }')
    assert problems(FILE + both) == [
        "buttons.gate.by_profile.2.resident: cannot stand beside flat: keep one of them"
    ]


def test_sip_is_told_of_every_address_ahead_and_which_are_made_of_numbers() -> None:
    found = seen(DUPONT)
    assert found.targets == ("sip:d@192.0.2.7",)
    assert found.lines == {"sip:3691201@pbx", "sip:201@pbx", "sip:202@pbx"}


def test_a_number_cannot_be_dialled_without_a_domain() -> None:
    file = FILE.replace('domain = "pbx"', "").replace('line = "400"', 'uri = "sip:shop@192.0.2.8"')
    found = seen(DUPONT, file=file)
    assert found.rules.lists["flat 12"].steps == (StepRule((replace(THIRD, name="Dupont (3)"),)),)
    assert found.lines == frozenset()


CALLERS = (
    replace(DUPONT, release_from=("+33612345678",), code_from=("201",)),
    replace(DURAND, code_from=("+33612345678",)),
)


def test_callers_of_the_directory_join_those_of_the_configuration_where_it_says_so() -> None:
    base = Rules({}, {}, incoming=IncomingRule({"999": True, "201": False}, 2.0, directory=True))
    settings = directory_config.settings(load.from_text(FILE))
    found = view(base, Book(CALLERS), replace(settings, buttons={}))
    assert found.rules.incoming == IncomingRule(
        {"999": True, "201": False, "+33612345678": True},
        2.0,
        frozenset({"201", "+33612345678"}),
        directory=True,
    )
    assert set(found.callers) == {"999", "201", "+33612345678"}


@pytest.mark.parametrize("incoming", [None, IncomingRule({"999": True})])
def test_without_that_no_caller_of_the_directory_is_taken(incoming: IncomingRule | None) -> None:
    settings = replace(directory_config.settings(load.from_text(FILE)), buttons={})
    assert view(Rules({}, {}, incoming=incoming), Book(CALLERS), settings).rules.incoming == incoming


def test_the_plan_says_where_the_directory_lies(tmp_path: Path) -> None:
    plan = planned.plan(load.from_text(FILE, base=tmp_path))
    assert plan.directory is not None
    assert plan.directory.files.database == Path("/var/lib/portier/directory.db")
    assert plan.directory.files.key == Path("/var/lib/portier/directory.key")
    assert plan.directory.files.good == Path("/var/lib/portier/directory.good.db")
    assert plan.directory.buttons == {"bell": Place(flat="12"), "shop": Place(resident="Durand")}
    assert plan.rules.code_length == 6
    more = (
        '[directory]\nfile = "here.db"\nkey_file = "there"\nkey_credential = "device-key"\ncode_length = 8\n'
    )
    plan = planned.plan(load.from_text(FILE + more, base=tmp_path))
    assert plan.directory is not None
    assert plan.directory.files.database == tmp_path / "here.db"
    assert plan.directory.files.key == tmp_path / "there"
    assert plan.directory.files.credential == "device-key"
    assert plan.rules.code_length == 8


def test_a_button_rings_one_of_the_directory_at_most() -> None:
    assert problems(FILE.replace('flat = "12"', 'flat = "12"\nresident = "A"')) == [
        "buttons.bell.resident: cannot stand beside flat: keep one of them"
    ]
    (problem,) = problems(FILE.replace('line = "400"', 'line = "400"\nuri = "sip:a@192.0.2.1"'))
    assert "buttons.shop.uri: cannot stand beside line" in problem
    (problem,) = problems(FILE.replace('flat = "12"', 'flat = "a;b"'))
    assert "buttons.bell.flat" in problem
    (problem,) = problems(FILE.replace('flat = "12"', ""))
    assert "say whom the button rings" in problem


@pytest.mark.parametrize("length", [3, 13])
def test_a_code_has_4_to_12_digits(length: int) -> None:
    (problem,) = problems(f"{FILE}[directory]\ncode_length = {length}\n")
    assert "directory.code_length" in problem


def test_callers_of_the_directory_need_a_registrar_and_a_lamp() -> None:
    found = problems(f"{FILE}[incoming]\naccept_from_directory = true\n")
    assert [one.partition(":")[0] for one in found] == ["incoming.accept_from_directory"] * 2


def test_a_press_for_nobody_is_told_to_the_visitor_and_the_next_one_counts() -> None:
    core = BareStation(seen().rules)
    core.become_ready()
    effects = core.take(PressRequested("bell", at_s=core.now_s))
    assert [one for one in effects if isinstance(one, PlaceCall)] == []
    assert Play(Tone.NOT_AVAILABLE) in effects
    assert any(
        isinstance(one, Note) and one.level is Level.WARNING and '"bell"' in one.text for one in effects
    )
    assert core.state.call == Idle()
    core.rules = seen(DUPONT).rules
    effects = core.take(PressRequested("bell", at_s=core.now_s))
    assert PlaceCall(1, FIRST.uri) in effects


def test_a_press_for_nobody_that_waited_for_sip_is_told_too() -> None:
    core = BareStation(seen().rules)
    core.take(PressRequested("bell", at_s=core.now_s))
    effects = core.take(PhoneReady(at_s=core.now_s))
    assert Play(Tone.NOT_AVAILABLE) in effects
    assert core.state.call == Idle()


def test_a_press_for_nobody_ends_no_call_from_outside() -> None:
    core = BareStation(replace(seen().rules, incoming=IncomingRule({"201": True})))
    core.become_ready()
    core.take(CallOffered(1, "201", at_s=core.now_s))
    effects = core.take(PressRequested("bell", at_s=core.now_s))
    assert isinstance(core.state.call, Incoming)
    assert not any(isinstance(one, HangUp) for one in effects)


names = st.sampled_from(["Dupont", "Durand", "=1+1", "Ü"])
lines = st.sampled_from([Line("201"), Line("202", prefix=False), Line(uri="sip:d@192.0.2.7"), Line("+33 1")])
people = st.lists(
    st.builds(
        Resident,
        number=st.integers(1, 9),
        name=names,
        flat=st.sampled_from(["", "12", "13"]),
        lines=st.lists(lines, max_size=3).map(tuple),
    ),
    max_size=5,
)


@given(before=people, after=people)
def test_whatever_the_directory_says_a_press_never_breaks_the_core(
    before: list[Resident], after: list[Resident]
) -> None:
    core = BareStation(seen(*before).rules)
    core.become_ready()
    core.take(PressRequested("bell", at_s=core.now_s))
    core.rules = seen(*after).rules
    core.wait(30.0)
    core.take(PressRequested("shop", at_s=core.now_s))
    core.wait(300.0)
    assert isinstance(core.state.call, Idle | Calling)


def test_rules_change_between_two_events_and_buttons_and_doors_do_not() -> None:
    async def run() -> None:
        before = seen().rules
        runtime = Runtime(before, asyncio.get_running_loop(), lambda _: None)
        state = runtime.state
        runtime.change_rules(seen(DUPONT).rules)
        assert runtime.state is state
        with pytest.raises(ValueError, match="do not change"):
            runtime.change_rules(replace(before, buttons={}))
        with pytest.raises(ValueError, match="do not change"):
            runtime.change_rules(replace(before, doors={}))

    asyncio.run(run())


def test_the_first_state_needs_nothing_of_the_directory() -> None:
    assert station.initial(seen().rules)[0] == station.initial(seen(DUPONT).rules)[0]
