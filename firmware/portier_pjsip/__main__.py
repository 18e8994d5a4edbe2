"""The command line of `make wheel`."""

from __future__ import annotations

import sys


def main() -> int:
    """Run one command; the exit code (errors.py lists them)."""
    if sys.version_info < (3, 11):  # noqa: UP036 -- this file alone is read by older ones too
        sys.stderr.write(
            "make wheel: this is Python %d.%d; Portier needs 3.11 or newer: "  # noqa: UP031
            "name one, as in make wheel PYTHON=python3.11\n" % sys.version_info[:2]
        )
        return 69
    from portier_pjsip import commands

    return commands.run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
