"""Opus over real SIP and RTP on loopback: spoken with our PJSIP (see test_wheel), done without elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration.live import LiveStation
from tests.integration.test_media import hear

from portier.adapters import pjsip_build
from portier.bench import card
from portier.bench.line.behaviour import Behaviour
from portier.bench.line.coding import Wideband
from portier.bench.line.g711 import Law
from portier.bench.line.packets import KeyShape
from portier.config import sound
from portier.errors import CodecError

LINE = Behaviour(codecs=(Wideband.OPUS, Law.A))


def codec_of_a_call(station: LiveStation) -> str:
    """A call with sound both ways, a key that is held and is not the door's, and then the door's."""
    since_s = station.talk()
    choice = station.line.calls[-1].choice
    assert choice
    assert hear(station) == (True, True)
    station.line.press("7", shape=KeyShape(duration_ms=1000))
    station.line.press("5")
    station.until_released(since_s)
    assert not station.faults
    assert choice.event_rate_hz == choice.codec.rate_hz, "the keys are to have the sound's own clock"
    return choice.codec.name


def test_opus_is_spoken_where_pjsip_has_it_and_else_the_next_codec(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with LiveStation(tmp_path, LINE, sip='codecs = ["opus", "PCMA"]') as station:
        assert station.rate_hz == 16000
        has_opus = pjsip_build.own() is not None
        assert codec_of_a_call(station) == ("opus" if has_opus else "PCMA")
    assert ("lacks opus: the station speaks the others" in caplog.text) is not has_opus


def test_opus_alone_is_spoken_in_short_frames_or_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As with latency = "low", which a simulated card else leaves alone.
    monkeypatch.setattr(card, "FRAME_S", 0.01)
    monkeypatch.setattr(sound, "frame_ms", lambda *_: 10)
    station = LiveStation(tmp_path, LINE, sip='codecs = ["opus"]')
    if pjsip_build.own() is None:
        with pytest.raises(CodecError, match=r"has none of opus: add PCMA, or install"), station:
            pass
    else:
        with station:
            assert codec_of_a_call(station) == "opus"
