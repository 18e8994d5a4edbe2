"""Mocked pins in a file, for other processes to see and press, with the memory of a Raspberry Pi.

Its kernels leave an output of a dead process as it was, and give the pin to whoever claims it next. So does
the file: a pin shows what its owner wrote last, and the claim, a lock of the kernel's, ends with the owner.
Standard library only: `portier lock` writes here too.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import glob
import itertools
import mmap
import os
import struct
import time
from pathlib import Path
from typing import ClassVar, NamedTuple

PIN_COUNT = 28
_MAGIC = b"portier pins 1\n\0"
_INPUT, _OUTPUT_LOW, _OUTPUT_HIGH = range(3)
_LET_GO, _LOW, _HIGH = range(3)
_POLL_S = 0.0005
_numbers = itertools.count()


class PinHeldError(Exception):
    """A living process has claimed the pin."""


class _Cell(ctypes.Structure):
    # Function and level share one byte, so that a reader never sees half a change.
    state: int
    contact: int
    pulled_up: int
    owner_pid: int
    rises: int
    falls: int
    rose_ns: int
    fell_ns: int
    _fields_: ClassVar = [
        ("state", ctypes.c_uint8),
        ("contact", ctypes.c_uint8),
        ("pulled_up", ctypes.c_uint8),
        ("owner_pid", ctypes.c_uint32),
        ("rises", ctypes.c_uint32),
        ("falls", ctypes.c_uint32),
        ("rose_ns", ctypes.c_uint64),
        ("fell_ns", ctypes.c_uint64),
    ]


_SIZE = len(_MAGIC) + PIN_COUNT * ctypes.sizeof(_Cell)


class Touch(NamedTuple):
    """A contact's change: True joins the pin to 3.3 V, False to ground, None lets it go."""

    pin: int
    level: bool | None
    at_s: float


TOUCH_BYTES = struct.calcsize("BBQ")


class Changes(NamedTuple):
    """How often an output rose and fell (to low, or to input), and when last; moments are monotonic."""

    rises: int
    falls: int
    rose_s: float
    fell_s: float


