"""How the installed binding was built, where it is one of the project's own (`make wheel`).

Read from a module beside it, without loading PJSIP: so it can be told when PJSIP cannot be loaded.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass

DISTRIBUTION = "pjsua2-python"
"""The name of the published wheels, and of ours: pip keeps one of them at a time."""

OTHER_DISTRIBUTION = "pjsua2"
"""The name PJSIP's own setup.py gives: pip would install it beside the other, into the same files."""


@dataclass(frozen=True, slots=True)
class OwnBuild:
    """What decided it; `packages` are the Debian packages with the libraries it needs.

    `left_out` are our changes to PJSIP that its source had no place for.
    """

    version: str
    asserts: bool
    g729: bool
    system: str
    machine: str
    python: str
    compiler: str
    source_sha256: str
    packages: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    ipv6: bool = False


def own() -> OwnBuild | None:
    """The build of our own that is installed; None where it is another's, or none."""
    try:
        facts = importlib.import_module("pjsua2_build").BUILD
        target = facts["target"]
        return OwnBuild(
            version=str(facts["version"]),
            asserts=bool(facts["asserts"]),
            g729=bool(facts["g729"]),
            system=str(target["system"]),
            machine=str(target["machine"]),
            python=str(target["python"]),
            compiler=str(facts["compiler"]),
            source_sha256=str(facts["source"]["sha256"]),
            packages=tuple(sorted({str(one) for one in facts["libraries"].values()})),
            left_out=tuple(map(str, facts.get("left_out", ()))),
            ipv6=facts.get("settings", {}).get("PJ_HAS_IPV6") == "1",
        )
    except (ImportError, AttributeError, KeyError, TypeError):
        return None
