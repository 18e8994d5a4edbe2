"""The README's chapter on Asterisk, tried as it stands there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from tests.lab.case import Found, case
from tests.lab.cases.calls import visit
from tests.lab.network import PBX
from tests.lab.place import Place

_README = Path(__file__).parents[3] / "README.md"
_CHAPTER = "## At an Asterisk of your own"
_EXAMPLE_ADDRESS = "192.0.2.10"


@case(
    "asterisk: as the README has it",
    "its pjsip.conf, extensions.conf and portier.toml, with this network's address: G.722 both ways, the "
    "digit opens the door",
    quick=True,
)
def as_the_readme_has_it(place: Place, found: Found) -> None:
    pjsip, extensions, station = blocks()
    config = tomllib.loads(station)
    sip = "\n".join(f'{key} = "{value}"' for key, value in config["sip"].items() if key != "password_file")
    line = config["buttons"]["bell"]["line"]
    password = re.findall(r"password = (\S+)", pjsip)[0]
    pbx = place.asterisk(files={"pjsip.conf": pjsip, "extensions.conf": extensions})
    phone = place.phone(line, password=password, codec="G722")
    door = place.door(password, {"sip": sip.replace(_EXAMPLE_ADDRESS, PBX.address)}, bell=line)
    found.that(door.registers() and pbx.knows(config["sip"]["user"]), "registered")
    found.that(pbx.knows(line), "the telephone too")
    visit(found, door, phone)
    found.that("answer-after=0" in phone.log, "by the header")
    found.that(door.until(lambda: bool(door.calls), 3.0) and "G722" in door.calls[-1], "in G.722")


def blocks() -> tuple[str, str, str]:
    """pjsip.conf, extensions.conf and portier.toml of the chapter."""
    chapter = _README.read_text().partition(f"{_CHAPTER}\n")[2].partition("\n## ")[0]
    pjsip, extensions, station = re.findall(
        r"^```(?:ini|toml)\n(.*?)^```$", chapter, re.MULTILINE | re.DOTALL
    )
    return pjsip, extensions, station
