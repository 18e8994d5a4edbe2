"""How problems, the effective configuration and the reference read."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, Field, ValidationError

from portier.bench.wav import write_wav
from portier.config import load, model, reference, report
from portier.config.model import Config
from portier.errors import ConfigError

GOOD = """
[gpio]
factory = "mock"
[audio]
card = "none"
[buttons.bell]
pin = 5
uri = "sip:alice@192.168.1.20"
[doors.front]
pin = 22
release_digit = "5"
"""


def problem(more: str, text: str = GOOD) -> str:
    with pytest.raises(ConfigError) as caught:
        load.from_text(f"{text}{more}\n")
    (line,) = caught.value.problems
    return line


@pytest.fixture
def example(tmp_path: Path) -> Config:
    (tmp_path / "sip-password").write_text("secret\n")
    text = resources.files("portier.config").joinpath("example.toml").read_text()
    return load.from_text(text, base=tmp_path)


def test_an_unknown_key_is_told_with_the_closest_match() -> None:
    assert problem('[sip]\nregistar = "x"') == 'sip.registar: unknown key. Did you mean "registrar"?'
    assert problem("[dialling]\nxyz = 3") == (
        "dialling.xyz: unknown key. Known here: prefix, template, plain_when_refused"
    )


def test_a_key_in_the_wrong_section_is_told_its_home() -> None:
    assert (
        problem('[sip]\nprefix = "1"')
        == "sip.prefix: unknown key here; it belongs below [dialling] or [targets.NAME]"
    )
    assert problem("[lamps]\npin = 3").endswith(
        "it belongs below [buttons.NAME] or [doors.NAME] or [gong] or [fire] or [tamper] or [light] "
        "or [speech_button]"
    )
    with pytest.raises(ConfigError, match=r"\n  port: unknown key here; it belongs below \[sip\]$"):
        load.from_text("port = 5060\n" + GOOD)


def test_an_unknown_section_is_told_with_the_closest_match() -> None:
    assert problem("[lamp]") == 'lamp: unknown section. Did you mean "lamps"?'
    assert problem("[network]").startswith("network: unknown section. Known here: station, sip, ")


def test_a_misspelt_key_or_section_is_not_also_told_as_missing() -> None:
    assert (
        problem("", GOOD.replace("pin = 5", "pim = 5"))
        == 'buttons.bell.pim: unknown key. Did you mean "pin"?'
    )
    assert problem("", GOOD.replace("[gpio]", "[gipo]")) == 'gipo: unknown section. Did you mean "gpio"?'
    assert problem("", GOOD.replace("[buttons.", "[button.")).startswith("button: unknown section.")


def test_a_missing_key_is_told_with_what_it_is_for() -> None:
    line = problem("", GOOD.replace("pin = 5\n", ""))
    assert line == "buttons.bell.pin: is missing. Where the button is wired. (allowed: GPIO 2 to 27)"
    assert problem("", GOOD.replace('factory = "mock"', "")).startswith(
        "gpio.factory: is missing. The library"
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("sip = 3\n" + GOOD, "sip: is a whole number, but must be a section: write [sip] and its keys"),
        ("[[sip]]\nport = 3\n" + GOOD, "sip: is a list, but must be a section: write [sip] and"),
        (
            GOOD + "[doors]\nback = true\n",
            "doors.back: is true or false, but must be a section: write [doors.NAME]",
        ),
        (GOOD + "[[lamps]]\n", "lamps: is a list, but must be a section: write [lamps]"),
        (GOOD + "[sip]\nuser.name = 'x'\n", "sip.user: is a section, but must be a text (allowed"),
    ],
)
def test_what_should_be_a_section_is_told_how_to_write_one(text: str, line: str) -> None:
    assert problem("", text).startswith(line)


def test_a_key_cannot_write_to_the_terminal() -> None:
    line = problem('["\\u001b[31mred\\u007f"]')
    assert line.startswith('"\\u001b[31mred\\u007f": unknown section')
    assert problem(f"[sip]\n{'x' * 300} = 3").startswith(f'sip."{"x" * 37}...": unknown key')
    assert problem("[buttons.Tür]\npin = 6\nuri = 'sip:a@b'".replace("Tür", '"Tür"')).startswith(
        'buttons."Tür": '
    )


def test_lines_tell_what_pydantic_found_in_the_order_of_the_file() -> None:
    data: dict[str, Any] = {"call": {"max_talk_s": 1}, "gpio": {"factory": "x"}, "station": {"nam": 1}}
    with pytest.raises(ValidationError) as caught:
        Config.model_validate(data)
    assert [line.partition(":")[0] for line in report.lines(caught.value, data)] == [
        "call.max_talk_s",
        "gpio.factory",
        "station.nam",
    ]


def test_a_complaint_nobody_foresaw_still_shows_no_value() -> None:
    class Sip(BaseModel):
        password_file: str = Field(max_length=3)

    class Other(BaseModel):
        sip: Sip
        call: dict[str, str] = Field(max_length=0)
        unheard_of: Sip

    data = {"sip": {"password_file": "hunter2"}, "call": {"password": "hunter2"}}
    with pytest.raises(ValidationError) as caught:
        Other.model_validate(data)
    assert report.lines(caught.value, data) == (
        "sip.password_file: cannot be used (allowed: the path of a file)",
        "call: cannot be used",
        "unheard_of: is missing",
    )


def test_pydantics_own_text_hides_values_too() -> None:
    with pytest.raises(ValidationError) as caught:
        Config.model_validate({"sip": {"password": "hunter2"}})
    assert "hunter2" not in str(caught.value)


def without_comments(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("#"))


def test_the_effective_configuration_loads_to_the_same_again(example: Config) -> None:
    text = report.effective(example)
    assert load.from_text(text) == example
    assert load.from_text(without_comments(text)) == example


def test_the_effective_configuration_names_every_key(example: Config) -> None:
    text = report.effective(example)
    parts: dict[str, Any] = {section: getattr(example, section) for section in Config.model_fields}
    del parts["accounts"]  # the example has none
    parts["buttons.bell"] = parts.pop("buttons")["bell"]
    parts["doors.front"] = parts.pop("doors")["front"]
    assert not any(parts.pop(name) for name in ("targets", "lists"))
    assert not any(parts.pop(name) for name in ("profiles", "keypads"))
    for header, part in parts.items():
        lines = text.partition(f"[{header}]\n")[2].partition("\n\n")[0].splitlines()
        for key in type(part).model_fields:
            assert sum(line.startswith((f"{key} = ", f"# {key} is not set")) for line in lines) == 1


def test_the_effective_configuration_marks_defaults_and_numbers(example: Config) -> None:
    lines = report.effective(example).splitlines()
    assert "port = 5060  # default" in lines
    assert "expiry_s = 1800" in lines
    assert "# proxy is not set" in lines
    assert "active_high = true  # default" in lines
    assert 'codecs = ["PCMA", "PCMU"]' in lines
    assert "# rings sip:36913100000000@sip5.ovh.fr, dialling 36913100000000" in lines


def test_the_effective_configuration_of_a_small_file(tmp_path: Path) -> None:
    write_wav(tmp_path / "a 'b' \"c\" \\ é.wav", bytes(320), 8000)
    text = GOOD.replace('card = "none"', 'card = "simulated"\nmicrophone_wav = "a \'b\' \\"c\\" \\\\ é.wav"')
    config = load.from_text(text, base=tmp_path)
    shown = report.effective(config)
    assert load.from_text(shown) == config
    assert "# rings sip:alice@192.168.1.20\n" in shown
    assert "********" not in shown


def test_the_reference_tells_every_key_with_its_default_and_limits() -> None:
    text = reference.text()
    for section in Config.model_fields:
        assert f"[{section}]" in text or f"[{section}.NAME]" in text
    for words in (
        "  expiry_s\n      a whole number; default: 1800\n      allowed: 61 to 86400; at or under 60 s",
        '  factory\n      one of a few words; must be written\n      allowed: "lgpio", "rpigpio", "mock"\n',
        '  codecs\n      a list; default: ["G722", "PCMA", "PCMU"]\n',
        "  domain\n      a text; not set by default\n",
        "  release_s\n      a number; default: 5.0\n      allowed: above 0, up to 60\n",
        "  active_high\n      true or false; default: true\n",
    ):
        assert words in text
    assert max(len(line) for line in text.splitlines()) <= 100


def test_every_key_is_described_in_the_reference() -> None:
    text = reference.text().replace("\n      ", " ")
    for name in ("Station", "Sip", "Dialling", "Audio", "Gpio", "Button", "Door", "Lamps", "Call"):
        fields: dict[str, Any] = getattr(model, f"{name}Config").model_fields
        for key, field in fields.items():
            assert f"  {key} " in text
            assert field.description in text
