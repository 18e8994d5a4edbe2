"""The line that answers, called by a real PJSIP in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import select
import subprocess
import sys
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from portier.bench.line import (
    RING_ONLY,
    Agent,
    Answer,
    Behaviour,
    Challenge,
    KeyWay,
    Registrar,
    What,
    refuse,
    sound,
)
from portier.bench.line.client import LineProcess

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("pjsua2") is None, reason="PJSIP's binding is not here"
)

USER = "36913100000000"
CALLER_HZ = 440
LINE_HZ = 1000

Seen = dict[str, Any]


class Caller:
    """A PJSIP process that calls the line, does what it is told, and tells what it saw at its end."""

    def __init__(self, folder: Path, port: int, password: str = "") -> None:
        self.heard = folder / "caller-heard.wav"
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(folder), str(port), password],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, word: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()

    def finish(self) -> list[Seen]:
        """Wait for its end; every event it told."""
        output, _ = self._process.communicate(timeout=15)
        assert self._process.returncode == 0
        return [json.loads(line) for line in output.splitlines() if line.startswith("{")]

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()


@contextmanager
def calling(folder: Path, port: int, password: str = "") -> Iterator[Caller]:
    sound.save(folder / "caller-says.wav", sound.sine(CALLER_HZ, 1))
    caller = Caller(folder, port, password)
    try:
        yield caller
    finally:
        caller.close()


def level(samples: bytes, hz: float) -> float:
    """How strong a tone is in the last half second of a recording at 8 kHz."""
    values = array("h", samples)[-4000:]
    step = 2 * math.pi * hz / 8000
    real = sum(value * math.cos(step * n) for n, value in enumerate(values))
    imaginary = sum(value * math.sin(step * n) for n, value in enumerate(values))
    return 2 * math.hypot(real, imaginary) / len(values)


def test_a_call_with_sound_both_ways_and_each_digit_once(tmp_path: Path) -> None:
    sound.save(tmp_path / "line-says.wav", sound.sine(LINE_HZ, 1))
    with LineProcess("--voice", str(tmp_path / "line-says.wav"), "--ring-ms", "50") as line:
        with calling(tmp_path, line.port) as caller:
            invited = line.wait_for(What.INVITE, timeout_s=10)
            line.wait_for(What.ACKED)
            line.wait_for(What.FIRST_AUDIO)
            line.digits("12")
            sent = [line.wait_for(What.DIGIT_SENT) for _ in range(2)]
            line.digits("55", KeyWay.INFO)
            sent += [line.wait_for(What.DIGIT_SENT) for _ in range(2)]
            time.sleep(0.8)
            line.send("save", path=str(tmp_path / "line-heard.wav"))
            saved = line.wait_for(What.SAVED)
            caller.tell("hang_up")
            assert line.wait_for(What.ENDED)["by"] == "station"
            seen = caller.finish()
        assert line.events[0]["event"] == "ready"
    assert invited["to_user"] == USER
    # An INFO may overtake the packets of the key before it; among their own kind keys keep their order.
    digits = sorted((event for event in seen if event["event"] == "digit"), key=lambda digit: digit["method"])
    assert [(digit["key"], digit["method"]) for digit in digits] == [("1", 0), ("2", 0), ("5", 1), ("5", 1)]
    late_ms = [(digit["mono_ns"] - left["mono_ns"]) / 1e6 for digit, left in zip(digits, sent, strict=True)]
    assert all(0 <= late < 500 for late in late_ms)
    (called,) = (event for event in seen if event["event"] == "calling")
    assert 0 < invited["mono_ns"] - called["mono_ns"] < 1e9
    assert int(saved["received"]) > 40
    assert saved["lost"] == 0
    line_heard = sound.load(tmp_path / "line-heard.wav")
    # The caller's recorder writes its header late, if at all: the samples begin after 44 bytes.
    caller_heard = caller.heard.read_bytes()[44:]
    caller_heard = caller_heard[: len(caller_heard) // 2 * 2]
    assert level(line_heard, CALLER_HZ) > 4000
    assert level(line_heard, LINE_HZ) < 400
    assert level(caller_heard, LINE_HZ) > 4000
    assert level(caller_heard, CALLER_HZ) < 400


def test_the_line_hangs_up(tmp_path: Path) -> None:
    with Agent(behaviour=Behaviour(answer=Answer(ring_s=0))) as line, calling(tmp_path, line.port) as caller:
        line.wait_for(What.ACKED, timeout_s=10)
        line.hang_up()
        assert line.wait_for(What.ENDED).details["by"] == "line"
        assert caller.finish()[-1]["status"] == 200


def test_a_new_offer_and_none_are_accepted(tmp_path: Path) -> None:
    with Agent(behaviour=Behaviour(answer=Answer(ring_s=0))) as line, calling(tmp_path, line.port) as caller:
        line.wait_for(What.ACKED, timeout_s=10)
        assert line.reinvite() == 200
        assert line.reinvite(with_offer=False) == 200
        caller.tell("hang_up")
        line.wait_for(What.ENDED)
        caller.finish()


def test_cancel_brings_487(tmp_path: Path) -> None:
    with Agent(behaviour=Behaviour(answer=RING_ONLY)) as line, calling(tmp_path, line.port) as caller:
        line.wait_for(What.RINGING, timeout_s=10)
        caller.tell("hang_up")
        assert line.wait_for(What.ENDED).details == {"by": "station", "status": 487}
        assert caller.finish()[-1]["status"] == 487


@pytest.mark.parametrize("status", [404, 486, 603])
def test_a_refusal_arrives(tmp_path: Path, status: int) -> None:
    behaviour = Behaviour(answer=refuse(status))
    with Agent(behaviour=behaviour) as line, calling(tmp_path, line.port) as caller:
        assert caller.finish()[-1] == {"event": "state", "phase": "DISCONNECTED", "status": status}
        line.wait_request("ACK")


def test_digest_for_register_and_invite(tmp_path: Path) -> None:
    challenge = Challenge("door", "a long secret", realm="house", nonce_length=120)
    behaviour = Behaviour(
        answer=refuse(486),
        registrar=Registrar(challenge=challenge),
        challenge=Challenge("door", "a long secret", realm="house", status=407, qop=False),
        registered_only=True,
    )
    with Agent(behaviour=behaviour) as line, calling(tmp_path, line.port, "a long secret") as caller:
        registered = line.wait_for(What.REGISTER, timeout_s=10)
        assert registered.details["status"] == 200
        assert line.wait_for(What.INVITE).details["to_user"] == USER
        assert caller.finish()[-1]["status"] == 486
        challenged = [event.details for event in line.events if event.what is What.CHALLENGED]
        assert challenged == [{"method": "REGISTER", "status": 401}, {"method": "INVITE", "status": 407}]
        assert list(line.bindings) == ["door"]


def test_a_wrong_password_is_refused(tmp_path: Path) -> None:
    challenge = Challenge("door", "a long secret")
    with Agent(behaviour=Behaviour(registrar=Registrar(challenge=challenge))) as line:
        with calling(tmp_path, line.port, "another") as caller:
            assert caller.finish()[-1] == {"event": "registration", "status": 403}
        assert not line.bindings


def act(folder: Path, port: int, password: str) -> None:
    """The PJSIP side, in the child process."""
    import pjsua2 as pj

    def tell(event: str, **fields: object) -> None:
        print(json.dumps({"event": event, **fields}), flush=True)

    class Account(pj.Account):  # type: ignore[misc]
        status = 0

        def onRegState(self, result: Any) -> None:  # noqa: N802
            self.status = result.code
            tell("registration", status=result.code)

    class Call(pj.Call):  # type: ignore[misc]
        over = False

        def onCallState(self, _: Any) -> None:  # noqa: N802
            info = self.getInfo()
            self.over = info.state == pj.PJSIP_INV_STATE_DISCONNECTED
            tell("state", phase=info.stateText, status=info.lastStatusCode)

        def onCallMediaState(self, _: Any) -> None:  # noqa: N802
            info = self.getInfo()
            if info.media[0].status == pj.PJSUA_CALL_MEDIA_ACTIVE:
                media = self.getAudioMedia(0)
                ports[0].startTransmit(media)
                media.startTransmit(ports[1])

        def onDtmfDigit(self, digit: Any) -> None:  # noqa: N802
            tell("digit", key=digit.digit, method=digit.method, mono_ns=time.monotonic_ns())

    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = False
    config.logConfig.level = config.logConfig.consoleLevel = 0
    config.medConfig.noVad = True
    config.medConfig.clockRate = 8000
    endpoint.libInit(config)
    transport = pj.TransportConfig()
    transport.boundAddress = "127.0.0.1"
    endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    codecs = endpoint.codecEnum2()
    for codec in codecs:
        endpoint.codecSetPriority(codec.codecId, 255 if codec.codecId.startswith("PCMA") else 0)
    ports: list[Any] = [pj.AudioMediaPlayer(), pj.AudioMediaRecorder()]
    ports[0].createPlayer(str(folder / "caller-says.wav"))
    ports[1].createRecorder(str(folder / "caller-heard.wav"))
    settings = pj.AccountConfig()
    settings.idUri = "sip:door@127.0.0.1"
    if password:
        settings.regConfig.registrarUri = f"sip:127.0.0.1:{port}"
        settings.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", "door", 0, password))
    account = Account()
    account.create(settings)
    until_s = time.monotonic() + 12
    while password and not account.status and time.monotonic() < until_s:
        endpoint.libHandleEvents(10)
    if account.status not in {0, 200}:
        os._exit(0)
    call = Call(account)
    tell("calling", mono_ns=time.monotonic_ns())
    call.makeCall(f"sip:{USER}@127.0.0.1:{port}", pj.CallOpParam(True))
    while not call.over and time.monotonic() < until_s:
        endpoint.libHandleEvents(10)
        if select.select([0], [], [], 0)[0] and os.read(0, 100):
            call.hangup(pj.CallOpParam())
    over = call.over
    del call
    ports.clear()
    # What libDestroy would tidy takes a second, and the process ends here.
    os._exit(0 if over else 1)


if __name__ == "__main__":
    act(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
