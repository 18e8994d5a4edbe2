"""Findings as a table for people, or as one JSON object a line for programs."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from portier.doctor.examination import examine
from portier.doctor.finding import Finding, Say, Severity, exit_code
from portier.doctor.known import read_known
from portier.doctor.machine import Machine

_SUBJECT_WIDTH = 14
_SEVERITY_WIDTH = 9
_INDENT = " " * (_SEVERITY_WIDTH + _SUBJECT_WIDTH)
_NARROWEST = 60


def doctor(machine: Machine, config: Path, say: Say, *, as_json: bool, use_network: bool) -> int:
    """Examine the machine and tell each finding as soon as it is known; the exit code by severity."""
    width = _width()
    findings = []
    try:
        for finding in examine(machine, read_known(config), use_network=use_network):
            findings.append(finding)
            say(as_object(finding) if as_json else as_rows(finding, width))
        if not as_json:
            say(summary(findings))
    except BrokenPipeError:
        # Who reads may leave before us (portier doctor | head); Python flushes stdout once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return exit_code(findings)


def as_object(finding: Finding) -> str:
    """One JSON object."""
    return json.dumps({**asdict(finding), "severity": finding.severity.name})


def as_rows(finding: Finding, width: int | None) -> str:
    """A row of the table, its advice below it; wrapped at a width, or not at all."""
    head = f"{finding.severity.name:{_SEVERITY_WIDTH}}{finding.subject:{_SUBJECT_WIDTH}}"
    rows = _wrapped(finding.text, head, _INDENT, width)
    if finding.advice:
        rows += _wrapped(finding.advice, f"{_INDENT}-> ", f"{_INDENT}   ", width)
    return "\n".join(rows)


def summary(findings: Iterable[Finding]) -> str:
    """How many there are of what calls for something."""
    counts = Counter(finding.severity for finding in findings)
    words = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
    told = [f"{counts[one]} {word}{'' if counts[one] == 1 else 's'}" for one, word in words.items()]
    return f"\n{', '.join(told)}"


def _wrapped(text: str, head: str, indent: str, width: int | None) -> list[str]:
    plain = "".join(one if one.isprintable() else "?" for one in text)
    if width is None:
        return [head + plain]
    return textwrap.wrap(
        plain,
        width,
        initial_indent=head,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _width() -> int | None:
    return max(_NARROWEST, shutil.get_terminal_size().columns) if sys.stdout.isatty() else None
