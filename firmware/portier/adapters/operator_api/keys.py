"""The keys for the operator's API: a file that its owner alone can read, or a systemd credential."""

from __future__ import annotations

import errno
import json
import os
import stat
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from portier.errors import FileError, OperatorKeyError

VARIABLE = "PORTIER_OVH_KEYS"
USUAL = Path("/etc/portier/ovh-keys")
CREDENTIAL = "ovh-keys"
USUAL_ENDPOINT = "ovh-eu"
LOG_IN = 'ask for one with "portier line login"'
_FOLDER = "CREDENTIALS_DIRECTORY"
_LARGEST_BYTES = 16 * 1024
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_LONGEST_LABEL = 63
"""Of a name (RFC 1035, 2.3.4)."""
_HEADING = (
    "# Keys of the operator's API, made by portier line login. Whoever has them can do what they allow.\n"
)


@dataclass(frozen=True, slots=True)
class Keys:
    """What signs a request. `endpoint` is a name of the client's, or a URL; `may_write` what was asked for,
    true where the file does not say: the operator tells then.

    `consumer_key` is empty before one was asked for.
    """

    application_key: str = field(repr=False)
    application_secret: str = field(repr=False)
    consumer_key: str = field(default="", repr=False)
    endpoint: str = USUAL_ENDPOINT
    may_write: bool = False


def place(given: Path | None = None) -> Path:
    """Where the keys lie: as given, by PORTIER_OVH_KEYS, a credential, or the usual file."""
    if named := given or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None):
        return named
    folder = os.environ.get(_FOLDER)
    credential = Path(folder) / CREDENTIAL if folder else None
    return credential if credential is not None and credential.exists() else USUAL


def refuse_unless_there(path: Path) -> None:
    """Raises OperatorKeyError where no file is, by that file's name."""
    try:
        path.stat()
    except FileNotFoundError:
        raise OperatorKeyError(none_in(path)) from None
    except OSError:
        # What is wrong with it is told when it is read.
        return


def none_in(path: Path) -> str:
    """Say that there are no keys, and the two ways to do without."""
    return (
        f"line: there is no key for the operator's API in {path}: {LOG_IN}, or do it in the customer area: "
        '"portier doctor" tells the steps'
    )


def read(path: Path) -> Keys | None:
    """Read them; None where there are none. Raises OperatorKeyError where they cannot be used."""
    try:
        text = _content(path)
        found = tomllib.loads(text)
    except FileNotFoundError:
        return None
    except PermissionError:
        raise OperatorKeyError(
            f"line: user {os.geteuid()} may not read the keys in {path}: run this command by sudo"
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        # Not its text, nor that of the error, which may show a line of the file.
        raise OperatorKeyError(f"line: {path} holds no keys that can be read: remove it, and {LOG_IN}") from (
            error if isinstance(error, OSError) else None
        )
    return _checked(path, found)


def write(path: Path, keys: Keys) -> None:
    """Put keys in their place, readable by this user alone. Raises FileError."""
    lines = {
        "endpoint": keys.endpoint,
        "application_key": keys.application_key,
        "application_secret": keys.application_secret,
        "consumer_key": keys.consumer_key,
        "may_write": keys.may_write,
    }
    text = _HEADING + "".join(f"{name} = {json.dumps(value)}\n" for name, value in lines.items())
    with _fresh_beside(path) as (file, fresh):
        with open(file, "w", encoding="utf-8") as out:  # noqa: PTH123 -- a descriptor
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(path)


def try_to_write(path: Path) -> None:
    """Find out whether keys could be put there, and change nothing. Raises FileError."""
    with _fresh_beside(path) as (file, _):
        os.close(file)


@contextmanager
def _fresh_beside(path: Path) -> Iterator[tuple[int, Path]]:
    """A file that this user alone can read, and its descriptor; it is gone afterwards unless it was moved."""
    fresh: Path | None = None
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        # With the rights 0600.
        file, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        fresh = Path(name)
        yield file, fresh
    except OSError as error:
        raise FileError(
            f"line: the keys cannot be written to {path}: {error.strerror}: run this command by sudo, or "
            "name another file with --keys"
        ) from error
    finally:
        if fresh is not None:
            with suppress(OSError):
                fresh.unlink()


def endpoint_trouble(endpoint: str) -> str:
    """Why an endpoint cannot be used; empty where it can. A URL must be of TLS, or of this machine."""
    if "://" not in endpoint:
        return ""
    try:
        parts = urlsplit(endpoint)
        labels = (parts.hostname or "").removesuffix(".").split(".")
        usable = parts.port != 0 and (
            ":" in labels[0] or all(0 < len(one) <= _LONGEST_LABEL for one in labels)
        )
    except ValueError:
        usable = False
    if not usable:
        return f"the endpoint {endpoint} is no address: take one as https://api.example.org/1.0, or a name"
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return ""
    return f"the endpoint {endpoint} would send the keys in the clear: it must begin with https://"


def _content(path: Path) -> str:
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise OSError(0, "it is not a regular file")
    if found.st_mode & 0o077 and path.parent != _credentials():
        raise OperatorKeyError(
            f"line: others than its owner can get at the keys in {path}: run chmod 600 on it; where "
            'somebody may have read them, revoke them at the operator, and "portier line login" again'
        )
    with path.open("rb") as file:
        return file.read(_LARGEST_BYTES).decode()


def _credentials() -> Path | None:
    folder = os.environ.get(_FOLDER)
    return Path(folder) if folder else None


def _checked(path: Path, found: Mapping[str, object]) -> Keys:
    texts = {}
    for name in ("endpoint", "application_key", "application_secret", "consumer_key"):
        value = found.get(name, USUAL_ENDPOINT if name == "endpoint" else None)
        if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable():
            raise OperatorKeyError(f'line: "{name}" in {path} is no key: {LOG_IN}')
        texts[name] = value
    if trouble := endpoint_trouble(texts["endpoint"]):
        raise OperatorKeyError(f"line: {path}: {trouble}")
    return Keys(**texts, may_write=found.get("may_write", True) is True)
