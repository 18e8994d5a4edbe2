"""Who paces the call's media: the sound card, or PJSIP's own clock where there is no card."""

from __future__ import annotations

from typing import Any


class MediaClock:
    """PJSIP's sound device, which is none of its own. All on the SIP thread."""

    def __init__(self, devices: Any) -> None:
        """`devices` is PJSIP's audDevManager. No sound device: the media thread drives the master port."""
        self._devices = devices
        self._without_card = False
        self._free_running = False
        self.master_port = int(devices.setNoDev())

    def give(self, call_lives: bool) -> None:
        """The card paces no more."""
        self._without_card = call_lives

    def take(self) -> None:
        """The card paces from now on."""
        self._without_card = False
        self.mind(call_lives=True)

    def mind(self, call_lives: bool) -> None:
        """Let PJSIP's own clock run while a call lives without a card, and at no other time."""
        wanted = self._without_card and call_lives
        if wanted and not self._free_running:
            self._devices.setNullDev()
        elif self._free_running and not wanted:
            self._devices.setNoDev()
        self._free_running = wanted
