"""What PJSIP is told of jitter, of marks and of session timers."""

from __future__ import annotations

import pytest

from portier.adapters import pjsip_library
from portier.adapters.sip import media_settings
from portier.plan import JitterBufferName, MediaSettings


@pytest.mark.parametrize(("preset", "values_ms"), [("lan", (-1, -1, -1, -1)), ("wifi", (60, 40, 120, 200))])
def test_each_preset_of_the_jitter_buffer_has_the_measured_values(
    preset: JitterBufferName, values_ms: tuple[int, int, int, int]
) -> None:
    media = pjsip_library.load().MediaConfig()
    media_settings.buffer_jitter(media, MediaSettings(jitter_buffer=preset))
    assert (media.jbInit, media.jbMinPre, media.jbMaxPre, media.jbMax) == values_ms


@pytest.mark.parametrize("on", [True, False])
def test_packets_are_marked_where_it_is_wanted(on: bool) -> None:
    pj = pjsip_library.load()
    transport = pj.TransportConfig()
    media_settings.mark(transport, MediaSettings(dscp=on), 46)
    quality = transport.qosParams
    assert (quality.flags & pj.PJ_QOS_PARAM_HAS_DSCP, quality.dscp_val) == ((1, 46) if on else (0, 0))


def test_without_a_session_timer_none_is_offered() -> None:
    pj = pjsip_library.load()
    call = pj.AccountConfig().callConfig
    media_settings.refresh_sessions(call, MediaSettings(session_timer_s=0))
    assert call.timerUse == pj.PJSUA_SIP_TIMER_INACTIVE
    media_settings.refresh_sessions(call, MediaSettings(session_timer_s=600))
    assert (call.timerUse, call.timerSessExpiresSec) == (pj.PJSUA_SIP_TIMER_OPTIONAL, 600)
