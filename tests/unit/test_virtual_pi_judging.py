"""How the virtual Pi's cases judge what they see: lines, packets, settings, figures and the page."""

from __future__ import annotations

import json
import socket
import struct
import tomllib
from pathlib import Path

import pytest
from tests.lab.case import Found
from tests.lab.phone import door_hears
from tests.unit.html_page import Page
from tests.virtual_pi import judge, kept, page, station_config, visiting
from tests.virtual_pi.rig_client import RATE_HZ, Sample
from tests.virtual_pi.setup import (
    BUSY,
    CELLAR_STRIKE,
    GARDEN_STRIKE,
    HOUSE,
    SECOND,
    SHIPPED,
    Setup,
    configured,
)
from tests.virtual_pi.wire import Packet, parsed

from portier.bench.voice import voice
from portier.config.load import load

DOOR, FAR = "10.77.0.12", "10.77.0.1"


def _line(*levels: tuple[float, int]) -> list[Sample]:
    return [Sample(at_s, level, "pull-down") for at_s, level in levels]


@pytest.mark.parametrize(
    ("samples", "wrong"),
    [
        (_line((0, 0), (10, 1), (15.004, 0)), ""),
        (_line((0, 0), (10, 1), (15.9, 0)), ""),
        (_line((10, 1), (15, 0)), ""),
        (_line((0, 0)), "high 0 times"),
        (_line((0, 0), (10, 1)), "high, and not low again"),
        (_line((0, 0), (10, 1), (11, 0)), "high for 1.00 s, not 5 s"),
        (_line((0, 0), (10, 1), (17, 0)), "high for 7.00 s, not 5 s"),
        (_line((0, 0), (10, 1), (15, 0), (16, 1), (21, 0)), "high 2 times"),
    ],
)
def test_a_release_is_one_pulse_of_its_length(samples: list[Sample], wrong: str) -> None:
    assert judge.one_release(samples, 5.0, late_s=1.5) == wrong


def test_edges_after_a_kill_are_counted() -> None:
    beating = _line(*((number * 0.005, number % 2) for number in range(100)))
    assert judge.edges_after(beating, 0.25) == 49
    assert judge.last_edge_s(beating) == pytest.approx(0.495)
    assert judge.last_edge_s(_line((0, 0))) is None


@pytest.mark.parametrize("last", [0, 1])
def test_a_pump_lets_go_within_its_time_whichever_level_is_left(last: int) -> None:
    beating = _line(*((number * 0.005, number % 2) for number in range(200 + last)))
    assert not judge.pump_has_let_go(beating, 1.1)
    assert judge.pump_has_let_go(beating, 1.0 + judge.pump_limit_s())


def test_a_pump_that_is_still_driven_has_not_let_go() -> None:
    beating = _line(*((number * 0.005, number % 2) for number in range(500)))
    assert not judge.pump_has_let_go(beating, 2.4)


def _rtp(
    number: int, port: int = 4000, stream: int = 7, payload: bytes = bytes(160), kind: int = 8
) -> Packet:
    return Packet(
        0.0, (FAR, 9), (DOOR, port), struct.pack("!BBHII", 0x80, kind, number % 2**16, 0, stream) + payload
    )


def test_lost_packets_are_those_missing_in_the_numbers_also_where_these_begin_anew() -> None:
    numbers = [65533, 65534, 0, 65535, 3]
    assert judge.lost([_rtp(number) for number in numbers]) == 2
    assert judge.lost([_rtp(5), _rtp(6), _rtp(900, stream=8), _rtp(901, stream=8)]) == 0
    assert judge.lost([]) == 0


def test_sound_is_counted_by_port_and_a_key_is_none() -> None:
    key = _rtp(3, payload=bytes((5, 10, 0, 160)), kind=101)
    assert key.sound
    assert key.sound.key == 5
    packets = [_rtp(1), _rtp(2), _rtp(1, port=4002), key, Packet(0.0, (FAR, 9), (DOOR, 4000), b"no")]
    assert judge.sound_to(packets, DOOR) == {4000: 2, 4002: 1}


def _frame(payload: bytes, protocol: int = 17) -> bytes:
    udp = struct.pack("!HHHH", 5060, 5062, 8 + len(payload), 0) + payload
    ip = bytes((0x45, 0)) + struct.pack("!HHHBBH", 20 + len(udp), 0, 0, 64, protocol, 0)
    return bytes(12) + b"\x08\x00" + ip + socket.inet_aton(FAR) + socket.inet_aton(DOOR) + udp + b"padding"


