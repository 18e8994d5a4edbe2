"""`portier lock`: de-energises every strike, then gong and light, when the station cannot; needs the pins.

The unit runs it after every end of the station. It imports no gpiozero and no pydantic: it must be quick,
and work where they, the configuration or the station do not.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from portier.adapters.gpio import note
from portier.adapters.gpio.lowering import Lowered, lower
from portier.config.lenient import StrikePins, strikes

DEFAULT_PIN = 22
"""The strike's pin in hardware/pinout.toml, in the example and in the README."""

_OK, _NO_PINS = 0, 77
_LIBRARIES = ("lgpio", "rpigpio")


def run(config: Path) -> tuple[int, str]:
    """Lock, by the note of the last station and by the configuration; the exit code and what to say.

    Never raises. 0: every known strike is de-energised. 77: one is not.
    """
    try:
        return _lock(config)
    except Exception as error:  # noqa: BLE001 -- the last line of defence says what it can
        return _NO_PINS, f"lock: NOT locked: {type(error).__name__}: {error}"


def _lock(config: Path) -> tuple[int, str]:
    noted = note.path()
    sources = [("the station's note", strikes(noted) if noted else None), (str(config), strikes(config))]
    known = [(name, found) for name, found in sources if found is not None]
    sets = _merged(found for _, found in known if found.pins)
    if sets:
        names = " and ".join(name for name, found in known if found.pins)
        why = f"known from {names}"
    else:
        factory, mock_file = next(((found.factory, found.mock_file) for _, found in known), (None, None))
        sets = [StrikePins(factory, mock_file, frozenset({DEFAULT_PIN}))]
        why = f"no strike is known ({config} tells none): this is the usual pin"
    outcomes = [_attempt(one) for one in sets]
    code = _OK if all(locked for locked, _ in outcomes) else _NO_PINS
    texts = [text for _, text in outcomes]
    # After every strike, and whatever comes of it: a gong that goes on is no open door.
    for name in ("gong", "light"):
        texts += [f"{name}: {_attempt(one)[1]}" for one in _switched(name, (found for _, found in known))]
    return code, f"lock: {'; '.join(texts)}; {why}"


def _switched(name: str, found: Iterable[StrikePins]) -> list[StrikePins]:
    pins = ((one, getattr(one, name)) for one in found)
    return _merged(StrikePins(one.factory, one.mock_file, its) for one, its in pins if its)


def _merged(found: Iterable[StrikePins]) -> list[StrikePins]:
    """Join the pins that are driven in the same way."""
    sets: dict[tuple[str | None, Path | None], frozenset[int]] = {}
    for one in found:
        key = (one.factory, one.mock_file)
        sets[key] = sets.get(key, frozenset()) | one.pins
    return [StrikePins(factory, mock_file, pins) for (factory, mock_file), pins in sets.items()]


def _attempt(wanted: StrikePins) -> tuple[bool, str]:
    known = wanted.factory in {*_LIBRARIES, "mock"}
    reasons: list[str] = []
    for factory in [str(wanted.factory)] if known else _LIBRARIES:
        try:
            lowered = lower(factory, wanted.mock_file, wanted.pins)
        except Exception as error:  # noqa: BLE001 -- each library has its own, and another may be tried
            reasons.append(f"{factory}: {type(error).__name__}: {error}")
        else:
            return not (lowered.held or lowered.failed), _told(lowered)
    return (
        False,
        f"{_gpio(wanted.pins)} NOT locked: {', '.join(reasons)}; be root or of the group gpio, on the Pi",
    )


def _told(lowered: Lowered) -> str:
    parts: list[str] = []
    if lowered.low:
        parts.append(f"{_gpio(lowered.low)} de-energised")
    if lowered.held:
        parts.append(
            f"{_gpio(lowered.held)} NOT locked: held by a running program, which alone can lock it: stop that"
        )
    parts += [f"GPIO{pin} NOT locked: {reason}" for pin, reason in lowered.failed.items()]
    return f"{', '.join(parts)} ({lowered.by})"


def _gpio(pins: Iterable[int]) -> str:
    return ", ".join(f"GPIO{pin}" for pin in sorted(pins))
