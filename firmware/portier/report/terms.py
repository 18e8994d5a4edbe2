"""The words of the picture, explained."""

from __future__ import annotations

import html

from portier.record.call_record import CallRecord

_PRESS = (
    "The moment all times count from: the edge after which the button's contact stayed closed, or the "
    "command that stands for a press."
)
_DEBOUNCE = (
    "A contact bounces: for some milliseconds it opens and closes by itself. A press counts once the "
    "contact has been still for the time set as debounce_ms."
)
_LINE = (
    "Whatever answers at the other end of the call: a phone, or the telephone system it hangs on, which "
    "may go off hook by itself."
)
_SIP = (
    "How calls are set up (RFC 3261). INVITE asks for a call. 100: it is being worked on. 180 or 183: "
    "the other end rings. 200 and ACK: it is answered. 401 or 407: say first who you are. 4xx, 5xx, 6xx: "
    "refused. CANCEL takes a call back before it is answered, BYE ends it, INFO may carry a key."
)
_FIRST_SOUND = "The first frame of the call in which the line is to be heard went to the loudspeaker."
_DIGIT = "The last key of an attempt arrived. Which key it was is not in the record, and so not here."
_WRONG = "Keys that are no door's release digit. Which keys they were is not in the record either."
_RELEASED = (
    "The door may be opened: the pin of its relay is high, the relay energised. When it is low the door "
    "is locked, as long as the lock has its supply."
)
_DBFS = (
    "Decibels below the loudest that can be told: 0 is full scale, speech is near \N{MINUS SIGN}20, "
    "silence below \N{MINUS SIGN}50. Each value is the peak of a tenth of a second."
)
_SPECTROGRAM = (
    "Which frequencies sounded when: higher up is a higher tone, darker is louder, white is silence. "
    "Stripes are a voice. These are generated voices of the bench; a station keeps no sound."
)
_BUFFER = "Packets come unevenly. What waits here is played evenly: more is more delay, nothing is a gap."
_JITTER = "How unevenly packets come, as RFC 3550 defines it."
_RAN_DRY = "It got a frame too late, or could not take one in time: a click or a short gap."


def terms(record: CallRecord, with_spectrograms: bool) -> str:
    """The terms that the picture of this call uses, as an HTML list."""
    answered = record.answered_s is not None
    used = (
        ("press", _PRESS, True),
        ("debounce", _DEBOUNCE, record.debounce_s > 0),
        ("line", _LINE, True),
        ("SIP", _SIP, True),
        ("first sound", _FIRST_SOUND, record.first_sound_s is not None),
        ("digit", _DIGIT, any(one.digit_s is not None for one in record.releases)),
        ("wrong attempt", _WRONG, record.wrong_attempts > 0),
        ("released", _RELEASED, bool(record.releases)),
        ("dBFS", _DBFS, bool(record.captured or record.far)),
        ("spectrogram", _SPECTROGRAM, with_spectrograms),
        ("jitter buffer", _BUFFER, answered),
        ("jitter", _JITTER, record.stream is not None),
        ("sound card ran dry", _RAN_DRY, record.stream is not None),
    )
    items = (f"<dt>{term}</dt><dd>{html.escape(text)}</dd>" for term, text, is_used in used if is_used)
    return f"<dl>{''.join(items)}</dl>"
