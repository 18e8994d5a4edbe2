"""`portier lock`: which pins, by what means, what it says; never an exception."""

from __future__ import annotations

import subprocess
import sys
import types
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from portier import lock
from portier.adapters.gpio import lowering, note
from portier.bench.pinfile import PinFile
from portier.config import load
from portier.config.lenient import StrikePins, strikes

GPIO = '[gpio]\nfactory = "lgpio"\n'


class LgpioError(Exception):
    """Like lgpio.error, which has no base but Exception either."""


class Chip:
    """A pretended lgpio: chips by number and label, and what was claimed at which level."""

    def __init__(self, labels: dict[int, str], busy: frozenset[int] = frozenset()) -> None:
        self.labels, self.busy = labels, busy
        self.claimed: list[tuple[int, int, int]] = []
        self.open: set[int] = set()
        self.module = types.ModuleType("lgpio")
        for name in ("gpiochip_open", "gpiochip_close", "gpio_get_chip_info", "gpio_claim_output"):
            setattr(self.module, name, getattr(self, name))
        self.module.__dict__["error"] = LgpioError

    def gpiochip_open(self, number: int) -> int:
        if number not in self.labels:
            raise LgpioError("'can not open gpiochip'")
        self.open.add(number)
        return number

    def gpiochip_close(self, handle: int) -> None:
        self.open.remove(handle)

    def gpio_get_chip_info(self, handle: int) -> list[object]:
        return [0, 54, f"gpiochip{handle}", self.labels[handle]]

    def gpio_claim_output(self, handle: int, pin: int, level: int) -> None:
        if pin in self.busy:
            raise LgpioError("'GPIO busy'")
        self.claimed.append((handle, pin, level))


@pytest.fixture(autouse=True)
def no_note(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(folder))
    monkeypatch.setenv("LG_WD", str(tmp_path))
    return folder


