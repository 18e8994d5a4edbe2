"""How `portier run` starts: pins locked before anything else, then all that takes time side by side."""

from __future__ import annotations

from pathlib import Path

from portier import __version__, lock
from portier.checking import Checking
from portier.errors import ConfigError, PortierError
from portier.selftest import Proof


def run(config: Path, socket: Path | None, verbose: bool, state: Path | None = None) -> int:
    """Run the station until it is told to end; the exit code. Every error is in the log.

    `socket` is where the control socket is to be, `state` the folder of what outlives a start, None for the
    usual places.
    """
    locked, said = lock.run(config)
    # Both need an interpreter of their own, and none of what this process imports meanwhile.
    checking, proof = Checking(config), Proof()
    try:
        import asyncio
        import logging

        from portier import control_path, logs, process, service, state_path
        from portier.app import Parts

        logs.set_up(verbose)
        log = logging.getLogger("portier")
        log.debug("at the start: %d, %s", locked, said)
        try:
            plan, warnings = checking.result()
            for warning in warnings:
                log.warning("%s", warning)
            log.info('portier %s: "%s" starts', __version__, plan.name)
            socket_path = control_path.for_station(socket)
            if socket_path is None:
                log.warning("%s", control_path.missing())
            state_folder = state_path.for_station(state)
            if state_folder is None:
                log.warning("%s", state_path.missing())
            else:
                state_path.make(state_folder)
            with asyncio.Runner(loop_factory=process.exact_loop) as runner:
                return runner.run(service.serve(plan, Parts(prove=proof.wait), socket_path, state_folder))
        except ConfigError as error:
            for problem in error.problems:
                log.critical("%s: %s", error.source, problem)
            return error.exit_code
        except PortierError as error:
            log.critical("%s", error)
            return error.exit_code
    finally:
        checking.end()
        proof.end()
