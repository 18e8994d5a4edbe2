"""A figure as SVG inside a page: named, in the page's colours, and without anything outside it."""

from __future__ import annotations

import html
import io
import re
from typing import TYPE_CHECKING

from .style import Ink, variable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_VARIABLES = {ink.value: variable(ink) for ink in Ink}
_NO_METADATA: dict[str, str | None] = dict.fromkeys(("Date", "Creator", "Format", "Type"))


def inline(figure: Figure, name: str, kind: str, title: str, description: str) -> str:
    """Write a figure as an `svg` element of the class `kind`.

    `name` is part of each of its ids, which are the same each time, so that no two figures of a page share
    one. Screen readers read `title` and `description` in place of it.
    """
    from matplotlib import rc_context

    text = io.StringIO()
    with rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):
        figure.savefig(text, format="svg", transparent=True, metadata=_NO_METADATA)
    drawn = text.getvalue()
    drawn = re.sub(r' id="[a-zA-Z.\d]+_\d+"', "", drawn)
    drawn = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", drawn, count=1, flags=re.DOTALL)
    drawn = re.sub(r'style="[^"]*"', _in_page_style, drawn)
    drawn = re.sub(r"\n\s*", "\n", drawn)
    size = re.search(r'viewBox="[^"]*"', drawn)
    content = drawn[drawn.index(">", drawn.index("<svg")) + 1 :]
    label = (
        f'<title id="{name}-title">{html.escape(title)}</title>'
        f'<desc id="{name}-text">{html.escape(description)}</desc>'
    )
    return (
        f'<svg class="{kind}" role="img" aria-labelledby="{name}-title" aria-describedby="{name}-text" '
        f'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f"{size.group() if size else ''}>{label}{content}"
    )


def _in_page_style(style: re.Match[str]) -> str:
    plain = re.sub(r"font-family: [^;\"]*;? ?", "", style.group())
    return re.sub(r"#[0-9a-f]{6}", lambda colour: _VARIABLES.get(colour.group(), colour.group()), plain)
