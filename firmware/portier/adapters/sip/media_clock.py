"""Who paces the call's media: the sound card, or PJSIP's own clock where there is no card."""

from __future__ import annotations

from typing import Any

_OPENS_WITHIN_S = 0.5


class MediaClock:
    """PJSIP's sound device, which is none of its own. All on the SIP thread."""

    def __init__(self, devices: Any) -> None:
        """`devices` is PJSIP's audDevManager. No sound device: the media thread drives the master port."""
        self._devices = devices
        self._card_paces = False
        self._without_card = False
        self._free_running = False
        self.master_port = int(devices.setNoDev())

    def give(self, call_lives: bool) -> None:
        """The card paces no more."""
        self._card_paces, self._without_card = False, call_lives

    def take(self) -> None:
        """The card paces from now on."""
        self._card_paces, self._without_card = True, False
        self.mind(call_lives=True, answered_for_s=0.0)

    def mind(self, call_lives: bool, answered_for_s: float) -> None:
        """Let PJSIP's own clock run while a call lives without a card, and at no other time.

        A card that takes its time to open is none, from half a second after the answer on.
        """
        late = not self._card_paces and answered_for_s > _OPENS_WITHIN_S
        wanted = call_lives and (self._without_card or late)
        if wanted and not self._free_running:
            self._devices.setNullDev()
        elif self._free_running and not wanted:
            self._devices.setNoDev()
        self._free_running = wanted
