"""How long a call may be without sound, and without being refreshed: 0, or what is sensible."""

from typing import Annotated

from pydantic import AfterValidator, Field

from .texts import allowed


def _off_or_5(timeout_s: float) -> float:
    if 0 < timeout_s < 5:
        raise ValueError("is too short: packets are lost for a second on any network")
    return timeout_s


def _off_or_90(timer_s: int) -> int:
    if 0 < timer_s < 90:
        raise ValueError("is too short: RFC 4028 allows none below 90")
    return timer_s


RtpTimeout = Annotated[
    float, Field(ge=0, le=600), AfterValidator(_off_or_5), allowed("0 for never, or 5 to 600")
]
SessionTimer = Annotated[
    int, Field(ge=0, le=7200), AfterValidator(_off_or_90), allowed("0 for none, or 90 to 7200")
]
