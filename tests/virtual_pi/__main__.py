"""`python -m tests.virtual_pi`: the installed station on kernel pins, kernel sound and systemd."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.lab import network, roots, run as lab_run
from tests.lab.report import Report
from tests.virtual_pi import image, kept, page, run
from tests.virtual_pi.case import CASES, Case
from tests.virtual_pi.cases import aarch64, load

_INSIDE = "PORTIER_VIRTUAL_PI_INSIDE"
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
    load()
    options = _options()
    if options.list:
        for case in CASES.values():
            print(f"{case.name}\n    {case.expected}")
        return 0
    cases = [case for case in CASES.values() if not options.only or case.name in options.only]
    if reason := _unfit():
        # What did not run is not ok, and the report says so of every case.
        _report(options.output).refuse(reason)
        print(reason, file=sys.stderr)
        return 1
    if os.environ.get(_INSIDE) != "1":
        # Whatever fails from here on, what an earlier run saw is not taken for this one's.
        _report(options.output)
        # Not within: what is made once is worth keeping, whoever ends this.
        roots.asterisk(lab_run.say)
        image.made(lab_run.say)
        if any(case.boot is None for case in cases):
            lab_run.say("aarch64: the bundle of a Raspberry Pi")
            aarch64.prepare(options.output.resolve() / "bundles")
        _move_into_own_network()
    network.lay()
    return _look(cases, options.output.resolve())


def _look(cases: Sequence[Case], output: Path) -> int:
    report = _report(output)
    shutil.rmtree(output / "outside", ignore_errors=True)
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="portier-pi-") as short:
        for outcome in run.all_of(cases, output, image.made(lambda _: None), Path(short)):
            outcomes.append(outcome)
            report.take(outcome)
    print(lab_run.table(outcomes))
    figures = kept.rows(output.parent)
    print(f"\n{page.text(figures)}")
    shown = page.write(output, report.rows, figures, time.strftime("%d %B %Y, %H:%M"))
    good, took_s = sum(one.ok for one in outcomes), sum(one.took_s for one in outcomes)
    print(f"\n  {good} of {len(outcomes)} ok, {took_s:.0f} s; {report.file}, {shown}")
    return 0 if good == len(outcomes) else 1


def _report(folder: Path) -> Report:
    return Report(folder / "report.json", CASES.values(), lambda: {"figures": kept.rows(folder.parent)})


def _unfit() -> str:
    """Why this machine cannot emulate another; empty where it can."""
    missing = sorted({package for program, package in _PACKAGES.items() if not shutil.which(program)})
    if missing:
        return f"a virtual Pi needs these Debian packages: apt-get install {' '.join(missing)}"
    if os.geteuid() != 0:
        return (
            "a virtual Pi is installed in a container and stands in a network of its own, and only root can "
            "make these: sudo make virtual-pi"
        )
    if not Path("/dev/net/tun").exists():
        return "there is no /dev/net/tun, which the cable of a virtual Pi ends in: modprobe tun"
    return ""


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.virtual_pi", description="The installed station on an emulated machine."
    )
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", choices=list(CASES), help="only these cases; see --list"
    )
    parser.add_argument("--list", action="store_true", help="tell the cases, and look at none")
    parser.add_argument(
        "--output", type=Path, default=Path("build/virtual-pi"), help="where the files go (%(default)s)"
    )
    return parser.parse_args()


def _move_into_own_network() -> None:
    os.environ[_INSIDE] = "1"
    command = network.move_in((sys.executable, "-m", "tests.virtual_pi", *sys.argv[1:]))
    os.execvp(command[0], command)  # noqa: S606 -- no shell is wanted


if __name__ == "__main__":
    sys.exit(main())
