"""Writes the file: the old one with its comments and its order, changed where it must be."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Comment, Item, Table, Whitespace

from portier.config.keys import Section, sections
from portier.setup.draft import Data
from portier.setup.texts import OUR_COMMENTS, Texts

_WIDEST_VALUE = 34


def composed(data: Data, old: str, texts: Texts) -> str:
    """TOML that says exactly `data`, each key with a comment.

    An old file keeps its own comments and its order. Where it is written in a way that cannot be changed
    piece by piece, the new one is written from the beginning.
    """
    for start in (old, ""):
        try:
            text = _changed(tomlkit.parse(start), data, texts)
            if tomllib.loads(text) == data:
                return text
        except (TOMLKitError, ValueError, KeyError, TypeError, AttributeError):
            continue
    raise ValueError("the configuration cannot be written as TOML")


def _changed(document: tomlkit.TOMLDocument, data: Data, texts: Texts) -> str:
    fresh = not document
    if fresh:
        for line in texts("file.head").splitlines():
            document.add(tomlkit.comment(line))
    for name in [name for name in document if name not in data]:
        document.remove(name)
    for section in sections().values():
        if section.name not in data:
            continue
        if section.named:
            _write_named(document, section, data[section.name], texts)
        else:
            _write(document, section, section.name, data[section.name], texts)
    text = document.as_string()
    return text + texts("file.lamps") if fresh and "lamps" not in data else text


def _write_named(outer: Any, section: Section, entries: Data, texts: Texts) -> None:
    if section.name not in outer:
        outer.append(section.name, tomlkit.table(is_super_table=bool(entries)))
    table = outer[section.name]
    for name in [name for name in table if name not in entries]:
        table.remove(name)
    for name, values in entries.items():
        _write(table, section, name, values, texts)


def _write(outer: Any, section: Section, name: str, values: Data, texts: Texts) -> None:
    if name not in outer:
        outer.append(name, tomlkit.table())
    table = outer[name]
    for key in [key for key in table if key not in values]:
        table.remove(key)
    known = [key for key in section.keys if key in values]
    now = table.unwrap()
    with_tail = _Tail(table)
    for key in known:
        if key not in table:
            table.append(key, _inline(values[key]))
        elif now[key] != values[key] or type(now[key]) is not type(values[key]):
            table[key] = _inline(values[key])
    with_tail.put_back()
    if isinstance(table, Table):
        items = {key: table.value.item(key) for key in known}
        _comment({key: item for key, item in items.items() if isinstance(item, Item)}, section, texts)


def _inline(value: Any) -> Any:
    """A list of tables as the value of its key: as a section of its own it would end the one it is in."""
    if not (isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value)):
        return value
    array = tomlkit.array()
    for one in value:
        entry = tomlkit.inline_table()
        entry.update(one)
        array.append(entry)
    return array.multiline(True)


class _Tail:
    """What stands below a section's last key belongs to the next section, and so stays below new keys."""

    def __init__(self, table: Any) -> None:
        self._body: list[tuple[Any, Item]] = table.value.body if isinstance(table, Table) else []
        self._tail: list[tuple[Any, Item]] = []
        while (
            self._body and self._body[-1][0] is None and isinstance(self._body[-1][1], Comment | Whitespace)
        ):
            self._tail.insert(0, self._body.pop())

    def put_back(self) -> None:
        """Put it below what has come meanwhile."""
        self._body.extend(self._tail)


def _comment(items: Mapping[str, Item], section: Section, texts: Texts) -> None:
    """Give a comment to each key that has none, and ours to those that have one of ours."""
    ours = {key: item for key, item in items.items() if _is_ours(item)}
    width = max(_widths(ours), default=0)
    for key, item in ours.items():
        item.comment(texts.comments[f"{section.name}.{key}"])
        item.trivia.comment_ws = " " * (2 + max(0, width - _width(key, item)))


def _is_ours(item: Item) -> bool:
    text = item.trivia.comment.lstrip("#").strip()
    return not text or text in OUR_COMMENTS


def _widths(items: Mapping[str, Item]) -> Iterator[int]:
    return (width for key, item in items.items() if (width := _width(key, item)) <= _WIDEST_VALUE)


def _width(key: str, item: Item) -> int:
    return len(f"{key} = {item.as_string()}")
