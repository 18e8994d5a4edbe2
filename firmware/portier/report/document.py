"""A page of ours as HTML that needs nothing from elsewhere."""

from __future__ import annotations

import html

from .style import css

_DOCUMENT = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{css}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def document(title: str, body: str, more_css: str = "") -> str:
    """The whole page; `title` is plain text, `body` is HTML."""
    return _DOCUMENT.format(title=html.escape(title), css=css() + more_css, body=body)
