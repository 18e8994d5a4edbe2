"""Where a comparison happens: folders, virtual cards, lines, and a word on how far it is."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.compare.doors import (
    NUMBER,
    OUR_ADDRESS,
    RELAY_ADDRESSES,
    RIVAL_ADDRESS,
    RIVALS_INTERFACE,
    RIVALS_LINE_ADDRESS,
    OurDoor,
    RivalDoor,
)
from tests.integration.jack_card import Child, JackCard

from portier.bench.line.agent import Agent
from portier.bench.line.behaviour import Behaviour
from portier.bench.voice import voice

CARD_LIMIT_S = 5400
LINE_INTERFACE = "line"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: samples a latency, seconds of a call, calls in a row, seconds at rest.

    `long_s` is the length of one call at low latency under load; 0 for none.
    """

    samples: int = 100
    call_s: float = 60.0
    calls: int = 1000
    idle_s: float = 30.0
    long_s: float = 0.0


class Place:
    """Makes what a row needs, each in a folder of its own, and says how far it is."""

    def __init__(self, folder: Path, size: Size) -> None:
        self.size = size
        self._folder = folder
        self._number = 0
        self._began_s = time.monotonic()

    def folder(self, name: str) -> Path:
        """A name for a folder that nobody has."""
        self._number += 1
        return self._folder / f"{self._number}-{name}"

    def say(self, text: str, part: float | None = None) -> None:
        """Tell how far it is; `part` 0 to 1 replaces the line before on a terminal."""
        elapsed_s = round(time.monotonic() - self._began_s)
        done = "" if part is None else f" {part:4.0%}"
        line = f"  {elapsed_s // 60:2}:{elapsed_s % 60:02}  {text}{done}"
        if not sys.stderr.isatty():
            if part in (None, 1.0):
                print(line, file=sys.stderr, flush=True)
            return
        print(f"\r{line:<78}", end="\n" if part in (None, 1.0) else "", file=sys.stderr, flush=True)

    def through(self, count: int, text: str) -> Iterator[int]:
        """Count to `count`, telling how far it is."""
        for number in range(count):
            if number % max(1, count // 50) == 0:
                self.say(text, number / count)
            yield number
        self.say(text, 1.0)

    @contextmanager
    def ours(self, behaviour: Behaviour, custom: str = "") -> Iterator[tuple[OurDoor, Agent]]:
        """Our door, with a line and a card of its own."""
        with (
            Agent(OUR_ADDRESS, behaviour=behaviour, voice=_voice()) as line,
            self.card() as (card, _),
            OurDoor(self.folder("ours"), line, card, custom=custom) as door,
        ):
            yield door, line

    @contextmanager
    def rivals(self, behaviour: Behaviour, burns: bool = False) -> Iterator[tuple[RivalDoor, Agent]]:
        """The rival's door, with a line and a card of its own."""
        with (
            Agent(RIVALS_LINE_ADDRESS, behaviour=behaviour, voice=_voice()) as line,
            self.card() as (card, _),
        ):
            target = f"sip:{NUMBER}@{RIVALS_LINE_ADDRESS}:{line.port}"
            with RivalDoor(self.folder("rival"), target, card, burns=burns) as door:
                yield door, line

    @contextmanager
    def card(self) -> Iterator[tuple[JackCard, Child]]:
        """A virtual sound card, and the room around it."""
        folder = self.folder("card")
        folder.mkdir()
        with JackCard(folder, CARD_LIMIT_S) as card, card.room() as room:
            room.expect("up", 15)
            yield card, room


def _voice() -> bytes:
    return voice("phone", 8000, 4.0)


def lay_network() -> None:
    """Make this network namespace's addresses; the rival refuses loopback."""
    for command in (
        "link set lo up",
        f"link add {LINE_INTERFACE} type veth peer name {RIVALS_INTERFACE}",
        f"address add {RIVALS_LINE_ADDRESS}/24 dev {LINE_INTERFACE}",
        *(f"address add {one}/24 dev {LINE_INTERFACE}" for one in RELAY_ADDRESSES),
        f"address add {RIVAL_ADDRESS}/24 dev {RIVALS_INTERFACE}",
        f"link set {LINE_INTERFACE} up",
        f"link set {RIVALS_INTERFACE} up",
    ):
        subprocess.run(["ip", *command.split()], check=True, timeout=10)
