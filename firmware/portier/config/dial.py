"""From a button to the address it dials."""

from __future__ import annotations

from urllib.parse import quote

from .model import ButtonConfig, Config, DiallingConfig
from .profiles import ByProfileConfig


def dialled(dialling: DiallingConfig, button: ButtonConfig | ByProfileConfig) -> str | None:
    """Make the number of a button with a line; None for one with a whole address."""
    if button.line is None:
        return None
    return dialling.template.format(prefix=dialling.prefix, line=button.line)


def address(config: Config, button: ButtonConfig | ByProfileConfig) -> str:
    """Make the SIP URI that a press of the button rings; empty where it rings a target or a list."""
    if button.uri is not None:
        return button.uri
    number = dialled(config.dialling, button)
    return "" if number is None else line_address(config, number)


def line_address(config: Config, number: str) -> str:
    """Make the SIP URI of a number at the station's domain."""
    return f"sip:{quote(number, safe='+*')}@{config.sip.domain}"


def prefix_uri(config: Config) -> str:
    """Make the beginning of the SIP URI of every line that is dialled with the prefix; empty without one.

    Empty, too, where the prefix stands behind the number: a beginning tells nothing then.
    """
    prefixed, plain = line_template(config, config.dialling.prefix), line_template(config, "")
    if prefixed is None or plain is None:
        return ""
    begins = prefixed.partition("{line}")[0]
    return "" if begins == plain.partition("{line}")[0] else begins


def line_template(config: Config, prefix: str) -> str | None:
    """Make the SIP URI of a line that is not known yet: `{line}` stands for it. None without a domain."""
    if config.sip.domain is None:
        return None
    number = config.dialling.template.format(prefix=prefix, line="{line}")
    return f"sip:{quote(number, safe='+*{}')}@{config.sip.domain}"
