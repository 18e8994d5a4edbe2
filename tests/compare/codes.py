"""From an access code's last key to the relay's pin: in a directory of 20,000 codes, and of one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.compare.figures import Row, quantile
from tests.compare.place import Place
from tests.unit import directory_files

from portier import process
from portier.adapters.gpio.strikes import Strikes
from portier.adapters.live_directory import LiveDirectory
from portier.bench.deeds import Diary
from portier.bench.fake_phone import FakePhone
from portier.bench.fakes import FakeLamps, FakeSound
from portier.bench.pins import BenchPins
from portier.core.events import KeypadKey
from portier.core.rules import ButtonRule, DoorRule, KeypadRule, Rules
from portier.directory import hashing
from portier.directory.model import Book, Code
from portier.plan import StrikePin
from portier.ports import Directory
from portier.runtime import Ports, Runtime

CODES = 20_000
BEYOND_MS = 1.0
"""How much later than in an empty directory the relay may come on, at the 99th of a hundred."""

_STRIKE_PIN = 22
_RELEASE_S = 0.02
_RULES = Rules(
    buttons={"bell": ButtonRule("bell", "sip:flat@pbx.example", 0.03)},
    doors={"front": DoorRule("front", "5", _RELEASE_S, 1.0)},
    keypads={"front": KeypadRule("front", "front")},
)


def code_rows(place: Place) -> list[Row]:
    """The 99th of both, by turns in small lots, so that a busy moment of the machine meets both."""
    place.say(f"an access code of {CODES:,}, {place.size.samples} times")
    lot = 10
    many_ms: list[float] = []
    few_ms: list[float] = []
    with directory(CODES) as full, directory(1) as alone:
        for _ in range(-(-place.size.samples // lot)):
            many_ms += released_ms(full, last_of(CODES), lot)
            few_ms += released_ms(alone, last_of(1), lot)
    few_p99 = quantile(few_ms, 0.99)
    return [
        Row(
            f"access code to relay, {CODES:,} codes, p99",
            "ms",
            quantile(many_ms, 0.99),
            few_p99,
            few_p99 + BEYOND_MS,
            "from the last key's event to the strike's pin, on mocked pins; in the rival's place a directory "
            f"of one code; {len(many_ms)} samples each",
            {"ours": many_ms, "rival": few_ms},
        )
    ]


@contextmanager
def directory(count: int) -> Iterator[Directory]:
    """The station's own, read from the disk, of so many codes of six digits."""
    front, key = frozenset({"front"}), directory_files.KEY
    codes = tuple(
        Code(number, hashing.digest(key, f"{number:06}"), 6, f"Code {number}", front)
        for number in range(1, count + 1)
    )
    with TemporaryDirectory() as folder:
        files = directory_files.written(Path(folder), Book((), codes, 1, count + 1))
        live = LiveDirectory(files, lambda _: None)
        live.start()
        try:
            yield live
        finally:
            live.close()


def last_of(count: int) -> str:
    """The last code of such a directory."""
    return f"{count:06}"


def released_ms(codes: Directory, keys: str, times: int) -> Sequence[float]:
    """Key a code so often, and how long each time the strike's pin took, in milliseconds."""
    with asyncio.Runner(loop_factory=process.exact_loop) as runner:
        return runner.run(_released_ms(codes, keys, times))


async def _released_ms(codes: Directory, keys: str, times: int) -> list[float]:
    loop = asyncio.get_running_loop()
    pins, faults = BenchPins(), list[Exception]()
    strikes = Strikes(pins.factory, {"front": StrikePin(_STRIKE_PIN, 1.0)}, faults.append)
    diary = Diary(loop)
    runtime = Runtime(_RULES, loop, faults.append)
    phone = FakePhone(loop, runtime.post, diary, ())
    ports = Ports(phone, strikes, FakeLamps(diary), FakeSound(loop, diary), directory=codes)
    runtime.connect(ports)
    took_ms = []
    try:
        for _ in range(times):
            for key in keys[:-1]:
                runtime.post(KeypadKey("front", key, at_s=time.monotonic()))
            await asyncio.sleep(0.005)
            keyed_s = time.monotonic()
            await asyncio.to_thread(runtime.post, KeypadKey("front", keys[-1], at_s=keyed_s))
            await asyncio.sleep(_RELEASE_S + 0.02)
            (rose_s,) = pins.pin(_STRIKE_PIN).times(level=True, since_s=keyed_s)
            took_ms.append(1000 * (rose_s - keyed_s))
    finally:
        strikes.close()
        runtime.close()
    if faults:
        raise faults[0]
    return took_ms
