"""Pins and rights: the chip, the strike's line, and what the kernel does with a dead process's pin."""

from __future__ import annotations

from collections.abc import Iterator

from portier.config import wiring
from portier.doctor import board, packages, stations
from portier.doctor.finding import Finding, Reporter
from portier.doctor.known import Known
from portier.doctor.machine import Machine

_AUDIO_HAT = range(18, 22)
_MEMORY = "/dev/gpiomem"
_REPORT = Reporter("pins")


def check(machine: Machine, known: Known) -> Iterator[Finding]:
    """Tell whether the pins can be had, by this user, and what endangers a strike."""
    factory = known.gpio.factory if known.gpio is not None else ""
    if factory == "mock":
        text = 'factory "mock": no pin of this machine is read or driven'
        advice = 'set gpio.factory = "lgpio"'
        yield _REPORT.warning(text, advice) if board.model(machine) else _REPORT.note(text)
        return
    if factory:
        yield from packages.check(machine, factory)
    else:
        yield _REPORT.note(f"the library is not checked: {known.without('gpio')}")
        if not board.model(machine):
            return
    if packages.direct(machine, factory):
        yield _memory(machine)
    else:
        yield from _chip(machine, known)
    yield from _kept_outputs(machine, known)
    for need in wiring.needs(known.doors):
        yield _REPORT.note(need, 'where there is no charge pump, set drive = "level"')
    for who, pin in known.pins.items():
        if pin in _AUDIO_HAT:
            yield _REPORT.note(
                f"{who} is GPIO {pin}, which carries the sound of an audio HAT (I2S: 18 to 21)",
                "with such a HAT wire it to another pin; with a USB card it may stay",
            )


def _chip(machine: Machine, known: Known) -> Iterator[Finding]:
    devices = [f"/dev/{name}" for name in machine.names("/dev") if name.startswith("gpiochip")]
    if not devices:
        yield _REPORT.error(
            "no /dev/gpiochip* here: this kernel has no pins",
            'run this on a Raspberry Pi, or set gpio.factory = "mock" on a bench',
        )
        return
    forbidden = [device for device in devices if not machine.may_use(device)]
    user = machine.platform.user
    if forbidden:
        yield _REPORT.error(
            f"user {user} may not read and write {', '.join(forbidden)}",
            f"sudo usermod -aG gpio {user}, then log in again",
        )
    labels = {device: _label(machine, device) for device in devices if device not in forbidden}
    header = next((device for device, label in labels.items() if label.startswith("pinctrl-")), None)
    if header is not None:
        yield _REPORT.ok(f"{header} is {labels[header]}; user {user} may use it")
        yield from _strikes(machine, known, header)
    elif not forbidden:
        found = ", ".join(f"{device} ({label})" for device, label in labels.items())
        yield _REPORT.error(
            f"none of the GPIO chips is a Raspberry Pi's (pinctrl-...): {found}",
            'run this on a Raspberry Pi, or set gpio.factory = "mock" on a bench',
        )


def _label(machine: Machine, device: str) -> str:
    try:
        return machine.chip_label(device)
    except OSError as error:
        return f"cannot be asked: {error.strerror}"


def _strikes(machine: Machine, known: Known, device: str) -> Iterator[Finding]:
    station = stations.running(machine, str(known.path))
    for name, door in known.doors.items():
        try:
            user = machine.line_user(device, door.pin)
        except OSError as error:
            yield _REPORT.warning(
                f"doors.{name}: GPIO {door.pin} of {device} cannot be asked: {error.strerror}",
                "check the number of the pin",
            )
            continue
        if user is None:
            yield _REPORT.ok(f"doors.{name}: GPIO {door.pin} is free")
        elif station is not None:
            yield _REPORT.ok(f'doors.{name}: GPIO {door.pin} is held by "{user}", and {station} is there')
        else:
            yield _REPORT.error(
                f'doors.{name}: GPIO {door.pin} is held by "{user}", and no station runs with {known.path}',
                "stop the program that has it, or take its dtoverlay out of /boot/firmware/config.txt",
            )


def _memory(machine: Machine) -> Finding:
    user = machine.platform.user
    if machine.may_use(_MEMORY):
        return _REPORT.ok(f"user {user} may use {_MEMORY}")
    return _REPORT.error(
        f"user {user} may not use {_MEMORY}, by which {packages.ORIGINAL} reaches the pins",
        f"sudo usermod -aG gpio {user}, then log in again",
    )


def _kept_outputs(machine: Machine, known: Known) -> Iterator[Finding]:
    if not board.model(machine):
        return
    # A kernel for several models has the modules of all of them.
    module = "pinctrl_rp1" if board.is_pi5(machine) else "pinctrl_bcm2835"
    kept = (machine.read_text(f"/sys/module/{module}/parameters/persist_gpio_outputs") or "").strip()
    strict = "add dtparam=strict_gpiod to /boot/firmware/config.txt and start the Pi anew"
    if kept == "N":
        yield _REPORT.ok(f"a pin becomes an input when its program dies ({module}.persist_gpio_outputs=N)")
    elif kept == "Y" and known.doors and all(door.drive == "heartbeat" for door in known.doors.values()):
        yield _REPORT.note(
            f"a pin keeps its level when its program dies ({module}.persist_gpio_outputs=Y): no door "
            "is released by that, as every drive is a heartbeat; lamps may stay lit",
            strict,
        )
    elif kept == "Y":
        yield _REPORT.warning(
            f"a pin keeps its level when its program dies ({module}.persist_gpio_outputs=Y): "
            "a released door would stay released until ExecStopPost or the next start",
            strict,
        )
    else:
        yield _REPORT.note(
            "this kernel does not tell whether a pin keeps its level when its program dies "
            f"(no /sys/module/{module}/parameters/persist_gpio_outputs)",
            strict,
        )
