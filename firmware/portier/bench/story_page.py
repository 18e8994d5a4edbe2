"""The page of a story: each scene with its picture and its lines, in one HTML text."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

from portier import __version__
from portier.bench.story_lanes import rows
from portier.bench.telling import Line
from portier.report.document import document
from portier.report.drawing import Backdrop, drawn
from portier.report.plain import need_libraries, plain_style
from portier.report.scale import LOOKS, Look, Scale
from portier.report.svg import inline

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from portier.bench.story import Account, Scene

_MARGIN = 0.03


def page_of(account: Account) -> str:
    """The page as HTML that needs nothing from elsewhere; LibraryMissingError without what draws."""
    need_libraries()
    story = account.story
    with plain_style():
        scenes = [_scene(account, number, one) for number, one in enumerate(story.scenes, start=1)]
    difference = f"<pre>{html.escape(account.difference)}</pre>" if account.difference else ""
    parts = (
        f"<h1>{html.escape(story.title)}</h1>",
        f'<p class="when">{story.begins.day} {story.begins:%B %Y}, on a virtual clock</p>',
        f'<p class="outcome">{"went otherwise than told" if difference else "went as told"}</p>',
        f'<p class="story">{html.escape(story.story)}</p>{difference}',
        *scenes,
        f'<p class="soft">Portier {html.escape(__version__)}. The real core, with pretended telephones, '
        "relays and contacts. Which keys were pressed is not in this page.</p>",
    )
    return document(f"Portier: {story.title}", "\n".join(parts))


def _scene(account: Account, number: int, scene: Scene) -> str:
    begins = account.story.time_of_day(scene.at_s)
    lines = account.lines(scene)
    told = "; ".join(f"{account.story.time_of_day(one.at_s)} {one.who}: {one.text}" for one in lines)
    pictures = "".join(
        inline(_drawn(account, scene, look), f"scene-{number}-{look.name}", look.name, scene.title, told)
        for look in LOOKS
    )
    return (
        f"<h2>{begins} {html.escape(scene.title)}</h2><p>{html.escape(scene.text)}</p>"
        f"<figure>{pictures}</figure>{_table(account, lines)}"
    )


def _drawn(account: Account, scene: Scene, look: Look) -> Figure:
    margin_s = _MARGIN * (scene.until_s - scene.at_s)
    scale = Scale(scene.at_s - margin_s, scene.until_s + margin_s, look.plot_px, zero_s=scene.at_s)
    unit = "minutes" if scale.by_clock else "seconds"
    label = f"{unit} after {account.story.time_of_day(scene.at_s)}"
    return drawn(rows(account, look, scale), Backdrop(label, ()), look, scale)


def _table(account: Account, lines: Sequence[Line]) -> str:
    cells = "".join(
        f"<tr><td>{account.story.time_of_day(one.at_s)}</td><td>{html.escape(one.who)}</td>"
        f"<td>{html.escape(one.text)}</td></tr>"
        for one in lines
    )
    return f"<table><tbody>{cells}</tbody></table>"
