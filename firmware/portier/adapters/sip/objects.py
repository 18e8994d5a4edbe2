"""PJSIP's account and call: every callback copies plain values, hands them over and returns.

A callback must not raise (PJSIP's binding prints and keeps the traceback, which keeps the object alive past
libDestroy: an abort), and some run on threads of PJSIP's own.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable
from typing import Any, Protocol

from portier.adapters import pjsip_library
from portier.adapters.sip.keys import KeyOnce
from portier.adapters.sip.wire import plain_offer

pj = pjsip_library.load()
_Account: Any = pj.Account
_Call: Any = pj.Call
_log = logging.getLogger(__name__)
_REFUSED = 603


class CallSink(Protocol):
    """Where a call's news go. `digit` is called on a media thread, the rest on the SIP thread."""

    def call_state(self, leg: int, state: int, status: int) -> None: ...
    def digit(self, leg: int, key: str) -> None: ...
    def invite_sent(self, leg: int, size_bytes: int) -> None: ...


class AccountSink(Protocol):
    """Where an account's news go, on the SIP thread."""

    def registration(self, status: int, expires_s: int) -> None: ...
    def incoming(self, account: StationAccount, call_id: int) -> None: ...


def _guarded(callback: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(callback)
    def guard(*arguments: Any) -> Any:
        try:
            return callback(*arguments)
        except Exception as fault:  # noqa: BLE001 -- see the module's text
            _log.error("sip: fault in %s: %s: %s", callback.__name__, type(fault).__name__, fault)
            return None

    return guard


class StationAccount(_Account):
    """An account of the station's: at its domain, for targets elsewhere, or for strangers."""

    def __init__(self, sink: AccountSink) -> None:
        super().__init__()
        self._sink = sink

    @_guarded
    def onRegState(self, prm: Any) -> None:
        """A REGISTER got its answer, or none."""
        self._sink.registration(int(prm.code), int(prm.expiration))

    @_guarded
    def onIncomingCall(self, prm: Any) -> None:
        """Somebody calls the station."""
        self._sink.incoming(self, int(prm.callId))


class StationCall(_Call):
    """One call leg: ours, or a stranger's that waits to be refused (`leg` below 0)."""

    def __init__(self, account: StationAccount, sink: CallSink, leg: int, call_id: int | None = None) -> None:
        if call_id is None:
            super().__init__(account)
        else:
            super().__init__(account, call_id)
        self._sink = sink
        self._key_once = KeyOnce()
        self.leg = leg

    @_guarded
    def onCallState(self, prm: Any) -> None:
        """The leg's state changed."""
        del prm
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            self._join_media()
        self._sink.call_state(self.leg, int(info.state), int(info.lastStatusCode))

    @_guarded
    def onCallMediaState(self, prm: Any) -> None:
        """Media were negotiated. Before the answer nobody hears anybody."""
        del prm
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            self._join_media()

    @_guarded
    def onCallSdpCreated(self, prm: Any) -> None:
        """Our offer or answer, before it is sent."""
        prm.sdp.wholeSdp = plain_offer(prm.sdp.wholeSdp)

    @_guarded
    def onCallTsxState(self, prm: Any) -> None:
        """A request of the leg was sent or answered."""
        event = prm.e
        if event.type != pj.PJSIP_EVENT_TSX_STATE:
            return
        change = event.body.tsxState
        if change.type == pj.PJSIP_EVENT_TX_MSG and change.tsx.method == "INVITE":
            sent = change.src.tdata
            self._sink.invite_sent(self.leg, len(sent.wholeMsg))

    @_guarded
    def onDtmfDigit(self, prm: Any) -> None:
        """A key by RFC 4733 or SIP INFO (by onDtmfEvent too, which is therefore left alone)."""
        key = str(prm.digit)
        if self._key_once.counts(key, int(prm.method), time.monotonic()):
            self._sink.digit(self.leg, key)

    @_guarded
    def onCallTransferRequest(self, prm: Any) -> None:
        """A REFER: a station dials only what its rules name."""
        prm.statusCode = _REFUSED

    @_guarded
    def onCallReplaceRequest(self, prm: Any) -> None:
        """A Replaces: nobody takes the visitor over."""
        prm.statusCode = _REFUSED

    def onCallRedirected(self, prm: Any) -> int:
        """A 3xx: not followed."""
        del prm
        return int(pj.PJSIP_REDIRECT_STOP)

    def _join_media(self) -> None:
        # The parents of nested pj values must stay in variables: temporaries free what is read from them.
        info = self.getInfo()
        media = info.media
        devices = pj.Endpoint.instance().audDevManager()
        for index in range(media.size()):
            if (
                media[index].type == pj.PJMEDIA_TYPE_AUDIO
                and media[index].status == pj.PJSUA_CALL_MEDIA_ACTIVE
            ):
                far = self.getAudioMedia(index)
                far.startTransmit(devices.getPlaybackDevMedia())
                devices.getCaptureDevMedia().startTransmit(far)
