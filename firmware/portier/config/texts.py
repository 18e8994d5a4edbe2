"""What a text may be. A complaint never repeats the text: it may be a secret in the wrong place."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo

# ALSA takes a card's index as the first argument of these devices, and behind CARD= of any device.
_CARD_INDEX = re.compile(
    r"(^|[^A-Za-z_])(hw|plughw|sysdefault|default|front|rear|center_lfe|side|surround[0-9]+|hdmi|iec958|spdif"
    r"|dmix|dsnoop|dshare|modem|phoneline|usbstream):[0-9]+(?![A-Za-z0-9_])"
    r"|CARD=[\"']?[0-9]+(?![A-Za-z0-9_])"
)
_LONGEST = 64


def allowed(words: str) -> object:
    """Say in words what is allowed, for the reference and for complaints."""
    return Field(json_schema_extra={"allowed": words})


def made_of(text: str, characters: str) -> str:
    """Refuse a text that is empty, long, or holds another character than these (of a regular expression)."""
    if not text:
        raise ValueError("is empty: leave the key out instead")
    for character in text:
        if re.fullmatch(f"[{characters}]", character) is None:
            raise ValueError("holds a space" if character == " " else f"holds the character {character!a}")
    return _short(text)


def _short(text: str) -> str:
    if len(text) > _LONGEST:
        raise ValueError(f"has {len(text)} characters, at most {_LONGEST} are allowed")
    return text


def _printable(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty: leave the key out instead")
    if not text.isprintable():
        raise ValueError("holds a line break or another character that cannot be seen")
    return text


def _name(text: str) -> str:
    if re.fullmatch(r"[a-z][a-z0-9_-]{0,31}", text) is None:
        raise ValueError("cannot be a name")
    return text


def _caption(text: str) -> str:
    if '"' in text or "\\" in text:
        raise ValueError('holds a " or a \\')
    return _short(_printable(text))


def _device(text: str) -> str:
    if text and _CARD_INDEX.search(_printable(text)):
        raise ValueError("names the card by its index, which changes from start to start: name it by its id")
    return text


def _credential(text: str) -> str:
    if text in {".", ".."}:
        raise ValueError("is a folder")
    return made_of(text, r"A-Za-z0-9_.@-")


def _release_digit(text: str) -> str:
    if "#" in text:
        raise ValueError("holds #, which prolongs a call and does nothing else")
    if re.fullmatch(r"[0-9*]{1,4}", text) is None:
        raise ValueError("is not 1 to 4 keys of a telephone")
    if not text.strip("*"):
        raise ValueError("is * alone, which ends an attempt and is none")
    return text


def _path(path: Path, info: ValidationInfo) -> Path:
    text = _printable(str(path))
    if text == ".":
        raise ValueError("names no file")
    if text.startswith("~"):
        raise ValueError("begins with ~, which is not expanded: write the whole path")
    base = (info.context or {}).get("base")
    return path if base is None else base / path


NAME_WORDS = "a small letter, then small letters, digits, _ and -; at most 32"
Name = Annotated[str, AfterValidator(_name), allowed(NAME_WORDS)]
Caption = Annotated[str, AfterValidator(_caption), allowed('1 to 64 characters, no " and no \\')]
Device = Annotated[
    str, AfterValidator(_device), allowed('a device of ALSA, its card named by id: "plughw:CARD=Device"')
]
Credential = Annotated[str, AfterValidator(_credential), allowed("letters, digits and _ . @ -")]
ReleaseDigit = Annotated[
    str, AfterValidator(_release_digit), allowed('1 to 4 keys of 0-9 and *, in quotes: "5"; not * alone')
]
File = Annotated[Path, Field(strict=False), AfterValidator(_path), allowed("the path of a file")]
Folder = Annotated[Path, Field(strict=False), AfterValidator(_path), allowed("the path of a folder")]
