"""PJSIP from Debian: Asterisk's source package carries it whole, as a tarball of its own.

apt fetches it with a configuration made for this alone, so that the machine's own lists stay as they are.
The chain of signatures is apt's: the archive's key, the signed list of checksums, the checksum of the file.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from portier_pjsip import target
from portier_pjsip.errors import SourceError, WheelError
from portier_pjsip.programs import asked

_PACKAGE = "asterisk"
_COMPONENT = "orig-Xpjproject.tar"
_SUITE = "sid"
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
SIGNED = f" [signed-by={_KEYRING}]" if _KEYRING.exists() else ""
"""What a line of apt's sources says of whose signature counts."""
_HELPER = "/usr/lib/apt/apt-helper"
_LIMIT_S = 300.0
_NO_APT = "give the source by hand: make wheel SOURCE=pjproject-2.17.tar.gz (pjsip.org publishes it)"
_ARCHIVE = re.compile(r"'(?P<archive>\S+/)dists/(?P<release>[^/']+)/main/binary-")
"""Debian has a part "main"; archives of others for the same release mostly have none."""
_URI = re.compile(r"'(?P<uri>\S+)' (?P<name>\S+) \d+ (?P<sum>SHA(?:256|512):[0-9a-f]+)")


@dataclass(frozen=True, slots=True)
class Listed:
    """A file of a source package, as apt prints it."""

    uri: str
    name: str
    checksum: str


def fetch(folder: Path, tell: Callable[[str], None]) -> tuple[Path, str]:
    """Fetch the tarball into a folder; the file and where it is from. Raises SourceError."""
    if shutil.which("apt-get") is None:
        raise SourceError(f"this system has no apt, by which Debian's source package comes: {_NO_APT}")
    trouble: WheelError | None = None
    for mirror in mirrors():
        options = scratch_apt(folder, f"deb-src{SIGNED} {mirror} {_SUITE} main")
        try:
            tell("reading the list of Debian's source packages")
            asked(("apt-get", *options, "update", "-qq"), _LIMIT_S, "apt-get update")
            words = ("source", "--print-uris", "--only-source", _PACKAGE)
            printed = asked(("apt-get", *options, *words), _LIMIT_S, "apt-get source")
            wanted = component_of(printed)
            tell(f"fetching {wanted.name}")
            file = folder / wanted.name
            words = ("download-file", wanted.uri, str(file), wanted.checksum)
            asked((_HELPER, *options, *words), _LIMIT_S, f"fetching {wanted.name}")
        except WheelError as error:
            trouble = error
        else:
            package = wanted.name.partition(".orig-")[0].replace("_", " ")
            return file, f"Debian's source package {package}, its signature checked by apt"
    raise SourceError(f"Debian's source package cannot be had: {trouble or 'no mirror is set up'}; {_NO_APT}")


def mirrors(part: str = "") -> tuple[str, ...]:
    """Where this machine gets its own release of Debian from, or a part of it, such as "-security"."""
    return archives_of(asked(("apt-get", "update", "--print-uris")), target.native().release + part)


def archives_of(printed: str, release: str) -> tuple[str, ...]:
    """The archives of a release, from what `apt-get update --print-uris` prints."""
    found = [one["archive"] for one in _ARCHIVE.finditer(printed) if one["release"] == release]
    return tuple(dict.fromkeys(found))


def component_of(printed: str) -> Listed:
    """The tarball of PJSIP among the files of a source package. Raises SourceError where there is none."""
    for one in _URI.finditer(printed):
        if _COMPONENT in one["name"]:
            return Listed(one["uri"], one["name"], one["sum"])
    raise SourceError(f"Debian's source package {_PACKAGE} carries no PJSIP any more")


def scratch_apt(folder: Path, *lines: str, installed: str = "", architecture: str = "") -> tuple[str, ...]:
    """Options for apt-get with these sources alone, and all that it writes in a folder.

    `installed` is dpkg's list of what is there: nothing, unless it is named. `architecture` is Debian's
    name of another machine than this one.
    """
    for part in ("state/lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    sources = folder / "sources.list"
    sources.write_text("".join(f"{line}\n" for line in lines))
    nothing = folder / "state" / "status"
    nothing.touch()
    options = {
        "Dir::State": folder / "state",
        "Dir::State::status": installed or nothing,
        "Dir::Cache": folder / "cache",
        "Dir::Etc::SourceList": sources,
        "Dir::Etc::SourceParts": "/dev/null",
        "Acquire::AllowInsecureRepositories": "false",
        "APT::Get::AllowUnauthenticated": "false",
        "APT::Update::Error-Mode": "any",
    }
    if os.geteuid() == 0:
        # apt's own user could not write into this folder.
        options["APT::Sandbox::User"] = "root"
    if architecture:
        options |= {"APT::Architecture": architecture, "APT::Architectures::": architecture}
    return tuple(word for name, value in options.items() for word in ("-o", f"{name}={value}"))
