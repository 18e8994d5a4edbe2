"""The thread that owns PJSIP, where there is no PJSIP for it to own."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from portier.adapters import pjsip_library
from portier.adapters.sip.thread import SipThread
from portier.errors import PjsipMissingError
from portier.plan import SipSettings

_SETTINGS = SipSettings(
    name="main",
    domain="",
    registrar=None,
    proxy=None,
    user="portier",
    auth_user="",
    display_name="",
    password=None,
    bind_address="127.0.0.1",
    port=5060,
    rtp_port=4000,
    expiry_s=1800,
    codecs=("PCMA",),
    rate_hz=8000,
)


def test_a_start_that_fails_before_there_is_a_pjsip_leaves_none_behind(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def missing() -> Any:
        raise PjsipMissingError("sip: no binding here")

    monkeypatch.setattr(pjsip_library, "load", missing)
    nobody: Any = None
    thread = SipThread(_SETTINGS, nobody, on_fault=lambda _: None)
    with pytest.raises(PjsipMissingError):
        thread.start()
    with caplog.at_level(logging.WARNING):
        assert thread.stop(1.0)
    assert not caplog.text
