"""`python -m hardware.draw`: writes all that is made of pinout.toml."""

from __future__ import annotations

from pathlib import Path

from hardware.draw import header, inputs, lamps, locks, relays, station, tables
from hardware.draw.pinout import FOLDER
from hardware.draw.sheet import Sheet


def sheets() -> dict[str, Sheet]:
    """Every drawing by its name."""
    found: dict[str, Sheet] = {}
    for module in (station, header, inputs, relays, locks, lamps):
        found |= module.drawings()
    return found


def files() -> dict[Path, str]:
    """Every file, and what is to be in it."""
    wanted = {FOLDER / "drawings" / f"{name}.svg": sheet.svg() for name, sheet in sheets().items()}
    for name, table in (("pins.md", tables.pin_table()), ("sound.md", tables.board_table())):
        page = FOLDER / name
        wanted[page] = tables.with_table(page.read_text(encoding="utf-8"), table)
    wanted[FOLDER / "boot" / "config.txt"] = tables.config_txt()
    return wanted


def main() -> None:
    """Write them; tell which have changed, and which are of drawings that are no more."""
    wanted = files()
    for path, text in wanted.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"written: {path.relative_to(FOLDER.parent)}")
    for path in set((FOLDER / "drawings").glob("*.svg")) - set(wanted):
        print(f"of no drawing any more: {path.relative_to(FOLDER.parent)}")


if __name__ == "__main__":
    main()
