"""The source of PJSIP: a tarball that was given, or the one in Debian's signed source package."""

from __future__ import annotations

import json
import lzma
import re
import shutil
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from portier_pjsip import debian
from portier_pjsip.cache import Cache, sha256_of
from portier_pjsip.errors import SourceError
from portier_pjsip.settings import OLDEST

FROM_DEBIAN = "debian"
"""In place of a path: look in Debian again, also where a source from there is cached."""

_NEEDED_MIB = 200
_KIND = "source"
_ABOUT = "source.json"
_LATEST = "from-debian"
_LARGEST_VERSION_FILE = 1 << 16


@dataclass(frozen=True, slots=True)
class Source:
    """A tarball of PJSIP, with what is known of it."""

    file: str
    sha256: str
    version: str
    origin: str


def find(given: str | None, cache: Cache, tell: Callable[[str], None]) -> tuple[Source, Path]:
    """The source to build and its tarball in the cache. Raises SourceError."""
    if given is not None and given != FROM_DEBIAN:
        return _given(Path(given), cache)
    known = _cached(cache, _latest(cache)) if given is None else None
    if known is not None:
        return known
    with cache.scratch(_NEEDED_MIB) as folder:
        tarball, origin = debian.fetch(folder, tell)
        source, place = _kept(tarball, sha256_of(tarball), origin, cache)
    latest = cache.path(_KIND, _LATEST)
    fresh = latest.with_suffix(".new")
    fresh.write_text(source.sha256)
    fresh.rename(latest)
    return source, place


def _given(tarball: Path, cache: Cache) -> tuple[Source, Path]:
    if not tarball.is_file():
        raise SourceError(f"SOURCE={tarball}: there is no such file")
    try:
        checksum = sha256_of(tarball)
    except OSError as error:
        raise SourceError(f"SOURCE={tarball} cannot be read: {error.strerror}") from error
    return _cached(cache, checksum) or _kept(tarball, checksum, f"the file {tarball.name}", cache)


def _kept(tarball: Path, checksum: str, origin: str, cache: Cache) -> tuple[Source, Path]:
    source = Source(tarball.name, checksum, version_in(tarball), origin)
    with cache.scratch(_NEEDED_MIB) as folder:
        made = folder / checksum
        made.mkdir()
        shutil.copyfile(tarball, made / source.file)
        (made / _ABOUT).write_text(json.dumps(asdict(source)))
        return source, cache.keep(made, _KIND, checksum) / source.file


def _cached(cache: Cache, checksum: str) -> tuple[Source, Path] | None:
    """What is cached under a checksum, if it still has that checksum."""
    if not checksum:
        return None
    folder = cache.path(_KIND, checksum)
    try:
        source = Source(**json.loads((folder / _ABOUT).read_text()))
        whole = sha256_of(folder / source.file) == checksum
    except (OSError, ValueError, TypeError):
        return None
    return (source, folder / source.file) if whole else None


def _latest(cache: Cache) -> str:
    try:
        return cache.path(_KIND, _LATEST).read_text().strip()
    except OSError:
        return ""


def version_in(tarball: Path) -> str:
    """Read a tarball to its end and tell the PJSIP version in it.

    Raises SourceError where it is broken, holds no PJSIP, or one that is too old.
    """
    text = None
    try:
        with tarfile.open(tarball) as archive:
            for member in archive:
                parts = Path(member.name).parts
                if parts[1:] == ("version.mak",) and member.isfile() and member.size < _LARGEST_VERSION_FILE:
                    opened = archive.extractfile(member)
                    text = opened.read().decode(errors="replace") if opened else None
    except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError) as error:
        raise SourceError(
            f"{tarball.name} is no tarball, or a broken one: {error}; fetch it again and compare its checksum"
        ) from error
    if text is None:
        raise SourceError(f"{tarball.name} holds no PJSIP: there is no version.mak in its one folder")
    return checked_version(tarball.name, text)


def checked_version(name: str, version_mak: str) -> str:
    """The version that a version.mak names. Raises SourceError where it is none, or too old."""
    parts = dict(re.findall(r"export PJ_VERSION_(\w+)\s*:?=[ \t]*(\S*)", version_mak))
    major, minor = parts.get("MAJOR", ""), parts.get("MINOR", "")
    if not (major.isdigit() and minor.isdigit()):
        raise SourceError(f"{name}: its version.mak tells no version")
    version = f"{major}.{minor}{'.' * bool(parts.get('REV'))}{parts.get('REV', '')}{parts.get('SUFFIX', '')}"
    if (int(major), int(minor)) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise SourceError(f"{name} is PJSIP {version}; the station needs {oldest} or newer")
    return version
