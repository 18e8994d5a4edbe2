"""Every section and key of the file, as the model describes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from .model import Config

_KINDS = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "string": "a text",
    "array": "a list",
}
_ONE_OF = "one of a few words"


@dataclass(frozen=True, slots=True)
class Key:
    """One key: `may_show` says that its value can be no secret; `inner` has the keys of a list's tables."""

    name: str
    kind: str
    allowed: str
    choices: tuple[str, ...]
    default: object
    required: bool
    description: str
    inner: Mapping[str, Key] = field(default_factory=dict)

    @property
    def may_show(self) -> bool:
        return self.kind not in {"a text", "a list"}


@dataclass(frozen=True, slots=True)
class Section:
    """One section; a named one stands once for each account, button, door, target or list."""

    name: str
    named: bool
    required: bool
    description: str
    keys: dict[str, Key]

    @property
    def header(self) -> str:
        return f"[{self.name}.NAME]" if self.named else f"[{self.name}]"


@cache
def sections() -> dict[str, Section]:
    """Describe the whole file."""
    schema = Config.model_json_schema()
    return {name: _section(name, entry, schema) for name, entry in schema["properties"].items()}


def section_of(loc: tuple[int | str, ...]) -> Section | None:
    """Find the section that a place in the file belongs to."""
    return sections().get(str(loc[0])) if loc else None


def key_of(loc: tuple[int | str, ...]) -> Key | None:
    """Find the key that a place in the file belongs to."""
    section = section_of(loc)
    depth = 2 if section is not None and section.named else 1
    key = section.keys.get(str(loc[depth])) if section is not None and len(loc) > depth else None
    in_table = key is not None and key.inner and len(loc) > depth + 2
    return key.inner.get(str(loc[depth + 2])) if key is not None and in_table else key


def known_beside(loc: tuple[int | str, ...]) -> Mapping[str, object]:
    """Find what may stand at a place in the file: the keys of its table or section, or all sections."""
    section, key = section_of(loc), key_of(loc[:-1])
    if key is not None and key.inner:
        return key.inner
    return section.keys if section is not None else sections()


def list_of(loc: tuple[int | str, ...]) -> Key | None:
    """Find the key whose list holds a place in the file; None for a place in no list."""
    section, key = section_of(loc), key_of(loc)
    depth = 3 if section is not None and section.named else 2
    return key if key is not None and len(loc) > depth else None


def _section(name: str, entry: dict[str, Any], schema: dict[str, Any]) -> Section:
    named = "additionalProperties" in entry
    reference = (entry["additionalProperties"] if named else entry)["$ref"]
    body = schema["$defs"][reference.rpartition("/")[2]]
    required = body.get("required", [])
    keys = {key: _key(key, value, key in required, schema) for key, value in body["properties"].items()}
    needed = (named and not entry.get("optional")) or name in schema["required"]
    return Section(name, named, needed, body["description"], keys)


def _key(name: str, entry: dict[str, Any], required: bool, schema: dict[str, Any]) -> Key:
    value = next((one for one in entry.get("anyOf", ()) if one.get("type") != "null"), entry)
    choices = tuple(value.get("items", value).get("enum", ()))
    kind = _ONE_OF if "enum" in value else _KINDS[value["type"]]
    words = entry.get("allowed") or value.get("allowed") or _choices(choices) or _range(value)
    inner: dict[str, Key] = {}
    if table := value.get("items", {}).get("$ref"):
        body = schema["$defs"][table.rpartition("/")[2]]
        needed = body.get("required", [])
        if all("description" in one for one in body["properties"].values()):
            inner = {key: _key(key, one, key in needed, schema) for key, one in body["properties"].items()}
    return Key(name, kind, words, choices, entry.get("default"), required, entry["description"], inner)


def _choices(choices: tuple[str, ...]) -> str:
    return ", ".join(f'"{choice}"' for choice in choices)


def _range(value: dict[str, Any]) -> str:
    if "exclusiveMinimum" in value:
        return f"above {value['exclusiveMinimum']:g}, up to {value['maximum']:g}"
    return f"{value['minimum']:g} to {value['maximum']:g}" if "minimum" in value else ""