def test_a_packet_is_read_from_its_frame_and_nothing_else_is() -> None:
    packet = parsed(_frame(b"INVITE sip:a@b SIP/2.0\r\n\r\nm=audio 16384 RTP/AVP 8\r\n"), 3.0)
    assert packet
    assert (packet.source, packet.target, packet.at_s) == ((FAR, 5060), (DOOR, 5062), 3.0)
    assert packet.sip == "INVITE sip:a@b SIP/2.0"
    assert judge.sound_port(packet) == 16384
    assert parsed(_frame(b"x", protocol=6), 0.0) is None
    assert parsed(b"short", 0.0) is None
    assert parsed(_frame(b"")[:40], 0.0) is None


@pytest.mark.parametrize("setup", [SHIPPED, HOUSE, Setup(door={"release_s": "25", "max_release_s": "30"})])
def test_a_setup_is_a_configuration_that_the_station_takes(tmp_path: Path, setup: Setup) -> None:
    text = configured(station_config.text(), setup)
    (tmp_path / "sip-password").write_text("a password")
    (tmp_path / "sip-password").chmod(0o600)
    (tmp_path / "portier.toml").write_text(text)
    load(tmp_path / "portier.toml")
    plain = tomllib.loads(text)
    assert plain["audio"]["echo"] == "off"
    for key, value in setup.door.items():
        assert plain["doors"]["front"][key] == float(value)
    if setup == HOUSE:
        assert (plain["buttons"]["second"]["pin"], plain["buttons"]["busy"]["pin"]) == (SECOND, BUSY)
        pins = {name: door["pin"] for name, door in plain["doors"].items()}
        assert (pins["cellar"], pins["garden"]) == (CELLAR_STRIKE, GARDEN_STRIKE)
        compile(setup.first, "sitecustomize.py", "exec")


def _cut_short(sound: bytes, every: int, share: float) -> bytes:
    """With gaps, as of a card that ran dry: of each stretch of so many samples the first part alone."""
    step = 2 * every
    return b"".join(sound[at : at + 2 * round(every * share)] for at in range(0, len(sound), step))


def test_a_voice_is_heard_with_gaps_and_another_one_is_not() -> None:
    phone, door = (voice(one, RATE_HZ, 8.0) for one in ("phone", "door"))
    for sound, right in (
        (phone, True),
        (_cut_short(phone, 8000, 0.9), True),
        (door, False),
        (bytes(160000), False),
    ):
        found = Found()
        visiting.heard(found, "somebody hears it", door_hears(sound, RATE_HZ))
        assert found.ok is right, found.seen


def test_figures_of_this_machine_itself_are_those_that_it_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "FIGURES", {"press to INVITE": 51.34})
    assert kept.native(tmp_path) == {}
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "report.json").write_text(
        json.dumps({"press_to_invite_ms": 0.77, "digit_to_release_ms": None})
    )
    (tmp_path / "compare").mkdir()
    rows = [
        {"what": "idle and registered: CPU", "ours": 0.15},
        {"what": "idle and registered: memory", "ours": None},
        {"what": "CPU of a call, PCMA", "ours": 0.6},
        {"what": "start to REGISTER, p50", "ours": 700.0},
    ]
    (tmp_path / "compare" / "compare.json").write_text(json.dumps({"rows": rows}))
    assert kept.native(tmp_path) == pytest.approx(
        {
            "press to INVITE": 0.77,
            "CPU of the station, idle": 0.15,
            "CPU of the station in a call": 1.0,
            "start of the station to REGISTER": 0.7,
        }
    )
    found = {one["what"]: one for one in kept.rows(tmp_path)}
    assert list(found) == list(kept.MEASURED)
    assert found["press to INVITE"] == {
        "what": "press to INVITE",
        "unit": "ms",
        "virtual": 51.3,
        "native": 0.77,
    }
    assert found["boot to registered"]["virtual"] is None


def test_the_page_shows_every_case_and_figure_and_what_is_not_ok(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "PICTURES", [])
    outcomes = [
        {"case": "call: busy", "expected": "486 <is> told", "seen": "told", "ok": True},
        {"case": "disk: full", "expected": "answered", "seen": "NOT answered", "ok": False},
    ]
    figures = [{"what": "boot to registered", "unit": "s", "virtual": 9.5, "native": None}]
    found = Page(page.page(outcomes, figures, "a machine"))
    cells = [one.text for one in found.elements if one.tag == "td"]
    assert cells == ["told", "ok", "NOT answered", "NOT OK", "9.5 s", "-"]
    assert "1 of 2 cases ok" in [one.text for one in found.elements if one.is_a("p", "outcome")]
    assert "boot to registered" in page.text(figures)
