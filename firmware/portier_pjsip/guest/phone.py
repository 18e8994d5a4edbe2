"""One of two phones: a call between them goes by TLS, its sound by SRTP, coded with Opus.

`phone answer CERTIFICATE KEY` prints its port, then what it heard; `phone call CERTIFICATE KEY PORT` plays a
tone to it and prints how the call went. The sound passes through PJSIP's master port, as in the station.
"""

from __future__ import annotations

import json
import math
import re
import sys
import time
from array import array
from itertools import pairwise
from typing import Any

from portier.adapters import pjsip_library
from portier.adapters.audio.bridge import MasterPort
from portier_pjsip.guest.endpoint import FRAME_MS, RATE_HZ, Certificate, endpoint, tls_transport

TONE_HZ = 1000
_ENOUGH_FRAMES = 100
_LIMIT_S = 60.0
_LATEST_S = 0.1
_SAMPLES = RATE_HZ * FRAME_MS // 1000
_LOUD = 1000

pj = pjsip_library.load()
_Account: Any = pj.Account
_Call: Any = pj.Call


class _Leg(_Call):
    """A call; what is worth telling of it is copied out as it happens."""

    def __init__(self, account: Any, call_id: int, told: dict[str, Any]) -> None:
        super().__init__(account, call_id)
        self._told = told

    def onCallState(self, prm: Any) -> None:
        """The call began, was answered, or ended."""
        del prm
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self._told.setdefault("status", int(info.lastStatusCode))
            self._told["ended"] = True

    def onCallSdpCreated(self, prm: Any) -> None:
        """Our offer or answer, before it is sent."""
        event = re.search(r"a=rtpmap:(\d+) telephone-event/", prm.sdp.wholeSdp)
        if event:
            self._told["telephone_event"] = int(event[1])

    def onCallMediaState(self, prm: Any) -> None:
        """Media were negotiated: connected as the station does."""
        del prm
        info = self.getInfo()
        media = info.media
        if media.size() == 0 or media[0].status != pj.PJSUA_CALL_MEDIA_ACTIVE:
            return
        devices = pj.Endpoint.instance().audDevManager()
        far = self.getAudioMedia(0)
        far.startTransmit(devices.getPlaybackDevMedia())
        devices.getCaptureDevMedia().startTransmit(far)
        stream = self.getStreamInfo(0)
        self._told.setdefault("status", 200)
        self._told["codec"] = f"{stream.codecName}/{stream.codecClockRate}"
        suite = re.search(r"Crypto-suite:?\s*(\S+)", self.dump(True, ""))
        self._told["srtp"] = suite[1] if suite else ""


class _Phone(_Account):
    """An account that takes one call."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__()
        self._told = told
        self.leg: _Leg | None = None

    def onIncomingCall(self, prm: Any) -> None:
        """Answer."""
        self.leg = _Leg(self, int(prm.callId), self._told)
        answer = pj.CallOpParam(True)
        answer.statusCode = 200
        self.leg.answer(answer)


def main() -> int:
    """Be one of the two phones."""
    role, certificate = sys.argv[1], Certificate(*sys.argv[2:4])
    told: dict[str, Any] = {}
    with endpoint(pj) as running:
        port = MasterPort(pjsip_library.path(), int(running.audDevManager().setNoDev()), _SAMPLES)
        port.attach()
        listening = tls_transport(pj, running, certificate)
        for codec in running.codecEnum2():
            running.codecSetPriority(codec.codecId, 255 if codec.codecId.startswith("opus/") else 0)
        phone = _Phone(told)
        phone.create(_account_config())
        if role == "answer":
            _say({"port": listening})
        else:
            phone.leg = _Leg(phone, -1, told)
            sound_alone = pj.CallOpParam(True)
            sound_alone.opt.textCount = sound_alone.opt.videoCount = 0
            phone.leg.makeCall(f"sip:b@127.0.0.1:{int(sys.argv[4])};transport=tls", sound_alone)
        loud = _talk(running, port, told)
        if phone.leg is not None and "ended" not in told:
            phone.leg.hangup(pj.CallOpParam())
            until_s = time.monotonic() + 1.0
            while "ended" not in told and time.monotonic() < until_s:
                running.libHandleEvents(10)
        phone.leg = None
        phone.shutdown()
        del phone
    _say({**told, "played_hz": TONE_HZ, **_judged(loud)})
    return 0


def _account_config() -> Any:
    config = pj.AccountConfig()
    config.idUri = "sip:check@127.0.0.1"
    config.mediaConfig.srtpUse = pj.PJMEDIA_SRTP_MANDATORY
    config.mediaConfig.srtpSecureSignaling = 1
    config.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
    config.natConfig.iceEnabled = False
    return config


def _talk(running: Any, port: MasterPort, told: dict[str, Any]) -> list[array[int]]:
    """Move a frame each way every 20 ms while the call lives, and play a tone; the frames that were loud.

    The caller (of a call that goes well) ends it when it has heard enough, however long an emulator needs.
    """
    loud: list[array[int]] = []
    radian = 2 * math.pi * TONE_HZ / RATE_HZ
    tone = array("h", (round(8000 * math.sin(radian * at)) for at in range(_SAMPLES))).tobytes()
    next_s = time.monotonic()
    until_s = next_s + _LIMIT_S
    while "ended" not in told and len(loud) < _ENOUGH_FRAMES and next_s < until_s:
        running.libHandleEvents(5)
        now_s = time.monotonic()
        if now_s < next_s:
            continue
        # A machine that cannot keep up falls behind, and does not run after it for ever.
        next_s = max(next_s + FRAME_MS / 1000, now_s - _LATEST_S)
        heard = array("h", port.exchange(tone) or b"")
        if max(map(abs, heard), default=0) > _LOUD:
            loud.append(heard)
    return loud


def _judged(loud: list[array[int]]) -> dict[str, Any]:
    """How long something was heard, and its pitch."""
    rises = sum(1 for frame in loud for before, after in pairwise(frame) if before < 0 <= after)
    heard_s = len(loud) * FRAME_MS / 1000
    return {"heard_s": round(heard_s, 2), "heard_hz": round(rises / heard_s) if loud else 0}


def _say(facts: dict[str, Any]) -> None:
    sys.stdout.write(f"\n{json.dumps(facts)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
