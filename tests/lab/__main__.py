"""`python -m tests.lab`: the station against PBXs and telephones that we did not write."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.lab import command_line, network, own_pjsip, roots, run
from tests.lab.case import CASES, Case
from tests.lab.cases import load
from tests.lab.looks import Looks
from tests.lab.report import Report

_INSIDE = "PORTIER_LAB_INSIDE"
_PACKAGES = {
    "baresip": "baresip-core",
    "ip": "iproute2",
    "mmdebstrap": "mmdebstrap",
    "nsenter": "util-linux",
    "sipp": "sip-tester",
    "unshare": "util-linux",
}


def main() -> int:
    """Look at the cases; 0 when each is ok."""
    load()
    options = _options()
    if options.list:
        command_line.tell_all(CASES.values())
        return 0
    cases = [
        case
        for case in CASES.values()
        if (not options.only or case.name in options.only) and (case.quick or not options.quick)
    ]
    if reason := _unfit():
        # What did not run is not ok, and lab.json says so of every case.
        _report(options.output).refuse(reason)
        print(reason, file=sys.stderr)
        return 1
    if os.environ.get(_INSIDE) != "1":
        # Whatever fails from here on, what an earlier run saw is not taken for this one's.
        _report(options.output)
        # Not within: what is made once is worth keeping, whoever ends this.
        roots.asterisk(run.say)
        roots.kamailio(run.say)
        own_pjsip.prepare(run.say)
        _move_into_own_network()
    network.lay()
    return _look(cases, options.output.resolve(), options.again)


def _look(cases: Sequence[Case], output: Path, again: bool) -> int:
    report, both = _report(output), Looks(cases)
    shutil.rmtree(output / "again", ignore_errors=True)
    for outcome in run.all_of(cases, output / "cases"):
        report.take(both.take(outcome))
    if again and (wanted := both.begin_second()):
        run.say(f"once more: {', '.join(case.name for case in wanted)}")
        for outcome in run.all_of(wanted, output / "again"):
            report.take(both.take(outcome))
    outcomes = both.outcomes
    print(run.table(outcomes))
    good, took_s = sum(one.ok for one in outcomes), sum(one.took_s for one in outcomes)
    print(f"\n  {good} of {len(outcomes)} ok, {took_s:.0f} s; {report.file}")
    return 0 if good == len(outcomes) else 1


def _report(folder: Path) -> Report:
    return Report(folder / "lab.json", CASES.values())


def _unfit() -> str:
    """Why this machine cannot be the lab; empty where it can."""
    if missing := command_line.missing("the lab", _PACKAGES):
        return missing
    if os.geteuid() != 0:
        return (
            "the lab starts servers in Debian systems of their own, which only root may enter: sudo make lab"
        )
    return ""


def _options() -> argparse.Namespace:
    parser = command_line.parser(
        "python -m tests.lab", "The station at PBXs and telephones.", CASES, "build/lab"
    )
    parser.add_argument(
        "--quick", action="store_true", help="only what takes a few seconds each, as in make test"
    )
    return parser.parse_args()


def _move_into_own_network() -> None:
    os.environ[_INSIDE] = "1"
    command = network.move_in((sys.executable, "-m", "tests.lab", *sys.argv[1:]))
    os.execvp(command[0], command)  # noqa: S606 -- no shell is wanted


if __name__ == "__main__":
    sys.exit(main())
