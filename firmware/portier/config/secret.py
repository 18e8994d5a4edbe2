"""The password: where it lies, how it is read, and who else could read it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from pydantic import SecretStr

from portier.errors import ConfigError

from .account import AccountKeys
from .problems import Loc, Problem, dotted

_FOLDER = "CREDENTIALS_DIRECTORY"
_LONGEST_BYTES = 1024
_SIP: Loc = ("sip",)


def read_secret(config: AccountKeys, place: Loc = _SIP) -> SecretStr | None:
    """Read the password of the account that stands at a place; None where it names none."""
    if not _named(config):
        return None
    password = _attempt(config, place)
    if isinstance(password, Problem):
        raise ConfigError("the password", (str(password),))
    return password


def secret_problem(config: AccountKeys, place: Loc = _SIP) -> Problem | None:
    """Try to read the password. A credential can only be tried where systemd has started this program."""
    if not _named(config) or _path(config) is None:
        return None
    password = _attempt(config, place)
    return password if isinstance(password, Problem) else None


def secret_warnings(config: AccountKeys, place: Loc = _SIP) -> tuple[str, ...]:
    """Tell what is not wrong with the password's place, but not right either."""
    path = _path(config)
    if path is None:
        if config.password_credential is None:
            return ()
        return (
            f"{dotted(place)}.password_credential: not checked, as ${_FOLDER} is not set: "
            "only a service that systemd has started can see it",
        )
    try:
        open_to_others = path.stat().st_mode & 0o007
    except OSError:
        return ()
    if not open_to_others:
        return ()
    where = dotted((*place, _key(config)))
    return (f"{where}: every user of this machine can get at {path}: run chmod o= on it",)


def _attempt(config: AccountKeys, place: Loc) -> SecretStr | Problem:
    def problem(text: str) -> Problem:
        return Problem((*place, _key(config)), text)

    path = _path(config)
    if path is None:
        return problem(
            f"${_FOLDER} is not set: let systemd start the service, with LoadCredential= for this name, "
            "or use password_file"
        )
    try:
        password = _content(path).decode()
    except FileNotFoundError:
        if config.password_credential is not None:
            return problem(
                "systemd hands over no credential of this name: add LoadCredential= to the service"
            )
        return problem(
            "the file it names does not exist (a relative path counts from the folder of this file). "
            "Write the password alone into a file and name the file here"
        )
    except UnicodeDecodeError:
        return problem("the file it names is not UTF-8 text")
    except OSError as error:
        return problem(
            f"the file it names cannot be read by user {os.geteuid()} ({error.strerror}): "
            "let it belong to the user or group of the service, or run this command by sudo"
        )
    password = password.removesuffix("\n").removesuffix("\r")
    if not password:
        return problem("the file it names is empty: write the password into it")
    if len(password) > _LONGEST_BYTES or not password.isprintable():
        return problem("the file it names holds more than a password: write the password alone, on one line")
    return SecretStr(password)


def _named(config: AccountKeys) -> bool:
    return config.password_file is not None or config.password_credential is not None


def _key(config: AccountKeys) -> str:
    return "password_credential" if config.password_credential is not None else "password_file"


def _path(config: AccountKeys) -> Path | None:
    if config.password_credential is None:
        return config.password_file
    folder = os.environ.get(_FOLDER)
    return None if not folder else Path(folder) / config.password_credential


def _content(path: Path) -> bytes:
    # Opening a pipe or a device could wait for ever.
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(0, "it is not a regular file")
    with path.open("rb") as file:
        return file.read(_LONGEST_BYTES * 4)
