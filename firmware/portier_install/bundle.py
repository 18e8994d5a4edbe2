"""A bundle: a folder, or a tarball of it, with all that a station is installed from.

    bundle.json     what it is and what it is for
    SHA256SUMS      of every other file, as sha256sum writes them; written last: a half-made one has none
    wheels/         Python packages, Portier's own among them
    packages/       Debian packages, with an index for apt; without it the machine's own apt is asked
    systemd/        the unit and its user
    hardware/boot/  lines and files for a Raspberry Pi's boot
    tool/           this program
    station         its command line

The checksums guard against accidents. They are not signed: where it comes from is its user's matter.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from portier_install.errors import BundleError
from portier_pjsip.cache import sha256_of
from portier_pjsip.errors import StepError
from portier_pjsip.programs import asked

FORMAT = 1
ABOUT, SUMS = "bundle.json", "SHA256SUMS"
WHEELS, PACKAGES, SYSTEMD, TOOL, SCRIPT = "wheels", "packages", "systemd", "tool", "station"
_UNPACK_LIMIT_S = 600.0
_AGAIN = "make or copy it again"


@dataclass(frozen=True, slots=True)
class About:
    """What a bundle is for: `release` is Debian's name of the system, `needs` the Debian packages."""

    version: str
    target: str
    system: str
    release: str
    machine: str
    python: tuple[int, int]
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose files are all there and as they were made."""

    folder: Path
    about: About
    sums: dict[str, str]

    @property
    def key(self) -> str:
        """A short name that changes with the Python packages in it."""
        wheels = sorted(f"{digest} {name}" for name, digest in self.sums.items() if name.startswith(WHEELS))
        return f"{self.about.version}-{hashlib.sha256(chr(10).join(wheels).encode()).hexdigest()[:12]}"

    @property
    def wheels(self) -> tuple[Path, ...]:
        """Its Python packages."""
        return tuple(sorted((self.folder / WHEELS).glob("*.whl")))


def seal(folder: Path, about: About) -> Bundle:
    """Write what it is, and the checksums of all that is in it."""
    (folder / ABOUT).write_text(json.dumps({"format": FORMAT, **asdict(about)}, indent=2) + "\n")
    sums = {name: sha256_of(folder / name) for name in _files(folder)}
    (folder / SUMS).write_text("".join(f"{digest}  {name}\n" for name, digest in sums.items()))
    return Bundle(folder, about, sums)


@contextmanager
def opened(path: Path) -> Iterator[Bundle]:
    """A bundle, from its folder or its tarball, every file of it checked. Raises BundleError."""
    if path.is_dir():
        yield read(path)
        return
    if not path.is_file():
        raise BundleError(f"BUNDLE={path}: there is no such file or folder")
    if not tarfile.is_tarfile(path):
        raise BundleError(f"BUNDLE={path} is neither a folder nor a tarball, or a broken one: {_AGAIN}")
    with TemporaryDirectory(prefix="portier-bundle-", dir="/var/tmp") as scratch:
        words = ("tar", "-xf", str(path), "-C", scratch, "--no-same-owner")
        try:
            asked(words, _UNPACK_LIMIT_S, f"unpacking {path}")
        except StepError as error:
            raise BundleError(f"{error}: {_AGAIN}") from error
        folders = [one for one in Path(scratch).iterdir() if one.is_dir()]
        if len(folders) != 1:
            raise BundleError(f"BUNDLE={path} holds {len(folders)} folders, and a bundle is one: {_AGAIN}")
        yield read(folders[0])


def read(folder: Path) -> Bundle:
    """A bundle in a folder, every file of it checked. Raises BundleError."""
    try:
        about = _about((folder / ABOUT).read_text())
        sums = _sums((folder / SUMS).read_text())
    except FileNotFoundError as error:
        raise BundleError(f"{folder} is no bundle, or a half-made one: {error.filename} is missing") from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BundleError(f"{folder} is no bundle, or a broken one: {error}: {_AGAIN}") from error
    for name, digest in sums.items():
        try:
            if sha256_of(folder / name) != digest:
                raise BundleError(f"{folder / name} is not what {SUMS} says: {_AGAIN}")
        except OSError as error:
            raise BundleError(f"{folder / name} cannot be read: {error.strerror}: {_AGAIN}") from error
    if strangers := set(_files(folder)) - set(sums):
        raise BundleError(f"{folder / min(strangers)} is no part of the bundle: remove it, or {_AGAIN}")
    return Bundle(folder, about, sums)


def _about(text: str) -> About:
    facts = json.loads(text)
    if facts.pop("format") != FORMAT:
        raise ValueError(f"its format is another than {FORMAT}: use the program that came with it")
    facts["python"], facts["needs"] = tuple(facts["python"]), tuple(facts["needs"])
    return About(**facts)


def _sums(text: str) -> dict[str, str]:
    rows = [line.split("  ", 1) for line in text.splitlines()]
    if not rows or any(len(row) != 2 or len(row[0]) != hashlib.sha256().digest_size * 2 for row in rows):
        raise ValueError(f"{SUMS} is cut off")
    return {name: digest for digest, name in rows}


def _files(folder: Path) -> list[str]:
    found = (one.relative_to(folder) for one in folder.rglob("*") if one.is_file())
    # What Python leaves beside a program it has run is nobody's content.
    return sorted(str(one) for one in found if str(one) != SUMS and "__pycache__" not in one.parts)
