"""The rival's door as a maker would build it: gpiozero for button and relay beside baresip, on its socket.

As a program: `maker.py PINS CONTROL_PORT TARGET`. It says `ready`, and ends with its standard input.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from gpiozero import Button, OutputDevice
from tests.integration.live import BELL_PIN, STRIKE_PIN

from portier.bench.mirrored import MirroredFactory

RELEASE_S = 0.3
RELEASE_DIGIT = "5"
_ANSWER_LIMIT_S = 5.0


def main(pins: Path, control_port: int, target: str, burns: bool) -> None:
    """Serve the door until standard input ends. `burns` has a thread that does nothing but compute."""
    factory = MirroredFactory(pins)
    relay = OutputDevice(STRIKE_PIN, initial_value=False, pin_factory=factory)
    button = Button(BELL_PIN, pull_up=True, bounce_time=None, pin_factory=factory)
    if burns:
        threading.Thread(target=_burn, daemon=True).start()
    control = socket.create_connection(("127.0.0.1", control_port), _ANSWER_LIMIT_S)
    control.settimeout(None)
    control.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    command = json.dumps({"command": "dial", "params": target, "token": "door"}).encode()
    dial = b"%d:%s," % (len(command), command)
    button.when_pressed = lambda: control.sendall(dial)
    threading.Thread(target=_release_on_digits, args=(control, relay), daemon=True).start()
    print("ready", flush=True)
    sys.stdin.read()
    button.close()
    relay.close()
    factory.close()


def _release_on_digits(control: socket.socket, relay: OutputDevice) -> None:
    for message in _messages(control):
        if message.get("type") == "CALL_DTMF_START" and message.get("param") == RELEASE_DIGIT:
            relay.on()
            threading.Timer(RELEASE_S, relay.off).start()


def _messages(control: socket.socket) -> Iterator[dict[str, object]]:
    """Netstrings of JSON, until the socket ends."""
    unread = b""
    while part := control.recv(65536):
        unread += part
        while True:
            length, colon, rest = unread.partition(b":")
            if not colon or len(rest) <= int(length):
                break
            message, unread = rest[: int(length)], rest[int(length) + 1 :]
            yield json.loads(message)


def _burn() -> None:
    number = 0
    while True:
        number = (number * 31 + 7) % 1_000_003


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], burns="burns" in sys.argv[4:])
