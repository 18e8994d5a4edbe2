"""What was seen of lines and packets, judged: pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.virtual_pi.rig_client import Sample, falls, rises
from tests.virtual_pi.wire import Packet

from portier.bench.pump import HOLD_S, OFF_V, ChargePump


@dataclass(frozen=True, slots=True)
class Pulse:
    """A time in which a line was high; `fell_s` is None while it still is."""

    rose_s: float
    fell_s: float | None

    @property
    def length_s(self) -> float | None:
        """How long it was high."""
        return None if self.fell_s is None else self.fell_s - self.rose_s


def pulses(samples: Sequence[Sample]) -> list[Pulse]:
    """Every time in which a line was high; one that was high from the first sample on began there."""
    found: list[Pulse] = []
    rose_s: float | None = None
    for one in samples:
        if one.value and rose_s is None:
            rose_s = one.at_s
        elif not one.value and rose_s is not None:
            found.append(Pulse(rose_s, one.at_s))
            rose_s = None
    return found if rose_s is None else [*found, Pulse(rose_s, None)]


def one_release(samples: Sequence[Sample], length_s: float, late_s: float) -> str:
    """What is wrong with a line that is to be high once, for so long or a little longer; else empty."""
    found = pulses(samples)
    if len(found) != 1:
        return f"high {len(found)} times"
    lasted_s = found[0].length_s
    if lasted_s is None:
        return "high, and not low again"
    # A watcher that looks each ms, on a machine that lets it wait, sees either edge late.
    if not length_s - 0.2 <= lasted_s <= length_s + late_s:
        return f"high for {lasted_s:.2f} s, not {length_s:g} s"
    return ""


def last_edge_s(samples: Sequence[Sample]) -> float | None:
    """When a line changed last; None where it never did."""
    return max([*rises(samples), *falls(samples)], default=None)


def edges_after(samples: Sequence[Sample], at_s: float) -> int:
    """How often a line changed after a moment."""
    return sum(one > at_s for one in [*rises(samples), *falls(samples)])


def pump_has_let_go(samples: Sequence[Sample], by_s: float) -> bool:
    """Whether the relay behind the charge pump of hardware/relay.md has dropped by a moment."""
    pump = ChargePump()
    for one in samples:
        if one.at_s <= by_s:
            pump.edge(one.at_s, high=bool(one.value))
    return pump.volts(by_s) < OFF_V


def pump_limit_s() -> float:
    """The longest that pump holds after the last edge."""
    return HOLD_S


def sound_to(packets: Iterable[Packet], address: str) -> dict[int, int]:
    """How many packets of sound came to each port of an address."""
    found: dict[int, int] = {}
    for one in packets:
        if one.target[0] == address and one.sound and one.sound.key is None:
            found[one.target[1]] = found.get(one.target[1], 0) + 1
    return found


def lost(packets: Iterable[Packet]) -> int:
    """How many packets of RTP are missing in the numbers of each stream, first to last."""
    streams: dict[int, list[int]] = {}
    for one in packets:
        if one.sound:
            streams.setdefault(one.sound.stream, []).append(one.sound.number)
    return sum(_missing(numbers) for numbers in streams.values())


def _missing(numbers: Sequence[int]) -> int:
    unrolled, last = [], numbers[0]
    for one in numbers:
        # 16 bits that begin anew; a packet may come before its predecessor.
        last += (one - last + 0x8000) % 0x10000 - 0x8000
        unrolled.append(last)
    return max(unrolled) - min(unrolled) + 1 - len(set(unrolled))


def sound_port(packet: Packet) -> int:
    """The port for sound that a message's SDP names; 0 where it names none."""
    for line in packet.text.splitlines():
        if line.startswith("m=audio "):
            return int(line.split()[1])
    return 0
