"""All keypads and readers of a station."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portier.adapters.gpio.keypad_matrix import MatrixKeypad
from portier.adapters.gpio.wiegand import WiegandReader
from portier.plan import KeypadPins, MatrixPins
from portier.ports import Post


class Keypads:
    """Claims the pins of every keypad; each posts its keys and cards. Raises GpioError when it cannot."""

    def __init__(self, factory: Any, keypads: Mapping[str, KeypadPins], post: Post) -> None:
        self._all: list[MatrixKeypad | WiegandReader] = []
        try:
            for name, pins in keypads.items():
                if isinstance(pins, MatrixPins):
                    self._all.append(MatrixKeypad(factory, name, pins, post))
                else:
                    self._all.append(WiegandReader(factory, name, pins, post))
        except BaseException:
            self.close()
            raise

    def start(self) -> None:
        """Begin to post."""
        for one in self._all:
            one.start()

    def close(self) -> None:
        """Give the pins back."""
        for one in self._all:
            one.close()
