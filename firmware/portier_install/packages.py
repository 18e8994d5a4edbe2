"""The Debian packages that a station needs: which, fetched for a machine without a network, installed.

What is fetched is all that they need on a Debian on which nothing is installed: a bundle does not know what
the machine lacks. There, apt takes what is missing, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from portier_install.errors import InstallError, UnfitError
from portier_pjsip import debian, libraries
from portier_pjsip.cache import sha256_of
from portier_pjsip.errors import WheelError
from portier_pjsip.programs import asked
from portier_pjsip.settings import Variant
from portier_pjsip.target import Target

INDEX = "Packages"
_STATUS = "/var/lib/dpkg/status"
_LIMIT_S = 900.0
_LOCK_WAIT_S = 120
_QUIET = ("--yes", "-qq", "--no-install-recommends")


def needed(release: str) -> tuple[str, ...]:
    """The packages that a station needs in a release of Debian."""
    others = (libraries.named("libasound2", release), "python3")
    return tuple(sorted({*libraries.to_run(Variant(), release), *others}))


def fetch(target: Target, names: tuple[str, ...], folder: Path, scratch: Path) -> int:
    """Fetch packages, and all that they need, into a folder with an index for apt; how many.

    apt checks their signatures. Raises WheelError.
    """
    mirrors = debian.mirrors()
    if not mirrors:
        raise UnfitError("apt has no mirror for this machine's own release: see /etc/apt/sources.list")
    lines = [f"deb{debian.SIGNED} {mirrors[0]} {target.release} main"]
    lines += [
        f"deb{debian.SIGNED} {one} {target.release}-security main" for one in debian.mirrors("-security")
    ]
    options = debian.scratch_apt(scratch, *lines, architecture=target.architecture)
    asked(("apt-get", *options, "update", "-qq"), _LIMIT_S, "apt-get update")
    words = ("apt-get", *options, "install", "--download-only", *_QUIET, *names)
    asked(words, _LIMIT_S, f"fetching the packages of {target.system}")
    folder.mkdir()
    for one in sorted((scratch / "cache" / "archives").glob("*.deb")):
        # A version's epoch is written with a percent sign there, which apt would not find again.
        one.rename(folder / one.name.replace("%3a", "."))
    index(folder)
    return len(list(folder.glob("*.deb")))


def index(folder: Path) -> None:
    """Write what apt wants to know of a folder of packages (the index of a repository, deb822)."""
    entries = []
    for one in sorted(folder.glob("*.deb")):
        control = asked(("dpkg-deb", "--field", str(one)))
        digest = sha256_of(one)
        entries.append(f"{control}\nFilename: ./{one.name}\nSize: {one.stat().st_size}\nSHA256: {digest}\n")
    (folder / INDEX).write_text("\n".join(entries))


def architecture() -> str:
    """Debian's name of this machine."""
    return asked(("dpkg", "--print-architecture"))


def missing(names: tuple[str, ...]) -> tuple[str, ...]:
    """Which of these are not installed here."""
    shown = "${Package}\t${Architecture}\t${db:Status-Status}\n"
    # Asked for all: dpkg-query fails for a name that it never heard of.
    found = asked(("dpkg-query", "--show", "--showformat", shown))
    states = {tuple(line.split("\t")) for line in found.splitlines()}
    right = (architecture(), "all")
    return tuple(one for one in names if not any((one, of, "installed") in states for of in right))


def install(names: tuple[str, ...], folder: Path, tell: Callable[[str], None]) -> None:
    """Install what is missing, from a folder of packages where there is one, else from apt's own mirrors.

    Raises InstallError where apt cannot.
    """
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    lock = ("-o", f"DPkg::Lock::Timeout={_LOCK_WAIT_S}")
    install_them = (*lock, "install", "--no-remove", *_QUIET, *names)
    with TemporaryDirectory(prefix="portier-apt-") as scratch:
        options: tuple[str, ...] = ()
        if (folder / INDEX).is_file():
            line = f"deb [trusted=yes] file:{quote(str(folder.absolute()))} ./"
            options = debian.scratch_apt(Path(scratch), line, installed=_STATUS)
        try:
            tell("reading the list of packages")
            asked(("apt-get", *options, "update", "-qq"), _LIMIT_S, "apt-get update")
            tell(f"installing {' '.join(names)}")
            asked(("apt-get", *options, *install_them), _LIMIT_S, "apt-get install", environment)
        except WheelError as error:
            raise InstallError(
                f"the Debian packages {' '.join(names)} cannot be installed: {error}; "
                "the station was not changed"
            ) from error
