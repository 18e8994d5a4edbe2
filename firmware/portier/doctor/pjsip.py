"""PJSIP: is it here, what was it built with, and does it pass the self-test?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from portier import selftest
from portier.adapters.pjsip_build import DISTRIBUTION, OTHER_DISTRIBUTION, OwnBuild
from portier.doctor import security
from portier.doctor.finding import Finding, Reporter
from portier.doctor.known import Known
from portier.doctor.machine import TIMED_OUT, Machine
from portier.doctor.probes import ProbeError, ask
from portier.doctor.probes.pjsip import Build
from portier.errors import PjsipMissingError, SipError
from portier.hosts import is_ipv6

_BUILD_LIMIT_S = 10.0
_SELF_TEST_LIMIT_S = 20.0
_FEW_HANDLES = 64
_TOLD_DIGITS = 16
_ALL_CODECS = ("G722", "PCMA", "PCMU")
_REBUILD = "make wheel in Portier's project builds one that fits; install that"
_REPORT = Reporter("PJSIP")


def check(machine: Machine, known: Known) -> Iterator[Finding]:
    """Tell which build it is and what it can do."""
    ours, other = (machine.version(name) for name in (DISTRIBUTION, OTHER_DISTRIBUTION))
    if ours and other:
        yield _REPORT.error(
            f"{DISTRIBUTION} {ours} and {OTHER_DISTRIBUTION} {other} are both installed, and both are pjsua2",
            f"pip uninstall {DISTRIBUTION} {OTHER_DISTRIBUTION}, then install one of them again",
        )
    try:
        build = ask(machine, Build, "pjsip", limit_s=_BUILD_LIMIT_S)
    except ProbeError as error:
        yield _REPORT.error(f"{error}", _REBUILD)
        return
    yield from _origin(build, ours)
    yield from _changes(build)
    if known.sip is not None and is_ipv6(known.sip.bind_address) and not build.ipv6:
        yield _REPORT.error(
            "it has no IPv6, which sip.bind_address asks for: the station will not start", _REBUILD
        )
    yield from _codecs(build, known.sip.codecs if known.sip is not None else _ALL_CODECS)
    if 0 < build.handles <= _FEW_HANDLES:
        yield _REPORT.note(
            f"it can watch {build.handles} sockets, two for each call: few when strangers call in a flood",
            f"keep strangers off the SIP port, or: {_REBUILD}",
        )
    yield from security.of_build(_REPORT, build.tls, known, _REBUILD)
    if build.handles > _FEW_HANDLES and build.tls and not security.past_its_end(build.tls):
        yield _REPORT.ok(
            f"it watches {build.handles} sockets by {build.queue or 'select'}; TLS by {build.tls}"
        )


def _origin(build: Build, distribution: str | None) -> Iterator[Finding]:
    """Who built it, and how."""
    own = build.own_build
    if own is None:
        published = f"the published wheel {DISTRIBUTION} {distribution}"
        yield _REPORT.ok(
            f"version {build.version}, {published if distribution else 'built by somebody else'}"
        )
        return
    asserts = "with asserts" if own.asserts else "without asserts"
    yield _REPORT.ok(
        f"version {build.version}, our wheel {own.version} "
        f"for {own.system}, {own.machine}, Python {own.python}"
    )
    yield _REPORT.ok(
        f"built {asserts}, {'with' if own.g729 else 'without'} G.729, by {own.compiler}, "
        f"from the source with SHA-256 {own.source_sha256[:_TOLD_DIGITS]}..."
    )
    if own.asserts:
        yield _REPORT.note(
            "asserts end the station at a misuse that it could survive: this build is for tests",
            "install the wheel that make wheel builds without ASSERTS=1",
        )
    if distribution != own.version:
        yield _REPORT.warning(
            f"its files say {own.version}, and pip says {distribution or 'that nothing is installed'}",
            f"pip install --force-reinstall the wheel of {DISTRIBUTION} that is meant",
        )


def _changes(build: Build) -> Iterator[Finding]:
    """Whether it has our changes to PJSIP's source, and what it is without them."""
    own = build.own_build
    if own and own.left_out:
        names = ", ".join(f'"{one}"' for one in own.left_out)
        yield (_REPORT.note if build.patched else _REPORT.warning)(
            f"PJSIP {build.version} had no place for our changes {names}: {_lost(build, own)}",
            "make wheel in Portier's project, without SOURCE=, builds one that has a place for all",
        )
    elif not build.patched:
        yield _REPORT.warning(
            "it lacks our changes to PJSIP's source: an answer of the registrar or of a phone can end it, "
            "or have it wait for a name server; what strangers send the kernel drops before it gets there",
            _REBUILD,
        )


def _lost(build: Build, own: OwnBuild) -> str:
    if not build.patched:
        return (
            "where a phone names a host and the name server is slow, nothing else is done until it answers, "
            "and after 8 s the station is ended as one that hangs, and started again"
        )
    if own.asserts:
        return "what they are against may end it"
    return "it survived what they are against when it was built"


def _codecs(build: Build, wanted: Sequence[str]) -> Iterator[Finding]:
    missing = [codec for codec in wanted if codec not in build.codecs]
    if len(missing) == len(wanted):
        yield _REPORT.error(f"it has none of the codecs {', '.join(wanted)}", _REBUILD)
    elif missing:
        yield _REPORT.warning(
            f"it lacks the codec {', '.join(missing)}", f"{_REBUILD}, or shorten sip.codecs"
        )
    else:
        more = [codec for codec in build.codecs if codec not in wanted]
        yield _REPORT.ok(f"it has the codecs {', '.join(wanted)}{'; also ' if more else ''}{', '.join(more)}")


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
