"""`portier doctor` on pins: the right library for the kernel, rights, who has the strike, dead pins."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.doctor_config import bad, found, known, only

from portier.bench.machine import PretendedMachine, raspberry_pi, told
from portier.doctor import pins
from portier.doctor.finding import Finding, Severity

_RPIGPIO = ('factory = "lgpio"', 'factory = "rpigpio"')
_STATION = "/opt/portier/bin/python\0/opt/portier/bin/portier\0run\0--config\0{path}\0"


def _with(pi: PretendedMachine, **versions: str) -> PretendedMachine:
    pi.versions = {name.replace("_", "-"): version for name, version in versions.items()}
    return pi


def _original(model: str, kernel: str) -> PretendedMachine:
    pi = raspberry_pi(model, kernel)
    pi.versions = {"RPi.GPIO": "0.7.1"}
    return pi


def _pins(pi: PretendedMachine, folder: Path, *changes: tuple[str, str]) -> list[Finding]:
    return found(pi, pins.check, known(folder, *changes))


@pytest.mark.parametrize("model", ["Zero 2 W Rev 1.0", "3 Model B Plus Rev 1.3", "4 Model B Rev 1.4"])
@pytest.mark.parametrize("kernel", ["6.1.21-v8+", "6.6.31+rpt-rpi-v8", "6.12.25+rpt-rpi-v8"])
def test_lgpio_is_right_on_every_kernel(tmp_path: Path, model: str, kernel: str) -> None:
    findings = _pins(raspberry_pi(model, kernel), tmp_path)
    assert not bad(findings), findings
    assert any("lgpio 0.2.2.0" in one.text for one in findings)
    assert any("/dev/gpiochip0 is pinctrl-bcm2711" in one.text for one in findings)


def test_lgpio_is_right_on_a_pi_5_whose_header_is_another_chip_number(tmp_path: Path) -> None:
    pi = raspberry_pi("5 Model B Rev 1.0", "6.6.20+rpt-rpi-2712")
    pi.chips = {"/dev/gpiochip0": "gpio-brcmstb@107d508500", "/dev/gpiochip4": "pinctrl-rp1"}
    findings = _pins(pi, tmp_path)
    assert not bad(findings), findings
    assert any("/dev/gpiochip4 is pinctrl-rp1" in one.text for one in findings)


@pytest.mark.parametrize("kernel", ["6.6.31+rpt-rpi-v8", "6.12.25+rpt-rpi-v8", "7.0.1"])
def test_the_original_rpi_gpio_is_refused_where_it_sees_no_edges(tmp_path: Path, kernel: str) -> None:
    error = only(_pins(_original("3 Model B Rev 1.2", kernel), tmp_path, _RPIGPIO), Severity.ERROR)
    assert "RPi.GPIO 0.7.1" in error.text
    assert kernel in error.text
    assert "portier[rpigpio]" in error.advice


@pytest.mark.parametrize("kernel", ["5.15.84-v8+", "6.1.21-v8+", "6.5.0"])
def test_the_original_rpi_gpio_is_right_before_kernel_6_6(tmp_path: Path, kernel: str) -> None:
    findings = _pins(_original("3 Model B Rev 1.2", kernel), tmp_path, _RPIGPIO)
    assert not bad(findings), findings
    assert any("/dev/gpiomem" in one.text for one in findings)


@pytest.mark.parametrize("model", ["5 Model B Rev 1.0", "500 Rev 1.0", "Compute Module 5 Rev 1.0"])
def test_the_original_rpi_gpio_is_refused_on_every_pi_5(tmp_path: Path, model: str) -> None:
    error = only(_pins(_original(model, "6.1.0"), tmp_path, _RPIGPIO), Severity.ERROR)
    assert "Raspberry Pi 5" in error.text


@pytest.mark.parametrize("kernel", ["6.1.21-v8+", "6.12.25+rpt-rpi-v8"])
def test_the_replacement_is_right_on_every_kernel(tmp_path: Path, kernel: str) -> None:
    pi = _with(raspberry_pi(kernel=kernel), rpi_lgpio="0.6", lgpio="0.2.2.0")
    findings = _pins(pi, tmp_path, _RPIGPIO)
    assert not bad(findings), findings
    assert any("rpi-lgpio 0.6" in one.text for one in findings)


def test_both_packages_of_the_module_rpi_are_an_error(tmp_path: Path) -> None:
    pi = raspberry_pi()
    pi.versions = {"RPi.GPIO": "0.7.1", "rpi-lgpio": "0.6"}
    error = only(_pins(pi, tmp_path, _RPIGPIO), Severity.ERROR)
    assert "0.7.1" in error.text
    assert "rpi-lgpio 0.6" in error.text
    assert error.advice.startswith("pip uninstall RPi.GPIO rpi-lgpio")


@pytest.mark.parametrize(("change", "extra"), [((), "portier[pi]"), ((_RPIGPIO,), "portier[rpigpio]")])
def test_a_missing_library_is_an_error_with_its_extra(
    tmp_path: Path, change: tuple[tuple[str, str], ...], extra: str
) -> None:
    error = only(_pins(_with(raspberry_pi()), tmp_path, *change), Severity.ERROR)
    assert extra in error.advice


def test_a_library_that_cannot_be_loaded_is_an_error_with_its_reason(tmp_path: Path) -> None:
    pi = raspberry_pi()
    pi.programs["probes.library"] = told(trouble="cannot open liblgpio.so.1")
    error = only(_pins(pi, tmp_path), Severity.ERROR)
    assert "lgpio 0.2.2.0 cannot be loaded: cannot open liblgpio.so.1" in error.text


def test_a_chip_this_user_may_not_use_names_user_and_group(tmp_path: Path) -> None:
    pi = raspberry_pi()
    pi.denied = {"/dev/gpiochip0"}
    error = only(_pins(pi, tmp_path), Severity.ERROR)
    assert "user portier" in error.text
    assert "/dev/gpiochip0" in error.text
    assert "usermod -aG gpio portier" in error.advice


def test_memory_this_user_may_not_use_is_an_error_for_the_original(tmp_path: Path) -> None:
    pi = _original("3 Model B Rev 1.2", "6.1.21-v8+")
    pi.denied = {"/dev/gpiomem"}
    assert "/dev/gpiomem" in only(_pins(pi, tmp_path, _RPIGPIO), Severity.ERROR).text


@pytest.mark.parametrize("chips", [{}, {"/dev/gpiochip0": "gpio-mockup-A"}])
def test_no_chip_of_a_raspberry_pi_is_an_error(tmp_path: Path, chips: dict[str, str]) -> None:
    pi = raspberry_pi()
    pi.chips = chips
    assert "on a bench" in only(_pins(pi, tmp_path), Severity.ERROR).advice


def test_a_strike_whose_pin_somebody_else_has_is_an_error_that_names_him(tmp_path: Path) -> None:
    pi = raspberry_pi()
    pi.line_users["/dev/gpiochip0", 22] = "gpio-fan"
    error = only(_pins(pi, tmp_path), Severity.ERROR)
    assert "doors.front: GPIO 22" in error.text
    assert '"gpio-fan"' in error.text


def test_a_strike_whose_pin_the_running_station_has_is_as_it_should_be(tmp_path: Path) -> None:
    pi = raspberry_pi()
    pi.line_users["/dev/gpiochip0", 22] = "lg"
    pi.files["/proc/812/cmdline"] = _STATION.format(path=tmp_path / "portier.toml")
    findings = _pins(pi, tmp_path)
    assert not bad(findings), findings
    assert any("the running station (process 812)" in one.text for one in findings)


def test_a_station_with_another_configuration_does_not_excuse_a_taken_pin(tmp_path: Path) -> None:
    pi = raspberry_pi()
    pi.line_users["/dev/gpiochip0", 22] = "lg"
    pi.files["/proc/812/cmdline"] = _STATION.format(path="/etc/portier/garage.toml")
    only(_pins(pi, tmp_path), Severity.ERROR)


@pytest.mark.parametrize(
    ("model", "module"), [("4 Model B Rev 1.4", "pinctrl_bcm2835"), ("5 Model B Rev 1.0", "pinctrl_rp1")]
)
def test_a_kernel_that_keeps_a_dead_programs_output_is_a_warning(
    tmp_path: Path, model: str, module: str
) -> None:
    pi = raspberry_pi(model)
    pi.files[f"/sys/module/{module}/parameters/persist_gpio_outputs"] = "Y\n"
    warning = only(_pins(pi, tmp_path), Severity.WARNING)
    assert f"{module}.persist_gpio_outputs=Y" in warning.text
    assert "dtparam=strict_gpiod" in warning.advice


_HEARTBEAT = ("pin = 22", 'pin = 22\ndrive = "heartbeat"')


def test_a_heartbeat_drive_is_told_with_the_circuit_it_needs(tmp_path: Path) -> None:
    note = only(_pins(raspberry_pi(), tmp_path, _HEARTBEAT), Severity.NOTE)
    assert "doors.front" in note.text
    assert "charge pump" in note.text
    assert "GPIO 22" in note.text
    assert 'drive = "level"' in note.advice


def test_a_kept_output_is_no_warning_where_every_door_goes_by_heartbeat(tmp_path: Path) -> None:
    pi = raspberry_pi()
    pi.files["/sys/module/pinctrl_bcm2835/parameters/persist_gpio_outputs"] = "Y\n"
    findings = _pins(pi, tmp_path, _HEARTBEAT)
    assert not bad(findings), findings
    assert any("persist_gpio_outputs=Y" in one.text for one in findings)
    a_door_before = ("[doors.front]", '[doors.side]\npin = 17\nrelease_digit = "7"\n[doors.front]')
    only(_pins(pi, tmp_path, _HEARTBEAT, a_door_before), Severity.WARNING)


def test_a_pi_5_is_judged_by_its_own_chip_not_by_that_of_older_models(tmp_path: Path) -> None:
    pi = raspberry_pi("5 Model B Rev 1.0")
    pi.files["/sys/module/pinctrl_bcm2835/parameters/persist_gpio_outputs"] = "Y\n"
    assert not bad(_pins(pi, tmp_path))


def test_a_kernel_that_does_not_tell_gets_a_note_to_set_strict_gpiod(tmp_path: Path) -> None:
    pi = raspberry_pi()
    del pi.files["/sys/module/pinctrl_bcm2835/parameters/persist_gpio_outputs"]
    assert "dtparam=strict_gpiod" in only(_pins(pi, tmp_path), Severity.NOTE).advice


def test_a_pin_of_an_audio_hat_is_a_note_that_names_its_user(tmp_path: Path) -> None:
    note = only(_pins(raspberry_pi(), tmp_path, ("pin = 5", "pin = 20")), Severity.NOTE)
    assert "buttons.bell is GPIO 20" in note.text


def test_mocked_pins_are_a_warning_on_a_pi_and_a_note_elsewhere(tmp_path: Path) -> None:
    mocked = ('factory = "lgpio"', 'factory = "mock"')
    pi = raspberry_pi()
    only(_pins(pi, tmp_path, mocked), Severity.WARNING)
    del pi.files["/proc/device-tree/model"]
    only(_pins(pi, tmp_path, mocked), Severity.NOTE)


def test_without_a_usable_gpio_section_the_rights_are_checked_all_the_same(tmp_path: Path) -> None:
    pi = raspberry_pi()
    pi.denied = {"/dev/gpiochip0"}
    findings = _pins(pi, tmp_path, ('factory = "lgpio"', 'factory = "gpiod"'))
    assert "/dev/gpiochip0" in only(findings, Severity.ERROR).text
