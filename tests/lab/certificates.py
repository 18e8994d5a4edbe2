"""Certificates for the lab's servers: good ones, and those that a station must not believe."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

_LIMIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its key, in files."""

    file: Path
    key: Path


class Authority:
    """Whoever vouches for certificates, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self.own = Certificate(folder / "authority.pem", folder / "authority.key")
        files = f"-keyout {self.own.key} -out {self.own.file}"
        _openssl(f"req -x509 -newkey rsa:2048 -nodes -subj /CN=lab -days 2 {files}")

    def vouches(self, name: str, address: str, days: int = 2) -> Certificate:
        """Make one for an address, for so many days; a negative number: it has expired."""
        made, request = self._requested(name, address)
        by = f"-CA {self.own.file} -CAkey {self.own.key} -CAcreateserial"
        _openssl(f"x509 -req -in {request} {by} -days {days} -extfile {request}.names -out {made.file}")
        return made

    def self_signed(self, name: str, address: str) -> Certificate:
        """One for which nobody vouches but itself."""
        made, request = self._requested(name, address)
        _openssl(f"x509 -req -in {request} -signkey {made.key} -extfile {request}.names -out {made.file}")
        return made

    def _requested(self, name: str, address: str) -> tuple[Certificate, Path]:
        made = Certificate(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        request = self._folder / f"{name}.request"
        Path(f"{request}.names").write_text(f"subjectAltName=IP:{address}\n")
        _openssl(f"req -newkey rsa:2048 -nodes -subj /CN={address} -keyout {made.key} -out {request}")
        return made, request


def _openssl(words: str) -> None:
    subprocess.run(["openssl", *words.split()], check=True, capture_output=True, timeout=_LIMIT_S)
