"""PJSIP's account and call: every callback copies plain values, hands them over and returns.

A callback must not raise (PJSIP's binding prints and keeps the traceback, which keeps the object alive past
libDestroy: an abort), and some run on threads of PJSIP's own.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable
from typing import Any, ParamSpec, Protocol, TypeVar

from portier.adapters import pjsip_library
from portier.adapters.sip import codecs, info_keys, switches
from portier.adapters.sip.sound_guard import SoundGuard
from portier.adapters.sip.telephone_events import EventPacket, TelephoneEvents
from portier.adapters.sip.wire import TELEPHONE_EVENT_PAYLOAD, plain_offer
from portier.facts import StreamReading
from portier.keys_heard import KeyNews, Stage, Way

pj = pjsip_library.load()
_Account: Any = pj.Account
_Call: Any = pj.Call
_Endpoint: Any = pj.Endpoint
_log = logging.getLogger(__name__)
_P = ParamSpec("_P")
_T = TypeVar("_T")
_REFUSED = 603
_DYNAMIC_PAYLOADS = range(96, 128)
_IS_END = 2
"""PJMEDIA_STREAM_DTMF_IS_END, which the binding does not know (pjmedia/stream.h)."""


class CallSink(Protocol):
    """Where a call's news go, in their order: all on the SIP thread, which hears the media too."""

    def call_state(self, leg: int, state: int, status: int) -> None: ...
    def renegotiates(self, leg: int) -> None: ...
    def reinvited(self, leg: int, status: int) -> None: ...
    def key(self, news: KeyNews) -> None: ...
    def unreadable_key(self, leg: int, form: str) -> None: ...
    def event_payload(self, leg: int, offered: int, answered: int | None) -> None: ...
    def message(self, leg: int, sent: bool, text: str, size_bytes: int) -> None: ...
    def heard(self, leg: int, source: str, message: str) -> None: ...


class AccountSink(Protocol):
    """Where an account's news go, on the SIP thread."""

    def registration(self, status: int, expires_s: int, source: str, reason: str) -> None: ...
    def incoming(self, account: StationAccount, call_id: int) -> None: ...


def _guarded(callback: Callable[_P, _T]) -> Callable[_P, _T | None]:
    @functools.wraps(callback)
    def guard(*arguments: _P.args, **named: _P.kwargs) -> _T | None:
        try:
            return callback(*arguments, **named)
        except Exception as fault:  # noqa: BLE001 -- see the module's text
            # As text: a line of the log outlives PJSIP, and a fault keeps its traceback.
            _log.error("sip: fault in %s: %s", callback.__name__, f"{type(fault).__name__}: {fault}")
            return None

    return guard


class StationEndpoint(_Endpoint):
    """PJSIP's one endpoint, which asks by `choose` which account takes a request that begins something.

    `choose` is given the message, its source (host and port) and the address of its pjsip_rx_data; None
    leaves the choice to PJSIP.
    """

    def __init__(self, choose: Callable[[str, str, int], int | None]) -> None:
        super().__init__()
        self._choose = choose

    @_guarded
    def onSelectAccount(self, prm: Any) -> None:
        """A request from outside, which belongs to no dialog."""
        came = prm.rdata
        chosen = self._choose(str(came.wholeMsg), str(came.srcAddress), int(came.pjRxData))
        if chosen is not None:
            prm.accountIndex = chosen


def _is_from_far_end(event: Any) -> bool:
    return bool(event.type == pj.PJSIP_EVENT_TSX_STATE and event.body.tsxState.type == pj.PJSIP_EVENT_RX_MSG)


class StationAccount(_Account):
    """An account of the station's: at its domain, for targets elsewhere, or for strangers."""

    def __init__(self, sink: AccountSink) -> None:
        super().__init__()
        self._sink = sink

    @_guarded
    def onRegState(self, prm: Any) -> None:
        """A REGISTER got its answer, or none."""
        answer = prm.rdata
        source = str(answer.srcAddress)
        self._sink.registration(int(prm.code), int(prm.expiration), source, str(prm.reason))

    @_guarded
    def onIncomingCall(self, prm: Any) -> None:
        """Somebody calls the station."""
        self._sink.incoming(self, int(prm.callId))


