"""As whom a command acts in a folder that belongs to the service.

What root does there root does as the service's user: so every file stays the service's own, and nothing that
lies there, a link above all, leads root elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def as_owner(folder: Path, unreached: Callable[[OSError], Exception]) -> Iterator[None]:
    """Let root act as the owner of a folder meanwhile; whoever else acts as himself.

    `unreached` makes what is raised where the folder cannot be looked at.
    """
    if os.geteuid() != 0:
        yield
        return
    try:
        owner = folder.stat()
    except OSError as error:
        raise unreached(error) from error
    mask, groups, group = os.umask(0o077), os.getgroups(), os.getegid()
    os.setgroups([owner.st_gid])
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)
        os.umask(mask)
