"""IPv4 or IPv6: whoever the station is to speak to is of the family that it is bound to."""

from __future__ import annotations

from pathlib import Path

import pytest

from portier.adapters import pjsip_build
from portier.config import load, planned
from portier.errors import ConfigError

_REST = """
[audio]
card = "none"
[gpio]
factory = "mock"
[doors.front]
pin = 22
release_digit = "5"
[buttons.bell]
pin = 5
"""
_ALL = 'bind_address = "::"'


def _text(sip: str, button: str, more: str = "") -> str:
    return f"[sip]\n{sip}\n{_REST}{button}\n{more}"


def _problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load.from_text(text, check_files=False)
    return list(caught.value.problems)


def _account(key: str, host: str) -> str:
    return f'domain = "pbx.lan"\n{key} = "{host}"\nuser = "door"\npassword_file = "password"'


@pytest.mark.parametrize("own", [_ALL, 'bind_address = "[2001:db8::5]"', 'bind_address = "2001:DB8:0::5"'])
def test_an_ipv6_station_has_ipv6_hosts_and_names(own: str) -> None:
    more = '[targets.far]\nuri = "sip:far@[2001:DB8::0:7]:5070;transport=udp"\n'
    account = _account("registrar", "[2001:DB8::1]:5070")
    config = load.from_text(_text(f"{own}\n{account}", 'line = "31"', more), check_files=False)
    assert config.sip.bind_address in ("::", "2001:db8::5")
    assert config.sip.registrar == "[2001:db8::1]:5070"
    assert config.targets["far"].uri == "sip:far@[2001:db8::7]:5070;transport=udp"


@pytest.mark.parametrize("key", ["registrar", "proxy"])
def test_a_server_of_the_other_family_is_told(key: str) -> None:
    (line,) = _problems(_text(f"{_ALL}\n{_account(key, '192.0.2.1')}", 'line = "31"'))
    assert line == f"sip.{key}: is of IPv4, and by sip.bind_address the station speaks IPv6 alone"
    (line,) = _problems(_text(_account(key, "[2001:db8::1]"), 'line = "31"'))
    assert line.startswith(f"sip.{key}: is of IPv6, and the station speaks IPv4 alone: sip.bind_address = ")


def test_behind_a_proxy_the_registrar_is_only_a_name() -> None:
    sip = _account("registrar", "192.0.2.1") + f'\nproxy = "[2001:db8::1]"\n{_ALL}'
    load.from_text(_text(sip, 'line = "31"'), check_files=False)


def test_every_other_account_and_target_is_looked_at() -> None:
    more = (
        'by_profile = [{ profile = "night", uri = "sip:a@192.0.2.2" }]\n'
        '[profiles.night]\nhours = ["20:00-07:00"]\n'
        f"[accounts.second]\n{_account('registrar', '192.0.2.3')}\n"
        '[targets.one]\nuri = "sip:b@192.0.2.4"\n[targets.two]\nuri = "sip:b@two.lan"\n'
    )
    sip = f'{_ALL}\naccept_from = ["2001:db8::/64", "192.0.2.0/24"]\n{_account("registrar", "pbx.lan")}'
    found = {line.partition(": ")[0] for line in _problems(_text(sip, 'uri = "sip:c@192.0.2.1"', more))}
    assert found == {
        "sip.accept_from.2",
        "buttons.bell.uri",
        "buttons.bell.by_profile.1.uri",
        "accounts.second.registrar",
        "targets.one.uri",
    }


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (None, "the published PJSIP cannot speak"),
        ({}, "this older PJSIP of the project cannot speak"),
        ({"PJ_HAS_IPV6": "1"}, ""),
    ],
)
def test_a_pjsip_without_ipv6_is_warned_of(
    settings: dict[str, str] | None, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = None if settings is None else _build(ipv6=bool(settings))
    monkeypatch.setattr(pjsip_build, "own", lambda: own)
    config = load.from_text(_text(_ALL, 'uri = "sip:a@[2001:db8::1]"'))
    told = [one for one in load.warnings(config) if "bind_address" in one]
    assert len(told) == bool(words)
    assert all(words in one and "make wheel" in one for one in told)
    of_ipv4 = load.from_text(_text("", 'uri = "sip:a@192.0.2.1"'))
    assert not load.warnings(of_ipv4)


def test_the_plan_has_it_as_it_was_written(tmp_path: Path) -> None:
    del tmp_path
    plan = planned.plan(load.from_text(_text(_ALL, 'uri = "sip:a@[2001:db8::1]:5062"')))
    assert plan.sip.bind_address == "::"
    assert plan.sip.targets == ("sip:a@[2001:db8::1]:5062",)


def _build(*, ipv6: bool) -> pjsip_build.OwnBuild:
    return pjsip_build.OwnBuild("2.17", False, False, "Debian", "x", "3.11", "gcc", "0", (), (), ipv6)
