"""gpiozero's mocked pins, mirrored in a file of pins: what `gpio.mock_file` selects."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

from gpiozero.exc import GPIOPinInUse
from gpiozero.pins.mock import MockFactory, MockPin

from portier.bench.pinfile import PIN_COUNT, TOUCH_BYTES, PinFile, PinHeldError, read_touch

_END = bytes([PIN_COUNT]) + bytes(TOUCH_BYTES - 1)


class MirroredPin(MockPin):
    """A mocked pin that is in the file before the call that changed it returns.

    It remembers no change, as a pin of a station that runs for months.
    """

    def __init__(self, factory: MirroredFactory, info: Any) -> None:
        self._contact: bool | None = None
        self._touched_s: float | None = None
        super().__init__(factory, info)
        self._contact = factory.adopt(self._number, self)
        self._settle()

    def close(self) -> None:
        """Make it an input without a pull, as gpiozero does with a real one."""
        if self._factory.closed:
            return
        super().close()
        self._pull = "floating"
        self._settle()

    def touch(self, level: bool | None, at_s: float) -> None:
        """Follow a contact outside, and tell of the edge as of `at_s` (monotonic)."""
        self._contact = level
        if self._function == "input":
            self._touched_s = at_s
            if level if level is not None else self._pull == "up":
                self.drive_high()
            else:
                self.drive_low()
            self._touched_s = None

    def _set_function(self, value: str) -> None:
        super()._set_function(value)
        # lgpio claims an output low, whatever its level is to be.
        if value == "output":
            super()._change_state(False)
        self._mirror()

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        self._settle()

    def _change_state(self, value: bool) -> bool:
        if self._function == "input" and self._contact is not None:
            value = self._contact
        changed = bool(super()._change_state(value))
        if changed:
            del self.states[:-1]
            if self._touched_s is not None:
                self._last_change = self._touched_s
        self._mirror()
        return changed

    def _settle(self) -> None:
        self._change_state(self._pull == "up")

    def _mirror(self) -> None:
        self._factory.file.show(self._number, self._function, bool(self._state), pulled_up=self._pull == "up")


class MirroredFactory(MockFactory):
    """A gpiozero factory of pins in a file, with a thread that feels contacts outside.

    Raises OSError when the file cannot be had. Its pins stay claimed until `close` or the process's end.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(pin_class=MirroredPin)
        self.file = PinFile(path)
        self.closed = False
        self._pipe, self._pipe_path = self.file.feel()
        self._adopted: dict[int, MirroredPin] = {}
        self._touching = threading.Lock()
        self._feeler = threading.Thread(target=self._feel, name="pin-file", daemon=True)
        self._feeler.start()

    def adopt(self, number: int, pin: MirroredPin) -> bool | None:
        """Claim a pin in the file and let it feel its contact; where that is held now."""
        with self._touching:
            try:
                self.file.claim(number)
            except PinHeldError as error:
                raise GPIOPinInUse(f"{error}") from None
            self._adopted[number] = pin
            return self.file.contact(number)

    def close(self) -> None:
        """Give every pin back as an input, then the file."""
        if self.closed:
            return
        super().close()
        self.closed = True
        os.write(self._pipe, _END)
        self._feeler.join()
        os.close(self._pipe)
        self._pipe_path.unlink(missing_ok=True)
        self.file.close()

    def _feel(self) -> None:
        while (data := os.read(self._pipe, TOUCH_BYTES)) != _END:
            touch = read_touch(data)
            with self._touching:
                pin = self._adopted.get(touch.pin)
            if pin is not None:
                pin.touch(touch.level, touch.at_s)
