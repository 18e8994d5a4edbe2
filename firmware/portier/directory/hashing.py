"""Access codes as keyed hashes: who has the database and not the device's key cannot try them all."""

from __future__ import annotations

import hashlib
import hmac
import secrets

KEY_BYTES = 32
MARK_LENGTH = 6
_CODE = b"portier access code\0"
_MARK = b"portier kept code\0"
_CHECK = b"portier device key\0"


def new_key() -> bytes:
    """A device key."""
    return secrets.token_bytes(KEY_BYTES)


def digest(key: bytes, digits: str) -> bytes:
    """The HMAC-SHA-256 (RFC 2104) of an access code under the device's key."""
    return hmac.digest(key, _CODE + digits.encode(), hashlib.sha256)


def mark(digest: bytes) -> str:
    """What tells one code of a directory from another by its digest, and nothing of its digits."""
    return hmac.digest(digest, _MARK, hashlib.sha256).hex()[:MARK_LENGTH]


def check(key: bytes) -> str:
    """What tells whether a database was made with this key, and nothing else of it."""
    return hmac.digest(key, _CHECK, hashlib.sha256).hex()[:16]
