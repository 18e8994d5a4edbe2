"""Speech through the path: the bad line, where what was heard begins, and its score."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st
from tests.compare.busy import BURDENS, Burden, Burdened, rows_of
from tests.compare.echo.cost import parts
from tests.compare.echo.speech import Samples
from tests.compare.figures import Row
from tests.compare.path.pieces import begins_at
from tests.compare.path.relay import Way
from tests.lab.bad_line import Trouble

RATE_HZ = 16000
PACKETS = 2000


def through(trouble: Trouble, seed: int) -> tuple[list[bytes], Way]:
    way = Way(trouble, seed)
    came: list[bytes] = []
    for number in range(PACKETS):
        now_s = number * 0.02
        way.take(b"%d" % number, now_s)
        came += way.due(now_s)
    return came + way.due(PACKETS), way


def test_a_bad_line_loses_its_share_and_shuffles_the_rest_the_same_each_time() -> None:
    came, way = through(Trouble(0.05, 0.05), 1)
    assert (way.carried, len(came)) == (PACKETS, PACKETS - way.lost)
    assert 0.03 < way.lost / PACKETS < 0.07
    assert came != sorted(came, key=int)
    assert through(Trouble(0.05, 0.05), 1)[0] == came
    assert through(Trouble(0.05, 0.05), 2)[0] != came


def test_a_line_without_trouble_gives_everything_at_once_and_in_order() -> None:
    came, way = through(Trouble(0.0, 0.0), 1)
    assert came == [b"%d" % number for number in range(PACKETS)]
    assert way.lost == 0


@given(st.lists(st.floats(0.0, 0.03), min_size=1, max_size=60))
def test_no_packet_comes_before_its_time_nor_later_than_the_longest_delay(pauses_s: list[float]) -> None:
    way, now_s = Way(Trouble(0.0, 0.05), 3), 0.0
    sent_s: dict[bytes, float] = {}
    for number, pause_s in enumerate(pauses_s):
        now_s += pause_s
        packet = b"%d" % number
        way.take(packet, now_s)
        sent_s[packet] = now_s
        for one in way.due(now_s):
            assert now_s - sent_s.pop(one) <= 0.05 + max(pauses_s) + 1e-9
        assert 0.0 <= way.next_in_s(now_s) <= 0.1
    assert set(way.due(now_s + 0.05 + 1e-9)) == set(sent_s)


def noise(seconds: float) -> Samples:
    return np.random.default_rng(1).standard_normal(round(seconds * RATE_HZ)) * 0.05


@pytest.mark.parametrize("late", [0, 160, 20000])
def test_what_was_said_is_found_in_what_was_heard(late: int) -> None:
    said = noise(2.0)
    heard = np.concatenate((np.zeros(late), 0.3 * said, np.zeros(RATE_HZ)))
    assert begins_at(heard, said, RATE_HZ) == late
    with pytest.raises(ValueError, match="nothing was heard"):
        begins_at(np.zeros(RATE_HZ), said, RATE_HZ)


@pytest.mark.parametrize(("ours", "met"), [(3.0, True), (3.1, True), (2.9, False), (None, False)])
def test_where_more_is_better_the_target_must_be_reached(ours: float | None, met: bool) -> None:
    assert Row("PESQ", "", ours, 3.1, 3.0, more_is_better=True).met is met


@pytest.mark.parametrize("what", BURDENS)
def test_a_burden_has_a_row_for_xruns_and_one_for_the_gap(what: str) -> None:
    xruns, gap = rows_of(what, Burdened(21.0, 0, 2.0, 0.03), 3.0)
    assert (xruns.target, xruns.met) == (0.0, True)
    assert (gap.target, gap.rival, gap.met) == (20.0, 3.0, False)
    assert BURDENS[what] in gap.measures


def test_the_burden_of_a_station_is_a_program_of_python(tmp_path: Path) -> None:
    custom = Burden(tmp_path / "it's a folder").custom
    ast.parse(custom)
    for what in BURDENS:
        assert what == "nothing" or what.split()[0] in custom


def test_each_part_of_the_processing_is_measured_with_a_frame() -> None:
    tone = (3000 * np.sin(np.arange(320) / 5)).astype(np.int16).tobytes()
    made = parts(RATE_HZ)
    for name in ("high-pass", "AEC3 and double talk", "noise suppression", "automatic gain", "limiter"):
        assert len(made[name](tone, tone)) == len(tone)
    assert {"everything on", "as by default"} <= set(made)