def _with(chip: Chip, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Chip:
    monkeypatch.setitem(sys.modules, "lgpio", chip.module)
    devices = tmp_path / "dev"
    devices.mkdir()
    for number in chip.labels:
        (devices / f"gpiochip{number}").touch()
    monkeypatch.setattr(lowering, "_CHIPS", devices)
    return chip


def _config(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "portier.toml"
    file.write_text(text)
    return file


def test_every_strike_of_the_configuration_is_driven_low_on_the_header(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chip = _with(Chip({0: "raspberrypi-exp-gpio", 4: "pinctrl-rp1"}), monkeypatch, tmp_path)
    file = _config(
        tmp_path, GPIO + "[doors.front]\npin = 22\n[doors.back]\npin = 27\n[buttons.bell]\npin = 5\n"
    )
    code, said = lock.run(file)
    assert (code, chip.claimed) == (0, [(4, 22, 0), (4, 27, 0)])
    assert not chip.open
    assert "GPIO22, GPIO27 de-energised (lgpio, gpiochip4 pinctrl-rp1)" in said
    assert "\n" not in said


def test_without_a_label_of_the_header_it_is_the_first_chip(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chip = _with(Chip({0: "something"}), monkeypatch, tmp_path)
    code, _ = lock.run(_config(tmp_path, GPIO + "[doors.front]\npin = 22\n"))
    assert (code, chip.claimed) == (0, [(0, 22, 0)])


def test_a_pin_that_is_held_is_told_and_the_others_are_driven_low(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chip = _with(Chip({0: "pinctrl-bcm2711"}, busy=frozenset({22})), monkeypatch, tmp_path)
    code, said = lock.run(_config(tmp_path, GPIO + "[doors.front]\npin = 22\n[doors.back]\npin = 27\n"))
    assert (code, chip.claimed) == (77, [(0, 27, 0)])
    assert "GPIO27 de-energised" in said
    assert "GPIO22 NOT locked: held by a running program" in said


def test_where_nothing_is_known_it_is_the_usual_pin_and_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chip = _with(Chip({0: "pinctrl-bcm2711"}), monkeypatch, tmp_path)
    code, said = lock.run(tmp_path / "nowhere.toml")
    assert (code, chip.claimed) == (0, [(0, lock.DEFAULT_PIN, 0)])
    assert "no strike is known" in said
    assert "usual pin" in said


def test_the_note_and_the_configuration_are_both_locked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, no_note: Path
) -> None:
    chip = _with(Chip({0: "pinctrl-bcm2711"}), monkeypatch, tmp_path)
    no_note.mkdir()
    note.write("lgpio", None, {"front": 22})
    code, said = lock.run(_config(tmp_path, GPIO + "[doors.front]\npin = 17\n"))
    assert (code, chip.claimed) == (0, [(0, 17, 0), (0, 22, 0)])
    assert "the station's note and " in said


def test_rpi_gpio_is_used_where_it_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls: list[tuple[object, ...]] = []
    gpio = types.ModuleType("RPi.GPIO")
    gpio.__dict__.update(
        BCM=11,
        OUT=0,
        LOW=0,
        setwarnings=lambda on: calls.append(("warnings", on)),
        setmode=lambda mode: calls.append(("mode", mode)),
        setup=lambda pin, way, initial: calls.append(("setup", pin, way, initial)),
    )
    monkeypatch.setitem(sys.modules, "RPi", types.ModuleType("RPi"))
    monkeypatch.setitem(sys.modules, "RPi.GPIO", gpio)
    code, said = lock.run(_config(tmp_path, '[gpio]\nfactory = "rpigpio"\n[doors.front]\npin = 22\n'))
    assert code == 0, said
    assert calls == [("warnings", False), ("mode", 11), ("setup", 22, 0, 0)]


def test_no_library_and_no_chip_is_77_and_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "lgpio", None)
    code, said = lock.run(_config(tmp_path, "[doors.front]\npin = 22\n"))
    assert code == 77
    assert "GPIO22 NOT locked" in said
    assert "group gpio" in said


def test_it_says_what_went_wrong_in_itself_and_raises_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(lock, "strikes", broken)
    code, said = lock.run(tmp_path / "portier.toml")
    assert code == 77
    assert "ZeroDivisionError" in said


def test_it_is_quick_and_needs_neither_gpiozero_nor_pydantic_nor_asyncio(tmp_path: Path) -> None:
    pins = tmp_path / "pins"
    file = _config(tmp_path, f'[gpio]\nfactory = "mock"\nmock_file = "{pins}"\n[doors.front]\npin = 22\n')
    code = (
        "import sys\nfrom portier.__main__ import main\n"
        f"code = main(['lock', '--config', {str(file)!r}])\n"
        "found = {'gpiozero', 'pydantic', 'asyncio', 'pjsua2', 'alsaaudio'} & set(sys.modules)\n"
        "print(found or 'none of these', file=sys.stderr)\nsys.exit(code)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=5, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "none of these" in ran.stderr
    assert ran.stdout.startswith("portier: lock: GPIO22 de-energised")
    file_of_pins = PinFile(pins)
    assert file_of_pins.level(22) == ("output", False)
    file_of_pins.close()


@pytest.mark.parametrize(
    ("text", "pins"),
    [
        ('[doors.front]\npin = 22\nrelease_digit = "5"\n', {22}),
        ('[doors.front]\npin = "22"\n', {22}),
        ("doors.front.pin = 22\ndoors.back = { pin = 27 }\n", {22, 27}),
        ("[doors.front]\npin = 22\n[doors.back]\npin = true\n", {22}),
        ("[doors.front]\npin = 99\n", set()),
        ("[doors.front]\npin = 22 # not 27\nthis is not TOML\n[buttons.bell]\npin = 5\n", {22}),
        ("[doors.front]\npin = 22\n[doors.front]\npin = 27\n", {22, 27}),
        ("[door.front]\npin = 22\n[lamps]\nstatus = 23\n", {22}),
        ('[doors.front\npin = 22\n["doors".back]\n"pin" = 27\n', {22, 27}),
        ("\ufeff[doors.front]\r\npin = 22\r\n", {22}),
        ("", set()),
        ("[buttons.bell]\npin = 5\n", set()),
    ],
)
def test_pins_are_read_from_a_broken_configuration_as_far_as_it_tells_them(
    tmp_path: Path, text: str, pins: set[int]
) -> None:
    found = strikes(_config(tmp_path, text))
    assert found
    assert found.pins == pins


def test_the_library_is_read_from_a_configuration_that_is_no_toml(tmp_path: Path) -> None:
    file = _config(tmp_path, '[gpio]\nfactory = "mock"\nmock_file = "pins"\n[doors.a]\npin = 22\n[broken')
    assert strikes(file) == StrikePins("mock", tmp_path / "pins", frozenset({22}))


@pytest.mark.parametrize("place", ["nowhere", "."])
def test_a_configuration_that_cannot_be_read_tells_nothing(tmp_path: Path, place: str) -> None:
    assert strikes(tmp_path / place) is None


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=200),
        st.lists(st.sampled_from(["[doors.a]", "[gpio]", "pin = 22", "pin = ", "[", "x", "= 3", '"""'])).map(
            lambda lines: "\n".join(lines).encode()
        ),
    )
)
def test_no_configuration_makes_reading_raise(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "fuzz.toml"
    file.write_bytes(content)
    found = strikes(file)
    assert found is not None
    assert all(0 <= pin <= 27 for pin in found.pins)


def test_the_usual_pin_is_that_of_the_example(tmp_path: Path) -> None:
    example = Path(load.__file__).with_name("example.toml")
    config = load.from_text(example.read_text(), base=tmp_path, check_files=False)
    assert {door.pin for door in config.doors.values()} == {lock.DEFAULT_PIN}


def test_a_note_that_cannot_be_left_is_logged_and_no_more(
    no_note: Path, caplog: pytest.LogCaptureFixture
) -> None:
    note.write("lgpio", None, {"front": 22})
    assert "cannot leave a note" in caplog.text
    assert not no_note.exists()


def test_without_a_folder_for_it_no_note_is_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("RUNTIME_DIRECTORY")
    monkeypatch.setattr(note, "_USUAL_FOLDER", tmp_path / "nowhere")
    assert note.path() is None
    note.write("lgpio", None, {"front": 22})
    assert not list(tmp_path.iterdir())
