"""Tries a wheel in a room: on this machine, or in a system of the machine it is for, by an emulator.

That it compiles proves little: configured for another machine, PJSIP leaves TLS out and says so in passing.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from types import MappingProxyType

from portier_pjsip import judgement, wheel
from portier_pjsip.errors import CheckError
from portier_pjsip.judgement import Answer, Expected
from portier_pjsip.programs import asked
from portier_pjsip.room import Room

NEEDED_MIB = 100
_LIMIT_S = 120.0
_CODE, _WHEEL = "firmware", "wheel"
_PACKAGES = ("portier", "portier_pjsip")
_FIRMWARE = Path(__file__).parent.parent
_CERTIFICATES = ("trusted", "other")

Say = Callable[[str, str], None]


class Trial:
    """A wheel unpacked in a room, beside the code that tries it. `python` is the room's."""

    def __init__(
        self,
        made: Path,
        expected: Expected,
        room: Room,
        python: str,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._name = made.name
        self._expected = expected
        self._room = room
        self._python = python
        self._environment = environment
        self._content = wheel.read(made)

    def run(self, say: Say) -> dict[str, str]:
        """Every check; what each found, told as soon as it is known. Raises CheckError at the first fault."""
        self._set_up()
        checks: tuple[tuple[str, Callable[[], str]], ...] = (
            ("asserts", self._asserts),
            (
                "library",
                lambda: judgement.library(self._expected, self._answer("portier.doctor.probes.pjsip")),
            ),
            ("self-test", self._self_test),
            ("TLS", lambda: judgement.tls(self._answer("portier_pjsip.guest.tls", *self._certificate(0)))),
            ("call", lambda: judgement.call(*self._call(0, 0))),
            ("stranger", lambda: judgement.refusal(self._call(0, 1)[0])),
            ("attacks", self._attacks),
        )
        found = {}
        for name, check in checks:
            try:
                found[name] = check()
            except CheckError as error:
                raise CheckError(f"{self._name}: {name}: {error}") from error
            say(name, found[name])
        return found

    def _set_up(self) -> None:
        for name, data in self._content.items():
            file = self._room.work / _WHEEL / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        for package in _PACKAGES:
            code = self._room.work / _CODE / package
            shutil.copytree(_FIRMWARE / package, code, ignore=shutil.ignore_patterns("__pycache__"))
        for name in _CERTIFICATES:
            self._make_certificate(self._room.work / name)

    def _make_certificate(self, path: Path) -> None:
        subject = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
        key = ("-newkey", "rsa:2048", "-noenc", "-keyout", f"{path}.key")
        asked(("openssl", "req", "-x509", *key, "-days", "2", *subject, "-out", f"{path}.pem"))

    def _certificate(self, which: int) -> tuple[str, str]:
        path = f"{self._room.inside}/{_CERTIFICATES[which]}"
        return f"{path}.pem", f"{path}.key"

    def _asserts(self) -> str:
        (module,) = [data for name, data in self._content.items() if name.startswith("_pjsua2.")]
        return judgement.asserts(self._expected, module)

    def _self_test(self) -> str:
        with self._started("portier.selftest") as child:
            child.ended()
        return "the master port and the other calls by ctypes fit this build"

    def _attacks(self) -> str:
        if self._expected.asserts:
            return "not tried: asserts end it at some of them"
        answer = self._answer("portier_pjsip.guest.attacked", *self._expected.attacks)
        return judgement.attacks(self._expected, answer)

    def _answer(self, module: str, *arguments: str) -> Answer:
        with self._started(module, *arguments) as child:
            return child.ended()

    def _call(self, caller: int, answerer: int) -> tuple[Answer, Answer]:
        phone = "portier_pjsip.guest.phone"
        with self._started(phone, "answer", *self._certificate(answerer)) as answering:
            port = str(answering.next_answer()["port"])
            with self._started(phone, "call", *self._certificate(caller), port) as calling:
                called = calling.ended()
            # Without a call the other would wait for one for as long as it may.
            return called, answering.ended() if called.get("status") == 200 else {}

    @contextmanager
    def _started(self, module: str, *arguments: str) -> Iterator[_Child]:
        words = self._room.command((self._python, "-P", "-s", "-m", module, *arguments))
        paths = ":".join(f"{self._room.inside}/{one}" for one in (_WHEEL, _CODE))
        with subprocess.Popen(
            words,
            env={**os.environ, "PYTHONPATH": paths, "LC_ALL": "C.UTF-8", **self._environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as process:
            child = _Child(module, process)
            try:
                yield child
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                child.join()


class _Child:
    """A program under trial that tells JSON objects, one a line, within a time."""

    def __init__(self, module: str, process: subprocess.Popen[str]) -> None:
        self._module = module
        self._process = process
        self._answers: SimpleQueue[Answer | None] = SimpleQueue()
        self._said: list[str] = []
        self._readers = [Thread(target=one, daemon=True) for one in (self._read_answers, self._read_errors)]
        for reader in self._readers:
            reader.start()

    def join(self) -> None:
        """Wait until all it said is read: once it is dead."""
        for reader in self._readers:
            reader.join()

    def next_answer(self) -> Answer:
        """The next object it tells. Raises CheckError where it ends or is late instead."""
        try:
            answer = self._answers.get(timeout=_LIMIT_S)
        except Empty:
            raise CheckError(f"{self._module} told nothing within {_LIMIT_S:.0f} s") from None
        if answer is None:
            raise self._failure(self._process.wait())
        return answer

    def ended(self) -> Answer:
        """The last object it tells, empty where it tells none. Raises CheckError where it ends in error."""
        try:
            code = self._process.wait(_LIMIT_S)
        except subprocess.TimeoutExpired:
            raise CheckError(f"{self._module} did not end within {_LIMIT_S:.0f} s") from None
        if code != 0:
            raise self._failure(code)
        self.join()
        last: Answer = {}
        while (one := self._answers.get()) is not None:
            last = one
        return last

    def _failure(self, code: int) -> CheckError:
        self.join()
        end = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        return CheckError(f"{self._module} {end}: {' / '.join(self._said[-3:]) or 'it said nothing'}")

    def _read_answers(self) -> None:
        for line in self._process.stdout or ():
            if line.startswith("{"):
                self._answers.put(json.loads(line))
        self._answers.put(None)

    def _read_errors(self) -> None:
        self._said += [line.strip() for line in self._process.stderr or () if line.strip()]
