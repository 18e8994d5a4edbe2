"""The releases of a call as a table: when, which door, how soon and for how long."""

from __future__ import annotations

import html

from portier.record.call_record import CallRecord, Release

from .intervals import length_of, wait_of
from .moments import origin
from .wording import clean, count, duration

_MOST = 24


def releases(record: CallRecord) -> str:
    """An HTML table; nothing where no door was released."""
    if not record.releases:
        return ""
    rows = [_row(one, origin(record)) for one in record.releases[:_MOST]]
    left_out = len(record.releases) - len(rows)
    more = f"<p>And {count(left_out, 'release')} more.</p>" if left_out else ""
    return (
        '<section><h2>Releases</h2><table><thead><tr><th scope="col">door</th>'
        '<th scope="col" class="number">until the relay</th><th scope="col" class="number">released for</th>'
        f"</tr></thead><tbody>{''.join(rows)}</tbody></table>{more}</section>"
    )


def _row(release: Release, began: str) -> str:
    asked = "by a digit" if release.digit_s is not None else "by no digit of this call"
    wait, length = wait_of(release), length_of(release)
    return (
        f'<tr><th scope="row">{html.escape(clean(release.door))}'
        f"<small>{asked}, {duration(release.decided_s)} after the {began}</small></th>"
        f'<td class="number">{wait.length if wait else "not moved"}</td>'
        f'<td class="number">{length.length if length else "not known"}</td></tr>'
    )
