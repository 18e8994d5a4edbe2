"""The far phone of a path, as a program: `phone.py HOST CODEC SOUND SHOWN BUFFER SAID HEARD`.

It answers a call. SOUND is the address of its sound, SHOWN the one it tells, BUFFER its jitter buffer, `lan`
or `wifi`. On a line `go` it says the file SAID, and keeps in HEARD what it hears from then on (WAV, 16 kHz),
until its standard input ends.
"""

from __future__ import annotations

import select
import sys
import time
from typing import Any

from tests.integration.card_station import (
    NO_WAITING,
    account_settings,
    active_audio,
    make_endpoint,
    say,
)

_LIMIT_S = 300.0


def main(host: str, codec: str, sound: str, shown: str, buffer: str, said: str, heard: str) -> None:
    """Be the phone."""
    import pjsua2 as pj

    endpoint, account, address = make_endpoint(pj, host, codec, "wifi" if buffer == "wifi" else "lan")
    endpoint.audDevManager().setNullDev()
    calls: list[Any] = []
    media: list[Any] = []

    class Phone(pj.Account):  # type: ignore[misc]
        def onIncomingCall(self, incoming: Any) -> None:  # noqa: N802
            calls.append(pj.Call(self, incoming.callId))
            accept = pj.CallOpParam()
            accept.statusCode = 200
            calls[-1].answer(accept)

    settings = account_settings(pj, "far", address, sound)
    transport = settings.mediaConfig.transportConfig
    transport.publicAddress = shown
    phone = Phone()
    phone.create(settings, True)
    say("answering", address, transport.port)
    give_up_s = time.monotonic() + _LIMIT_S
    while time.monotonic() < give_up_s:
        if select.select([sys.stdin], [], [], 0)[0]:
            if sys.stdin.readline() != "go\n":
                break
            media += _speak(pj, active_audio(pj, calls[-1]), said, heard)
            say("speaking")
        endpoint.libHandleEvents(10)
    # They write their files as they are dropped, and must be before the library.
    media.clear()
    calls.clear()
    phone.shutdown()
    account.shutdown()
    del phone, account
    endpoint.libDestroy(NO_WAITING)


def _speak(pj: Any, audio: Any, said: str, heard: str) -> list[Any]:
    player, recorder = pj.AudioMediaPlayer(), pj.AudioMediaRecorder()
    player.createPlayer(said, pj.PJMEDIA_FILE_NO_LOOP)
    recorder.createRecorder(heard)
    player.startTransmit(audio)
    audio.startTransmit(recorder)
    return [player, recorder]


if __name__ == "__main__":
    main(*sys.argv[1:])