class PinFile:
    """The pins of one station. Made where it is missing; raises OSError where it cannot be had."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o660)
        try:
            self._prepare()
            self._map = mmap.mmap(self._file, _SIZE)
        except OSError:
            os.close(self._file)
            raise
        self._cells = (_Cell * PIN_COUNT).from_buffer(self._map, len(_MAGIC))

    def close(self) -> None:
        """Let go of the file, and of every pin claimed by it; each stays as it was written."""
        del self._cells
        self._map.close()
        os.close(self._file)

    # What another process sees

    def level(self, pin: int) -> tuple[str, bool]:
        """A pin's function, "input" or "output", and its level; what floats is pulled down from outside."""
        cell = self._cells[pin]
        state = cell.state
        if state != _INPUT:
            return "output", state == _OUTPUT_HIGH
        return "input", cell.contact == _HIGH or (cell.contact == _LET_GO and bool(cell.pulled_up))

    def energised(self, pin: int) -> bool:
        """Whether a relay on this pin is on: an output, and high."""
        return bool(self._cells[pin].state == _OUTPUT_HIGH)

    def changes(self, pin: int) -> Changes:
        """How often and when a relay on this pin changed since the file was made."""
        cell = self._cells[pin]
        return Changes(cell.rises, cell.falls, cell.rose_ns / 1e9, cell.fell_ns / 1e9)

    def wait(self, pin: int, *, energised: bool, limit_s: float) -> float:
        """Wait until a relay is on, or off; the moment it became so. TimeoutError when it does not."""
        until_s = time.monotonic() + limit_s
        while self.energised(pin) is not energised:
            if time.monotonic() > until_s:
                raise TimeoutError(f"GPIO{pin} is {self.level(pin)} after {limit_s} s")
            time.sleep(_POLL_S)
        changes = self.changes(pin)
        return changes.rose_s if energised else changes.fell_s

    # What hands outside do

    def close_contact(self, pin: int, *, to_high: bool = False) -> float:
        """Push a button that joins the pin to ground, or to 3.3 V; the moment of it."""
        return self._touch(pin, _HIGH if to_high else _LOW)

    def open_contact(self, pin: int) -> float:
        """Let the button go; the moment of it."""
        return self._touch(pin, _LET_GO)

    # What the pin's owner does

    def claim(self, pin: int) -> None:
        """Take a pin until `close` or the end of the process; PinHeldError when another has it."""
        try:
            # A lock of the open file: one process may hold several, and they end with it.
            fcntl.fcntl(self._file, fcntl.F_OFD_SETLK, _lock(fcntl.F_WRLCK, pin))
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            raise PinHeldError(f"GPIO{pin} is held by process {self._cells[pin].owner_pid}") from None
        self._cells[pin].owner_pid = os.getpid()

    def give_back(self, pin: int) -> None:
        """Let others claim a pin; it stays as it was written."""
        self._cells[pin].owner_pid = 0
        fcntl.fcntl(self._file, fcntl.F_OFD_SETLK, _lock(fcntl.F_UNLCK, pin))

    def show(self, pin: int, function: str, level: bool, *, pulled_up: bool = False) -> None:
        """Write what the owner made of its pin; level counts for an output."""
        cell = self._cells[pin]
        state = _INPUT if function == "input" else _OUTPUT_HIGH if level else _OUTPUT_LOW
        was_high, is_high = cell.state == _OUTPUT_HIGH, state == _OUTPUT_HIGH
        if is_high and not was_high:
            cell.rises, cell.rose_ns = cell.rises + 1, time.monotonic_ns()
        elif was_high and not is_high:
            cell.falls, cell.fell_ns = cell.falls + 1, time.monotonic_ns()
        cell.pulled_up = pulled_up
        cell.state = state

    def feel(self) -> tuple[int, Path]:
        """Make a pipe for the edges of all contacts; its descriptor for reading, and where it is."""
        pipe = self.path.with_name(f"{self.path.name}.felt-{os.getpid()}-{next(_numbers)}")
        new = pipe.with_name(f"new-{pipe.name}")
        new.unlink(missing_ok=True)
        os.mkfifo(new, 0o660)
        # Open for writing too: then it never ends, however many hands come and go.
        descriptor = os.open(new, os.O_RDWR)
        # Only now can hands find it: one without a reader they take for a dead process's.
        return descriptor, new.rename(pipe)

    def contact(self, pin: int) -> bool | None:
        """Where hands outside hold a pin: True at 3.3 V, False at ground, None nowhere."""
        contact = self._cells[pin].contact
        return None if contact == _LET_GO else contact == _HIGH

    def _touch(self, pin: int, contact: int) -> float:
        at_ns = time.monotonic_ns()
        self._cells[pin].contact = contact
        # Whoever claims the pin later finds the contact as it is then; those who have it feel every edge.
        for pipe in self.path.parent.glob(f"{glob.escape(self.path.name)}.felt-*"):
            try:
                end = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno not in (errno.ENOENT, errno.ENXIO):
                    raise
                # Its reader is dead.
                pipe.unlink(missing_ok=True)
            else:
                try:
                    os.write(end, struct.pack("BBQ", pin, contact, at_ns))
                finally:
                    os.close(end)
        return at_ns / 1e9

    def _prepare(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        size = os.fstat(self._file).st_size
        if size == 0:
            os.truncate(self._file, _SIZE)
            os.pwrite(self._file, _MAGIC, 0)
        elif size != _SIZE or os.pread(self._file, len(_MAGIC), 0) != _MAGIC:
            raise OSError(errno.EINVAL, "it is no file of pins: remove it, or name another", str(self.path))
        fcntl.flock(self._file, fcntl.LOCK_UN)


def read_touch(data: bytes) -> Touch:
    """Read one message from the pipe of contacts."""
    pin, contact, at_ns = struct.unpack("BBQ", data)
    return Touch(pin, None if contact == _LET_GO else contact == _HIGH, at_ns / 1e9)


def _lock(kind: int, pin: int) -> bytes:
    # struct flock of fcntl(2) on 64-bit Linux.
    return struct.pack("hhqqi0q", kind, os.SEEK_SET, pin, 1, 0)
