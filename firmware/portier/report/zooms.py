"""Which parts of a call have a time axis of their own: what takes milliseconds is a hair on the whole."""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_uppercase

from portier.record.call_record import CallRecord, Release

from .moments import origin
from .wording import duration, quoted

_SHORT_SHARE = 0.12
_MOST_RELEASES = 3
_LEAST_S = 0.0005


@dataclass(frozen=True, slots=True)
class Zoom:
    """A stretch of the call, the moment from which its milliseconds count, and what there is to see in it."""

    letter: str
    title: str
    text: str
    start_s: float
    end_s: float
    zero_s: float
    counts_from: str


def zooms(record: CallRecord, whole_s: float) -> list[Zoom]:
    """The press, the way to the first sound, and up to three releases, as far as the record has them."""
    limit_s = _SHORT_SHARE * whole_s
    stretches = [*_beginnings(record, limit_s), *_releases(record, limit_s)]
    return [Zoom(letter, *stretch) for letter, stretch in zip(ascii_uppercase, stretches, strict=False)]


_Stretch = tuple[str, str, float, float, float, str]


def _beginnings(record: CallRecord, limit_s: float) -> list[_Stretch]:
    found: list[_Stretch] = []
    after = f"the {origin(record)}"
    sent_s = record.sent_s or 0.0
    if _LEAST_S < sent_s <= limit_s:
        text = "How long until the call to the line was on its way."
        if record.debounce_s > 0:
            text = (
                "A contact may bounce: the press counts once it was still for "
                f"{duration(record.debounce_s)}, and the INVITE left "
                f"{duration(sent_s - record.debounce_s)} later."
            )
        start_s = min([-0.1 * sent_s, *(1.1 * at_s for at_s in _bounces_s(record))])
        found.append((after, text, start_s, 1.25 * sent_s, 0.0, after))
    steps = (
        (record.ringing_s, "the line rang"),
        (record.answered_s, "the line answered"),
        (record.first_sound_s, "the line was heard"),
        (record.ended_s, "the call ended"),
    )
    near = [(at_s, what) for at_s, what in steps if at_s is not None and _LEAST_S < at_s <= limit_s]
    if near and max(near)[0] > 1.25 * sent_s:
        last_s, what = max(near)
        title = f"{after} until {what}"
        found.append((title, "What the line replied, and when.", -0.05 * last_s, 1.15 * last_s, 0.0, after))
    return found


def _bounces_s(record: CallRecord) -> list[float]:
    """The edges of buttons shortly before the one that counts."""
    buttons = (changes for name, changes in record.pins.items() if name.startswith("button"))
    return [at_s for changes in buttons for at_s, _ in changes if -record.debounce_s <= at_s < 0]


def _releases(record: CallRecord, limit_s: float) -> list[_Stretch]:
    found: list[_Stretch] = []
    for release in record.releases:
        asked_s, asked = _asked(release)
        wait_s = -1.0 if release.rose_s is None else release.rose_s - asked_s
        if 0 <= wait_s <= limit_s:
            margin_s = max(wait_s, _LEAST_S)
            found.append(
                (
                    f"the release of {quoted(release.door)}",
                    f"From {asked} to the relay: {duration(wait_s)}.",
                    asked_s - 0.4 * margin_s,
                    asked_s + wait_s + 1.2 * margin_s,
                    asked_s,
                    asked,
                )
            )
    return found[:_MOST_RELEASES]


def _asked(release: Release) -> tuple[float, str]:
    if release.digit_s is None:
        return release.decided_s, "the decision"
    return release.digit_s, "the digit"
