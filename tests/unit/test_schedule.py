"""Time profiles: days, hours past midnight, holidays, exceptions, by a clock that jumps twice a year."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from portier.bench.bare import BareStation
from portier.core import schedule
from portier.core.effects import Effect, Note, PlaceCall
from portier.core.events import ClockTold, EndReason
from portier.core.profiles import Dates, Holidays, Hours, Profile
from portier.core.rules import ButtonRule, ByProfile, DoorRule, Rules
from portier.status import snapshot

PARIS = ZoneInfo("Europe/Paris")
WORKDAYS = frozenset(range(5))
CHRISTMAS = date(2026, 12, 25)
NONE: frozenset[date] = frozenset()
NIGHT = Profile(hours=(Hours(22 * 60, 6 * 60),))
DAY = Profile(hours=(Hours(6 * 60, 22 * 60),))

days = st.dates(date(2024, 1, 1), date(2032, 12, 31))
moments = st.datetimes(datetime(2024, 1, 1), datetime(2032, 12, 31))  # noqa: DTZ001 -- wall time has no zone
minutes = st.integers(0, 1439)
weekdays = st.frozensets(st.integers(0, 6), min_size=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("local", "applies"),
    [
        ("2026-11-26T21:59:59", False),
        ("2026-11-26T22:00:00", True),
        ("2026-11-27T00:00:00", True),
        ("2026-11-27T05:59:59", True),
        ("2026-11-27T06:00:00", False),
    ],
)
def test_hours_may_pass_midnight(local: str, applies: bool) -> None:
    assert NIGHT.applies(at(local), NONE) is applies


def test_hours_past_midnight_belong_to_the_day_they_begin_on() -> None:
    friday_night = Profile(frozenset({4}), (Hours(22 * 60, 6 * 60),))
    assert friday_night.applies(at("2026-11-27T23:00"), NONE)
    assert friday_night.applies(at("2026-11-28T05:00"), NONE)
    assert not friday_night.applies(at("2026-11-27T05:00"), NONE)
    assert not friday_night.applies(at("2026-11-28T23:00"), NONE)


def test_an_exception_holds_for_the_whole_night_it_begins() -> None:
    night = Profile(hours=NIGHT.hours, never_on=(Dates(CHRISTMAS, CHRISTMAS),))
    assert night.applies(at("2026-12-25T05:00"), NONE)
    assert not night.applies(at("2026-12-25T23:00"), NONE)
    assert not night.applies(at("2026-12-26T05:00"), NONE)


@pytest.mark.parametrize(
    ("holidays", "workday", "holiday_on_a_workday", "sunday", "holiday_on_a_sunday"),
    [
        (Holidays.BY_WEEKDAY, True, True, False, False),
        (Holidays.YES, True, True, False, True),
        (Holidays.NO, True, False, False, False),
        (Holidays.ONLY, False, True, False, False),
    ],
)
def test_what_a_holiday_is_to_a_profile(
    holidays: Holidays, workday: bool, holiday_on_a_workday: bool, sunday: bool, holiday_on_a_sunday: bool
) -> None:
    profile = Profile(WORKDAYS, holidays=holidays)
    feasts = frozenset({date(2026, 12, 25), date(2026, 12, 27)})
    told = [
        profile.applies(at(f"2026-12-{day}T12:00"), feasts if feast else NONE)
        for day, feast in ((24, True), (25, True), (27, False), (27, True))
    ]
    assert told == [workday, holiday_on_a_workday, sunday, holiday_on_a_sunday]


@given(days)
def test_exceptions_go_before_all_and_never_before_also(day: date) -> None:
    local = datetime.combine(day, time())
    holds = (Dates(day, day),)
    assert Profile(frozenset(), holidays=Holidays.NO, also_on=holds).applies(local, frozenset({day}))
    assert not Profile(never_on=holds).applies(local, NONE)
    assert not Profile(also_on=holds, never_on=holds).applies(local, NONE)


@given(days, st.integers(0, 400), days)
def test_a_row_of_days_holds_each_of_its_days_and_no_other(first: date, length: int, day: date) -> None:
    """The leap day too: a row is of days, not of numbers."""
    row = Dates(first, first + timedelta(days=length))
    assert row.hold(day) == (day in {first + timedelta(days=one) for one in range(length + 1)})


def test_a_leap_day_is_a_day() -> None:
    row = Dates(date(2028, 2, 28), date(2028, 3, 1))
    assert [row.hold(date(2028, 2, 28) + timedelta(days=one)) for one in range(-1, 4)] == [
        False, True, True, True, False,
    ]  # fmt: skip
    leap = Profile(never_on=(Dates(date(2028, 2, 29), date(2028, 2, 29)),), hours=NIGHT.hours)
    assert leap.applies(at("2028-02-29T05:00"), NONE)
    assert not leap.applies(at("2028-03-01T05:00"), NONE)


@given(moments, minutes, minutes.filter(bool), weekdays)
def test_hours_and_their_rest_share_every_moment_without_gap_or_overlap(
    local: datetime, begin: int, length: int, chosen: frozenset[int]
) -> None:
    """Begun on any day of the week, for any hours: exactly one of the two applies."""
    end = (begin + length) % 1440
    inside = Profile(hours=(Hours(begin, end or 1440),))
    outside = Profile(hours=(Hours(end, begin or 1440),))
    if begin == end or (begin == 0 and end == 0):
        return
    assert inside.applies(local, NONE) != outside.applies(local, NONE)
    some = Profile(chosen, inside.hours).applies(local, NONE)
    others = Profile(frozenset(range(7)) - chosen, inside.hours).applies(local, NONE)
    assert some + others == inside.applies(local, NONE)


@given(moments, st.lists(st.tuples(minutes, minutes).filter(lambda pair: pair[0] != pair[1]), max_size=4))
def test_several_hours_apply_where_one_of_them_does(local: datetime, pairs: list[tuple[int, int]]) -> None:
    spans = tuple(Hours(*pair) for pair in pairs)
    each = [Profile(hours=(one,)).applies(local, NONE) for one in spans]
    assert Profile(hours=spans).applies(local, NONE) == (any(each) or not spans)


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_the_night_the_clock_changes_has_no_gap_and_no_doubt(day: date) -> None:
    """Every minute of three days in Paris: at each instant day or night applies, by what the wall shows."""
    instant = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
    changes = []
    before = None
    for _ in range(3 * 1440):
        local = instant.astimezone(PARIS).replace(tzinfo=None)
        night = NIGHT.applies(local, NONE)
        assert night != DAY.applies(local, NONE)
        if before is not None and night != before:
            changes.append(f"{local:%H:%M}")
        before = night
        instant += timedelta(minutes=1)
    assert changes == ["06:00", "22:00"] * 3 or changes == ["22:00", "06:00"] * 3


def test_hours_that_the_spring_leaves_out_do_not_apply_and_those_of_the_autumn_apply_twice() -> None:
    hour = Profile(hours=(Hours(2 * 60, 3 * 60),))

    def minutes_of(day: date) -> int:
        instant = datetime(day.year, day.month, day.day, tzinfo=PARIS).astimezone(UTC)
        locals_ = ((instant + timedelta(minutes=one)).astimezone(PARIS) for one in range(1380))
        return sum(hour.applies(one.replace(tzinfo=None), NONE) for one in locals_)

    assert [minutes_of(date(2026, *day)) for day in ((3, 28), (3, 29), (10, 25))] == [60, 0, 120]


@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_ends_of_the_calendar_are_survived(day: date) -> None:
    local = datetime.combine(day, time(3))
    assert NIGHT.applies(local, NONE) is (day > date.min)


# The station

RULES = Rules(
    buttons={
        "bell": ButtonRule(
            "bell",
            "sip:all@pbx.example",
            1 / 32,
            (ByProfile("night", "sip:night@pbx.example"), ByProfile("any", "sip:any@pbx.example")),
        ),
        "side": ButtonRule("side", "sip:side@pbx.example", 1 / 32),
    },
    doors={"front": DoorRule("front", "5", 3.0, 8.0)},
    profiles={"any": Profile(), "night": NIGHT},
)


def ready() -> BareStation:
    station = BareStation(RULES)
    station.become_ready()
    return station


def tell(station: BareStation, local: str | None) -> list[Effect]:
    return station.take(ClockTold(at(local) if local else None, at_s=station.now_s))


def rung(station: BareStation, button: str = "bell") -> str:
    effects = station.press(button)
    station.end(EndReason.BUSY)
    return next(one.uri for one in effects if isinstance(one, PlaceCall))


def notes(effects: list[Effect]) -> list[str]:
    return [one.text for one in effects if isinstance(one, Note)]


def test_the_first_profile_of_the_button_that_applies_wins() -> None:
    station = ready()
    assert rung(station) == "sip:all@pbx.example"
    tell(station, "2026-11-26T23:00")
    assert rung(station) == "sip:night@pbx.example"
    assert rung(station, "side") == "sip:side@pbx.example"
    tell(station, "2026-11-26T12:00")
    assert rung(station) == "sip:any@pbx.example"


def test_while_the_clock_may_be_wrong_each_button_rings_whom_it_usually_does_and_that_is_told_once() -> None:
    station = ready()
    tell(station, "2026-11-26T23:00")
    first, second = tell(station, None), tell(station, None)
    assert [text.partition(",")[0] for text in notes(first)] == ["clock: not known to be right"]
    assert notes(second) == []
    assert rung(station) == "sip:all@pbx.example"
    assert snapshot(station.state).clock_unsure
    assert notes(tell(station, "2026-11-26T23:00")) == [
        "clock: right from now on, 2026-11-26 23:00; time profiles apply"
    ]
    assert snapshot(station.state).profiles == ("any", "night")


def test_a_minute_that_changes_nothing_changes_no_state() -> None:
    """Whoever watches the station is not woken each minute."""
    station = ready()
    tell(station, "2026-11-26T12:00")
    before = station.state
    station.wait(60.0)
    assert tell(station, "2026-11-26T12:01") == []
    assert station.state is before


def test_the_time_of_day_goes_on_between_two_tellings_and_follows_a_change_of_the_hour() -> None:
    station = ready()
    assert schedule.local(station.state, 0.0) is None
    tell(station, "2026-03-29T01:59")
    assert schedule.local(station.state, 59.0) == at("2026-03-29T01:59:59")
    station.wait(60.0)
    tell(station, "2026-03-29T03:00")
    assert schedule.local(station.state, 61.0) == at("2026-03-29T03:00:01")
    tell(station, None)
    assert schedule.local(station.state, 61.0) is None


@given(moments)
def test_what_is_in_force_is_what_applies(local: datetime) -> None:
    names = schedule.in_force(RULES, local)
    assert names == tuple(name for name, one in RULES.profiles.items() if one.applies(local, NONE))
    assert schedule.in_force(RULES, None) == ()
