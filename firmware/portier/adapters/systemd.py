"""Tells systemd how the station is, by the socket of sd_notify(3). Without systemd it does nothing."""

from __future__ import annotations

import asyncio
import logging
import os
import socket

_log = logging.getLogger(__name__)
_SEND_LIMIT_S = 0.1
_STATUS_EVERY_S = 1.0


def ready() -> None:
    """The station is up."""
    _notify("READY=1")


def status(text: str) -> bool:
    """Say in one line how the station is, without waiting; False when systemd does not take it now.

    `systemctl status` shows it.
    """
    return _notify("STATUS=" + " ".join(text.split()), limit_s=0.0)


def watchdog() -> None:
    """Feed the watchdog."""
    _notify("WATCHDOG=1")


def stopping() -> None:
    """The station has begun to stop."""
    _notify("STOPPING=1")


def watchdog_interval_s() -> float | None:
    """The longest time that systemd lets pass between two feeds; None where it watches nothing of ours."""
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    try:
        interval_us = int(os.environ.get("WATCHDOG_USEC", "0"))
    except ValueError:
        return None
    return interval_us / 1e6 if interval_us > 0 else None


class StatusLine:
    """Passes a changing text on, at most once a second, the latest one always. Used on one loop.

    It never waits: what systemd does not take is told again a second later.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._told = ""
        self._text = ""
        self._pause: asyncio.TimerHandle | None = None

    def show(self, text: str) -> None:
        """Tell this text now, or when the last one has stood for a second."""
        self._text = text
        if self._pause is None:
            self._tell()

    def close(self) -> None:
        """Tell nothing more."""
        if self._pause:
            self._pause.cancel()

    def _tell(self) -> None:
        self._pause = None
        if self._text != self._told:
            if status(self._text):
                self._told = self._text
            self._pause = self._loop.call_later(_STATUS_EVERY_S, self._tell)


def _notify(message: str, limit_s: float = _SEND_LIMIT_S) -> bool:
    """Send a message; False when nobody takes it within `limit_s`. Without systemd there is nothing to do."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return True
    # A name that begins with @ is of the abstract namespace, where the kernel wants a zero byte.
    target = "\0" + address[1:] if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as wire:
            wire.settimeout(limit_s)
            wire.connect(target)
            wire.send(message.encode())
    except OSError as error:
        _log.debug("systemd: cannot say %s: %s", message.partition("=")[0], error)
        return False
    return True
