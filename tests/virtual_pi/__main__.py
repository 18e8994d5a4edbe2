"""`python -m tests.virtual_pi`: the installed station on kernel pins, kernel sound and systemd."""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.lab import command_line, roots, run as lab_run
from tests.lab.case import Outcome
from tests.lab.looks import Looks
from tests.lab.report import Report
from tests.virtual_pi import image, kept, page
from tests.virtual_pi.case import CASES, Case
from tests.virtual_pi.cases import lanes, load
from tests.virtual_pi.lanes import Lanes

_PACKAGES = {
    "baresip": "baresip-core",
    "ip": "iproute2",
    "mkfs.ext4": "e2fsprogs",
    "mmdebstrap": "mmdebstrap",
    "qemu-system-x86_64": "qemu-system-x86",
    "systemd-nspawn": "systemd-container",
    "unshare": "util-linux",
}


def main() -> int:
    """Look at the cases; 0 when each is ok."""
    # Lanes, and their disks, end with this.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    load()
    options = _options()
    if options.list:
        command_line.tell_all(CASES.values())
        return 0
    cases = [case for case in CASES.values() if not options.only or case.name in options.only]
    # Whatever fails from here on, what an earlier run saw is not taken for this one's.
    report = _report(options.output.resolve())
    if reason := _unfit():
        # What did not run is not ok, and the report says so of every case.
        report.refuse(reason)
        print(reason, file=sys.stderr)
        return 1
    return _look(cases, options.output.resolve(), report, options.again)


def _look(cases: Sequence[Case], output: Path, report: Report, again: bool) -> int:
    began_s = time.monotonic()
    (output / page.NAME).unlink(missing_ok=True)
    shutil.rmtree(output / "again", ignore_errors=True)
    roots.asterisk(lab_run.say)
    made = image.made(lab_run.say)
    both = Looks(cases)

    def take(outcome: Outcome) -> None:
        known = both.take(outcome)
        report.take(known)
        head = f"     {known.case.name}"
        lab_run.say(f"{head:<86} {'ok' if known.ok else 'NOT OK':>6} {outcome.took_s:6.1f} s")

    def look(wanted: Sequence[Case], folder: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="portier-pi-", ignore_cleanup_errors=True) as short:
            at_once = Lanes(folder, Path(short), made, take)
            try:
                for lane in lanes(wanted):
                    if reason := lane.prepare(output / "bundles"):
                        at_once.refuse(lane.cases, reason)
                    else:
                        at_once.begin(lane.name, lane.cases, lane.nice)
                at_once.wait()
            finally:
                at_once.end()

    look(cases, output)
    if again and (wanted := both.begin_second()):
        lab_run.say(f"once more, with no other lane beside: {', '.join(case.name for case in wanted)}")
        for case in wanted:
            look([case], output / "again" / lab_run.slug(case.name))
    return _told(both.outcomes, output, report, time.monotonic() - began_s)


def _told(outcomes: Sequence[Outcome], output: Path, report: Report, took_s: float) -> int:
    print(lab_run.table(outcomes))
    figures = kept.rows(output.parent)
    print(f"\n{page.text(figures)}")
    shown = page.write(output, report.rows, figures, time.strftime("%d %B %Y, %H:%M"))
    good, used = sum(one.ok for one in outcomes), resource.getrusage(resource.RUSAGE_CHILDREN)
    processors = (used.ru_utime + used.ru_stime) / took_s
    print(
        f"\n  {good} of {len(outcomes)} ok, {took_s:.0f} s with {processors:.1f} processors busy; "
        f"{report.file}, {shown}"
    )
    return 0 if good == len(outcomes) else 1


def _report(folder: Path) -> Report:
    return Report(folder / "report.json", CASES.values(), lambda: {"figures": kept.rows(folder.parent)})


def _unfit() -> str:
    """Why this machine cannot emulate another; empty where it can."""
    if missing := command_line.missing("a virtual Pi", _PACKAGES):
        return missing
    if os.geteuid() != 0:
        return (
            "a virtual Pi is installed in a container and stands in a network of its own, and only root can "
            "make these: sudo make virtual-pi"
        )
    if not Path("/dev/net/tun").exists():
        return "there is no /dev/net/tun, which the cable of a virtual Pi ends in: modprobe tun"
    return ""


def _options() -> argparse.Namespace:
    about = "The installed station on an emulated machine."
    return command_line.parser("python -m tests.virtual_pi", about, CASES, "build/virtual-pi").parse_args()


if __name__ == "__main__":
    sys.exit(main())
