"""A backup: all that a replacement station needs, in one file that only a passphrase opens.

A magic line, a salt, a nonce, then AES-256-GCM under a key made from the passphrase by scrypt (RFC 7914), of
which the line before it is part of what is authenticated. What is inside is JSON, compressed.
"""

from __future__ import annotations

import base64
import json
import os
import unicodedata
import zlib
from dataclasses import dataclass, field

from portier.errors import DirectoryError, DirectoryFileError

_MAGIC = b"portier backup 1\n"
_SALT_BYTES, _NONCE_BYTES, _KEY_BYTES = 16, 12, 32
# 32 MiB and a second or a few: a Raspberry Pi has that, a guesser has it for each guess.
_N, _R, _P = 2**15, 8, 3
_MOST_BYTES = 1 << 28
SHORTEST = 10
NO_TEXT = "the passphrase is not UTF-8 text: type it in a terminal that is set to UTF-8"


@dataclass(frozen=True, slots=True)
class Backup:
    """The database and the device's key; the configuration, and passwords by the path of their file."""

    database: bytes = field(repr=False)
    key: bytes | None = field(repr=False)
    config: str
    passwords: dict[str, str] = field(repr=False, default_factory=dict)


def sealed(backup: Backup, passphrase: str) -> bytes:
    """Encrypt. Raises DirectoryError for a passphrase that is too short, or no text."""
    secret = _encoded(passphrase)
    if len(passphrase) < SHORTEST:
        raise DirectoryError(
            f"the passphrase has fewer than {SHORTEST} characters: a few words are easily kept"
        )
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    content = {
        "database": base64.b64encode(backup.database).decode(),
        "key": backup.key.hex() if backup.key else None,
        "config": backup.config,
        "passwords": backup.passwords,
    }
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    inside = zlib.compress(json.dumps(content).encode())
    return _MAGIC + salt + nonce + AESGCM(_derived(secret, salt)).encrypt(nonce, inside, _MAGIC)


def unsealed(data: bytes, passphrase: str) -> Backup:
    """Decrypt. Raises DirectoryFileError for what is no backup, is damaged, or has another passphrase.

    DirectoryError for a passphrase that is no text.
    """
    key_text = _encoded(passphrase)
    if not data.startswith(_MAGIC):
        raise DirectoryFileError("this is no backup of a station, or of a newer version of Portier")
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, rest = data[len(_MAGIC) :][:_SALT_BYTES], data[len(_MAGIC) + _SALT_BYTES :]
    nonce, secret = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
    try:
        inside = AESGCM(_derived(key_text, salt)).decrypt(nonce, secret, _MAGIC)
        inflating = zlib.decompressobj()
        content = json.loads(inflating.decompress(inside, _MOST_BYTES))
        return Backup(
            base64.b64decode(content["database"], validate=True),
            bytes.fromhex(content["key"]) if content["key"] else None,
            str(content["config"]),
            {str(path): str(text) for path, text in content["passwords"].items()},
        )
    except (InvalidTag, ValueError, KeyError, TypeError, zlib.error):
        raise DirectoryFileError("the passphrase is another one, or the backup is damaged") from None


def _encoded(passphrase: str) -> bytes:
    """Its bytes, the same however a keyboard makes an accent (Unicode's NFC)."""
    try:
        return unicodedata.normalize("NFC", passphrase).encode()
    except UnicodeEncodeError:
        raise DirectoryError(NO_TEXT) from None


def _derived(secret: bytes, salt: bytes) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=_KEY_BYTES, n=_N, r=_R, p=_P).derive(secret)
