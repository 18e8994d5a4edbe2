"""Keeps a card's mixer as the configuration wants it, beside those who open the card."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from portier.adapters.audio.mixer import Kept
from portier.errors import AudioError

LOG = logging.getLogger(__name__)


class MixerKeeper:
    """Has the controls looked after whenever `keep` is called, from any thread; it never raises.

    `look_after` does it, in a thread of its own, one at a time: what is asked for meanwhile is done once
    more after it. A command that `waits` goes on only then. `troubles` says of each that is not as it is
    wanted what is wrong; the log hears it once.
    """

    def __init__(self, look_after: Callable[[], Kept], *, waits: bool = False) -> None:
        self._look_after = look_after
        self._waits = waits
        self._turn = threading.Condition()
        self._busy = self._again = False
        self.troubles: tuple[str, ...] = ()

    def keep(self) -> None:
        """Have what differs set, and read back."""
        with self._turn:
            self._again = self._busy
            begins, self._busy = not self._busy, True
        if begins:
            try:
                threading.Thread(target=self._work, name="mixer", daemon=True).start()
            except RuntimeError as error:
                self._tell(Kept((f"audio: the mixer is not looked after: {error}",)))
                with self._turn:
                    self._rest()
        if self._waits:
            self.settled(None)

    def settled(self, limit_s: float | None) -> bool:
        """Wait until nothing is left to do, at most so long; whether it is so."""
        with self._turn:
            return self._turn.wait_for(lambda: not self._busy, limit_s)

    def _work(self) -> None:
        while True:
            try:
                found = self._look_after()
            except AudioError as error:
                found = Kept((str(error),))
            except Exception as error:  # noqa: BLE001 -- the station goes on without its mixer
                found = Kept((f"audio: the mixer cannot be looked after: {error!r}",))
            self._tell(found)
            with self._turn:
                if not self._again:
                    self._rest()
                    return
                self._again = False

    def _tell(self, found: Kept) -> None:
        before, self.troubles = self.troubles, found.troubles
        for told in found.done:
            LOG.info("%s", told)
        for told in found.troubles:
            if told not in before:
                LOG.warning("%s", told)
        if before and not found.troubles:
            LOG.info("audio: the mixer is as it is wanted again")

    def _rest(self) -> None:
        self._busy = False
        self._turn.notify_all()
