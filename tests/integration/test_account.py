"""What an operator's account does to the wire: size, proxy, credentials, and calls without any registrar."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest
from tests.integration.conftest import USER
from tests.integration.live import PASSWORD, SIDE_PIN, LiveStation

from portier.adapters.sip.wire import LARGEST_INVITE_BYTES
from portier.bench.evidence import find
from portier.bench.line.agent import Agent
from portier.bench.line.behaviour import Behaviour, Registrar
from portier.bench.line.digest import Challenge
from portier.bench.voice import voice
from portier.core.effects import Sign
from portier.core.events import RegistrationState
from portier.core.states import Talking


def _operator(nonce_length: int) -> Behaviour:
    """Asks for the password as operators do, at REGISTER and at INVITE."""
    return Behaviour(
        registrar=Registrar(challenge=Challenge(USER, PASSWORD, "sip5.ovh.fr", 401, nonce_length)),
        challenge=Challenge(USER, PASSWORD, "sip5.ovh.fr", 407, nonce_length),
    )


def _behind_a_proxy(line_port: int) -> str:
    return f"""!domain = "sip5.ovh.fr"
registrar = "sip5.ovh.fr"
proxy = "127.0.0.1:{line_port}"
user = "{USER}"
display_name = "Entree principale"
password_file = "password"
bind_address = "127.0.0.1"
"""


@pytest.mark.parametrize(("nonce_length", "fits"), [(60, True), (400, False)])
def test_an_authorised_invite_stays_small_and_a_large_one_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, nonce_length: int, fits: bool
) -> None:
    caplog.set_level(logging.WARNING)
    station = LiveStation(tmp_path, _operator(nonce_length), proxied=_behind_a_proxy)
    with station:
        station.until(
            lambda: station.state.registration is RegistrationState.REGISTERED, "registered through the proxy"
        )
        station.talk()
        invite = [one.raw for one in station.line.requests if one.request.method == "INVITE"][-1]
        assert b"Proxy-Authorization:" in invite
        assert b"sip:36913100000000@sip5.ovh.fr" in invite.split(b"\r\n")[0]
        assert (len(invite) < LARGEST_INVITE_BYTES) is fits, len(invite)
        warned = [one for one in caplog.records if "fragments" in one.getMessage()]
        assert bool(warned) is not fits
        station.end_call()


def test_a_wrong_password_is_seen_and_told_and_a_press_still_ends(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    wrong = Challenge(USER, "another")
    with LiveStation(tmp_path, Behaviour(registrar=Registrar(challenge=wrong), challenge=wrong)) as station:
        station.until(lambda: station.state.registration is RegistrationState.REFUSED, "refused")
        assert Sign.FAILURE in station.shown
        assert [one for one in caplog.records if "check the account's user and password" in one.getMessage()]
        station.press()
        station.until(lambda: station.state.call_failed, "the call failed too")
        assert PASSWORD not in caplog.text


def test_a_registrar_that_says_nothing_is_told_and_a_press_still_rings(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    with LiveStation(tmp_path, Behaviour(registrar=Registrar(status=0))) as station:
        station.talk()
        assert station.state.registration is RegistrationState.TRYING
        station.end_call()


def test_a_line_on_the_network_is_called_without_any_registrar(tmp_path: Path) -> None:
    with LiveStation(tmp_path, direct=True) as station:
        assert station.state.registration is RegistrationState.NOT_NEEDED
        since_s = station.talk()
        station.line.press("5")
        station.until(lambda: station.releases(since_s) == 1, "released")
        assert not [one for one in station.line.requests if one.request.method == "REGISTER"]
        station.end_call()


def test_a_narrowband_account_runs_at_8_khz(tmp_path: Path) -> None:
    with LiveStation(tmp_path, sip='codecs = ["PCMA", "PCMU"]') as station:
        assert station.card.rate_hz == 8000
        station.talk()
        answered_s = time.monotonic()
        time.sleep(2.8)
        heard = station.card.heard_between(answered_s, time.monotonic())
        assert find(voice("phone", 8000, 4.0), heard, 8000).heard
        assert find(voice("door", 8000, 4.0), station.line.recording(), 8000).heard
        station.end_call()


def test_stopping_hangs_up_and_unregisters(tmp_path: Path) -> None:
    with LiveStation(tmp_path) as station:
        station.talk()
        station.end()
        methods = [one.request.method for one in station.line.requests]
        assert "BYE" in methods
        assert [one.raw for one in station.line.requests if one.request.method == "REGISTER"][-1].count(
            b"Expires: 0"
        )
        assert not station.energised()


def test_a_target_elsewhere_is_never_shown_the_operators_credentials(tmp_path: Path) -> None:
    curious = Behaviour(prefix="", challenge=Challenge("anybody", "anything", "elsewhere.example"))
    with Agent(behaviour=curious) as elsewhere:
        side = f'!pin = {SIDE_PIN}\nuri = "sip:door@127.0.0.1:{elsewhere.port}"'
        with LiveStation(tmp_path, buttons_side=side) as station:
            station.press(SIDE_PIN)
            station.until(lambda: station.state.call_failed, "refused")
            assert elsewhere.requests
            assert not [one for one in elsewhere.requests if b"uthorization:" in one.raw]


def test_a_target_that_needs_no_account_is_rung_while_none_can_be_made(tmp_path: Path) -> None:
    def nowhere(_: int) -> str:
        return (
            '!domain = "registrar.invalid"\nregistrar = "registrar.invalid"\npassword_file = "password"\n'
            'bind_address = "127.0.0.1"\n'
        )

    with Agent(behaviour=Behaviour(prefix="")) as neighbour:
        side = f'!pin = {SIDE_PIN}\nuri = "sip:flat@127.0.0.1:{neighbour.port}"'
        with LiveStation(tmp_path, proxied=nowhere, buttons_side=side) as station:
            station.press(SIDE_PIN)
            station.until(lambda: isinstance(station.state.call, Talking), "talking")
            station.end_call()
