"""The configuration as it counts, in TOML: safe to show to others, and to load again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from .account import AccountKeys
from .dial import address, dialled
from .keys import Section, sections
from .model import ButtonConfig, Config
from .reach_model import StepConfig

_STARS = '# password = "********"'


def effective(config: Config) -> str:
    """Write every key with the value that counts; one the file does not name is marked as default."""
    return "\n".join(line for section in sections().values() for line in _section(config, section))


def _section(config: Config, section: Section) -> Iterator[str]:
    part = getattr(config, section.name)
    named = (
        {f"{section.name}.{name}": one for name, one in part.items()}
        if section.named
        else {section.name: part}
    )
    for header, model in named.items():
        yield f"[{header}]"
        for key in section.keys:
            value = getattr(model, key)
            mark = "" if key in model.model_fields_set else "  # default"
            yield f"# {key} is not set" if value is None else f"{key} = {_toml(value)}{mark}"
        if isinstance(model, AccountKeys):
            yield from _password(model)
        if isinstance(model, ButtonConfig):
            number = dialled(config.dialling, model)
            if rings := address(config, model):
                yield f"# rings {rings}" + ("" if number is None else f", dialling {number}")
            for one in model.by_profile:
                if rings := address(config, one):
                    yield f"# {one.profile}: rings {rings}"
        yield ""


def _password(account: AccountKeys) -> Iterator[str]:
    if account.password_file is not None:
        yield f"{_STARS}  # from {account.password_file}"
    elif account.password_credential is not None:
        yield f"{_STARS}  # from the credential {account.password_credential}"


def _toml(value: object) -> str:
    match value:
        case StepConfig():
            return f"{{ {', '.join(f'{key} = {_toml(one)}' for key, one in value)} }}"
        case tuple():
            return f"[{', '.join(_toml(one) for one in value)}]"
        case str() | Path():
            return json.dumps(str(value), ensure_ascii=False)
        case BaseModel():
            pairs = ((key, getattr(value, key)) for key in type(value).model_fields)
            return f"{{ {', '.join(f'{key} = {_toml(one)}' for key, one in pairs if one is not None)} }}"
        case bool():
            return str(value).lower()
        case _:
            return repr(value)
