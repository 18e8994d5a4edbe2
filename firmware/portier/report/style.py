"""Colours and type of the page. Every colour is a CSS variable, so that dark screens have their own."""

from __future__ import annotations

from enum import StrEnum


class Ink(StrEnum):
    """A colour by its part in the picture; the value is what it is on paper and on a light screen.

    The strong ones are told apart with every kind of colour vision (after M. Okabe and K. Ito), and none of
    them says anything that a word, an arrow or a place does not say too.
    """

    TEXT = "#1c1c1c"
    SOFT = "#5a5a5a"
    GRID = "#dedede"
    PAPER = "#ffffff"
    DOOR = "#0060a8"
    LINE = "#b24000"
    OPEN = "#00755a"
    ZOOM = "#86307a"
    CALLING = "#f6ecc2"
    RINGING = "#fbdcc6"
    TALKING = "#cfe4f6"
    QUIET = "#efefef"
    FAILED = "#f1d2d2"
    OPENED = "#cceee1"


_DARK = {
    Ink.TEXT: "#ececec",
    Ink.SOFT: "#ababab",
    Ink.GRID: "#3b3b3b",
    Ink.PAPER: "#151515",
    Ink.DOOR: "#6cb6f3",
    Ink.LINE: "#ff9d5e",
    Ink.OPEN: "#4fd0a5",
    Ink.ZOOM: "#dd9bd2",
    Ink.CALLING: "#4b4420",
    Ink.RINGING: "#573319",
    Ink.TALKING: "#1d3f59",
    Ink.QUIET: "#2b2b2b",
    Ink.FAILED: "#562727",
    Ink.OPENED: "#1a4b3a",
}


def variable(ink: Ink) -> str:
    """The CSS variable of a colour."""
    return f"var(--{ink.name.lower()})"


def css() -> str:
    """The style sheet of the page."""
    return f":root{{{_declared({ink: ink.value for ink in Ink})}}}\n{_RULES}".replace(
        "@DARK", f":root{{{_declared(_DARK)}}}"
    )


def _declared(colours: dict[Ink, str]) -> str:
    return "".join(f"--{ink.name.lower()}:{colour};" for ink, colour in colours.items())


_RULES = """\
@media screen and (prefers-color-scheme:dark){@DARK svg image{filter:invert(1) hue-rotate(180deg)}}
*{box-sizing:border-box}
html{color-scheme:light dark;-webkit-text-size-adjust:100%}
body{margin:0 auto;padding:16px 12px 40px;max-width:1180px;background:var(--paper);color:var(--text);
 font:16px/1.45 "DejaVu Sans",Verdana,"Segoe UI",Roboto,Helvetica,Arial,sans-serif}
h1{font-size:1.3rem;margin:0}
h2{font-size:1.1rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--grid)}
p{margin:.5rem 0;max-width:48rem}
.when{color:var(--soft);margin:0}
.outcome{display:inline-block;border:2px solid;border-radius:4px;padding:2px 10px;margin:.8rem 0 0;
 font-weight:bold}
.story{font-size:1.15rem}
.soft,small,figcaption{color:var(--soft)}
small{display:block;font-size:.78rem;line-height:1.3}
table{border-collapse:collapse;width:100%;max-width:48rem}
th,td{text-align:left;vertical-align:top;padding:5px 8px 5px 0;border-bottom:1px solid var(--grid)}
th{font-weight:normal}
td.number,th.number{text-align:right;padding-right:0}
td.number{font-weight:bold;white-space:nowrap}
h1,p,li,th[scope=row]{overflow-wrap:anywhere}
thead th{font-size:.85rem;color:var(--soft);vertical-align:bottom}
.side{columns:23rem 2;column-gap:2.5rem;margin-top:2rem}
.side section{break-inside:avoid;padding-bottom:2rem}
.side h2{margin-top:0}
.side+h2{margin-top:0}
figure{margin:0 0 1.4rem;break-inside:avoid}
figcaption{font-size:.85rem;margin:.2rem 0 .3rem;max-width:48rem}
figcaption b{color:var(--zoom)}
svg{display:block;width:100%;height:auto}
svg *{stroke-linejoin:round;stroke-linecap:butt}
svg text{font-family:"DejaVu Sans",Verdana,"Segoe UI",Roboto,Helvetica,Arial,sans-serif;white-space:pre}
svg.wide{display:none}
dt{font-weight:bold;margin-top:.6rem;break-after:avoid}
dd{margin:0;max-width:48rem}
.ladder td{border:0;padding:0 8px;line-height:1.25}
.ladder th{padding:0;border:0;font-weight:bold;font-size:1rem;color:var(--text)}
.ends{display:flex;justify-content:space-between}
.ladder .at{color:var(--soft);text-align:right;width:7rem;font-size:.85rem;font-weight:normal;
 padding:6px 12px 0 0}
.ladder .step{position:relative;border-left:3px solid var(--door);border-right:3px solid var(--line);
 text-align:center;padding:6px 16px 7px}
.ladder .step::before{content:"";position:absolute;left:0;right:0;bottom:3px;border-bottom:2px solid}
.ladder .step::after{content:"";position:absolute;bottom:-1px;border:5px solid transparent}
.ladder .sent{color:var(--door)}.ladder .came{color:var(--line)}
.ladder .sent::after{right:-1px;border-right-width:0;border-left:9px solid}
.ladder .came::after{left:-1px;border-left-width:0;border-right:9px solid}
.ladder .pause{border-left:3px dotted var(--door);border-right:3px dotted var(--line);text-align:center;
 color:var(--soft);font-size:.85rem;padding:6px}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@media (min-width:760px),print{svg.wide{display:block}svg.narrow{display:none}}
@media print{@page{size:A4;margin:12mm}html{color-scheme:light;font-size:9.5pt}
 body{padding:0;max-width:none;font-size:1rem}
 h2{break-after:avoid}tr{break-inside:avoid}.side{columns:2}}
"""
