"""The station's user and its groups, by systemd-sysusers."""

from __future__ import annotations

import grp
import pwd

from portier_install.errors import InstallError
from portier_install.files import PLACES
from portier_pjsip.programs import ran

NAME = "portier"
GROUPS = ("audio", "gpio")


def make() -> str:
    """Make the user where it is missing, and the rights of the configuration; what is worth telling."""
    missing = tuple(one for one in GROUPS if not _is_group(one))
    for words in (
        ("systemd-sysusers", str(PLACES["portier.sysusers.conf"])),
        ("systemd-tmpfiles", "--create", str(PLACES["portier.tmpfiles.conf"])),
    ):
        ended = ran(words)
        if ended.code != 0:
            raise InstallError(f"{' '.join(words)} failed: {ended.errors or ended.output}")
    return told(missing)


def told(missing: tuple[str, ...]) -> str:
    """What is worth telling of the groups, some of which were missing."""
    text = f"{NAME}, in the groups {' and '.join(GROUPS)}"
    if not missing:
        return text
    made = " and ".join(missing)
    why = "; a PC has none, and no pins" if "gpio" in missing else ""
    return f"{text}; {made} was not there and was made{why}"


def remove() -> None:
    """Remove the user and its own group; gpio and audio stay, which others use too."""
    try:
        pwd.getpwnam(NAME)
    except KeyError:
        return
    # Its group, which has no other member, goes with it.
    ended = ran(("userdel", NAME))
    if ended.code != 0:
        raise InstallError(f"the user {NAME} cannot be removed: {ended.errors}")


def _is_group(name: str) -> bool:
    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True
