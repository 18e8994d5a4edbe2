"""Child: what is done to the sound of a call, what of it cannot be had, and how long does a frame take?"""

from __future__ import annotations

import json
import logging
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from portier.doctor import probes
from portier.sound_settings import NoiseFollowing, SoundProcessing, VoiceSwitchSettings

_FRAMES = 50


@dataclass(frozen=True, slots=True)
class Cancels:
    """What keeps echo away, for people, and the median time of a frame.

    `missing` is what was left out as a library is not here, `failed` what was for any other reason: a line
    for each, with the reason.
    """

    words: str
    frame_ms: float
    missing: list[str]
    failed: list[str]


def asked_as(wanted: SoundProcessing) -> str:
    """What is wanted as an argument of the child."""
    return json.dumps(asdict(wanted))


def processing_of(text: str) -> SoundProcessing:
    """What is wanted, of such an argument."""
    fields = json.loads(text)
    fields["voice_switch"] = VoiceSwitchSettings(**fields["voice_switch"])
    if fields["follow_noise"] is not None:
        fields["follow_noise"] = NoiseFollowing(**fields["follow_noise"])
    return SoundProcessing(**fields)


def try_echo(wanted: SoundProcessing, rate_hz: int, frame_ms: int) -> Cancels:
    """Make the chain that the station makes, and let it work."""
    from portier.adapters.audio.processing import chain as working, making

    frame_bytes = 2 * rate_hz * frame_ms // 1000
    loud = (bytes(range(256)) * (frame_bytes // 256 + 1))[:frame_bytes]
    took_ms = []
    with _told(making.LOG, working.LOG) as records:
        chain = making.make_chain(wanted, rate_hz, frame_ms)
        chain.begin()
        for _ in range(_FRAMES * 20 // frame_ms):
            begun_s = time.perf_counter()
            chain.toward_far_end(loud)
            chain.toward_loudspeaker(loud)
            took_ms.append((time.perf_counter() - begun_s) * 1000)
    lines = [(_line(record), _is_missing(record)) for record in records]
    return Cancels(
        chain.words,
        round(statistics.median(took_ms), 2),
        [line for line, is_missing in lines if is_missing],
        [line for line, is_missing in lines if not is_missing],
    )


class _Records(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@contextmanager
def _told(*logs: logging.Logger) -> Iterator[list[logging.LogRecord]]:
    """What these logs are told meanwhile: a chain does without what fails, and says so there alone."""
    listener = _Records()
    for log in logs:
        log.addHandler(listener)
    try:
        yield listener.records
    finally:
        for log in logs:
            log.removeHandler(listener)


def _line(record: logging.LogRecord) -> str:
    line = record.getMessage().removeprefix("audio: ")
    error = record.exc_info[1] if record.exc_info else None
    return f"{line} ({str(error) or type(error).__name__})" if error else line


def _is_missing(record: logging.LogRecord) -> bool:
    arguments = record.args if isinstance(record.args, tuple) else ()
    return any(isinstance(one, ImportError) for one in arguments)


def _asked() -> Cancels:
    return try_echo(processing_of(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))


if __name__ == "__main__":
    sys.exit(probes.answer(_asked))
