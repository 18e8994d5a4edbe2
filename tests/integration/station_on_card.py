"""The whole station, in a process of its own, on the virtual sound card."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from tests.integration.jack_card import JackCard
from tests.integration.station_process import StationProcess

from portier.bench.line.agent import Agent

FAILURE_PIN = 13


class StationOnCard(StationProcess):
    """The station whose sound card is the virtual one.

    `echo` is what it does about echo, `more` are further keys of [audio], `capture` is its microphone.
    A room that chirps while the phone speaks, and gives no echo back, is none that a canceller knows.
    """

    def __init__(
        self,
        folder: Path,
        line: Agent,
        card: JackCard,
        echo: str = "off",
        more: str = "",
        capture: str = "jk",
    ) -> None:
        self._card = card
        self._read = 0
        audio = f'!card = "alsa"\ncapture = "{capture}"\nplayback = "jk"\necho = "{echo}"\n{more}'
        super().__init__(
            folder,
            line,
            audio=audio,
            doors_front="max_release_s = 2",
            call="max_talk_s = 600",
            lamps=f"failure = {FAILURE_PIN}",
        )

    @property
    def environment(self) -> Mapping[str, str]:
        names = ("JACK_DEFAULT_SERVER", "JACK_NO_START_SERVER", "ALSA_CONFIG_PATH")
        return {**super().environment, **{name: self._card.environment[name] for name in names}}

    def until_said(self, words: str, limit_s: float) -> None:
        """Wait for words in its log, after those that were waited for before."""
        until_s = time.monotonic() + limit_s
        while (at := self.said.find(words, self._read)) < 0:
            assert time.monotonic() < until_s, f"it never said {words!r} again: {self.said}"
            time.sleep(0.02)
        self._read = at + len(words)
