"""The command line of `make bundle`, `make install` and the like."""

from __future__ import annotations

import sys


def main() -> int:
    """Run one command; the exit code (errors.py lists them)."""
    if sys.version_info < (3, 11):  # noqa: UP036 -- this file alone is read by older ones too
        sys.stderr.write(
            "portier: this is Python %d.%d; Portier needs 3.11 or newer, which Debian 12 and 13 have: "  # noqa: UP031
            "nothing was changed\n" % sys.version_info[:2]
        )
        return 69
    from portier_install import commands

    return commands.run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
