"""The memory: a few facts that outlive a restart and a power cut, in a small file that is replaced whole.

A second file holds the same, and is replaced after the first: a lock must not be forgotten for one bad block.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path

from portier import disk

from . import aside

_log = logging.getLogger(__name__)
FILE = "memory.json"
GOOD = f"{FILE}.good"
MODE = 0o640
_FORMAT = 1


class FactsFile:
    """The file and its copy. `write` raises OSError; of the two one is whole at any moment.

    `whole` is False where not both hold what was loaded; `trouble` tells what was lost at the start.
    """

    def __init__(self, folder: Path) -> None:
        self._path, self._good = folder / FILE, folder / GOOD
        self._unread = self._from_good = False
        self._late: dict[str, str] | None = None
        self._changed = set[str]()
        self.whole = True
        self.trouble = ""

    def load(self) -> dict[str, str]:
        """Read what was kept, from the copy where it must be; nothing, said loudly, where that cannot be.

        A broken file is moved aside. One that cannot be read is left, and read again before the first write.
        """
        facts, copy = self._read(self._path), self._read(self._good)
        self.whole = facts == copy and not self.trouble
        if facts is not None:
            self.trouble = ""
            return facts
        if copy is not None:
            self._from_good, self.trouble = True, ""
            _log.error(
                "memory: %s gives nothing; remembered is what its copy %s holds", self._path, self._good
            )
            return copy
        if self.trouble:
            _log.error("memory: nothing is remembered: %s", self.trouble)
        return {}

    def changed(self, key: str) -> None:
        """What is decided of this key from now on counts more than what a file holds that is read late."""
        self._changed.add(key)

    def write(self, facts: dict[str, str]) -> None:
        """Keep these facts and no others: on the disk when it returns, the old or the new at any moment."""
        if self._unread:
            self._read_late()
        if self._late is not None:
            old = {key: one for key, one in self._late.items() if key not in self._changed}
            facts = old | {key: one for key, one in facts.items() if key in self._changed}
        data = json.dumps({"format": _FORMAT, "facts": facts}).encode()
        _put(self._path, data)
        _put(self._good, data)

    def _read(self, path: Path) -> dict[str, str] | None:
        try:
            return _facts(path.read_bytes())
        except FileNotFoundError:
            return None
        except (ValueError, RecursionError) as error:
            try:
                where = f"moved aside as {aside.move(path)}"
            except OSError as trouble:
                where = f"and cannot be moved aside ({trouble})"
            _log.error("memory: %s is broken (%s), %s", path, error, where)
        except OSError as error:
            self._unread = self._unread or path == self._path
            _log.error("memory: cannot read %s: %s", path, error)
        self.trouble = "what doors were locked by command is not known: lock them anew"
        return None

    def _read_late(self) -> None:
        """Read what could not be read at the start; raises OSError where it still cannot."""
        try:
            self._late = _facts(self._path.read_bytes())
        except FileNotFoundError:
            pass
        except (ValueError, RecursionError, OSError) as error:
            if isinstance(error, OSError) and not self._from_good:
                # It may hold a lock that nothing else does.
                raise
            aside.move(self._path)
        else:
            text = "memory: %s is read at last, %d facts; those of before count from the next start on"
            _log.error(text, self._path, len(self._late))
        self._unread = False


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
            if not self._file.whole:
                self._keep(self._facts)
            return dict(self._facts)

    def remember(self, key: str, value: str | None) -> None:
        """Keep a value, or forget it. Returns at once."""
        with self._lock:
            self._file.changed(key)
            if self._facts.get(key) == value:
                return
            facts = {name: one for name, one in self._facts.items() if name != key}
            self._facts = facts if value is None else facts | {key: value}
            self._keep(self._facts)

    @property
    def trouble(self) -> str:
        """What was forgotten at the start; nothing where all is well."""
        return self._file.trouble


def _put(path: Path, data: bytes) -> None:
    """Replace a file whole: on the disk when it returns."""
    new = path.with_name(f"{path.name}.new")
    file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, MODE)
    with open(file, "wb") as out:  # noqa: PTH123 -- with the rights above
        out.write(data)
        out.flush()
        os.fsync(file)
    new.replace(path)
    disk.sync_folder(path.parent)


def _facts(data: bytes) -> dict[str, str]:
    plain = json.loads(data)
    known = isinstance(plain, dict) and plain.get("format") == _FORMAT
    facts = plain.get("facts") if known else None
    if isinstance(facts, dict) and all(isinstance(one, str) for one in facts.values()):
        return facts
    raise ValueError("it has no facts of this format")
