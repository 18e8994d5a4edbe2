"""French typography, for texts that are typed as a keyboard has them."""

from __future__ import annotations

import re

NO_BREAK = "\N{NO-BREAK SPACE}"
APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"
_BEFORE_A_MARK = re.compile(r" (?=[:;?!»](?:[\s)]|$))")
_AFTER_A_QUOTE = re.compile(r"(?<=«) ")
_BEFORE_A_UNIT = re.compile(r"(?<=[0-9}]) (?=(?:s|V|dB|kilohms)\b)")
_ELISION = re.compile(r"(?<=\w)'(?=[\w{])")


def french(text: str) -> str:
    """Put a space that does not break before : ; ? ! and units and inside « », and the apostrophe's own sign."""
    for place in (_BEFORE_A_MARK, _AFTER_A_QUOTE, _BEFORE_A_UNIT):
        text = place.sub(NO_BREAK, text)
    return _ELISION.sub(APOSTROPHE, text)
