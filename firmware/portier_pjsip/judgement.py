"""What a wheel under trial must answer. Each returns what is worth telling, or raises CheckError."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portier_pjsip import settings
from portier_pjsip.errors import CheckError

Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Expected:
    """What a wheel says it is; `left_out` are the changes that its source had no place for."""

    pjsip: str
    asserts: bool
    g729: bool
    left_out: tuple[str, ...] = ()

    @property
    def attacks(self) -> tuple[str, ...]:
        """What it must survive, in the order of `guest/attacked.py`.

        All, but what without one of our changes nothing can: upstream may have mended the others by itself.
        """
        return tuple(one for one in ATTACKS if _NEEDS.get(one) not in self.left_out)


ATTACKS = ("registrar", "caller", "acknowledged", "called", "named")
"""Who attacks, in the order of `guest/attacked.py`."""

_NEEDS = {"named": "names without waiting"}
"""The change without which an attack succeeds, whatever upstream does: it is a question to the station."""

_ASSERT_SYMBOL = b"__assert_fail"
_TELEPHONE_EVENT = 101
_LEAST_TALK_S = 1.0
_PITCH_TOLERANCE_HZ = 50


def asserts(expected: Expected, module: bytes) -> str:
    """Whether the compiled module can abort on misuse."""
    found = _ASSERT_SYMBOL in module
    if found != expected.asserts:
        raise CheckError(
            f"the module was built {'with' if found else 'without'} asserts: NDEBUG did not reach it"
        )
    return "with asserts" if found else "without asserts"


def library(expected: Expected, answer: Answer) -> str:
    """The loaded library: its version, codecs, sockets and TLS."""
    wanted = {*settings.CODECS, *(("G729",) if expected.g729 else ())}
    codecs = set(answer["codecs"])
    handles = int(next(one.value for one in settings.SETTINGS if one.name == "PJ_IOQUEUE_MAX_HANDLES"))
    _demand("version", answer["version"], expected.pjsip)
    _demand("codecs", sorted(codecs), sorted(wanted))
    _demand("sockets it can watch", answer["handles"], handles)
    _demand("queue of sockets", answer["queue"], "epoll")
    if not str(answer["tls"]).startswith("OpenSSL 3."):
        raise CheckError(f"TLS is by {answer['tls'] or 'nothing'}, and must be by OpenSSL 3")
    return f"{', '.join(sorted(codecs))}; {handles} sockets by epoll; {answer['tls']}"


def tls(answer: Answer) -> str:
    """Both handshakes were TLS 1.3, and something was said over each."""
    for role, said in (("server", "SIP/2.0 "), ("client", "OPTIONS ")):
        version, line = answer.get(role) or ("none", "")
        _demand(f"TLS as {role}", version, "TLSv1.3")
        if not str(line).startswith(said):
            raise CheckError(f"over TLS as {role} came {line!r} and no {said.strip()}")
    return "1.3 as server and as client"


def call(caller: Answer, answerer: Answer) -> str:
    """A call by TLS with SRTP: the tone was heard, each way."""
    for name, one in (("caller", caller), ("callee", answerer)):
        _demand(f"the {name}'s SIP status", one.get("status"), 200)
        _demand(f"the {name}'s codec", one.get("codec"), "opus/48000")
        if not one.get("srtp"):
            raise CheckError(f"the {name}'s sound was not encrypted")
        pitch_hz, heard_s = int(one["heard_hz"]), float(one["heard_s"])
        if abs(pitch_hz - int(one["played_hz"])) > _PITCH_TOLERANCE_HZ or heard_s < _LEAST_TALK_S:
            raise CheckError(
                f"the {name} heard {pitch_hz} Hz for {heard_s} s, and {one['played_hz']} Hz was played"
            )
    _demand("payload type of telephone-event", caller.get("telephone_event"), _TELEPHONE_EVENT)
    return (
        f"opus by {caller['srtp']}, signalled by TLS: {caller['heard_hz']} Hz heard for {caller['heard_s']} s"
    )


def refusal(caller: Answer) -> str:
    """A call to a phone whose certificate is unknown did not come about."""
    _demand("the status of a call to a stranger's certificate", caller.get("status"), 503)
    return "a certificate that is not trusted is refused"


def attacks(expected: Expected, answer: Answer) -> str:
    """What was sent to end it, or to keep it waiting, did neither."""
    _demand("what was survived", answer.get("survived"), list(expected.attacks))
    survived = f"survived: {', '.join(expected.attacks)}"
    missing = [one for one in ATTACKS if one not in expected.attacks]
    return f"{survived}; not tried, for want of our change: {', '.join(missing)}" if missing else survived


def _demand(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise CheckError(f"{what}: {found}, and must be {wanted}")
