"""`portier lock` and what a door has beside its strike: no input is ever driven, the light goes out."""

from __future__ import annotations

from pathlib import Path

import pytest

from portier import lock
from portier.adapters.gpio import note
from portier.bench.pinfile import PinFile
from portier.config.lenient import strikes

STRIKE, CONTACT, EXIT, FIRE, LIGHT = 22, 16, 26, 27, 10
DOORS = f"""[doors.front]
pin = {STRIKE}
contact_pin = {CONTACT}
exit_pin = {EXIT}
[fire]
pin = {FIRE}
[light]
pin = {LIGHT}
"""


@pytest.mark.parametrize("text", [DOORS, f"{DOORS}this is no TOML\n"])
def test_no_contact_is_taken_for_a_strike(tmp_path: Path, text: str) -> None:
    file = tmp_path / "portier.toml"
    file.write_text(text)
    found = strikes(file)
    assert found
    assert (found.pins, found.light, found.gong) == (frozenset({STRIKE}), frozenset({LIGHT}), frozenset())


def test_the_light_goes_out_after_the_strikes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    pins = PinFile(tmp_path / "pins")
    for pin in (STRIKE, LIGHT):
        pins.claim(pin)
        pins.show(pin, "output", level=True)
        pins.give_back(pin)
    note.write("mock", tmp_path / "pins", {"front": STRIKE}, light=LIGHT)
    code, said = lock.run(tmp_path / "nowhere.toml")
    assert code == 0
    assert said.index("GPIO22 de-energised") < said.index("light: GPIO10 de-energised")
    assert [pins.level(pin)[1] for pin in (STRIKE, LIGHT)] == [False, False]
    pins.close()
