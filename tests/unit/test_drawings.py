"""hardware/: what is committed is what is generated, can be read, and names the pins of pinout.toml alone."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hardware.draw.__main__ import files, sheets
from hardware.draw.pinout import FOLDER, pinout
from hardware.draw.sheet import UNVERIFIED, Sheet
from hardware.draw.tables import BEGIN, END, with_table

SHEETS = sheets()
FILES = files()
DRAWINGS = FOLDER / "drawings"
PAGES = sorted(FOLDER.rglob("*.md"))
CONFIG_TXT = (FOLDER / "boot" / "config.txt").read_text()
FUNCTIONS = pinout().functions
SIMULATED = {
    "heartbeat": "relay-heartbeat",
    "one_shot": "relay-one-shot",
    "button": "button-far",
    "opto": "button-opto",
}
_SVG = "{http://www.w3.org/2000/svg}"


def _svg(name: str) -> ET.Element:
    return ET.parse(DRAWINGS / f"{name}.svg").getroot()  # noqa: S314 -- a file of ours


def _texts(name: str) -> list[str]:
    return ["".join(one.itertext()) for one in _svg(name).iter(f"{_SVG}text")]


def _by_hand(page: Path) -> str:
    """A page without what is generated and without code."""
    text = re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", "", page.read_text(), flags=re.DOTALL)
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


def _named(page: Path) -> str:
    return str(page.relative_to(FOLDER.parent))


def _pins(numbers: str) -> set[int]:
    """The pins of a line of config.txt: "4-8,12"."""
    pins: set[int] = set()
    for part in numbers.split(","):
        first, _, last = part.partition("-")
        pins |= set(range(int(first), int(last or first) + 1))
    return pins


def _anchors(page: Path) -> set[str]:
    titles = re.findall(r"(?m)^#+ (.+)$", page.read_text())
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", FILES, ids=_named)
def test_what_is_committed_is_what_the_generator_makes(path: Path) -> None:
    assert path.read_text() == FILES[path], "run make drawings"


def test_the_generator_makes_the_same_each_time() -> None:
    again = sheets()
    assert all(again[name].svg() == sheet.svg() for name, sheet in SHEETS.items())


def test_no_drawing_is_left_of_which_the_generator_knows_nothing() -> None:
    assert {path.stem for path in DRAWINGS.iterdir()} == set(SHEETS)


@pytest.mark.parametrize("name", SHEETS)
def test_no_word_runs_into_another_or_into_a_line(name: str) -> None:
    assert list(SHEETS[name].overlaps()) == []


def test_words_that_cannot_be_read_are_found() -> None:
    sheet = Sheet("Trial", 16, 4, "a trial")
    assert list(sheet.overlaps()) == []
    sheet.text((1, 2), "first")
    sheet.text((1.1, 2.1), "second")
    sheet.text((4, 2), "on a wire")
    sheet.wire((3.5, 2), (7, 2))
    sheet.text((15.5, 1), "over the edge")
    sheet.part("resistor", (6, 3.5), (8, 3.5))
    sheet.text((6.8, 3.5), "R1")
    found = list(sheet.overlaps())
    assert any("'first' runs into 'second'" in one for one in found)
    assert any("'on a wire' runs into the line" in one for one in found)
    assert any("'over the edge' leaves the sheet" in one for one in found)
    assert any("'R1' runs into part" in one for one in found)


@pytest.mark.parametrize("name", SHEETS)
def test_a_drawing_has_a_title_and_says_that_nobody_has_built_it(name: str) -> None:
    assert _svg(name).findtext(f"{_SVG}title") == SHEETS[name].title
    assert (UNVERIFIED in _texts(name)) is (name != "header")


@pytest.mark.parametrize("name", [name for name in SHEETS if name != "header"])
def test_a_pin_in_a_drawing_stands_with_its_position_and_is_one_of_ours(name: str) -> None:
    texts = " ".join(_texts(name))
    found = re.findall(r"GPIO\d+ \(pin \d+\)", texts)
    assert set(found) <= {pinout().tag(function) for function in FUNCTIONS}
    assert len(found) == texts.count("GPIO")
    for supply, position in re.findall(r"(5 V|3\.3 V|GND) \(pin (\d+)\)", texts):
        assert pinout().header[int(position) - 1] == supply


def test_the_header_is_drawn_with_every_pin_and_every_function() -> None:
    texts = " ".join(_texts("header"))
    assert len(re.findall(r"GPIO\d+: ", texts)) == 28
    for one in FUNCTIONS.values():
        assert f"GPIO{one.pin}: {one.words} (" in texts


def test_every_function_stands_in_a_drawing_of_a_circuit() -> None:
    texts = " ".join(text for name in SHEETS if name != "header" for text in _texts(name))
    missing = {name for name in FUNCTIONS if pinout().tag(name) not in texts}
    # They are wired as the strike is.
    assert missing == {"gong", "second_strike", "stairs_light"}


def test_the_header_has_every_pin_once_and_the_supplies_where_they_are() -> None:
    header = pinout().header
    assert len(header) == 40
    assert sorted(name for name in header if name.startswith("GPIO")) == sorted(f"GPIO{n}" for n in range(28))
    supplies = {"3.3 V": {1, 17}, "5 V": {2, 4}, "GND": {6, 9, 14, 20, 25, 30, 34, 39}}
    for name, positions in supplies.items():
        assert {place for place, one in enumerate(header, 1) if one == name} == positions


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_a_pin_on_a_page_stands_with_its_function_or_belongs_to_the_pi(page: Path) -> None:
    for match in re.finditer(r"(?:`(\w+)` \()?GPIO(\d+)(?: to GPIO(\d+))?", _by_hand(page)):
        name, pin, last = match[1], int(match[2]), int(match[3] or match[2])
        if name in FUNCTIONS:
            assert FUNCTIONS[name].pin == pin, match[0]
            continue
        for one in range(pin, last + 1):
            assert pinout().reserved(one), match[0]
            assert not pinout().of_pin(one), match[0]


def test_the_buttons_of_the_page_are_those_of_the_pinout() -> None:
    buttons, contacts = re.findall(r"```toml\n(.*?)```", (FOLDER / "buttons.md").read_text(), re.DOTALL)
    pins = [button["pin"] for button in tomllib.loads(buttons)["buttons"].values()]
    assert pins == [FUNCTIONS[name].pin for name in ("bell", "second_button")]
    found = tomllib.loads(contacts)
    front = found["doors"]["front"]
    pins = [
        front["pin"],
        front["contact_pin"],
        front["exit_pin"],
        found["fire"]["pin"],
        found["tamper"]["pin"],
    ]
    names = ("strike", "door_contact", "exit_button", "fire_contact", "tamper")
    assert pins == [FUNCTIONS[name].pin for name in names]


def test_every_drawing_is_shown_with_words_for_those_who_cannot_see_it() -> None:
    shown = {
        target: words
        for page in PAGES
        for words, target in re.findall(r"!\[([^\]]*)\]\(drawings/([\w-]+)\.svg\)", page.read_text())
    }
    assert set(shown) == set(SHEETS)
    assert all(len(words) > 15 for words in shown.values())


@pytest.mark.parametrize("page", [*PAGES, FOLDER.parent / "README.md"], ids=_named)
def test_every_link_leads_somewhere(page: Path) -> None:
    # What stands in a block is not for the reader to follow.
    prose = re.sub(r"(?ms)^ *```.*?^ *```$", "", page.read_text())
    for target in re.findall(r"\]\(([^)]+)\)", prose):
        file, _, anchor = target.partition("#")
        found = (page.parent / file).resolve() if file else page
        assert found.exists(), target
        if anchor:
            assert anchor in _anchors(found / "README.md" if found.is_dir() else found), target


@pytest.mark.parametrize("circuit", SIMULATED)
def test_what_is_simulated_is_what_is_drawn(circuit: str) -> None:
    deck = (FOLDER / "circuits" / f"{circuit}.cir").read_text()
    parameters = dict(re.findall(r"(\w+)=(\S+)", "\n".join(re.findall(r"(?m)^\.param (.*)$", deck))))
    parts = re.findall(r"(?m)^([rc]\d) \S+ \S+ \{?([\w.]+)", deck)
    assert len(parts) >= 3
    texts = " ".join(" ".join(_texts(SIMULATED[circuit])).split())
    for name, value in parts:
        number, prefix = re.fullmatch(r"([\d.]+)(\D*)", parameters.get(value, value)).groups()  # type: ignore[union-attr]
        unit = "Ω" if name[0] == "r" else "F"
        words = f"{name.upper()} {number} {({'meg': 'M', 'u': 'µ'}).get(prefix, prefix)}{unit}"
        assert words in texts, words


def test_no_table_is_written_where_a_page_has_no_place_for_it() -> None:
    with pytest.raises(ValueError, match="once"):
        with_table("a page", "a table")


def test_config_txt_makes_strikes_and_lamps_outputs_low_and_nothing_else() -> None:
    lines = dict(re.findall(r"(?m)^gpio=([\d,-]+)=(\S+)$", CONFIG_TXT))
    assert {lines[numbers]: _pins(numbers) for numbers in lines} == {
        "op,dl": {one.pin for one in FUNCTIONS.values() if one.direction == "out"},
        "ip,pu": {one.pin for one in FUNCTIONS.values() if (one.direction, one.boot) == ("in", "up")},
        "ip,pd": {one.pin for one in FUNCTIONS.values() if (one.direction, one.boot) == ("in", "down")},
    }
    assert "\ndtparam=strict_gpiod\n" in CONFIG_TXT


def test_config_txt_has_a_line_for_every_sound_board_and_turns_none_on() -> None:
    assert re.findall(r"(?m)^#dtoverlay=(\S+)$", CONFIG_TXT) == [
        board.overlay for board in pinout().boards if board.overlay
    ]
    assert not re.search(r"(?m)^dtoverlay", CONFIG_TXT)


def test_no_sound_board_takes_a_pin_of_a_button_or_of_the_strike() -> None:
    taken = {pin for board in pinout().boards for pin in board.pins}
    assert taken >= {18, 19, 20, 21}
    spared = ("strike", "bell", "second_button", "third_button", "fourth_button", "exit_button", "tamper")
    assert not taken & {FUNCTIONS[name].pin for name in spared}


def test_the_sound_page_names_whoever_must_move_for_a_board_outside_its_table_too() -> None:
    page = _by_hand(FOLDER / "sound.md")
    for pin in {pin for board in pinout().boards for pin in board.pins}:
        one = pinout().of_pin(pin)
        assert one is None or f"`{one.name}` (GPIO{pin})" in page


def test_config_txt_is_as_the_firmware_reads_it() -> None:
    # It ignores what is behind the 98th character, and knows neither quotes nor comments behind a value.
    for line in CONFIG_TXT.splitlines():
        assert len(line) <= 98
        assert re.fullmatch(r"|#.*|\[all\]|[a-z_]+=[\w,=-]+", line)
    settings = [line for line in CONFIG_TXT.splitlines() if line and not line.startswith("#")]
    # Whatever the last filter of the file was that it is appended to.
    assert settings[0] == "[all]"
