"""Time profiles in the configuration: how they are written, what is wrong with them, what the core gets."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from portier.config import load, planned, report
from portier.core.profiles import Dates, Holidays, Hours, Profile
from portier.core.rules import ByProfile
from portier.errors import ConfigError

HEAD = """
[gpio]
factory = "mock"
[audio]
card = "none"
[doors.front]
pin = 22
release_digit = "5"
[buttons.bell]
pin = 5
uri = "sip:alice@192.168.1.20"
"""
BY_NIGHT = 'by_profile = [{ profile = "night", uri = "sip:porter@192.168.1.21" }]\n'


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load.from_text(text)
    return list(caught.value.problems)


def test_a_profile_reaches_the_core_as_it_is_written() -> None:
    config = load.from_text(
        '[station]\ncountry = "FR"\nsubdivision = "57"\ntimezone = "Europe/Paris"\n'
        + HEAD
        + BY_NIGHT
        + "[profiles.night]\n"
        + 'weekdays = ["mon", "sun"]\nhours = ["22:00-06:00", "12:00-13:30"]\nholidays = "yes"\n'
        + 'also_on = ["2028-02-29"]\nnever_on = ["2026-12-24 to 2027-01-02"]\n'
    )
    rules = load.rules(config)
    assert rules.profiles == {
        "night": Profile(
            frozenset({0, 6}),
            (Hours(1320, 360), Hours(720, 810)),
            Holidays.YES,
            (Dates(date(2028, 2, 29), date(2028, 2, 29)),),
            (Dates(date(2026, 12, 24), date(2027, 1, 2)),),
        )
    }
    assert rules.buttons["bell"].by_profile == (ByProfile("night", "sip:porter@192.168.1.21"),)
    # A holiday of the Moselle alone; and those of many years.
    assert {date(2026, 12, 26), date(2027, 12, 26), date(2036, 7, 14)} <= rules.holidays
    assert planned.plan(config).timezone == "Europe/Paris"


def test_a_line_is_dialled_as_that_of_the_button_is() -> None:
    text = HEAD + 'by_profile = [{ profile = "night", line = "3100000000" }]\n[profiles.night]\n'
    rules = load.rules(load.from_text(text + '[sip]\ndomain = "pbx.lan"\n'))
    assert rules.buttons["bell"].by_profile[0].uri == "sip:36913100000000@pbx.lan"
    assert problems(text) == [
        "buttons.bell.by_profile.1.line: needs sip.domain, at which it is dialled: name that, or write a uri"
    ]


def test_whom_a_button_rings_by_profile_may_speak_sip_to_the_station() -> None:
    """The kernel drops what strangers send."""
    plan = planned.plan(load.from_text(HEAD + BY_NIGHT + "[profiles.night]\n"))
    assert plan.sip.targets == ("sip:alice@192.168.1.20", "sip:porter@192.168.1.21")


def test_the_effective_configuration_with_profiles_loads_to_the_same_again() -> None:
    config = load.from_text(HEAD + BY_NIGHT + '[profiles.night]\nhours = ["22:00-06:00"]\n')
    shown = report.effective(config)
    assert load.from_text(shown) == config
    assert "# night: rings sip:porter@192.168.1.21" in shown


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ('hours = ["8:00-12:00"]', "profiles.night.hours.1: is not like 08:00-12:00"),
        ('hours = ["08:00-12:60"]', "profiles.night.hours.1: holds a time that no clock shows"),
        ('hours = ["24:00-06:00"]', "profiles.night.hours.1: holds a time that no clock shows"),
        ('hours = ["08:00-24:01"]', "profiles.night.hours.1: holds a time that no clock shows"),
        ('hours = ["08:00-08:00"]', "profiles.night.hours.1: ends as it begins"),
        ('never_on = ["2027-02-29"]', "profiles.night.never_on.1: is not a day of the calendar"),
        ('also_on = ["24.12."]', "profiles.night.also_on.1: is not a day of the calendar"),
        ('also_on = ["2026-12-24 to 2026-12-23"]', "profiles.night.also_on.1: ends before it begins"),
        ('weekdays = ["monday"]', 'profiles.night.weekdays.1: "monday" is not known. Did you mean "mon"?'),
        ("weekdays = []", "profiles.night.weekdays: is empty"),
        ("holidays = true", "profiles.night.holidays: "),
        ('holidays = "no"', 'station.country: is missing: profile "night" asks for public holidays'),
        ('[station]\ncountry = "fr"', "station.country: is not two capital letters"),
        ('holidays = "no"\n[station]\ncountry = "XX"', "station.country: is no country whose holidays"),
        (
            '[station]\ncountry = "DE"\nsubdivision = "ZZ"',
            "station.subdivision: is not known in that country. Known there: BB, BE,",
        ),
        ('[station]\nsubdivision = "BY"', "station.subdivision: does nothing without country"),
        ('[station]\ntimezone = "Europe/Pariss"', "station.timezone: is not known to this machine"),
        ('[station]\ntimezone = "../../etc/passwd"', "station.timezone: is not known to this machine"),
    ],
)
def test_what_is_wrong_is_told_with_what_is_right(more: str, problem: str) -> None:
    (line,) = problems(HEAD + BY_NIGHT + f"[profiles.night]\n{more}\n")
    assert line.startswith(problem)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (
            'profile = "nigth", uri = "sip:a@pbx"',
            "buttons.bell.by_profile.1.profile: names a profile that is not there: write [profiles.night]",
        ),
        ('profile = "night"', "buttons.bell.by_profile.1.line: is missing: say whom the button rings"),
        (
            'profile = "night", line = "1", uri = "sip:a@pbx"',
            "buttons.bell.by_profile.1.uri: cannot stand beside line",
        ),
    ],
)
def test_whom_a_button_rings_by_profile_is_told_like_whom_it_rings(entry: str, problem: str) -> None:
    text = HEAD + f"by_profile = [{{ {entry} }}]\n" + '[profiles.night]\n[sip]\ndomain = "pbx"\n'
    (line,) = problems(text)
    assert line.startswith(problem)


def test_a_profile_that_is_wrong_is_not_also_told_as_missing() -> None:
    assert len(problems(HEAD + BY_NIGHT + '[profiles.night]\nhours = ["x"]\n')) == 1


def test_the_package_of_holidays_is_loaded_only_where_a_profile_asks_for_them(tmp_path: Path) -> None:
    file = tmp_path / "portier.toml"
    program = (
        "import sys; from pathlib import Path; from portier.config import load\n"
        f"load.rules(load.load(Path({str(file)!r})))\n"
        "print('holidays' in sys.modules)"
    )
    for country, holidays, loaded in (("FR", "by weekday", "False"), ("FR", "only", "True")):
        file.write_text(
            f'[station]\ncountry = "{country}"\n{HEAD}{BY_NIGHT}[profiles.night]\nholidays = "{holidays}"\n'
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == loaded


def test_a_package_of_holidays_that_is_not_there_is_told_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    (line,) = problems(f'[station]\ncountry = "FR"\n{HEAD}{BY_NIGHT}[profiles.night]\nholidays = "only"\n')
    assert line.startswith("station.country: cannot be checked, as the Python package of public holidays")
    assert "install Portier anew, or leave holidays and subdivision out" in line


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (
            '{ profile = "night", pin = 3, uri = "sip:a@pbx" }',
            "1.pin: unknown key in this list (allowed: a list",
        ),
        ('{ uri = "sip:a@pbx" }', "1.profile: is missing (allowed: a list: [{ profile"),
        ('"night"', "1: is a text, which cannot be in this list (allowed: a list"),
    ],
)
def test_the_form_of_what_stands_in_a_list_is_told_with_that_of_the_list(entry: str, problem: str) -> None:
    (line,) = problems(HEAD + f"by_profile = [{entry}]\n[profiles.night]\n")
    assert line.startswith(f"buttons.bell.by_profile.{problem}")


def test_a_day_without_quotes_is_told_as_what_it_is() -> None:
    (line,) = problems(HEAD + "[profiles.night]\nalso_on = [2026-12-24]\n")
    assert line.startswith("profiles.night.also_on.1: is a date, which cannot be in this list (allowed: days")
