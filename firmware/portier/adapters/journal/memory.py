"""The memory: a few facts that outlive a restart and a power cut, in a small file that is replaced whole."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path

from . import aside

_log = logging.getLogger(__name__)
FILE = "memory.json"
MODE = 0o640
_FORMAT = 1


class FactsFile:
    """The file. `write` raises OSError, and leaves the old file as it was."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def load(self) -> dict[str, str]:
        """Read what was kept; nothing, said loudly, where that cannot be. A broken file is moved aside."""
        try:
            return _facts(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except (ValueError, RecursionError) as error:
            try:
                where = f"moved aside as {aside.move(self._path)}"
            except OSError as trouble:
                where = f"and cannot be moved aside ({trouble})"
            _log.error("memory: %s is broken (%s), %s; nothing is remembered", self._path, error, where)
        except OSError as error:
            _log.error("memory: cannot read %s: %s; nothing is remembered", self._path, error)
        return {}

    def write(self, facts: dict[str, str]) -> None:
        """Keep these facts and no others: on the disk when it returns, the old or the new at any moment."""
        new = self._path.with_name(f"{FILE}.new")
        file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, MODE)
        with open(file, "wb") as out:  # noqa: PTH123 -- with the rights above
            out.write(json.dumps({"format": _FORMAT, "facts": facts}).encode())
            out.flush()
            os.fsync(file)
        new.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class Facts:
    """The port `Memory`: takes facts on the loop, and hands all of them to the writer."""

    def __init__(self, file: FactsFile, keep: Callable[[dict[str, str]], None]) -> None:
        self._file = file
        self._keep = keep
        self._facts: dict[str, str] = {}
        self._lock = threading.Lock()

    def load(self) -> dict[str, str]:
        """Read what was remembered, once, before anything is."""
        with self._lock:
            self._facts = self._file.load()
            return dict(self._facts)

    def remember(self, key: str, value: str | None) -> None:
        """Keep a value, or forget it. Returns at once."""
        with self._lock:
            if self._facts.get(key) == value:
                return
            facts = {name: one for name, one in self._facts.items() if name != key}
            self._facts = facts if value is None else facts | {key: value}
            self._keep(self._facts)


def _facts(data: bytes) -> dict[str, str]:
    plain = json.loads(data)
    known = isinstance(plain, dict) and plain.get("format") == _FORMAT
    facts = plain.get("facts") if known else None
    if isinstance(facts, dict) and all(isinstance(one, str) for one in facts.values()):
        return facts
    raise ValueError("it has no facts of this format")
