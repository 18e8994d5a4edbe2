"""The note of the pins of strikes, gong and light, left for `portier lock` before a station claims them."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path

_log = logging.getLogger(__name__)
_USUAL_FOLDER = Path("/run/portier")


def path() -> Path | None:
    """Where the note is: the unit's runtime directory; None where there is none."""
    named = os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0]
    if named:
        return Path(named) / "strikes.toml"
    return _USUAL_FOLDER / "strikes.toml" if _USUAL_FOLDER.is_dir() else None


def write(
    factory: str,
    mock_file: Path | None,
    doors: Mapping[str, int],
    gong: int | None = None,
    light: int | None = None,
) -> None:
    """Leave the note, in the words of a configuration; a station that cannot goes on without it."""
    note = path()
    if note is None:
        return
    lines = ["[gpio]", f'factory = "{factory}"']
    if mock_file is not None:
        lines.append(f"mock_file = {json.dumps(str(mock_file.absolute()))}")
    for name, pin in doors.items():
        lines += [f"[doors.{name}]", f"pin = {pin}"]
    for name, switched in (("gong", gong), ("light", light)):
        if switched is not None:
            lines += [f"[{name}]", f"pin = {switched}"]
    new = note.with_suffix(".new")
    try:
        new.write_text("\n".join(lines) + "\n", encoding="utf-8")
        new.replace(note)
    except OSError as error:
        _log.warning(
            "gpio: cannot leave a note of the strikes' pins at %s: %s; after a crash only the configuration "
            "tells them",
            note,
            error.strerror,
        )
