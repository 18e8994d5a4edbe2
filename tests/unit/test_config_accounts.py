"""Further accounts in the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from portier.config import load, planned, report
from portier.errors import ConfigError

STATION = """
[gpio]
factory = "mock"
[audio]
card = "none"
[buttons.bell]
pin = 5
line = "3100000000"
[buttons.office]
pin = 6
uri = "sip:36913100000000@pbx.example"
[doors.front]
pin = 22
release_digit = "5"
"""
MAIN = '[sip]\ndomain = "pbx.example"\nregistrar = "pbx.example"\npassword_file = "first"\n'
SPARE = (
    '[accounts.spare]\ndomain = "b.example"\nregistrar = "b.example"\nuser = "7"\npassword_file = "second"\n'
)
LAST = '[accounts.last]\ndomain = "192.0.2.9"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("first", "second"):
        (tmp_path / name).write_text(f"secret of the {name}\n")
        (tmp_path / name).chmod(0o600)
    return tmp_path


def _problems(text: str, folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load.from_text(text, base=folder)
    return list(caught.value.problems)


def test_accounts_are_planned_in_the_order_of_the_file(folder: Path) -> None:
    sip = planned.plan(load.from_text(STATION + MAIN + SPARE + LAST, base=folder)).sip
    assert [one.name for one in sip.accounts] == ["main", "spare", "last"]
    assert [one.password for one in sip.accounts] == ["secret of the first", "secret of the second", None]
    assert [one.user for one in sip.accounts] == ["portier", "7", "portier"]
    assert "secret" not in repr(sip)


def test_keys_in_the_sound_count_by_account_and_as_in_sip_where_it_does_not_say(folder: Path) -> None:
    def counting(sip: str, spare: str) -> list[bool]:
        text = f"{STATION}{MAIN}{sip}\n{SPARE}{spare}\n{LAST}"
        plan = planned.plan(load.from_text(text, base=folder)).sip
        assert plan.listens_for_tones is any(one.inband_dtmf for one in plan.accounts)
        return [one.inband_dtmf for one in plan.accounts]

    assert counting("", "") == [False, False, False]
    assert counting("", "inband_dtmf = true") == [False, True, False]
    assert counting("inband_dtmf = true", "") == [True, True, True]
    assert counting("inband_dtmf = true", "inband_dtmf = false") == [True, False, True]


def test_keys_in_the_sound_without_a_card_are_warned_of(folder: Path) -> None:
    def warned(text: str) -> list[str]:
        found = load.warnings(load.from_text(text, base=folder))
        return [one.partition(":")[0] for one in found if "nothing listens" in one]

    assert warned(STATION + MAIN + SPARE) == []
    both = f"{STATION}{MAIN}inband_dtmf = true\n{SPARE}inband_dtmf = true\n{LAST}"
    assert warned(both) == ["sip.inband_dtmf", "accounts.spare.inband_dtmf"]
    assert warned(both.replace('card = "none"', 'card = "simulated"')) == []


def test_only_a_line_may_be_dialled_at_another_account(folder: Path) -> None:
    text = STATION.replace('uri = "sip:3691', 'uri = "sip:44') + MAIN + SPARE
    sip = planned.plan(load.from_text(text, base=folder)).sip
    assert sip.lines == {"sip:36913100000000@pbx.example", "sip:3100000000@pbx.example"}
    assert set(sip.targets) > sip.lines


def test_the_lines_of_time_profiles_may_be_dialled_at_another_account_too(folder: Path) -> None:
    night = 'line = "3100000000"\nby_profile = [{ profile = "night", line = "3100000009" }]'
    text = STATION.replace('line = "3100000000"', night) + '[profiles.night]\nhours = ["22:00-06:00"]\n'
    sip = planned.plan(load.from_text(text + MAIN + SPARE, base=folder)).sip
    assert "sip:36913100000009@pbx.example" in sip.lines


def test_what_is_shown_of_a_further_account_holds_no_password(folder: Path) -> None:
    shown = report.effective(load.from_text(STATION + MAIN + SPARE, base=folder))
    assert "[accounts.spare]" in shown
    assert "secret of" not in shown
    assert "********" in shown.partition("[accounts.spare]")[2]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (SPARE, "sip.domain: is missing: [sip] is the first account"),
        (MAIN + "[accounts.spare]\n", "accounts.spare.domain: is missing. What stands behind the @."),
        (MAIN + SPARE.replace("spare", "main"), "accounts.main: the account of [sip] is called main"),
        (MAIN + SPARE.replace("password_file", "pasword_file"), "accounts.spare.pasword_file: unknown key"),
        (
            MAIN + SPARE + "rtp_port = 9\n",
            "accounts.spare.rtp_port: unknown key here; it belongs below [sip]",
        ),
        (MAIN + SPARE.replace('"second"', '"third"'), "accounts.spare.password_file: the file it names does"),
        (
            MAIN + SPARE + 'password_credential = "x"\n',
            "accounts.spare.password_credential: cannot stand beside password_file",
        ),
        (MAIN + SPARE + "tls_verify = false\n", 'accounts.spare.tls_verify: needs transport = "tls"'),
        (MAIN + 'srtp = "required"\n', 'sip.srtp: needs transport = "tls", but transport is "udp"'),
        (MAIN + 'transport = "tsl"\n', 'sip.transport: "tsl" is not known. Did you mean "tls"?'),
        (
            MAIN + 'transport = "tls"\ntls_ca_file = "ca.pem"\n',
            "sip.tls_ca_file: the file it names does not exist",
        ),
        (
            MAIN + SPARE.replace('password_file = "second"\n', ""),
            "accounts.spare.password_file: is missing: a registrar asks for a password",
        ),
    ],
)
def test_what_is_wrong_with_a_further_account_is_told_at_its_place(
    folder: Path, text: str, problem: str
) -> None:
    told = _problems(STATION.replace('line = "3100000000"', 'uri = "sip:4@x.example"') + text, folder)
    assert any(line.startswith(problem) for line in told), told


def test_a_password_that_others_can_read_is_warned_of_at_its_place(folder: Path) -> None:
    (folder / "second").chmod(0o644)
    (warning,) = load.warnings(load.from_text(STATION + MAIN + SPARE, base=folder))
    assert warning.startswith("accounts.spare.password_file: every user of this machine")


def test_a_server_that_need_not_prove_who_it_is_is_warned_of(folder: Path) -> None:
    text = STATION + MAIN + SPARE + 'transport = "tls"\ntls_verify = false\n'
    (warning,) = load.warnings(load.from_text(text, base=folder))
    assert warning.startswith("accounts.spare.tls_verify: false: anybody on the way can pretend")
