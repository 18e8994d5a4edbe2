"""The lines that are dialled with the prefix: whether their operator lets them answer by themselves."""

from __future__ import annotations

from collections.abc import Iterator

from portier.config import directory
from portier.doctor.dialled import Dialled, by_prefix, whole
from portier.doctor.finding import Finding, Reporter, Severity
from portier.doctor.known import Known
from portier.doctor.machine import Machine
from portier.intercom import numbers, steps
from portier.intercom.lines import Seen
from portier.intercom.options import YES_REMARK, Obstacle, Options, mode, obstacles

_REPORT = Reporter("line")
_MOST_OF_RESIDENTS = 50
"""More would take the operator longer than a check may."""


def check(machine: Machine, known: Known) -> Iterator[Finding]:
    """Tell each line's mode by the key of this machine, or the way without one."""
    config = known.config
    if config is None:
        yield _REPORT.note(
            "the intercom mode of lines is not checked: the configuration has problems, or there is none"
        )
        return
    look = machine.directory(directory.files(config.directory))
    if look.lines is None:
        yield _REPORT.note(
            "the lines of the directory are not checked: it was not read",
            "run this command by sudo" if look.forbidden else "",
        )
    prefix = config.dialling.prefix
    dialled, addressed = by_prefix(config, look), whole(config, look)
    if dialled and prefix != steps.PREFIX:
        yield _REPORT.note(
            f"the prefix {prefix} is not {steps.PREFIX}: whether a line answers by itself is "
            "a matter of its PBX"
        )
    asked = dialled | addressed if prefix == steps.PREFIX else addressed
    if asked:
        yield from _asked(machine, asked)
    elif not dialled and look.lines is not None:
        yield _REPORT.ok("no line of the configuration or the directory is dialled with a prefix")


def _asked(machine: Machine, dialled: Dialled) -> Iterator[Finding]:
    of_directory = dict(list(dialled.of_residents.items())[:_MOST_OF_RESIDENTS])
    wanted = (*dialled.configured.values(), *of_directory.values())
    seen = machine.lines_at_operator(tuple(dict.fromkeys(wanted)))
    if not seen.has_key:
        yield _REPORT.note(
            f"whether lines answer a call with {steps.PREFIX} is not checked: there is no key for the "
            "operator's API",
            f'"portier line login" asks for one. Where the lines are OVHcloud\'s, without it: {steps.BOTH}',
        )
        return
    if seen.trouble:
        yield _REPORT.warning(f"the operator was not asked, or not to the end: {seen.trouble}", seen.advice)
    if not seen.numbers:
        if not seen.trouble:
            yield _REPORT.warning(
                f"the key sees no line at all: whether any answers a call with {steps.PREFIX} is not checked",
                'ask for a key of the account that has the lines, by "portier line login"',
            )
        return
    for place, written in dialled.configured.items():
        yield from _judged(place, written, seen)
    of_residents = [one for place, written in of_directory.items() for one in _judged(place, written, seen)]
    yield from (one for one in of_residents if one.severity is not Severity.OK)
    if good := sum(one.severity is Severity.OK for one in of_residents):
        count = f"{good} line{'' if good == 1 else 's'}"
        yield _REPORT.ok(f"{count} of the directory: intercom mode on (prefixed)")
    if left := len(dialled.of_residents) - len(of_directory):
        yield _REPORT.note(
            f"{left} more of the directory's lines are not checked: these are the first {_MOST_OF_RESIDENTS}",
            "portier line list shows every line of the account",
        )


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
    yield from (_of_obstacle(place, number, one) for one in obstacles(options))


def _of_obstacle(place: str, number: str, one: Obstacle) -> Finding:
    if one.stops:
        text = f"{place}: no call reaches the telephone: {one}"
        return _REPORT.warning(
            text, f"turn that off in the customer area; portier line show {number} tells more"
        )
    advice = (
        "a voicemail that answers counts as somebody, unless a key is asked for"
        if one.forwards
        else "the operator may refuse the station's calls for it: if so, turn that off in the customer area"
    )
    return _REPORT.note(f"{place}: a call may go astray: {one}", advice)


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
