"""The directory of the running station: codes in memory, their uses on the disk by a thread of its own."""

from __future__ import annotations

import hmac
import logging
import queue
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from portier.core.codes import CodeMatch, Entry
from portier.directory import hashing, keeping
from portier.directory.files import Files, read_key
from portier.directory.model import Book, Code
from portier.directory.store import DamagedError, NewerError
from portier.errors import DirectoryFileError

_log = logging.getLogger(__name__)
_AGAIN_S = 10.0
_LAST_WRITE_S = 0.3
_NOBODY = Code(0, bytes(hashing.KEY_BYTES), 0, "", frozenset())

Read = Callable[[str], None]
"""Told that the directory was read again; with what is wrong, "" for nothing. On the directory's thread."""


class LiveDirectory:
    """`ports.Directory`, from `start` to `close`.

    `changed` is called with each directory that takes the place of the one before, on the directory's thread.
    A use that cannot be written counts all the same, and is tried again for as long as the station runs.
    """

    def __init__(self, files: Files, changed: Callable[[Book], None], again_s: float = _AGAIN_S) -> None:
        self._files = files
        self._changed = changed
        self._again_s = again_s
        self._key = bytes(hashing.KEY_BYTES)
        self._codes: dict[bytes, Code] = {}
        self._digests: dict[int, bytes] = {}
        self._unwritten: Counter[int] = Counter()
        self._swap = threading.Lock()
        self._asked: queue.SimpleQueue[Read | None] = queue.SimpleQueue()
        self._closing = False
        self._read_again = False
        self._unwritable = False
        self._told = ""
        self._thread = threading.Thread(target=self._run, name="directory", daemon=True)

    def start(self) -> Book:
        """Read the directory, here; whatever is wrong with it is told in the log. Its thread begins."""
        book, _ = self._read()
        self._thread.start()
        return book

    @property
    def trouble(self) -> str:
        """What is wrong with it at the moment; empty for nothing."""
        with self._swap:
            uses = sum(self._unwritten.values()) if self._unwritable else 0
        lost = f"{uses} uses of codes cannot be written, and a restart forgets them" if uses else ""
        return "; ".join(one for one in (self._told, lost) if one)

    def close(self) -> None:
        """Write what is not written yet, for 0.3 s at most, and end."""
        self._closing = True
        self._asked.put(None)
        if self._thread.is_alive():
            self._thread.join(_LAST_WRITE_S)

    # On the loop.

    def look_up(self, entry: Entry) -> CodeMatch | None:
        """Find an access code. What it costs tells nobody whether it is there, or how many there are."""
        wanted = hashing.digest(self._key, entry.keys)
        found = self._codes.get(wanted, _NOBODY)
        match = CodeMatch(
            found.number,
            found.label,
            found.doors,
            found.resident,
            found.profile,
            found.from_time,
            found.until_time,
            found.uses_left,
            found.long,
        )
        return match if hmac.compare_digest(found.digest, wanted) else None

    def spend(self, code: int) -> None:
        """Count one use of a code that may not be used for ever."""
        with self._swap:
            digest = self._digests.get(code, b"")
            before = self._codes.get(digest)
            if before is None or before.uses_left is None:
                return
            _use(self._codes, before, 1)
            self._unwritten[code] += 1
        self._asked.put(None)

    def read_again(self, done: Read) -> None:
        """Read the directory anew, soon: somebody has changed it."""
        self._asked.put(done)

    # On the directory's thread.

    def _run(self) -> None:
        self._renew_copy()
        while True:
            troubled = self._read_again or bool(self._unwritten)
            try:
                asked = [self._asked.get(timeout=self._again_s if troubled else None)]
            except queue.Empty:
                asked = []
            while not self._asked.empty():
                asked.append(self._asked.get())
            self._write()
            if readers := [one for one in asked if one is not None]:
                trouble = self._renew()
                for done in readers:
                    done(trouble)
            elif self._read_again and not self._closing:
                self._renew()
            if self._closing:
                return

    def _renew(self) -> str:
        book, trouble = self._read()
        self._changed(book)
        return trouble

    def _read(self) -> tuple[Book, str]:
        found = keeping.load(self._files)
        book, troubles = found.stored.book, [found.trouble] if found.trouble else []
        key: bytes | None = None
        try:
            key = read_key(self._files)
            if book.codes and (key is None or hashing.check(key) != found.stored.key_check):
                lack = "there is no device key" if key is None else "this device key is not theirs"
                troubles.append(f"{self._files.key}: {lack}: no access code works until portier restore")
                key = None
        except DirectoryFileError as error:
            troubles.append(f"{error}; no access code works")
        self._read_again = found.another_try
        self._take(book, key)
        said = "; ".join(troubles)
        if said != self._told:
            if said:
                _log.error("directory: %s", said)
            else:
                _log.warning("directory: %s is read again", self._files.database)
            self._told = said
        return book, said

    def _take(self, book: Book, key: bytes | None) -> None:
        codes = {one.digest: one for one in book.codes} if key else {}
        digests = {one.number: one.digest for one in codes.values() if one.uses_left is not None}
        with self._swap:
            for number, count in self._unwritten.items():
                if number in digests:
                    _use(codes, codes[digests[number]], count)
            self._key = key or bytes(hashing.KEY_BYTES)
            self._digests = digests
            self._codes = codes

    def _write(self) -> None:
        with self._swap:
            uses = Counter(self._unwritten)
        if not uses:
            return
        try:
            keeping.spend(self._files, uses)
        except (sqlite3.Error, OSError) as error:
            if not self._unwritable:
                text = (
                    "directory: uses of codes cannot be written: %s; trying again, but a restart forgets them"
                )
                _log.error(text, keeping.words(error))
            self._unwritable = True
            # A damaged one is put aside by reading it.
            self._read_again = True
            return
        self._unwritable = False
        with self._swap:
            self._unwritten -= uses

    def _renew_copy(self) -> None:
        if self._told or not keeping.copy_is_old(self._files):
            return
        try:
            keeping.put_by(self._files)
        except (sqlite3.Error, OSError, DamagedError, NewerError) as error:
            _log.warning("directory: %s: no good copy was made: %s", self._files.good, keeping.words(error))


def _use(codes: dict[bytes, Code], code: Code, count: int) -> None:
    codes[code.digest] = replace(code, used=code.used + count)
