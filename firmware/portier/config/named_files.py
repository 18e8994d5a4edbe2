"""Files that the configuration names, beside the password's: they are there, and are what they are to be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from portier.errors import AudioError

from .problems import Loc, Problem

_RATE_HZ = 8000


def authorities(place: Loc, path: Path | None) -> Iterator[Problem]:
    """What keeps certificates of authorities (PEM) from being used."""
    if path is None:
        return
    if not _there(path):
        yield _missing(place)
        return
    # Only who names such a file waits for this import.
    import ssl

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError:
        yield Problem(place, "the file it names holds no certificates in PEM form (BEGIN CERTIFICATE)")
    except OSError as error:
        yield _unreadable(place, error)


def voice(place: Loc, path: Path | None) -> Iterator[Problem]:
    """What keeps a simulated card from hearing a WAV file."""
    if path is None:
        return
    if not _there(path):
        yield _missing(place)
        return
    from portier.bench.wav import read_wav

    try:
        read_wav(path, _RATE_HZ)
    except AudioError:
        yield Problem(place, "the file it names is no WAV file with one channel, 16 bit, 8000 or 16000 Hz")


def _there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _missing(place: Loc) -> Problem:
    return Problem(
        place, "the file it names does not exist (a relative path counts from the folder of this file)"
    )


def _unreadable(place: Loc, error: OSError) -> Problem:
    return Problem(place, f"the file it names cannot be read: {error.strerror}")
