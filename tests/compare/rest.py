"""What a door costs while nobody rings, and how soon it is there."""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from tests.compare.doors import OUR_ADDRESS, RIVALS_LINE_ADDRESS, OurDoor, RivalDoor, rival_setup
from tests.compare.figures import Row, latency_rows, median, quantile
from tests.compare.place import Place
from tests.integration.jack_card import JackCard
from tests.integration.live import STRIKE_PIN
from tests.interop.baresip import Baresip

from portier.bench.line.agent import Agent
from portier.bench.line.events import What

IDLE_CPU_PERCENT = 0.2
IDLE_MEMORY_MIB = 45.0
LOCKED_S, REGISTER_S = 0.2, 1.0
_SETTLE_S = 3.0
_START_LIMIT_S = 20.0
_POLL_S = 0.0002


def idle_rows(place: Place) -> list[Row]:
    """CPU and memory of both doors, idle and registered, at the same time."""
    with ExitStack() as stack:
        our_line = stack.enter_context(Agent(OUR_ADDRESS))
        rivals_line = stack.enter_context(Agent(RIVALS_LINE_ADDRESS))
        our_card, _ = stack.enter_context(place.card())
        rivals_card, _ = stack.enter_context(place.card())
        ours = stack.enter_context(OurDoor(place.folder("ours"), our_line, our_card, codecs=("G722", "PCMA")))
        registrar = f"{RIVALS_LINE_ADDRESS}:{rivals_line.port}"
        rival = stack.enter_context(
            RivalDoor(place.folder("rival"), f"sip:x@{registrar}", rivals_card, registrar=registrar)
        )
        for line in (our_line, rivals_line):
            line.wait_for(What.REGISTER, timeout_s=_START_LIMIT_S)
        time.sleep(_SETTLE_S)
        place.say(f"idle, {place.size.idle_s:.0f} s")
        before, began_s = (ours.usage(), rival.usage()), time.monotonic()
        time.sleep(place.size.idle_s)
        after, wall_s = (ours.usage(), rival.usage()), time.monotonic() - began_s
    percent = [100 * late.cpu_since(early) / wall_s for early, late in zip(before, after, strict=True)]
    wake_ups = [(late.wake_ups - early.wake_ups) / wall_s for early, late in zip(before, after, strict=True)]
    memory = [one.memory_mib for one in after]
    return [
        Row(
            "idle and registered: CPU",
            "%",
            percent[0],
            percent[1],
            IDLE_CPU_PERCENT,
            f"of one core, all threads (schedstat), over {wall_s:.0f} s; wake-ups a second: "
            f"{wake_ups[0]:.0f} and {wake_ups[1]:.0f}; the rival without the program for button and relay",
        ),
        Row(
            "idle and registered: memory",
            "MiB",
            memory[0],
            memory[1],
            IDLE_MEMORY_MIB,
            "RssAnon and RssFile; the rival without the program for button and relay",
        ),
    ]


def start_rows(place: Place) -> list[Row]:
    """From the start of the process to locked pins, and to the first REGISTER."""
    locked_s: list[float] = []
    ours_s: list[float] = []
    rivals_s: list[float] = []
    with (
        Agent(OUR_ADDRESS) as our_line,
        Agent(RIVALS_LINE_ADDRESS) as rivals_line,
        place.card() as (card, _),
    ):
        ours = _Restarted(place.folder("ours"), our_line, card)
        for number in place.through(place.size.samples + 1, "start"):
            pins_s, register_s = ours.start()
            rival_s = _rivals_start(place.folder("rival"), rivals_line)
            # The first one reads everything from the disk.
            if number:
                locked_s.append(pins_s)
                ours_s.append(register_s)
                rivals_s.append(rival_s)
        ours.close()
    measures = "from the start of the process (monotonic clock of the measuring process)"
    rows = [
        Row(
            "start to locked pins, p50",
            "s",
            median(locked_s),
            None,
            LOCKED_S,
            f"{measures} to the strike's pin, an output and low; p99 {quantile(locked_s, 0.99):.3f} s; "
            f"{len(locked_s)} samples; the rival has no pins",
            {"ours": locked_s},
        )
    ]
    rows += latency_rows(
        "start to REGISTER",
        [1000 * one for one in ours_s],
        [1000 * one for one in rivals_s],
        (1000 * REGISTER_S, 1000 * REGISTER_S),
        f"{measures} to the REGISTER's arrival (kernel time stamp)",
    )
    return rows


class _Restarted:
    """Our door, started again and again in one folder, as after a crash."""

    def __init__(self, folder: Path, line: Agent, card: JackCard) -> None:
        self._door = _UnwatchedDoor(folder, line, card)
        self._line = line

    def start(self) -> tuple[float, float]:
        """Start, see the pins locked and the REGISTER, and kill; seconds to each."""
        began_s = time.monotonic()
        self._door.begin()
        give_up_s = began_s + _START_LIMIT_S
        while self._door.pins.level(STRIKE_PIN)[0] != "output":
            if time.monotonic() > give_up_s:
                raise TimeoutError(f"no pins: {self._door.said}")
            time.sleep(_POLL_S)
        locked_s = time.monotonic() - began_s
        register = self._line.wait_for(What.REGISTER, timeout_s=_START_LIMIT_S)
        self._door.send(signal.SIGKILL)
        self._door.ended(5)
        _forget(self._door)
        return locked_s, register.at.mono_ns / 1e9 - began_s

    def close(self) -> None:
        """Take it down."""
        self._door.__exit__(None, None, None)


class _UnwatchedDoor(OurDoor):
    """Our door without a service manager."""

    @property
    def environment(self) -> Mapping[str, str]:
        return {name: value for name, value in super().environment.items() if name != "NOTIFY_SOCKET"}


def _forget(door: OurDoor) -> None:
    """Show the strike's pin as an input again: a dead process's pins stay as they were."""
    door.pins.claim(STRIKE_PIN)
    door.pins.show(STRIKE_PIN, "input", level=False)
    door.pins.give_back(STRIKE_PIN)


def _rivals_start(folder: Path, line: Agent) -> float:
    setup = rival_setup("PCMA", registrar=f"{RIVALS_LINE_ADDRESS}:{line.port}")
    began_s = time.monotonic()
    with Baresip(setup, folder, 60, traces=False):
        register = line.wait_for(What.REGISTER, timeout_s=_START_LIMIT_S)
    # At its end it unregisters; that is no start.
    time.sleep(0.05)
    while _take(line):
        pass
    return register.at.mono_ns / 1e9 - began_s


def _take(line: Agent) -> bool:
    try:
        line.wait_for(What.REGISTER, timeout_s=0.01)
    except Exception:  # noqa: BLE001 -- there is none
        return False
    return True
