"""PJSIP: is it here, what was it built with, and does it pass the self-test?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from portier import selftest
from portier.doctor.finding import Finding, Reporter
from portier.doctor.known import Known
from portier.doctor.machine import TIMED_OUT, Machine
from portier.doctor.probes import ProbeError, ask
from portier.doctor.probes.pjsip import Build
from portier.errors import PjsipMissingError, SipError

_BUILD_LIMIT_S = 10.0
_SELF_TEST_LIMIT_S = 20.0
_FEW_HANDLES = 64
_ALL_CODECS = ("G722", "PCMA", "PCMU")
_REBUILD = "build PJSIP 2.15 to 2.17 with its Python binding from source"
_WHEEL = "pjsua2-python"
_REPORT = Reporter("PJSIP")


def check(machine: Machine, known: Known) -> Iterator[Finding]:
    """Tell which build it is and what it can do."""
    try:
        build = ask(machine, Build, "pjsip", limit_s=_BUILD_LIMIT_S)
    except ProbeError as error:
        yield _REPORT.error(f"{error}", _REBUILD)
        return
    wheel = machine.version(_WHEEL)
    origin = f"the published wheel {_WHEEL} {wheel}" if wheel else "not the published wheel"
    yield _REPORT.ok(f"version {build.version}, {origin}")
    wanted = known.sip.codecs if known.sip is not None else _ALL_CODECS
    missing = [codec for codec in wanted if codec not in build.codecs]
    if len(missing) == len(wanted):
        yield _REPORT.error(f"it has none of the codecs {', '.join(wanted)}", _REBUILD)
    elif missing:
        yield _REPORT.warning(
            f"it lacks the codec {', '.join(missing)}", f"{_REBUILD}, or shorten sip.codecs"
        )
    else:
        yield _REPORT.ok(f"it has the codecs {', '.join(wanted)}")
    if 0 < build.handles <= _FEW_HANDLES:
        yield _REPORT.note(
            f"it can watch {build.handles} sockets, two for each call: few when strangers call in a flood",
            "build it with PJ_IOQUEUE_MAX_HANDLES 1024, or keep strangers off the SIP port",
        )
    if _past_its_end(build.tls):
        yield _REPORT.note(f"it brings {build.tls}, which gets no repairs any more; the station uses no TLS")


def check_self_test(machine: Machine, _known: Known) -> Iterator[Finding]:
    """Tell whether the sound path may use this build."""
    child = machine.run(*selftest.COMMAND, limit_s=_SELF_TEST_LIMIT_S)
    if child.code == TIMED_OUT:
        yield _REPORT.error(f"the self-test did not end within {_SELF_TEST_LIMIT_S:.0f} s", _REBUILD)
        return
    try:
        selftest.judge(child.code, child.stderr)
    except PjsipMissingError:
        yield _REPORT.note("the self-test was not run: there is no PJSIP to test")
    except SipError as error:
        yield _REPORT.error(f"self-test: {error}", _REBUILD)
    else:
        yield _REPORT.ok("self-test passed: the sound path fits this build")


def _past_its_end(tls: str) -> bool:
    match = re.match(r"OpenSSL (\d+)\.(\d+)", tls)
    return match is not None and (int(match[1]), int(match[2])) < (3, 0)
