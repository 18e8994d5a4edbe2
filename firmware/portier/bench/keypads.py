"""Hands at keypads of mocked pins: a matrix whose columns follow its rows, a reader that plays its pulses."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

from portier.bench.pins import BenchPins, TimedPin
from portier.plan import MatrixPins, WiegandPins


class _MatrixPin(TimedPin):
    """A row or column: whatever it does, the others follow."""

    matrix: MatrixHands | None = None

    def _set_function(self, value: str) -> None:
        super()._set_function(value)
        self._tell()

    def _change_state(self, value: bool) -> bool:
        changed = super()._change_state(value)
        if changed and self._function == "output":
            self._tell()
        return changed

    def _tell(self) -> None:
        if self.matrix is not None:
            self.matrix.settle()


class MatrixHands:
    """A matrix without diodes: keys that are down join their row and column, and so may join others.

    `shorted` says whether an output that is high ever met one that is low.
    """

    def __init__(self, pins: BenchPins, matrix: MatrixPins) -> None:
        self._layout = matrix.layout
        self._lock = threading.RLock()
        self._down: set[tuple[int, int]] = set()
        self._rows = [self._pin(pins, number) for number in matrix.rows]
        self._columns = [self._pin(pins, number) for number in matrix.columns]
        self.shorted = False
        for pin in (*self._rows, *self._columns):
            pin.matrix = self

    def press(self, key: str) -> None:
        """Put a key down."""
        self._move(key, down=True)

    def let_go(self, key: str) -> None:
        """Let a key up."""
        self._move(key, down=False)

    def tap(self, key: str, held_s: float = 0.08) -> None:
        """Press a key and let it go, with the pause that a finger needs for the next one."""
        self.press(key)
        time.sleep(held_s)
        self.let_go(key)
        time.sleep(held_s)

    def settle(self) -> None:
        """Give each column the level that it has by now."""
        with self._lock:
            for column, pin in enumerate(self._columns):
                joined = self._joined(column)
                driven = {bool(row.state) for row in joined if row.function == "output"}
                self.shorted = self.shorted or len(driven) > 1
                if any(row.function == "input" and row.pull == "down" for row in joined):
                    # Half way between its pull-up and that pull-down: what a pin makes of it nobody knows.
                    driven.add(False)
                if pin.function != "input":
                    continue
                if False in driven:
                    pin.drive_low()
                else:
                    pin.drive_high()

    def _joined(self, column: int) -> list[_MatrixPin]:
        """The rows that keys join to a column, by way of other columns and rows, too."""
        rows, columns = set[int](), {column}
        while True:
            more = {row for row, one in self._down if one in columns}
            wider = {one for row, one in self._down if row in more}
            if more <= rows and wider <= columns:
                return [self._rows[row] for row in rows]
            rows, columns = rows | more, columns | wider

    def _move(self, key: str, down: bool) -> None:
        (place,) = [
            (row, column)
            for row, line in enumerate(self._layout)
            for column, one in enumerate(line)
            if one == key
        ]
        with self._lock:
            self._down = self._down | {place} if down else self._down - {place}
            self.settle()

    @staticmethod
    def _pin(pins: BenchPins, number: int) -> Any:
        return pins.factory.pin(number, pin_class=_MatrixPin)


class WiegandHands:
    """A reader: plays frames as pulses on D0 and D1, in real time."""

    def __init__(self, pins: BenchPins, reader: WiegandPins, apart_s: float = 0.002) -> None:
        self._lines = (pins.pin(reader.d0), pins.pin(reader.d1))
        self._key_bits = reader.key_bits
        self._card_bits = reader.card_bits
        self._apart_s = apart_s

    def play(self, bits: Sequence[int], lost: frozenset[int] = frozenset()) -> None:
        """Send bits, but for those pulses that are lost; then be silent for long enough to end the frame."""
        for place, bit in enumerate(bits):
            if place not in lost:
                self._lines[bit].drive_low()
                self._lines[bit].drive_high()
            if self._apart_s:
                time.sleep(self._apart_s)
        time.sleep(0.25)

    def key(self, key: str) -> None:
        """Press a key."""
        self.play(key_frame(key, self._key_bits))

    def card(self, facility: int, number: int) -> None:
        """Show a card."""
        self.play(card_frame(facility, number, self._card_bits))


def key_frame(key: str, length: int) -> tuple[int, ...]:
    """The frame of a key: 4 bits, or 8 with its complement first."""
    value = "0123456789*#".index(key)
    return _bits(value, 4) if length == 4 else _bits(value ^ 0b1111, 4) + _bits(value, 4)


def card_frame(facility: int, number: int, length: int) -> tuple[int, ...]:
    """The frame of a card, with its two parities."""
    data = _bits(facility, length - 18) + _bits(number, 16)
    half = len(data) // 2
    return (sum(data[:half]) % 2, *data, 1 - sum(data[half:]) % 2)


def _bits(value: int, count: int) -> tuple[int, ...]:
    return tuple(int(bit) for bit in f"{value:0{count}b}")
