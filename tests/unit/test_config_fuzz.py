"""Whatever stands in the file: a configuration or a list of problems comes of it, and no secret."""

from __future__ import annotations

import json
from datetime import date, datetime, time

from hypothesis import given, settings, strategies as st

from portier.config import load, report
from portier.config.model import Config
from portier.errors import ConfigError

SECRET = "hunter2-XK77"
PROPERTIES = [
    (key, described)
    for model in Config.model_json_schema()["$defs"].values()
    for key, described in model["properties"].items()
]
# Keys with a few allowed words show a wrong one; nobody writes a password there.
SHOWN = {key for key, described in PROPERTIES if '"enum"' in json.dumps(described)}

SECTIONS = [*Config.model_fields, "dialing", "button", "Sip", ""]
KEYS = sorted(
    {key for key, _ in PROPERTIES}
    | {"password", "pasword", "pinn", "", "a b", "x.y", "\x1b[0m", "bell", "front", "Bad"}
)


def toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case datetime() | date() | time():
            return value.isoformat()
        case list():
            return f"[{', '.join(toml(one) for one in value)}]"
        case dict():
            return f"{{{', '.join(f'{toml(key)} = {toml(one)}' for key, one in value.items())}}}"
        case _:
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


HARMLESS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SECRETS = st.sampled_from(
    [
        SECRET,
        f"sip:a:{SECRET}@b",
        f"sip:{SECRET}",
        f" {SECRET}",
        f"{SECRET};x",
        f"../{SECRET}",
        f"{{{SECRET}}}",
    ]
)
FITTING = st.sampled_from(
    [
        "lgpio",
        "mock",
        "none",
        "simulated",
        "5",
        "102",
        "pbx.lan",
        "sip:alice@pbx.lan",
        "{line}",
        "hw:0",
        "G722",
    ]
)


def values(texts: st.SearchStrategy[str]) -> st.SearchStrategy[object]:
    plain: st.SearchStrategy[object] = st.one_of(
        texts,
        st.integers(-5, 70000),
        st.integers(),
        st.floats(),
        st.booleans(),
        st.dates(),
        st.datetimes(),
        st.times(),
    )
    return st.recursive(
        plain,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HARMLESS, inner, max_size=3),
        max_leaves=5,
    )


OPEN = values(FITTING | HARMLESS)
ANY = values(FITTING | HARMLESS | SECRETS)
PAIRS = st.sampled_from(KEYS).flatmap(lambda key: st.tuples(st.just(key), OPEN if key in SHOWN else ANY))
BODIES = st.lists(PAIRS, max_size=8).map(dict)
NAMED = st.dictionaries(st.sampled_from(["bell", "front", "Bad", ""]), BODIES, max_size=3)
FILES = st.dictionaries(st.sampled_from(SECTIONS), BODIES | NAMED | ANY, max_size=8)


def check(text: str) -> None:
    try:
        config = load.from_text(text)
    except ConfigError as error:
        problems = error.problems
    else:
        assert load.from_text(report.effective(config), check_files=False) == config
        assert load.rules(config).doors
        return
    assert problems
    assert not any(SECRET in problem for problem in problems)
    assert all(problem.isprintable() for problem in problems)


@settings(max_examples=300)
@given(FILES)
def test_any_values_make_a_configuration_or_problems_without_a_secret(data: dict[str, object]) -> None:
    check("\n".join(f"{toml(key)} = {toml(value)}" for key, value in data.items()))


TOKENS = st.sampled_from(
    [
        *"[]{}='\"#.,\\ \n\0\ufeff",
        *("[[", "]]", '"""', "sip", "port", "true", "1", "-", "e9", "0x", "inf", "1979-05-27", "T07:32:00"),
        "[gpio]\nfactory = ",
    ]
)


@settings(max_examples=300)
@given(st.lists(TOKENS | HARMLESS, max_size=15).map("".join))
def test_any_text_makes_a_configuration_or_problems(text: str) -> None:
    check(text)


NAMES = st.from_regex(r"[a-z][a-z0-9_-]{0,31}", fullmatch=True)
PINS = st.permutations([12, 13, 16, 17, 22, 23, 24, 25, 26, 27])
SECONDS = st.floats(0.001, 10, allow_nan=False)


@settings(max_examples=100)
@given(
    names=st.lists(NAMES, min_size=1, max_size=4, unique=True),
    pins=PINS,
    release_s=SECONDS,
    line=st.from_regex(r"[A-Za-z0-9._*#-]{1,40}", fullmatch=True),
    prefix=st.from_regex(r"[0-9*#]{0,6}", fullmatch=True),
    caption=st.text(
        st.characters(categories=["L", "N", "P"], exclude_characters='"\\'), min_size=1, max_size=64
    ),
    codecs=st.lists(st.sampled_from(["G722", "PCMA", "PCMU"]), min_size=1, unique=True),
)
def test_a_good_configuration_survives_its_own_print(
    names: list[str],
    pins: list[int],
    release_s: float,
    line: str,
    prefix: str,
    caption: str,
    codecs: list[str],
) -> None:
    text = f'[gpio]\nfactory = "lgpio"\n[audio]\ncard = "none"\n[station]\nname = {toml(caption)}\n'
    text += f'[sip]\ndomain = "pbx.lan"\ncodecs = {toml(codecs)}\n[dialling]\nprefix = {toml(prefix)}\n'
    for index, name in enumerate(names):
        text += f"[buttons.{name}]\npin = {pins[2 * index]}\nline = {toml(line)}\n"
        text += f"[doors.{name}]\npin = {pins[2 * index + 1]}\nrelease_s = {release_s!r}\n"
        text += f'release_digit = "{index}"\n'
    config = load.from_text(text)
    assert load.from_text(report.effective(config)) == config
    assert list(load.rules(config).buttons) == names
    uri = load.rules(config).buttons[names[0]].uri
    assert uri == f"sip:{prefix}{line}@pbx.lan".replace("#", "%23")
    assert load.number(config, names[0]) == prefix + line
