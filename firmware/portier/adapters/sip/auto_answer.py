"""The headers that ask a telephone, or the PBX before it, to answer by itself."""

from __future__ import annotations

from portier.core.rules import AutoAnswer

_HEADERS = {
    AutoAnswer.CALL_INFO: ("Call-Info", "<sip:{host}>;answer-after=0"),
    AutoAnswer.ALERT_INFO: ("Alert-Info", "<sip:{host}>;info=alert-autoanswer;delay=0"),
    AutoAnswer.ALERT_INFO_AUTO_ANSWER: ("Alert-Info", "Auto Answer"),
    AutoAnswer.ALERT_INFO_RING_ANSWER: ("Alert-Info", "Ring Answer"),
    AutoAnswer.ANSWER_MODE: ("Answer-Mode", "Auto"),
}


def header(auto_answer: AutoAnswer, uri: str) -> tuple[str, str] | None:
    """The name and the value of the header for a call to `uri`; None where none is wanted.

    Call-Info and Alert-Info are of RFC 3261 (sections 20.9 and 20.4), what stands in them is the makers' own;
    Answer-Mode is of RFC 5373.
    """
    if auto_answer is AutoAnswer.NONE:
        return None
    name, value = _HEADERS[auto_answer]
    host = uri.partition(";")[0].removeprefix("sip:").rpartition("@")[2]
    return name, value.format(host=host)
