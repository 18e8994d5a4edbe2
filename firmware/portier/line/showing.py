"""`portier line list` and `show`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from portier.errors import LineUnknownError, OperatorError
from portier.intercom.lines import Line, chosen
from portier.intercom.options import YES_REMARK, Options, mode, obstacles

from .desk import Desk

INCOMPLETE_EXIT_CODE = 1
_ROW = "{:<18}  {:<18}  {:<9}  {}"
_UNREAD = "?"
_REGISTRATION = ("ip", "port", "userAgent")


def show_all(keys: Path | None, *, as_json: bool) -> int:
    """Print every line with its mode; exit code 1 where some could not be read."""
    desk = Desk(keys)
    lines = desk.lines()
    rows: list[tuple[Line, str, str]] = []
    unread: list[str] = []
    with desk.progress("lines", len(lines)) as bar:
        for line in lines:
            try:
                rows.append((line, desk.operator.description(line), mode(desk.operator.options(line))))
            except OperatorError as error:
                if not isinstance(error, LineUnknownError) and type(error) is not OperatorError:
                    raise
                rows.append((line, "", _UNREAD))
                unread.append(str(error))
            bar.step()
    if not as_json:
        print(_ROW.format("account", "line", "mode", "description").rstrip())
    for line, description, found in rows:
        if as_json:
            told = None if found == _UNREAD else found
            print(json.dumps(_named(line) | {"description": description, "mode": told}))
        else:
            print(_ROW.format(line.account, line.number, found, _clean(description)).rstrip())
    if not as_json and any(found == "yes" for _, _, found in rows):
        print(f"note: {YES_REMARK}")
    if not rows:
        print("note: this key sees no line", file=sys.stderr)
    for one in unread:
        print(f"portier: {one}", file=sys.stderr)
    return INCOMPLETE_EXIT_CODE if unread else 0


def show_one(keys: Path | None, written: str, *, as_json: bool) -> int:
    """Print all that counts for a door's call to a line."""
    desk = Desk(keys)
    (line,) = chosen([written], desk.lines())
    description, options = desk.operator.description(line), desk.operator.options(line)
    registrations = desk.operator.registrations(line)
    if as_json:
        told: dict[str, object] = {"description": description, "mode": mode(options)}
        told["obstacles"] = [one.text for one in obstacles(options)]
        told |= {name: options.get(name) for name in ("domain", "codecs")}
        last = [{name: one.get(name) for name in _REGISTRATION} for one in registrations]
        print(json.dumps(_named(line) | told | {"registrations": last}))
        return 0
    rows = [("line", line.number), ("account", line.account), ("description", _clean(description))]
    rows += _mode(options)
    rows += [(name, _clean(str(options.get(name) or "-"))) for name in ("domain", "codecs")]
    rows += [("in the way", one.text) for one in obstacles(options)] or [
        ("in the way", "nothing that shows here")
    ]
    rows += _registered(registrations)
    for name, text in rows:
        print(f"{name:<12}  {text}".rstrip())
    return 0


def _mode(options: Options) -> list[tuple[str, str]]:
    found = mode(options)
    remark = {
        "no": 'a call with 3691 before its number is refused: "portier line enable" changes that',
        "prefixed": "it answers by itself a call with 3691 before its number, where its telephone can",
        "yes": YES_REMARK,
    }.get(found, "the operator tells none that is known here")
    return [("mode", _clean(found)), ("", remark)]


def _registered(registrations: Sequence[Mapping[str, object]]) -> list[tuple[str, str]]:
    if not registrations:
        return [("registered", "none is told: a telephone that is not registered cannot answer")]
    return [
        ("registered", ", ".join(_clean(str(one[name])) for name in _REGISTRATION if one.get(name)))
        for one in registrations
    ]


def _named(line: Line) -> dict[str, object]:
    return {"account": line.account, "line": line.number}


def _clean(text: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in text)
