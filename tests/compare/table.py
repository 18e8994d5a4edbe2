"""The table on the terminal."""

from __future__ import annotations

from tests.compare.figures import Row


def text(rows: list[Row]) -> str:
    """All rows, aligned."""
    lines = [_line("", "ours", "rival", "target", "unit", "")]
    for row in rows:
        met = {True: "met", False: "MISSED", None: ""}[row.met]
        lines.append(_line(row.what, figure(row.ours), figure(row.rival), figure(row.target), row.unit, met))
    return "\n".join(lines)


def _line(what: str, ours: str, rival: str, target: str, unit: str, met: str) -> str:
    return f"  {what:<58} {ours:>9} {rival:>9} {target:>9}  {unit:<6} {met}".rstrip()


def figure(value: float | None) -> str:
    """A figure in three or four places."""
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}" if abs(value) < 1 else f"{value:.4g}"
