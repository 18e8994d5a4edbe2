"""Proof, in a child process, that this build of PJSIP is the one our ctypes calls expect.

A wrong layout is no exception but an abort, so it must not happen in the process that holds the door.
"""

from __future__ import annotations

import signal
import subprocess
import sys

from portier.children import end_child, end_with_parent
from portier.errors import PjsipMissingError, PortierError, SelfTestError

COMMAND = (sys.executable, "-P", "-m", "portier.selftest")
_TIMEOUT_S = 20.0


class Proof:
    """Begins the self-test; `wait` waits for its end."""

    def __init__(self) -> None:
        self._child = subprocess.Popen(
            COMMAND, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )

    def wait(self) -> None:
        """Wait until it is proved.

        Raises:
            PjsipMissingError: there is no PJSIP to test.
            SelfTestError: it lacks a symbol, has another layout, or aborted.
        """
        try:
            _, said = self._child.communicate(timeout=_TIMEOUT_S)
        except subprocess.TimeoutExpired as error:
            self._child.kill()
            self._child.communicate()
            raise SelfTestError(
                f"sip: the self-test of PJSIP did not end within {_TIMEOUT_S:.0f} s"
            ) from error
        judge(self._child.returncode, said)

    def end(self) -> None:
        """Prove no more."""
        end_child(self._child)


def run() -> None:
    """Run the self-test and wait for it; raises as `Proof.wait` does."""
    Proof().wait()


def judge(code: int, stderr: str) -> None:
    """Say what the child's end means; raises as `Proof.wait` does."""
    if code == 0:
        return
    said = (stderr.strip().splitlines() or ["nothing"])[-1]
    if code == PjsipMissingError.exit_code:
        raise PjsipMissingError(said)
    if code < 0:
        name = signal.Signals(-code).name
        raise SelfTestError(
            f"sip: this build of PJSIP ended its self-test by {name}: {said}; use PJSIP 2.15 to 2.17"
        )
    raise SelfTestError(said)


def main() -> int:
    """The child: every check, or one line on stderr and the exit code of its error."""
    from portier.adapters.audio.bridge import check_master_port
    from portier.adapters.sip.selftest import check_udp_only

    end_with_parent()
    try:
        check_master_port()
        check_udp_only()
    except PortierError as error:
        print(error, file=sys.stderr)  # noqa: T201 -- the parent reads it
        return error.exit_code
    except Exception as error:
        reason = getattr(error, "reason", None)
        if reason is None:
            raise
        # PJSIP's own class, whose text is its name alone.
        print(f"sip: PJSIP refused its self-test: {reason}", file=sys.stderr)  # noqa: T201
        return SelfTestError.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
