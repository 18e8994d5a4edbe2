"""The directory in the configuration: where it lies, and who of it the buttons ring."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from portier.directory import words
from portier.directory.files import Files
from portier.directory.settings import Place, Settings

from .base import Section
from .problems import Loc, Problem
from .texts import Credential, File, allowed

if TYPE_CHECKING:
    from .model import ButtonConfig, Config
    from .profiles import ByProfileConfig


def _flat(text: str) -> str:
    if not text:
        raise ValueError("is empty: leave the key out instead")
    return words.flat(text)


Flat = Annotated[str, AfterValidator(_flat), allowed("1 to 16 letters, digits, spaces and . / _ -")]
ResidentName = Annotated[
    str, AfterValidator(words.caption), allowed('1 to 64 characters, no ", no ; and no \\')
]


class DirectoryConfig(Section):
    """Who lives here is kept apart from this file: by "portier residents" and "portier codes"."""

    file: File = Field(
        Path("/var/lib/portier/directory.db"),
        description="The database of residents, their lines and access codes.",
    )
    key_file: File | None = Field(
        None,
        description="The device's key, without which no access code can be told. Left out: directory.key in "
        "the same folder.",
    )
    key_credential: Credential | None = Field(
        None,
        description="The credential by which systemd hands the same key to the service (LoadCredential=): "
        "then key_file may be root's alone.",
    )
    code_length: int = Field(6, ge=4, le=12, description="How many digits every access code has.")
    ring_s: float = Field(
        20.0, ge=3, le=120, description="How long each line of several rings before the next one."
    )


def files(one: DirectoryConfig) -> Files:
    """Say where it lies."""
    key = one.key_file or one.file.with_name("directory.key")
    return Files(one.file, key, one.key_credential or "")


def settings(config: Config) -> Settings:
    """Say it to the station."""
    from .dial import line_template

    one, dialling = config.directory, config.dialling
    return Settings(
        files=files(one),
        number_uri=line_template(config, dialling.prefix),
        plain_uri=line_template(config, ""),
        plain_after=frozenset(dialling.plain_when_refused),
        ring_s=one.ring_s,
        buttons={
            name: _place(button) for name, button in config.buttons.items() if button.flat or button.resident
        },
        by_profile={
            (name, at): _place(other)
            for name, button in config.buttons.items()
            for at, other in enumerate(button.by_profile)
            if other.flat or other.resident
        },
    )


def _place(one: ButtonConfig | ByProfileConfig) -> Place:
    return Place(one.flat or "", one.resident or "")


def button(loc: Loc, one: ButtonConfig | ByProfileConfig) -> Iterator[Problem]:
    """Find out whether a button names one of the directory, and no more."""
    if one.flat is not None and one.resident is not None:
        yield Problem((*loc, "resident"), "cannot stand beside flat: keep one of them")
