"""The lines that are dialled with the prefix: whether their operator lets them answer by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from portier.config.model import Config
from portier.config.profiles import ByProfileConfig
from portier.config.reach_model import TargetConfig
from portier.doctor.finding import Finding, Reporter
from portier.doctor.known import Known
from portier.doctor.machine import Machine
from portier.intercom import numbers, steps
from portier.intercom.lines import Seen
from portier.intercom.options import YES_REMARK, Options, mode, obstacles, swallows_all

_REPORT = Reporter("line")
_SHOW = '"portier line show LINE" tells more'


def check(machine: Machine, known: Known) -> Iterator[Finding]:
    """Tell each line's mode by the key of this machine, or the way without one."""
    config = known.config
    if config is None:
        yield _REPORT.note(
            "the intercom mode of lines is not checked: the configuration has problems, or there is none"
        )
        return
    dialled = _dialled(config)
    if not dialled:
        yield _REPORT.ok("no line of the configuration is dialled with a prefix")
        return
    if config.dialling.prefix != steps.PREFIX:
        yield _REPORT.note(
            f"the prefix {config.dialling.prefix} is not {steps.PREFIX}: whether a line answers by itself is "
            "a matter of its PBX"
        )
        return
    seen = machine.lines_at_operator(tuple(dict.fromkeys(dialled.values())))
    if not seen.has_key:
        yield _REPORT.note(
            f"whether lines answer a call with {steps.PREFIX} is not checked: there is no key for the "
            "operator's API",
            f'"portier line login" asks for one. Where the lines are OVHcloud\'s, without it: {steps.BOTH}',
        )
        return
    if seen.trouble:
        yield _REPORT.warning(f"the operator was not asked, or not to the end: {seen.trouble}", seen.advice)
    if seen.numbers:
        for place, written in dialled.items():
            yield from _judged(place, written, seen)


def _dialled(config: Config) -> Mapping[str, str]:
    """Each line that is dialled with the prefix, by the key that names it."""
    if not config.dialling.prefix or "{prefix}" not in config.dialling.template:
        return {}
    found: dict[str, str] = {}
    for name, button in config.buttons.items():
        by_profile: tuple[ByProfileConfig, ...] = button.by_profile
        lines = [button.line, *(one.line for one in by_profile)]
        keys = [f"buttons.{name}.line", *(f"buttons.{name}.by_profile.{one.profile}" for one in by_profile)]
        found |= {key: line for key, line in zip(keys, lines, strict=True) if line}
    targets: Mapping[str, TargetConfig] = config.targets
    found |= {f"targets.{name}.line": one.line for name, one in targets.items() if one.line and one.prefix}
    return found


def _judged(place: str, written: str, seen: Seen) -> Iterator[Finding]:
    matches = numbers.find(written, seen.numbers)
    if not matches:
        near = numbers.alike(written, seen.numbers)
        also = f"; {' or '.join(near)} ends alike" if near else ""
        yield _REPORT.warning(
            f"{place}: {written} is none of the {len(seen.numbers)} lines that the key sees{also}",
            "compare it with what portier line list shows; a line of another account takes a key of that one",
        )
        return
    if len(matches) > 1:
        yield _REPORT.warning(
            f"{place}: {written} may be {' or '.join(matches)}", "write it with its country, as 0033972123456"
        )
        return
    (number,) = matches
    named = f"{place}: {written}" if written == number else f"{place}: {written}, for the operator {number},"
    options = seen.options.get(number)
    if options is None:
        yield _REPORT.note(f"{named} is a line of the key's account; its options were not read")
        return
    yield _of_mode(named, number, options)
    for one in obstacles(options):
        stops = swallows_all(options)
        text = f"{place}: {'no call reaches the telephone' if stops else 'a call may go astray'}: {one}"
        if stops:
            yield _REPORT.warning(
                text, f"turn that off in the customer area; {_SHOW.replace('LINE', number)}"
            )
        else:
            yield _REPORT.note(text, "a voicemail that answers counts as somebody, unless a key is asked for")


def _of_mode(named: str, number: str, options: Options) -> Finding:
    match mode(options):
        case "prefixed":
            return _REPORT.ok(f"{named} has its intercom mode on (prefixed)")
        case "yes":
            return _REPORT.note(f'{named} has its intercom mode at "yes": {YES_REMARK}')
        case "no":
            return _REPORT.warning(
                f"{named} has its intercom mode off: a call with {steps.PREFIX} is refused or only rings",
                f"portier line enable {number}, or {steps.BOTH}",
            )
        case other:
            return _REPORT.note(f"{named} tells a mode that is not known here: {other}")
