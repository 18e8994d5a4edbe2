"""`portier line list` and `show`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from portier.errors import LineUnknownError, OperatorAwayError, OperatorError
from portier.intercom.lines import Line, chosen
from portier.intercom.options import YES_REMARK, Options, mode, obstacles

from .desk import Desk

INCOMPLETE_EXIT_CODE = 1
_ROW = "{:<18}  {:<18}  {:<9}  {}"
_UNREAD = "?"
_NOT_READ = "could not be read"
_Answer = TypeVar("_Answer")
_REGISTRATION = ("ip", "port", "userAgent")


def show_all(keys: Path | None, *, as_json: bool) -> int:
    """Print every line with its mode; exit code 1 where some could not be read."""
    desk = Desk(keys)
    lines = desk.lines()
    rows: list[tuple[Line, str, str]] = []
    unread: list[OperatorError] = []
    with desk.progress("lines", len(lines)) as bar:
        for line in lines:
            # Nor would the next line be read: the rest is not asked for.
            gone = bool(unread) and isinstance(unread[-1], OperatorAwayError)
            rows.append((line, "", _UNREAD) if gone else _row(desk, line, unread))
            bar.step()
    if unread and all(found == _UNREAD for _, _, found in rows):
        raise unread[-1]
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
    return _told(unread)


def show_one(keys: Path | None, written: str, *, as_json: bool) -> int:
    """Print all that counts for a door's call to a line; exit code 1 where some could not be read."""
    desk = Desk(keys)
    try:
        (line,) = chosen([written], desk.lines())
    except LineUnknownError as error:
        if not error.problems:
            raise
        raise LineUnknownError("line: there is nothing to show", error.problems) from error
    options = desk.operator.options(line)
    unread: list[OperatorError] = []
    description = _tried(lambda: desk.operator.description(line), unread)
    registrations = _tried(lambda: desk.operator.registrations(line), unread)
    if as_json:
        told: dict[str, object] = {"description": description, "mode": mode(options)}
        told["obstacles"] = [one.text for one in obstacles(options)]
        told |= {name: options.get(name) for name in ("domain", "codecs")}
        last = [{name: one.get(name) for name in _REGISTRATION} for one in registrations or ()]
        told["registrations"] = None if registrations is None else last
        print(json.dumps(_named(line) | told))
    else:
        called = _NOT_READ if description is None else _clean(description)
        rows = [("line", line.number), ("account", line.account), ("description", called)]
        rows += _mode(options)
        rows += [(name, _clean(str(options.get(name) or "-"))) for name in ("domain", "codecs")]
        in_the_way = [one.text for one in obstacles(options)] or ["nothing that shows here"]
        rows += [("in the way", one) for one in in_the_way]
        rows += _registered(registrations)
        for name, text in rows:
            print(f"{name:<12}  {text}".rstrip())
    return _told(unread)


def _row(desk: Desk, line: Line, unread: list[OperatorError]) -> tuple[Line, str, str]:
    options = _tried(lambda: desk.operator.options(line), unread)
    if options is None:
        return line, "", _UNREAD
    return line, _tried(lambda: desk.operator.description(line), unread) or "", mode(options)


def _tried(ask: Callable[[], _Answer], unread: list[OperatorError]) -> _Answer | None:
    """What the operator answers; None, and the error to the others, where it does not."""
    try:
        return ask()
    except OperatorError as error:
        unread.append(error)
        return None


def _told(unread: Sequence[OperatorError]) -> int:
    for one in dict.fromkeys(str(each) for each in unread):
        print(f"portier: {one}", file=sys.stderr)
    return INCOMPLETE_EXIT_CODE if unread else 0


def _mode(options: Options) -> list[tuple[str, str]]:
    found = mode(options)
    remark = {
        "no": 'a call with 3691 before its number is refused: "portier line enable" changes that',
        "prefixed": "it answers by itself a call with 3691 before its number, where its telephone can",
        "yes": YES_REMARK,
    }.get(found, "the operator tells none that is known here")
    return [("mode", _clean(found)), ("", remark)]


def _registered(registrations: Sequence[Mapping[str, object]] | None) -> list[tuple[str, str]]:
    if registrations is None:
        return [("registered", _NOT_READ)]
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