class StationCall(_Call):
    """One call: a leg of ours, or one from outside that nobody has answered, under its keeper's number."""

    def __init__(self, account: StationAccount, sink: CallSink, leg: int, call_id: int | None = None) -> None:
        if call_id is None:
            super().__init__(account)
        else:
            super().__init__(account, call_id)
        self._sink = sink
        self._from_outside = call_id is not None
        self._events = TelephoneEvents()
        self.event_payload = TELEPHONE_EVENT_PAYLOAD
        """How this leg's offers number telephone-event."""
        self._is_joined = False
        self._asking_tone: Any = None
        self.sound_guard = SoundGuard()
        # A far end may offer its sound in several ways, of which one is taken.
        self._sounding = 0
        self.leg = leg
        self.invite: tuple[str, str] | None = None
        """The INVITE as it left last, and where it went, host and port."""
        self.last_word: tuple[bool, str] = (False, "")
        """Whether the far end said the last status, not PJSIP by itself, and its reason."""

    def belong(self, sink: CallSink, leg: int) -> None:
        """From now on it is this leg, and its news go there."""
        self._sink, self.leg = sink, leg

    @_guarded
    def onCallState(self, prm: Any) -> None:
        """The leg's state changed."""
        info = self.getInfo()
        if info.state in (pj.PJSIP_INV_STATE_CONNECTING, pj.PJSIP_INV_STATE_DISCONNECTED):
            self.last_word = _is_from_far_end(prm.e), str(info.lastReason)
            # The answer to the INVITE: what else tells of messages comes too late for it.
            self._tell_message(prm.e, answers=True)
        self._sink.call_state(self.leg, int(info.state), int(info.lastStatusCode))

    @_guarded
    def onCallMediaState(self, prm: Any) -> None:
        """Media were negotiated, maybe anew. Nobody hears anybody before that is wanted."""
        del prm
        self._connect_media()

    @_guarded
    def onCallSdpCreated(self, prm: Any) -> None:
        """Our offer or answer, before it is sent, and before the stream that it is to change has ended."""
        self._sink.renegotiates(self.leg)
        # Who calls has numbered telephone-event already.
        payload = None if self._from_outside else self.event_payload
        prm.sdp.wholeSdp = plain_offer(prm.sdp.wholeSdp, payload)
        self.sound_guard.describes(str(prm.sdp.wholeSdp))

    @_guarded
    def onStreamPreCreate(self, prm: Any) -> None:
        """Sound was agreed on: keys by RFC 4733 are taken under the number that the far end gave them."""
        stream = prm.streamInfo
        self._events.clock_hz = codecs.event_clock_hz(str(stream.codecName))
        # Before the ACK: what comes from then on is the telephone's, and may not be forgotten.
        self.sound_guard.admit(str(stream.remoteRtpAddress))
        offered, answered = int(stream.audRxEventPt), int(stream.audTxEventPt)
        if answered in _DYNAMIC_PAYLOADS:
            stream.audRxEventPt = self.event_payload = answered
        self._sink.event_payload(self.leg, offered, answered if answered > 0 else None)

    @_guarded
    def onCallTsxState(self, prm: Any) -> None:
        """A message of the leg was sent or came."""
        self._tell_message(prm.e, answers=False)
        self._tell_reinvited(prm.e)

    @_guarded
    def onDtmfEvent(self, prm: Any) -> None:
        """A packet of RFC 4733. A key by INFO, which PJSIP tells here too, was read from its message."""
        if prm.method != pj.PJSUA_DTMF_METHOD_RFC2833:
            return
        at_s = time.monotonic()
        ended = bool(prm.flags & _IS_END)
        packet = EventPacket(str(prm.digit), int(prm.timestamp), int(prm.duration), ended)
        came = self._events.take(packet, at_s)
        news = KeyNews(self.leg, Way.EVENT, packet.key, at_s, came.stage, came.lasted_ms / 1000, came.odd)
        self._sink.key(news)

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

    @_guarded
    def _tell_message(self, event: Any, answers: bool) -> None:
        """Tell the message of a transaction's event: final answers to our INVITE, or all others."""
        if event.type != pj.PJSIP_EVENT_TSX_STATE:
            return
        change = event.body.tsxState
        if change.type not in (pj.PJSIP_EVENT_TX_MSG, pj.PJSIP_EVENT_RX_MSG):
            return
        sent, transaction = change.type == pj.PJSIP_EVENT_TX_MSG, change.tsx
        source = change.src
        if not sent:
            came = source.rdata
            self._sink.heard(self.leg, str(came.srcAddress), str(came.wholeMsg))
            if transaction.role == pj.PJSIP_ROLE_UAS and transaction.method == "INFO":
                self._take_info(came)
            self.sound_guard.hears(str(came.srcAddress))
        method, status = str(transaction.method), int(transaction.statusCode)
        is_request = sent is (transaction.role == pj.PJSIP_ROLE_UAC)
        if answers is not (method == "INVITE" and not sent and not is_request and status >= 200):
            return
        if is_request:
            went = source.tdata
            whole = str(went.wholeMsg) if sent else ""
            if sent and method == "INVITE":
                self.invite = whole, str(went.dstAddress)
            answers_challenge = "uthorization: " in whole
            self._sink.message(self.leg, sent, method + ", authorised" * answers_challenge, len(whole))
        else:
            of = "" if method == "INVITE" else f" ({method})"
            self._sink.message(self.leg, sent, f"{status} {transaction.statusText}{of}", 0)

    def _tell_reinvited(self, event: Any) -> None:
        """Tell the last answer to a re-INVITE of ours; that to the INVITE comes before the call stands."""
        if not _is_from_far_end(event):
            return
        transaction = event.body.tsxState.tsx
        status = int(transaction.statusCode)
        if transaction.role == pj.PJSIP_ROLE_UAC and transaction.method == "INVITE" and status >= 200:
            self._sink.reinvited(self.leg, status)

    def _take_info(self, came: Any) -> None:
        """Take the key of an INFO. PJSIP answers one form by itself, and refuses the other unless we do."""
        message = str(came.wholeMsg)
        form = info_keys.form_of(message)
        if form is None:
            return
        found = info_keys.read(message)
        if found is None:
            self._sink.unreadable_key(self.leg, form)
            return
        if form == info_keys.PLAIN:
            switches.accept(pjsip_library.path(), int(came.pjRxData))
        at_s = time.monotonic()
        self._sink.key(KeyNews(self.leg, Way.INFO, found.key, at_s, Stage.DOWN, found.lasted_s))

    @_guarded
    def reading(self, at_s: float) -> StreamReading | None:
        """What the call's stream has counted so far; None where it has none (any more)."""
        try:
            stream, statistics = self.getStreamInfo(self._sounding), self.getStreamStat(self._sounding)
        except pj.Error:
            return None
        rtcp, buffer = statistics.rtcp, statistics.jbuf
        came, gone = rtcp.rxStat, rtcp.txStat
        if not came.pkt:
            self.sound_guard.nothing_came(at_s)
        codec, jitter = stream.audCodecParam, came.jitterUsec
        facts = codec.info
        return StreamReading(
            leg=self.leg,
            codec=str(stream.codecName),
            received=int(came.pkt),
            lost=int(came.loss),
            discarded=int(came.discard),
            sent=int(gone.pkt),
            lost_at_far_end=int(gone.loss) if gone.updateCount else None,
            jitter_ms=codecs.jitter_ms(str(stream.codecName), jitter.mean),
            buffer_ms=float(buffer.size * facts.frameLen),
            reports=int(gone.updateCount),
            both_ways=int(stream.dir) == pj.PJMEDIA_DIR_ENCODING_DECODING,
            at_s=at_s,
        )

    @_guarded
    def join(self) -> None:
        """Let the visitor and the far end of the answered call hear each other, until it ends."""
        self._is_joined = True
        self._connect_media()

    @_guarded
    def ask(self, tone: Any) -> None:
        """Let the far end of the answered call hear a tone, until it is joined."""
        self._asking_tone = tone
        self._connect_media()

    def _connect_media(self) -> None:
        # The parents of nested pj values must stay in variables: temporaries free what is read from them.
        info = self.getInfo()
        media = info.media
        devices = pj.Endpoint.instance().audDevManager()
        for index in range(media.size()):
            if media[index].type == pj.PJMEDIA_TYPE_AUDIO and _sounds(media[index]):
                self._sounding = index
                stream = self.getStreamInfo(index)
                self.sound_guard.admit(str(stream.remoteRtpAddress))
                far = self.getAudioMedia(index)
                if self._is_joined:
                    if self._asking_tone is not None:
                        self._asking_tone.stopTransmit(far)
                        self._asking_tone = None
                    far.startTransmit(devices.getPlaybackDevMedia())
                    devices.getCaptureDevMedia().startTransmit(far)
                elif self._asking_tone is not None:
                    self._asking_tone.startTransmit(far)


def _sounds(media: Any) -> bool:
    """Whether there is a stream to connect: of a talk, or the music of a hold."""
    if media.status == pj.PJSUA_CALL_MEDIA_REMOTE_HOLD:
        return bool(media.dir & pj.PJMEDIA_DIR_DECODING)
    return bool(media.status == pj.PJSUA_CALL_MEDIA_ACTIVE)
