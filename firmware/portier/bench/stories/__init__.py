"""Stories that the bench plays: each is a scenario in a TOML file here, cut into named scenes."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent


def names() -> list[str]:
    """The stories there are."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def path_of(name: str) -> Path:
    """The file of a story."""
    return _FOLDER / f"{name}.toml"
