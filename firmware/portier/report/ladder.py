"""The SIP messages of a call as a ladder, from top to bottom, with the moment of each."""

from __future__ import annotations

import html
from collections.abc import Sequence

from .wording import clean, duration

_PAUSE_S = 1.0
_MOST_STEPS = 200


def ladder(messages: Sequence[tuple[float, bool, str]], counts_from: str) -> str:
    """An HTML table; of very many messages the first and the last ones."""
    if not messages:
        return "<p>No SIP message was recorded.</p>"
    shown = list(messages)
    left_out = max(0, len(shown) - _MOST_STEPS)
    rows = []
    before_s: float | None = None
    for number, (at_s, sent, text) in enumerate(shown):
        if left_out and _MOST_STEPS // 2 <= number < _MOST_STEPS // 2 + left_out:
            if number == _MOST_STEPS // 2:
                rows.append(_pause(f"{left_out} messages are left out here"))
            before_s = None
            continue
        if before_s is not None and at_s - before_s >= _PAUSE_S:
            rows.append(_pause(f"{duration(at_s - before_s)} later"))
        rows.append(_step(at_s, sent, text))
        before_s = at_s
    return (
        f'<table class="ladder"><thead><tr><th class="at" scope="col">after the {counts_from}</th>'
        '<th scope="col"><div class="ends"><span>door station</span> <span>line</span></div></th></tr>'
        "</thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _step(at_s: float, sent: bool, text: str) -> str:
    kind, words = ("sent", "sent to the line: ") if sent else ("came", "came from the line: ")
    return (
        f'<tr><td class="at">{duration(at_s)}</td><td class="step {kind}">'
        f'<span class="hidden">{words}</span>{html.escape(clean(text))}</td></tr>'
    )


def _pause(words: str) -> str:
    return f'<tr><td class="at"></td><td class="pause">{words}</td></tr>'
