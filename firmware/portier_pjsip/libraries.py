"""The shared libraries that the binding uses, and the Debian packages they come from.

They are Debian's own and not copied into the wheel: they read what strangers send, and Debian repairs them.
"""

from __future__ import annotations

import re

from portier_pjsip.errors import CheckError
from portier_pjsip.settings import Variant

_T64_FROM = ("trixie",)
"""Releases in which a few libraries were renamed for 64-bit time (Debian's t64 transition)."""

_PACKAGES = {
    "libspeex.so.1": "libspeex1",
    "libspeexdsp.so.1": "libspeexdsp1",
    "libopus.so.0": "libopus0",
    "libsrtp2.so.1": "libsrtp2-1",
    "libbcg729.so.0": "libbcg729-0",
    "libssl.so.3": "libssl3",
    "libcrypto.so.3": "libssl3",
    "libuuid.so.1": "libuuid1",
    "libstdc++.so.6": "libstdc++6",
    "libgcc_s.so.1": "libgcc-s1",
}
_RENAMED = {"libssl3": "libssl3t64", "libasound2": "libasound2t64"}
_EVERYWHERE = re.compile(r"(libc|libm|libdl|librt|libpthread|ld-linux-[\w-]+)\.so\.\d+")
_NEEDED = re.compile(r"\(NEEDED\)\s+Shared library: \[(?P<name>[^\]]+)\]")

_G729 = "libbcg729"


def to_build(variant: Variant) -> tuple[str, ...]:
    """The Debian packages to compile against."""
    more = (f"{_G729}-dev",) if variant.g729 else ()
    return ("libssl-dev", "libopus-dev", "libspeex-dev", "libspeexdsp-dev", "libsrtp2-dev", "uuid-dev", *more)


def to_run(variant: Variant, release: str) -> tuple[str, ...]:
    """The Debian packages that a finished wheel needs."""
    wanted = {name for name in _PACKAGES.values() if variant.g729 or not name.startswith(_G729)}
    return tuple(sorted(named(name, release) for name in wanted))


def needed_by(readelf: str) -> tuple[str, ...]:
    """The libraries that a module needs, from what `readelf --dynamic` prints; those of glibc are left out.

    Raises CheckError for one that no package is known for.
    """
    needed = sorted({one["name"] for one in _NEEDED.finditer(readelf)})
    found = tuple(one for one in needed if not _EVERYWHERE.fullmatch(one))
    unknown = [one for one in found if one not in _PACKAGES]
    if unknown:
        raise CheckError(f"the binding needs {', '.join(unknown)}, and no Debian package is known for that")
    return found


def packages_of(libraries: tuple[str, ...], release: str) -> dict[str, str]:
    """Each library's package in a release of Debian."""
    return {one: named(_PACKAGES[one], release) for one in libraries}


def named(package: str, release: str) -> str:
    """A package's name in a release."""
    return _RENAMED.get(package, package) if release in _T64_FROM else package
