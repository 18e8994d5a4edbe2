"""Which of the configured codecs are offered, and what is said of those that PJSIP lacks."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from portier.adapters import pjsip_build
from portier.adapters.sip import codecs
from portier.bench.machine import raspberry_pi, told
from portier.config import load
from portier.doctor import codecs as at_check
from portier.doctor.machine import Outcome
from portier.doctor.probes.pjsip import Build
from portier.errors import CodecError, ConfigError

PUBLISHED = ("G722", "PCMA", "PCMU", "speex")


def test_what_pjsip_has_is_offered_in_the_order_of_the_configuration() -> None:
    assert codecs.choose(("opus", "PCMA", "G722"), PUBLISHED) == ("PCMA", "G722")
    assert codecs.choose(("PCMA", "opus"), (*PUBLISHED, "opus")) == ("PCMA", "opus")


def test_nothing_to_offer_is_refused_with_what_to_do() -> None:
    with pytest.raises(CodecError, match=r"none of opus: add PCMA, or .*make wheel") as refused:
        codecs.choose(("opus",), PUBLISHED)
    assert refused.value.exit_code == 78, "to start again heals nothing"


@pytest.mark.parametrize(
    ("listed", "narrow"), [('"opus"', False), ('"PCMA", "opus"', False), ('"PCMA"', True)]
)
def test_opus_is_wideband(listed: str, narrow: bool) -> None:
    text = f"""
[sip]
domain = "pbx.lan"
codecs = [{listed}]
[gpio]
factory = "mock"
[buttons.bell]
pin = 5
line = "3100000000"
[doors.front]
pin = 22
release_digit = "5"
[audio]
card = "none"
"""
    assert load.narrowband(load.from_text(text, check_files=False)) is narrow


def _checked(monkeypatch: pytest.MonkeyPatch, wanted: tuple[str, ...], outcome: Outcome) -> tuple[str, ...]:
    monkeypatch.setattr(pjsip_build, "own", lambda: None)
    machine = raspberry_pi()
    machine.programs["probes.pjsip"] = outcome
    return at_check.warnings(wanted, machine, "portier.toml")


def _has(*names: str) -> Outcome:
    return told(**asdict(Build("2.15.1", list(names), 1024, "")))


def test_check_warns_of_a_codec_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    (warning,) = _checked(monkeypatch, ("opus", "PCMA"), _has(*PUBLISHED))
    assert "lacks opus: the station speaks the others" in warning
    assert "make wheel" in warning


def test_check_refuses_opus_alone_where_it_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"(?s)portier.toml.*none of opus"):
        _checked(monkeypatch, ("opus",), _has(*PUBLISHED))


@pytest.mark.parametrize("outcome", [_has(*PUBLISHED, "opus"), Outcome(-6), told(trouble="no binding here")])
def test_check_says_nothing_of_opus_that_is_there_or_cannot_be_asked_for(
    monkeypatch: pytest.MonkeyPatch, outcome: Outcome
) -> None:
    assert not _checked(monkeypatch, ("opus",), outcome)


def test_pjsip_is_not_asked_where_opus_is_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not _checked(monkeypatch, ("G722", "PCMA"), _has())


def test_no_jitter_is_told_of_opus() -> None:
    assert codecs.jitter_ms("opus", 37_800) is None
    assert codecs.jitter_ms("PCMA", 1_500) == 1.5
