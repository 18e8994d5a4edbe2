"""Speech from the door's microphone to the phone, and from there to its loudspeaker; both doors at once."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
from tests.compare.doors import (
    OUR_ADDRESS,
    RELAY_ADDRESSES,
    RIVALS_LINE_ADDRESS,
    OurDoor,
    RivalDoor,
)
from tests.compare.echo.speech import FAR_VOICES, NEAR_VOICES, Samples, speech
from tests.compare.echo.trial import whole
from tests.compare.figures import Row
from tests.compare.place import Place
from tests.integration.jack_card import Child
from tests.integration.live import BELL_PIN
from tests.interop.baresip import RATES_HZ, Codec
from tests.lab.bad_line import Trouble

from portier.bench.line.agent import Agent
from portier.bench.wav import read_wav, write_wav
from portier.plan import JitterBufferName

from .pieces import LONGEST_DELAY_S, PIECE_S, scores
from .relay import Relay

BAD = Trouble(loss=0.05, most_delay_s=0.05)
ALIKE = 0.1
"""Two runs of one program differ by so much."""

_PIECES = 4
_SETTLE_S = 4.0
_RATE_HZ = 16000
_RIVALS_RELAY, *_OUR_RELAYS = RELAY_ADDRESSES
_OUR_PHONES_SOUND = "127.0.0.2"
_BUFFERS: tuple[JitterBufferName, ...] = ("lan", "wifi")


@dataclass(frozen=True, slots=True)
class Said:
    """What the visitor and the phone say, at 16 kHz from -1 to 1."""

    at_door: Samples
    at_phone: Samples

    @property
    def length_s(self) -> float:
        """How long each speaks."""
        return len(self.at_door) / _RATE_HZ


@dataclass(frozen=True, slots=True)
class Scores:
    """PESQ of each piece, to the phone and to the door; what the relay carried and lost, if there is one."""

    to_phone: list[float]
    to_door: list[float]
    line: str


def path_rows(place: Place) -> list[Row]:
    """Each codec on a clean line and a bad one."""
    count = max(1, min(_PIECES, int(place.size.call_s // PIECE_S)))
    said = Said(
        speech(NEAR_VOICES, 1, count * PIECE_S, _RATE_HZ), speech(FAR_VOICES, 0, count * PIECE_S, _RATE_HZ)
    )
    rows: list[Row] = []
    for codec in ("PCMA", "G722"):
        for trouble in (None, BAD):
            rows += _rows(codec, trouble, _both(place, codec, trouble, said))
    return rows


def _both(place: Place, codec: Codec, trouble: Trouble | None, said: Said) -> dict[str, Scores]:
    """Calls of both doors at the same time; of ours on a bad line with either jitter buffer."""
    buffers = _BUFFERS if trouble else _BUFFERS[:1]
    with ExitStack() as stack:
        paths = {f"ours, {one}": _ours(place, stack, codec, trouble, said, one) for one in buffers}
        paths["rival"] = _rivals(place, stack, codec, trouble, said)
        place.say(f"speech through the path, {codec}, {'a bad' if trouble else 'a clean'} line")
        for path in paths.values():
            path.press()
        time.sleep(_SETTLE_S)
        for path in paths.values():
            path.speak()
        for path in paths.values():
            path.wait()
        return {name: path.scores(codec) for name, path in paths.items()}


def _ours(
    place: Place, stack: ExitStack, codec: Codec, trouble: Trouble | None, said: Said, name: JitterBufferName
) -> _Path:
    line = stack.enter_context(Agent(OUR_ADDRESS))
    path = _Path(place, stack, codec, said, OUR_ADDRESS, _OUR_RELAYS[_BUFFERS.index(name)], trouble)
    door = OurDoor(
        place.folder("ours"), line, path.card, codecs=(codec,), target=path.target, jitter_buffer=name
    )
    return path.at(stack.enter_context(door))


def _rivals(place: Place, stack: ExitStack, codec: Codec, trouble: Trouble | None, said: Said) -> _Path:
    path = _Path(place, stack, codec, said, RIVALS_LINE_ADDRESS, _RIVALS_RELAY, trouble)
    door = RivalDoor(place.folder("rival"), path.target, path.card, codec=codec)
    return path.at(stack.enter_context(door))


class _Path:
    """A room, a card, a phone, and a relay between them if the line is bad."""

    def __init__(
        self,
        place: Place,
        stack: ExitStack,
        codec: Codec,
        said: Said,
        host: str,
        relays_address: str,
        trouble: Trouble | None,
    ) -> None:
        self._said = said
        self._seconds = said.length_s + LONGEST_DELAY_S
        folder = place.folder("path")
        folder.mkdir()
        self._at_door, self._at_phone = folder / "door.raw", folder / "phone.wav"
        self._door_heard, self._phone_heard = folder / "door-heard.raw", folder / "phone-heard.wav"
        self._at_door.write_bytes(whole(said.at_door).tobytes())
        write_wav(self._at_phone, whole(said.at_phone).tobytes(), _RATE_HZ)
        self.card, self._room = stack.enter_context(place.card())
        # A phone speaks at once, a door once its card is open, and PJSIP answers to where packets come from:
        # ours would learn the way past the relay, if it did not keep off who is neither told nor calls.
        sound = _OUR_PHONES_SOUND if trouble and host == OUR_ADDRESS else host
        words = (host, codec, sound, relays_address if trouble else host, "wifi" if trouble else "lan")
        files = (str(self._at_phone), str(self._phone_heard))
        program = (sys.executable, "-m", "tests.compare.path.phone", *words, *files)
        self._phone = stack.enter_context(Child(program))
        address, port = self._phone.expect("answering", 15).split()
        self.target = f"sip:far@{address}"
        self._relay = (
            stack.enter_context(Relay(relays_address, (sound, int(port)), trouble)) if trouble else None
        )

    def at(self, door: OurDoor | RivalDoor) -> _Path:
        """The door whose path it is."""
        self._door = door
        return self

    def press(self) -> None:
        """Ring."""
        self._door.pins.close_contact(BELL_PIN)
        time.sleep(0.1)
        self._door.pins.open_contact(BELL_PIN)

    def speak(self) -> None:
        """Let visitor and phone begin."""
        self._room.say(f"speak {self._seconds} {self._door_heard} {self._at_door}")
        self._phone.say("go")
        self._phone.expect("speaking", 5)

    def wait(self) -> None:
        """Until all is said and written down."""
        self._room.expect("heard", self._seconds + 10)
        self._phone.end()

    def scores(self, codec: Codec) -> Scores:
        """How well each heard the other."""
        rate_hz = RATES_HZ[codec]
        phone = _sound(read_wav(self._phone_heard, _RATE_HZ))
        door = _sound(self._door_heard.read_bytes())
        return Scores(
            scores(phone, self._said.at_door, rate_hz),
            scores(door, self._said.at_phone, rate_hz),
            _told(self._relay) if self._relay else "",
        )


def _told(relay: Relay) -> str:
    ways = (("to the phone", relay.to_phone), ("to the door", relay.to_door))
    return ", ".join(f"{way.lost} of {way.carried} packets lost {name}" for name, way in ways)


def _sound(samples: bytes) -> Samples:
    return np.frombuffer(samples, np.int16).astype(np.float64) / 32768


def _rows(codec: Codec, trouble: Trouble | None, found: dict[str, Scores]) -> list[Row]:
    line = (
        f"{trouble.loss:.0%} loss, {1000 * trouble.most_delay_s:.0f} ms jitter" if trouble else "clean line"
    )
    kind = "P.862, narrow band" if RATES_HZ[codec] == 8000 else "P.862.2, wide band"
    measures = (
        f"PESQ ({kind}), mean of {{count}} pieces of {PIECE_S:.0f} s of espeak-ng's voices; {{way}}; sample "
        "clocks of the virtual card and of the phone's null device, both the system's; the phone's "
        f"jitter buffer as our {'wifi' if trouble else 'lan'}; both doors at once, each with card and phone "
        f"of its own, without echo cancellation; the target is the rival's less {ALIKE}"
    )
    rival = found["rival"]
    rows = []
    for name, one in found.items():
        if name == "rival":
            continue
        more = f", {name.removeprefix('ours, ')}" if trouble else ""
        lost = (
            f"; our jitter_buffer {name.removeprefix('ours, ')}; ours: {one.line}; rival: {rival.line}"
            if trouble
            else ""
        )
        for way, text, ours, theirs in (
            ("door to phone", "the card's microphone port to the phone's file", one.to_phone, rival.to_phone),
            ("phone to door", "the phone's file to the card's loudspeaker port", one.to_door, rival.to_door),
        ):
            rows.append(
                Row(
                    f"PESQ, {codec}, {line}, {way}{more}",
                    "",
                    _mean(ours),
                    _mean(theirs),
                    round(_mean(theirs) - ALIKE, 3),
                    measures.format(count=len(ours), way=text) + lost,
                    {"ours": ours, "rival": theirs},
                    more_is_better=True,
                )
            )
    return rows


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
