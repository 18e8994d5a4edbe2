"""The page of a run: the table, the figures, and the picture of a call."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.virtual_pi import kept

from portier.report.document import document
from portier.report.story import sentence
from portier.report.style import Ink, variable
from portier.report.tidy import tidy

NAME = "index.html"
_MORE_CSS = (
    f"table{{max-width:none}}\ntd.bad{{color:{variable(Ink.LINE)}}}\n"
    "td.number,th.number{padding-left:18px}\ntd{vertical-align:top}\n"
)
_ABOUT = (
    "An emulated machine (QEMU, no KVM) with a kernel of Debian, the pins of a Raspberry Pi by gpio-sim, a "
    "sound card by snd-aloop and Debian's systemd; in it the station, as <code>make install</code> lays it "
    "out from its bundle. Outside: Asterisk, and baresip as telephones. Its speed is an emulator's: "
    "figures are shown beside those of this machine itself, and none is judged."
)


def write(
    folder: Path, outcomes: Sequence[Mapping[str, Any]], figures: Sequence[Mapping[str, Any]], where: str = ""
) -> Path:
    """Write index.html; `outcomes` and `figures` as they stand in report.json."""
    path = folder / NAME
    path.write_text(page(outcomes, figures, where), encoding="utf-8")
    return path


def page(outcomes: Sequence[Mapping[str, Any]], figures: Sequence[Mapping[str, Any]], where: str = "") -> str:
    """The page as HTML that needs nothing from elsewhere."""
    good = sum(bool(one["ok"]) for one in outcomes)
    body = (
        f'<h1>The virtual Pi</h1><p class="when">{html.escape(where)}</p><p>{_ABOUT}</p>'
        f'<p class="outcome">{good} of {len(outcomes)} cases ok</p>'
        f"{_cases(outcomes)}<h2>Figures</h2>{_figures(figures)}{_picture()}"
    )
    return document("Portier: the virtual Pi", body, _MORE_CSS)


def _cases(outcomes: Sequence[Mapping[str, Any]]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{html.escape(str(one["case"]))}'
        f"<small>{html.escape(str(one['expected']))}</small></th>"
        f"<td>{html.escape(str(one['seen']))}</td>"
        f'<td class="{"number" if one["ok"] else "number bad"}">{"ok" if one["ok"] else "NOT OK"}</td></tr>'
        for one in outcomes
    )
    head = '<th scope="col">case, and what is expected</th><th scope="col">seen</th><th scope="col"></th>'
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _figures(figures: Sequence[Mapping[str, Any]]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{html.escape(str(one["what"]))}</th>'
        + "".join(
            f'<td class="number">{_shown(one[key], str(one["unit"]))}</td>' for key in ("virtual", "native")
        )
        + "</tr>"
        for one in figures
    )
    head = "".join(
        f'<th scope="col" class="{kind}">{name}</th>'
        for name, kind in (("", ""), ("virtual Pi", "number"), ("this machine itself", "number"))
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _shown(value: float | None, unit: str) -> str:
    return "-" if value is None else f"{value:g} {html.escape(unit)}".strip()


def _picture() -> str:
    return kept.PICTURES[0] if kept.PICTURES else "<h2>The call</h2><p>No call was seen.</p>"


def picture(call: kept.Call) -> str:
    """A call over time, as HTML."""
    from portier.report.figures import whole
    from portier.report.plain import plain_style
    from portier.report.scale import LOOKS
    from portier.report.svg import inline

    record = tidy(call.record)
    told = sentence(record)
    with plain_style():
        drawn = "".join(
            inline(
                whole(record, call.sounds, (), look),
                f"call-{look.name}",
                look.name,
                "The call over time",
                told,
            )
            for look in LOOKS
        )
    return f"<h2>The call</h2><p>{html.escape(told)}</p><figure>{drawn}</figure>"


def text(figures: Sequence[Mapping[str, Any]]) -> str:
    """The figures for the terminal."""
    lines = [f"  {'':<34} {'virtual Pi':>14} {'natively':>14}"]
    for one in figures:
        values = (_shown(one[key], str(one["unit"])) for key in ("virtual", "native"))
        lines.append(f"  {one['what']:<34} " + " ".join(f"{value:>14}" for value in values))
    return "\n".join(lines)
