"""The media line: one permanent thread that moves every frame between card, far end and tones."""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from portier.core.effects import Tone
from portier.core.events import SoundLost, SoundRestored
from portier.errors import AudioError
from portier.ports import Card, Comfort, FarEnd, Listener, Loop, OpenCard, Post, Processing, Tell, unheard
from portier.process import name_thread
from portier.sound_settings import Telephony

from .call_sound import CallSound
from .self_tests import SelfTests
from .tones import FRAME_MS, frames_of
from .track import ToneTrack

LOG = logging.getLogger(__name__)

NO_FRAME_LIMIT_S = 0.5
RETRY_S = 2.0
RETRY_MOST_S = 10.0
BEAT_S = 0.5
# Card and converters still hold this much when the last frame of a tone has been written.
TAIL_MS = 120
REALTIME_PRIORITY = 20


@dataclass(frozen=True, slots=True)
class LineStats:
    """What the media thread has done, and when it last showed life.

    `beat_s` is a moment of the line's clock. It advances at least every two seconds while
    `busy` (sound is wanted), and stands still while the thread is parked.
    """

    frames: int
    xruns: int
    losses: int
    busy: bool
    beat_s: float


class MediaLine:
    """The visitor's loudspeaker and microphone: fulfils `ports.Sound`.

    The card is open only while a call or a tone needs it, and paces both: captured frame to the far
    end, far end's frame with the tone mixed in to the loudspeaker; a tone that is for both sides goes to
    the far end, too. A card that fails, or gives nothing for 500 ms, is closed, the far end gets its
    own clock back, `SoundLost` is posted once, and the card is tried again every 2 to 10 s while it is
    wanted; `SoundRestored` follows the first frame that went all the way round.
    `tell` hears how loud both ways of a call are. `words` follow their tones, and are for the visitor alone.
    `comfort` is what the far end hears while the microphone is muted; without it, silence.
    `frame_ms` is the card's; of a `loop` it is given both channels. `card=None` is a station without sound:
    nothing ever sounds. Nothing is recorded.
    """

    def __init__(
        self,
        card: Card | None,
        far_end: FarEnd | None,
        post: Post,
        tell: Tell = unheard,
        clock: Callable[[], float] = time.monotonic,
        words: Mapping[Tone, bytes] | None = None,
        frame_ms: int = FRAME_MS,
        comfort: Comfort | None = None,
        loop: Loop | None = None,
        telephony: Telephony = "french",
    ) -> None:
        self._card = card
        self._frame_ms = frame_ms
        self._telephony = telephony
        self._post = post
        self._clock = clock
        # All that follows belongs to the media thread; other threads only hand it commands.
        self._commands: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._far_end: FarEnd | None = None
        self._clocked: FarEnd | None = None
        self._in_call = False
        self._tones = ToneTrack(
            card.rate_hz if card is not None else 0, words or {}, telephony, self._frame_ms
        )
        self._stopping = False
        self._lost = False
        self._unsure = True
        self._retry_at_s = 0.0
        self._pause_s = RETRY_S
        self._frames = self._xruns = self._losses = 0
        self._call_sound = CallSound(tell, frame_ms, comfort)
        self._tests = SelfTests(post, clock, frame_ms)
        self._loop = loop
        self._beat_s = self._ordered_s = clock()
        self._thread = threading.Thread(target=self._run, args=(card,), name="media", daemon=True)
        if far_end is not None:
            self.connect(far_end)

    def start(self) -> None:
        """Compute the tones and start the media thread; without a card there is none."""
        if self._card is not None:
            for tone in Tone:
                frames_of(tone, self._card.rate_hz, self._telephony, self._frame_ms)
            self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """End the thread and give the card back, in the middle of a tone if need be; False if it hangs."""
        self._order(self._do_stop)
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def connect(self, far_end: FarEnd) -> None:
        """Name the far end, as soon as SIP is up and before the first call."""
        self._order(partial(self._do_connect, far_end))

    def open(self) -> None:
        """Hold the card open for a call."""
        self._order(self._do_open)

    def close(self) -> None:
        """End the call's sound; the card goes when a tone that ends by itself has ended."""
        self._order(self._do_close)

    def play(self, tone: Tone, *, to_far_end: bool = False) -> None:
        """Play a tone, in place of one that sounds."""
        self._order(partial(self._do_play, tone, to_far_end))

    def set_volume(self, volume_db: float) -> None:
        """Let tones and words be so loud at the door from now on."""
        self._order(partial(self._tones.set_volume, volume_db))

    def set_speaker_gain(self, gain_db: float) -> None:
        """Play everything so much louder from now on."""
        self._order(partial(self._call_sound.set_speaker_gain, gain_db))

    def mute(self, on: bool) -> None:
        """Send comfort noise in place of the microphone from the next frame on, or the microphone again."""
        self._order(partial(self._call_sound.mute, on))

    def silence(self) -> None:
        """Stop the tone that sounds."""
        self._order(self._tones.silence)

    def test(self, number: int) -> None:
        """Play a short tone and listen for it; it gives way to any call and any tone."""
        if self._card is None:
            self._tests.impossible(number, "the station has no sound card")
        else:
            self._order(partial(self._do_test, number, self._card.rate_hz))

    def listen(self, listener: Listener | None) -> None:
        """Let somebody listen to both ways of the calls from now on, in the media thread; None, nobody."""
        self._order(partial(self._call_sound.listen, listener))

    def process(self, processing: Processing) -> None:
        """Let both ways of calls, and what is played, be worked on from now on."""
        self._order(partial(self._call_sound.process, processing))

    @property
    def stats(self) -> LineStats:
        """Counters since the start, for the watchdog and the call's line in the log."""
        # A command that waits is work too: a thread that hangs must not look like one that rests.
        waits = not self._commands.empty()
        beat_s = max(self._beat_s, self._ordered_s) if waits else self._beat_s
        return LineStats(self._frames, self._xruns, self._losses, self._wanted or waits, beat_s)

    def _order(self, command: Callable[[], None]) -> None:
        if self._card is None:
            return
        if self._commands.empty():
            self._ordered_s = self._clock()
        self._commands.put(command)

    # ---- everything below runs in the media thread

    @property
    def _wanted(self) -> bool:
        return self._in_call or self._tones.sounds or self._tests.runs

    def _do_stop(self) -> None:
        self._stopping = True

    def _do_connect(self, far_end: FarEnd) -> None:
        far_end.attach()
        self._far_end = far_end

    def _do_open(self) -> None:
        self._tests.give_way("a call began")
        self._retry_now_if_idle()
        self._call_sound.begin()
        self._in_call = True
        if self._lost:
            self._let_call_live_on()

    def _do_close(self) -> None:
        if self._in_call:
            self._call_sound.end(self._clock())
        self._in_call = False
        self._tones.end_loops()

    def _do_play(self, tone: Tone, to_far_end: bool) -> None:
        self._tests.give_way("a tone sounds")
        self._retry_now_if_idle()
        self._tones.play(tone, to_far_end=to_far_end)
        if self._retry_at_s > 0:
            # While the card is away: a short tone would sound out of place when it is back.
            self._tones.end_short()

    def _do_test(self, number: int, rate_hz: int) -> None:
        if self._in_call or self._tones.sounds:
            self._tests.refuse(number, "something else is to be heard")
            return
        self._retry_now_if_idle()
        self._tests.begin(number, rate_hz)

    def _let_call_live_on(self) -> None:
        """Without a card the far end needs a clock of its own, or the call's packets stop."""
        if self._in_call and self._far_end is not None:
            self._far_end.give_clock()

    def _retry_now_if_idle(self) -> None:
        if not self._wanted:
            self._retry_at_s, self._pause_s = 0.0, RETRY_S

    def _run(self, card: Card) -> None:
        name_thread("sound")
        _ask_for_realtime()
        while not self._stopping:
            try:
                self._park()
                if not self._stopping:
                    self._drive(card)
            except AudioError as error:
                self._lose(str(error))
            except Exception as error:
                if not self._lost:
                    LOG.exception("audio: fault in the media thread; the card is tried again")
                self._lose(f"audio: {error!r}")

    def _park(self) -> None:
        """Obey commands until the card is to be opened, or the end."""
        while not self._stopping:
            self._beat_s = self._clock()
            wait_s = self._retry_at_s - self._beat_s if self._wanted or self._unsure else None
            if wait_s is not None and wait_s <= 0:
                return
            self._obey(None if wait_s is None else min(wait_s, BEAT_S))

    def _obey(self, wait_s: float | None) -> None:
        """Carry out the commands that are there, waiting for the first one (None: for ever)."""
        try:
            command = self._commands.get(timeout=wait_s)
            self._beat_s = self._clock()
            command()
            while True:
                self._commands.get_nowait()()
        except queue.Empty:
            return

    def _drive(self, card: Card) -> None:
        """Open the card and move frames until nobody wants it."""
        self._beat_s = self._clock()
        sound = card.open()
        # Some cards take seconds to open: only from here on can they be silent.
        heard_s = self._clock()
        self._tones.forget_cut()
        self._call_sound.opened()
        silent = bytes(2 * (card.rate_hz * self._frame_ms // 1000))
        idle_frames = 0
        try:
            while idle_frames * self._frame_ms < TAIL_MS:
                if not self._commands.empty():
                    self._obey(0)
                    if self._stopping:
                        return
                captured = sound.read()
                self._beat_s = self._clock()
                if captured is None:
                    if self._beat_s - heard_s >= NO_FRAME_LIMIT_S:
                        raise AudioError(
                            f"audio: the card is open but gave no sound for {NO_FRAME_LIMIT_S:g} s: "
                            "look whether it is still plugged in"
                        )
                    continue
                heard_s = self._beat_s
                self._move(captured, sound, silent)
                self._frames += 1
                if self._unsure:
                    self._found()
                idle_frames = 0 if self._wanted else idle_frames + 1
        finally:
            try:
                self._leave_call()
            finally:
                sound.close()

    def _move(self, captured: bytes, sound: OpenCard, silent: bytes) -> None:
        """One frame each way."""
        if self._clocked is None and self._in_call and self._far_end is not None:
            self._far_end.take_clock()
            self._clocked = self._far_end
        elif self._clocked is not None and not self._in_call:
            self._give_clock(self._clocked)
        sent = far = None
        if self._clocked is not None:
            sent = self._call_sound.toward_far_end(captured, sound, self._beat_s)
            far = self._clocked.exchange(self._tones.toward_far_end(sent))
        mixed = self._tones.over(far) or silent
        played = self._tests.over(self._call_sound.toward_loudspeaker(mixed), captured)
        if self._loop is not None:
            played = self._loop.beside(played, mixed)
        if not sound.write(played):
            self._xruns += 1
            self._call_sound.xrun()
        if sent is not None:
            self._call_sound.moved(captured, sent, far, self._beat_s)

    def _leave_call(self) -> None:
        """The card is no more: a call that lasts goes on by the far end's own clock."""
        if (clocked := self._clocked) is not None:
            try:
                self._call_sound.end(self._beat_s)
            finally:
                self._give_clock(clocked)

    def _give_clock(self, clocked: FarEnd) -> None:
        self._clocked = None
        clocked.give_clock()

    def _found(self) -> None:
        self._pause_s, self._retry_at_s, self._unsure = RETRY_S, 0.0, False
        if self._lost:
            self._lost = False
            LOG.info("audio: the card gives sound again")
            self._post(SoundRestored(at_s=self._clock()))

    def _lose(self, reason: str) -> None:
        now_s = self._clock()
        pause_s = RETRY_S if self._in_call else self._pause_s
        self._retry_at_s, self._pause_s = now_s + pause_s, min(2 * pause_s, RETRY_MOST_S)
        self._tones.end_short()
        self._let_call_live_on()
        self._tests.fail(reason)
        self._unsure = True
        if not self._lost:
            self._lost = True
            self._losses += 1
            LOG.warning("%s. Trying again", reason)
            self._post(SoundLost(at_s=now_s))


def _ask_for_realtime() -> None:
    """Frames before everything else in this process, where the unit's LimitRTPRIO allows it."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(REALTIME_PRIORITY))
    except OSError:
        LOG.debug(
            "audio: no real-time priority for the media thread: LimitRTPRIO=%d allows it", REALTIME_PRIORITY
        )
