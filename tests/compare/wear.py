"""What the audit log costs a memory card: the bytes that 1,000 releases put on the disk."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.compare.figures import Row
from tests.compare.place import Place

RELEASES = 1000
_LIMIT_S = 600


def wear_rows(place: Place) -> list[Row]:
    """Each release alone, in a write of its own: the worst there is. Those that come together share one."""
    folder = place.folder("rows")
    folder.mkdir()
    place.say(f"{RELEASES} releases in the audit log")
    ran = subprocess.run(
        [sys.executable, "-m", "tests.compare.wear", str(folder)],
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=True,
    )
    seen = json.loads(ran.stdout)
    mib = seen["written_bytes"] / 2**20
    measures = (
        f"{seen['counter']} of /proc/PID/io, without what the file system adds for itself; each release in a "
        "write of its own, on the disk before the next "
        f"({seen['took_s'] / RELEASES * 1000:.1f} ms each), {seen['written_bytes'] / RELEASES / 1024:.1f} "
        f"KiB a release; {seen['kept_bytes'] / 2**20:.2f} MiB are kept in the end; the rival writes no log"
    )
    return [Row(f"{RELEASES} releases: bytes written to disk", "MiB", mib, measures=measures)]


def measure(folder: Path, releases: int = RELEASES) -> dict[str, object]:
    """Write them in this process; what the kernel counts of it."""
    import time

    from portier.adapters.journal.purge import Rule
    from portier.adapters.journal.row import entry
    from portier.adapters.journal.stamps import Stamps
    from portier.adapters.journal.store import Store
    from portier.core.audit import Record, Road, What

    store, stamps = Store(folder, Rule()), Stamps(lambda *_: True)
    stamps.look()
    store.append([], stamps.now())
    before, began_s = _counters(), time.monotonic()
    for number in range(releases):
        record = Record(
            What.RELEASED, "front", Road.RELEASE_DIGIT, f"resident {number % 50}", 1 + number % 50
        )
        store.append([entry(record, stamps.now())], stamps.now())
    store.close()
    took_s, after = time.monotonic() - began_s, _counters()
    # A file system in memory counts nothing as written.
    counter = "write_bytes" if after["write_bytes"] > before["write_bytes"] else "wchar"
    return {
        "written_bytes": after[counter] - before[counter],
        "counter": counter,
        "took_s": took_s,
        "kept_bytes": sum(one.stat().st_size for one in folder.iterdir()),
    }


def _counters() -> dict[str, int]:
    pairs = (line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return {name: int(value) for name, value in pairs}


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]))))
