"""What the streams of one leg have counted together, and whether its far end still lives."""

from __future__ import annotations

from dataclasses import replace

from portier.facts import StreamReading


class StreamWatch:
    """Follows the readings of a leg from its answer on.

    A new codec, and the end of a hold, make a new stream in PJSIP, which counts from 0.
    """

    def __init__(self, timeout_s: float, answered_s: float) -> None:
        """A far end is taken for dead after `timeout_s` without a packet; 0 for never."""
        self._timeout_s = timeout_s
        self._alive_s = answered_s
        self._before: StreamReading | None = None
        self._last: StreamReading | None = None

    def take(self, reading: StreamReading | None, at_s: float) -> StreamReading | None:
        """Take a reading, None where there is no stream at the moment; the counts of the whole leg."""
        last = self._last
        if reading is None:
            self._alive_s = at_s
            return None
        if last is not None and (reading.received < last.received or reading.sent < last.sent):
            self._before = self._together(last)
        # RTCP counts as well: a far end that leaves silence out sends no RTP while nobody speaks (RFC 3550).
        # One that has put the call on hold, or only listens, owes us none.
        came = last is None or (reading.received, reading.reports) != (last.received, last.reports)
        if came or not reading.both_ways:
            self._alive_s = at_s
        self._last = reading
        return self._together(reading)

    def is_dead(self, at_s: float) -> bool:
        """Whether nothing came for so long that nobody is there any more."""
        return bool(self._timeout_s) and at_s - self._alive_s >= self._timeout_s

    def _together(self, reading: StreamReading) -> StreamReading:
        before = self._before
        if before is None:
            return reading
        far = (before.lost_at_far_end, reading.lost_at_far_end)
        known = [lost for lost in far if lost is not None]
        return replace(
            reading,
            received=before.received + reading.received,
            lost=before.lost + reading.lost,
            discarded=before.discarded + reading.discarded,
            sent=before.sent + reading.sent,
            lost_at_far_end=sum(known) if known else None,
        )
