"""What is to be built, all that decides its bytes, and what the wheel tells of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from portier_pjsip import settings, wheel
from portier_pjsip.cache import key_of
from portier_pjsip.libraries import to_build
from portier_pjsip.patches import PATCHES
from portier_pjsip.settings import Variant
from portier_pjsip.source import Source
from portier_pjsip.target import Target

ABOUT_MODULE = "pjsua2_build"

_ABOUT = '''"""How this pjsua2 was built: `python -m pjsua2_build` prints it, without loading PJSIP."""

import json

BUILD = json.loads("""
{facts}
""")

if __name__ == "__main__":
    print(json.dumps(BUILD, indent=2))
'''


@dataclass(frozen=True, slots=True)
class Order:
    """One wheel."""

    target: Target
    variant: Variant
    source: Source

    @property
    def version(self) -> str:
        """PJSIP's version, with a local part that says whose build it is (PEP 440)."""
        number = re.match(r"\d+(\.\d+)*", self.source.version)
        public = number[0] if number else "0"
        suffix = re.sub(r"[^a-z0-9]+", ".", self.source.version.removeprefix(public).lower()).strip(".")
        more = f".{suffix}" if suffix else ""
        return f"{public}+portier.{settings.RECIPE}{self.variant.label}{more}"

    @property
    def file(self) -> str:
        """The wheel's file name."""
        return f"{wheel.stem(self.version)}-{self.target.tag}.whl"

    @property
    def key(self) -> str:
        """A name that changes with all that decides the wheel's bytes."""
        return key_of([asdict(self.target), self.source.sha256, self.facts()])

    def facts(self) -> dict[str, object]:
        """What is decided before the build."""
        return {
            "version": self.version,
            "pjsip": self.source.version,
            "recipe": settings.RECIPE,
            "asserts": self.variant.asserts,
            "g729": self.variant.g729,
            "settings": {one.name: one.value for one in settings.SETTINGS},
            "patches": {one.name: key_of(asdict(one)) for one in PATCHES},
            "switches": list(settings.configure_switches(self.variant)),
            "flags": [*settings.compile_flags(self.variant), *settings.LINK_FLAGS, *settings.BINDING_FLAGS],
            "against": list(to_build(self.variant)),
            "target": {
                "system": self.target.system,
                "machine": self.target.machine,
                "python": "{}.{}".format(*self.target.python),
            },
        }

    def about(self, compiler: str, libraries: Mapping[str, str], left_out: Sequence[str] = ()) -> str:
        """The text of the module that tells how the wheel was built; `left_out` are patches without place."""
        source = {"file": self.source.file, "sha256": self.source.sha256, "origin": self.source.origin}
        built = {"source": source, "left_out": list(left_out)}
        facts = {**self.facts(), **built, "compiler": compiler, "libraries": dict(libraries)}
        return _ABOUT.format(facts=json.dumps(facts, indent=2).replace("\\", "\\\\"))

    def metadata(self, libraries: Mapping[str, str]) -> str:
        """The text of METADATA."""
        licence = "GPL-3.0-or-later" if self.variant.g729 else "GPL-2.0-or-later"
        packages = "".join(f"Requires-External: {one}\n" for one in sorted(set(libraries.values())))
        build = "with asserts, for tests" if self.variant.asserts else "without asserts"
        return (
            "Metadata-Version: 2.1\n"
            f"Name: {wheel.NAME}\n"
            f"Version: {self.version}\n"
            "Summary: PJSIP's Python binding (pjsua2), built by Portier from source\n"
            f"License: {licence}\n"
            f"Requires-Python: =={'{}.{}'.format(*self.target.python)}.*\n"
            f"{packages}"
            "\n"
            f"PJSIP {self.source.version} {build}, for {self.target.system}, {self.target.machine}.\n"
            f"It uses that system's own libraries. `python -m {ABOUT_MODULE}` tells how it was built.\n"
        )
