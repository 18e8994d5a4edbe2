"""Where a scene is played: a network namespace of its own, so that nothing of this machine takes part."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.interop.baresip import MODULES, Codec
from tests.interop.scene import LIMIT_S, Seen

_ROOT = Path(__file__).parents[2]
_PACKAGES = {"baresip": "baresip-core", "ip": "iproute2", "unshare": "util-linux"}
_REFUSED = "this machine refuses network namespaces: run as root, or allow user namespaces; "


def play(story: str, codec: Codec, folder: Path) -> Seen:
    """Play a scene; AssertionError with all that was said when it does not come to its end."""
    missing = [package for program, package in _PACKAGES.items() if shutil.which(program) is None]
    if "baresip-core" not in missing and not MODULES.is_dir():
        missing.append("baresip-core")
    assert not missing, f"needed for this test, and not here: apt-get install {' '.join(missing)}"
    own = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]
    scene = [sys.executable, "-m", "tests.interop.scene", story, codec, str(folder)]
    ended = subprocess.run(
        [*own, *scene],
        cwd=_ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S + 2,
        check=False,
    )
    if ended.returncode != 0:
        refused = "not permitted" in ended.stderr or "denied" in ended.stderr
        raise AssertionError(
            f"{_REFUSED if refused else ''}the scene ended with {ended.returncode}:\n"
            f"{ended.stderr}\n{_phone_log(folder)}"
        )
    seen = Seen(**json.loads(ended.stdout))
    seen.station_log = ended.stderr
    return seen


def _phone_log(folder: Path) -> str:
    logs = folder.glob("*/log")
    return "\n".join(log.read_text(errors="replace") for log in logs)
