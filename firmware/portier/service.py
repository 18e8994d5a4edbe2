"""The service: the station as a process, with its signals, its watchdog, and an end for every fault."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from portier import status
from portier.adapters import systemd
from portier.app import Parts, Station
from portier.core.states import State
from portier.plan import Plan
from portier.process import settle_memory
from portier.watchdog import Watchdog

_log = logging.getLogger(__name__)
_LAST_RESORT_S = 2.9
_LAST_WORDS_S = 0.5
_FAULT_EXIT_CODE = 70


async def serve(
    plan: Plan,
    parts: Parts | None = None,
    control_path: Path | None = None,
    state_folder: Path | None = None,
) -> int:
    """Run the station until SIGTERM, SIGINT or SIGHUP; the exit code.

    Raises PortierError when it cannot start. A fault of ours, in any thread, ends it with code 70 and every
    relay de-energised.
    """
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    faults: list[BaseException] = []

    def on_fault(fault: BaseException) -> None:
        station.lock_now()
        faults.append(fault)
        _log.critical("fault, the station ends: %s: %s", type(fault).__name__, fault)
        loop.call_soon_threadsafe(ended.set)

    def on_thread_fault(arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value:
            on_fault(arguments.exc_value)

    def on_callback_fault(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        loop.default_exception_handler(context)
        # A task or a connection that failed is its owner's matter; a callback of ours is nobody's.
        if "handle" in context and isinstance(fault := context.get("exception"), Exception):
            on_fault(fault)

    threading.excepthook = on_thread_fault
    loop.set_exception_handler(on_callback_fault)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, ended.set)
    station = Station(plan, parts or Parts(), on_fault, control_path, state_folder)

    status_line = systemd.StatusLine(loop)

    def show(state: State) -> None:
        now = status.snapshot(state)
        sound = "" if now.sound_works else "; no sound"
        status_line.show(f"{now}; registration: {now.registration}{sound}")

    def end_at_once(why: str) -> None:
        try:
            station.lock_now()
            say_last_words(why)
        finally:
            os._exit(_FAULT_EXIT_CODE)

    watchdog: Watchdog | None = None
    try:
        await _started(station, ended, lambda: _FAULT_EXIT_CODE if faults else 0)
        settle_memory()
        systemd.ready()
        show(station.runtime.state)
        station.runtime.watch(show)
        watchdog = Watchdog(station.beats, systemd.watchdog, end_at_once)
        watchdog.start()
        await ended.wait()
    finally:
        systemd.stopping()
        status_line.close()
        if watchdog is not None:
            watchdog.stop()
        last_resort = threading.Timer(_LAST_RESORT_S, end_at_once, ["the stop takes too long"])
        last_resort.daemon = True
        last_resort.start()
        station.stop()
        last_resort.cancel()
    code = _FAULT_EXIT_CODE if faults else 0
    _log.info("stopped")
    if not station.sip_ended:
        # Leaving Python while PJSIP still lives aborts the process.
        logging.shutdown()
        os._exit(code)
    return code


async def _started(station: Station, ended: asyncio.Event, exit_code: Callable[[], int]) -> None:
    """Start the station; when it is to end before that is done, leave the process, locked."""
    start, end = asyncio.create_task(station.start()), asyncio.create_task(ended.wait())
    await asyncio.wait({start, end}, return_when=asyncio.FIRST_COMPLETED)
    end.cancel()
    if start.done():
        return await start
    # The start waits for other threads, which nobody can hurry: nothing is lost by leaving at once.
    station.abandon()
    say_last_words("told to end during the start")
    os._exit(exit_code())


def say_last_words(why: str) -> None:
    """Log why the process ends, from a thread that may hang: the end must not wait for a log."""

    def say() -> None:
        _log.critical("the station ends: %s", why)
        logging.shutdown()

    words = threading.Thread(target=say, daemon=True)
    words.start()
    words.join(_LAST_WORDS_S)
