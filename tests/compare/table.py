"""The table on the terminal."""

from __future__ import annotations

from tests.compare.figures import Row

_WIDTHS = (44, 10, 10, 10, 6)


def text(rows: list[Row]) -> str:
    """All rows, aligned."""
    lines = [_line("", "ours", "rival", "target", "unit", "")]
    for row in rows:
        met = {True: "met", False: "MISSED", None: ""}[row.met]
        lines.append(
            _line(row.what, _figure(row.ours), _figure(row.rival), _figure(row.target), row.unit, met)
        )
    return "\n".join(lines)


def _line(what: str, ours: str, rival: str, target: str, unit: str, met: str) -> str:
    return f"  {what:<46} {ours:>9} {rival:>9} {target:>9}  {unit:<6} {met}".rstrip()


def _figure(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}" if abs(value) < 1 else f"{value:.4g}"
