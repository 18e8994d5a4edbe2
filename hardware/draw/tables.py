"""What else is made of pinout.toml: tables of pins and of sound boards, the lines for the Pi's config.txt."""

from __future__ import annotations

import re
from collections.abc import Iterable

from hardware.draw.pinout import pinout

BEGIN = "<!-- From pinout.toml, by `make drawings`. -->"
END = "<!-- So far from pinout.toml. -->"

_WAYS = {"in": "input", "out": "output"}


def pin_table() -> str:
    """Every function, in the order of the file."""
    lines = ["| function | pin | position | way | at boot | why this pin |", "|---|---|---|---|---|---|"]
    lines += [
        f"| `{one.name}` | GPIO{one.pin} | {pinout().position(one.pin)} | {_WAYS[one.direction]} | "
        f"pulled {one.boot} | {one.why} |"
        for one in pinout().functions.values()
    ]
    lines += ["", "| pins | what the Pi itself may do with them |", "|---|---|"]
    lines += [f"| GPIO{numbers} | {why} |" for numbers, why in pinout().boot["not_quiet"].items()]
    return "\n".join(lines)


def board_table() -> str:
    """Every sound board, and whom of ours it drives off its pin."""
    lines = ["| board | line of `config.txt` | pins it takes | ours that must move |", "|---|---|---|---|"]
    for board in pinout().boards:
        line = f"`dtoverlay={board.overlay}`" if board.overlay else "none: it has an EEPROM"
        taken = (pinout().of_pin(pin) for pin in board.pins)
        ours = ", ".join(f"`{one.name}` (GPIO{one.pin})" for one in taken if one)
        lines.append(f"| {board.name} | {line} | GPIO{_numbers(board.pins)} | {ours or 'none'} |")
    return "\n".join(lines)


def with_table(page: str, table: str) -> str:
    """A page with the table of today between its marks."""
    block = f"{BEGIN}\n\n{table}\n\n{END}"
    changed, found = re.subn(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: block, page, flags=re.DOTALL)
    if found != 1:
        raise ValueError(f"the page must hold {BEGIN} and {END} once, and holds them {found} times")
    return changed


def config_txt() -> str:
    """The lines that make the pins safe from the first seconds on."""
    functions = pinout().functions.values()
    outputs = _numbers(one.pin for one in functions if one.direction == "out")
    up = _numbers(one.pin for one in functions if (one.direction, one.boot) == ("in", "up"))
    down = _numbers(one.pin for one in functions if (one.direction, one.boot) == ("in", "down"))
    sound = "\n".join(f"#dtoverlay={board.overlay}" for board in pinout().boards if board.overlay)
    return f"""\
# Portier: what a Raspberry Pi does with its pins before the station runs, and after it died.
# Made of hardware/pinout.toml. Not verified on hardware. Append it to /boot/firmware/config.txt:
#   sudo tee -a /boot/firmware/config.txt < hardware/boot/config.txt
# Where a HAT has one of these pins, take that pin out of its line.
[all]

# A pin becomes an input when its program dies, whatever killed it: the resistor outside locks.
dtparam=strict_gpiod

# Strikes and lamps: outputs, low. It counts from some seconds after power-on; until then, and for
# ever where it does not work, the chip's pull-downs and the resistors outside hold them low.
gpio={outputs}=op,dl

# Buttons and contacts: a reset does not bring back the pulls of power-on.
gpio={up}=ip,pu
gpio={down}=ip,pd

# The third and the fourth button hang on pins that SPI would drive.
dtparam=spi=off

# A kernel that hangs is reset; watchdog.conf tells systemd to feed it.
dtparam=watchdog=on

# A sound board: take the # off its line, one at the most, when hardware/sound.md has been read:
# some of them take pins of ours. A USB card and a Codec Zero need no line.
{sound}
"""


def _numbers(pins: Iterable[int]) -> str:
    """Pins as config.txt writes them: neighbours are joined to ranges."""
    runs: list[list[int]] = []
    for pin in sorted(pins):
        if runs and runs[-1][-1] == pin - 1:
            runs[-1].append(pin)
        else:
            runs.append([pin])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)
