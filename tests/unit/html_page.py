"""A page as a browser would read it, for tests: elements, ids, references, and text by its element."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "br"}


@dataclass(slots=True)
class Element:
    """An element with its attributes and all the text in it."""

    tag: str
    attributes: dict[str, str]
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text in it, with one space where there is white space."""
        return " ".join("".join(self.parts).split())

    def is_a(self, tag: str, name: str = "") -> bool:
        """Whether it has this tag and, where given, this class."""
        return self.tag == tag and (not name or name in self.attributes.get("class", "").split())


class Page(HTMLParser):
    """Reads a page; AssertionError where its elements are not nested as they should be."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.source = text
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(text)
        self.close()
        assert not self._open, [one.tag for one in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin an element."""
        element = Element(tag, {name: value or "" for name, value in attrs})
        assert len(element.attributes) == len(attrs), f"an attribute twice in {attrs}"
        self.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin and end an element."""
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """End an element."""
        assert self._open, f"</{tag}> ends nothing"
        assert self._open[-1].tag == tag, f"</{tag}> ends a <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        """Take text."""
        for element in self._open:
            element.parts.append(data)

    def all(self, tag: str, name: str = "") -> list[Element]:
        """Every element with this tag and, where given, this class."""
        return [one for one in self.elements if one.is_a(tag, name)]

    def ids(self) -> list[str]:
        """Every id."""
        return [one.attributes["id"] for one in self.elements if "id" in one.attributes]

    def references(self) -> list[str]:
        """Every id that something refers to."""
        found: list[str] = []
        for one in self.elements:
            found += one.attributes.get("aria-labelledby", "").split()
            found += one.attributes.get("aria-describedby", "").split()
            for value in one.attributes.values():
                found += re.findall(r"url\(#([^)]*)\)", value)
            found += [
                one.attributes[name][1:]
                for name in ("href", "xlink:href")
                if one.attributes.get(name, "").startswith("#")
            ]
        return found

    def outside(self) -> list[str]:
        """Everything that a browser would fetch, or follow, elsewhere."""
        found = re.findall(r"@import|url\((?!#)[^)]*\)", self.source)
        for one in self.elements:
            for name in ("href", "xlink:href", "src", "srcset", "data", "action", "poster", "background"):
                value = one.attributes.get(name, "#")
                if not value.startswith(("#", "data:image/png;base64,")):
                    found.append(value)
        return found
