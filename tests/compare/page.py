"""The comparison as a page: the table, and the measurements behind each row."""

from __future__ import annotations

import html

from tests.compare.figures import LOOK_EVERY_CALLS, Row, quantile
from tests.compare.table import figure as shown

from portier.report.chart import Chart, lines, shares
from portier.report.document import document
from portier.report.style import Ink, variable

_MORE_CSS = (
    f"table{{max-width:none}}\ntd.missed{{color:{variable(Ink.LINE)}}}\n"
    "td.number,th.number{padding-left:18px}\n"
)


def page(rows: list[Row], where: str) -> str:
    """The page as HTML; `where` names machine and versions."""
    figures = "".join(_figure(number, row) for number, row in enumerate(rows) if any(row.series.values()))
    body = (
        f'<h1>Portier beside baresip</h1><p class="when">{html.escape(where)}</p>'
        "<p>The real station, as <code>portier run</code> starts it, and baresip with a program of gpiozero "
        "for button and relay, in one run on this machine. Latencies were measured in turns, sample by "
        "sample; the rest one door after the other. Lower is better, but for PESQ.</p>"
        f"{_table(rows)}<h2>The measurements behind the rows</h2>{figures}"
    )
    return document("Portier beside baresip", body, _MORE_CSS)


def _table(rows: list[Row]) -> str:
    head = "".join(
        f'<th scope="col" class="{kind}">{name}</th>'
        for name, kind in (
            ("what", ""),
            ("ours", "number"),
            ("rival", "number"),
            ("target", "number"),
            ("", "number"),
        )
    )
    body = "".join(_line(row) for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _line(row: Row) -> str:
    kind, word = {True: ("number", "met"), False: ("number missed", "missed"), None: ("number", "")}[row.met]
    cells = "".join(f'<td class="number">{shown(value)}</td>' for value in (row.ours, row.rival, row.target))
    unit = f" ({html.escape(row.unit)})" if row.unit else ""
    return (
        f'<tr><th scope="row">{html.escape(row.what)}{unit}<small>{html.escape(row.measures)}</small></th>'
        f'{cells}<td class="{kind}">{word}</td></tr>'
    )


def _figure(number: int, row: Row) -> str:
    series = {name: values for name, values in row.series.items() if values}
    told = "; ".join(
        f"{name}: half within {quantile(values, 0.5):.3g} {row.unit}, all within {max(values):.3g} {row.unit}"
        for name, values in series.items()
    )
    if row.curve:
        chart = Chart(f"row-{number}", row.what, told, "calls", row.unit)
        return lines(chart, {name: _over_calls(values) for name, values in series.items()})
    return shares(Chart(f"row-{number}", row.what, told, row.unit, "share of all"), series, row.target)


def _over_calls(values: list[float]) -> list[tuple[float, float]]:
    return [(LOOK_EVERY_CALLS * (place + 1), value) for place, value in enumerate(values)]
