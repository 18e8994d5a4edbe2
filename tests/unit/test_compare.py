"""The comparison's own arithmetic: quantiles, targets, the table, the page, and what is read of a process."""

from __future__ import annotations

import json
import os
import re
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from tests.compare import codes, page, table
from tests.compare.__main__ import chosen
from tests.compare.endurance import Life
from tests.compare.figures import Row, latency_rows, median, quantile
from tests.compare.processes import usage
from tests.compare.wear import measure


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200), st.floats(0.01, 1.0))
def test_a_quantile_is_a_value_that_this_share_is_not_above(values: list[float], share: float) -> None:
    found = quantile(values, share)
    assert found in values
    assert sum(one <= found for one in values) >= share * len(values) - 1e-6


def test_the_99th_of_a_hundred_is_all_but_one() -> None:
    values = [float(number) for number in range(100)]
    assert quantile(values, 0.99) == 98.0
    assert median(values) == 49.0
    with pytest.raises(ValueError, match="no value"):
        quantile([], 0.5)


@pytest.mark.parametrize(
    ("ours", "target", "met"), [(1.0, 1.0, True), (1.1, 1.0, False), (None, 1.0, False), (1.0, None, None)]
)
def test_a_target_is_met_when_ours_does_not_exceed_it(
    ours: float | None, target: float | None, met: bool | None
) -> None:
    assert Row("x", "ms", ours, 5.0, target).met is met


def test_a_latency_makes_two_rows_and_keeps_its_samples() -> None:
    middle, high = latency_rows("press", [1.0, 2.0, 3.0], [4.0], (2.0, 2.5), "from a to b")
    assert (middle.ours, middle.rival, middle.met) == (2.0, 4.0, True)
    assert (high.ours, high.met) == (3.0, False)
    assert middle.series == {"ours": [1.0, 2.0, 3.0], "rival": [4.0]}
    assert "3 and 1 samples" in middle.measures
    assert json.loads(json.dumps(middle.plain()))["met"] is True


def test_the_table_says_what_is_met_and_what_is_missed() -> None:
    text = table.text([Row("good", "ms", 1.0, 2.0, 3.0), Row("bad", "", 4.0, None, 3.0)])
    assert re.search(r"good +1 +2 +3 +ms +met", text)
    assert re.search(r"bad +4 +- +3 +MISSED", text)


def test_the_page_has_every_row_and_a_picture_of_what_was_measured_singly() -> None:
    rows = [
        Row("press <1>", "ms", 1.0, 2.0, 3.0, "from & to", {"ours": [1.0, 2.0], "rival": [2.0]}),
        Row("memory", "KiB", 0.0, None, 1.0, "", {"ours": [100.0, 101.0, 100.0]}, curve=True),
        Row("plain", "s", 1.0),
    ]
    made = page.page(rows, "a machine & more")
    assert "press &lt;1&gt;" in made
    assert "a machine &amp; more" in made
    assert made.count("<figure>") == 2
    assert made.count('role="img"') == 4, "each wide and narrow"
    assert "http" not in re.sub(r'xmlns(:xlink)?="[^"]*"', "", made)


def test_a_code_keyed_in_a_large_directory_reaches_the_relay_each_time() -> None:
    with codes.directory(200) as full:
        took_ms = codes.released_ms(full, codes.last_of(200), 3)
    assert len(took_ms) == 3
    assert all(0 < one < 1000 for one in took_ms)


def test_growth_is_from_the_end_of_the_warm_up_to_the_end() -> None:
    life = Life()
    assert life.growth([500.0, 900.0, 990.0, 1000.0, 1000.0, *[1000.0] * 20, *[1064.0] * 5]) == 64.0
    assert life.growth([1.0, 2.0]) == 1.0


def test_cpu_of_a_process_is_that_of_its_threads() -> None:
    before = usage(os.getpid())
    stop = threading.Event()

    def burn() -> None:
        while not stop.is_set():
            pass

    thread = threading.Thread(target=burn)
    thread.start()
    time.sleep(0.4)
    after = usage(os.getpid())
    stop.set()
    thread.join()
    assert after.cpu_since(before) > 0.05
    assert max(after.by_thread(before).values()) > 0.05
    assert after.threads >= before.threads + 1
    assert after.memory_mib > 5


def test_the_bytes_that_releases_put_on_the_disk_are_counted(tmp_path: Path) -> None:
    seen = measure(tmp_path, 5)
    assert seen["counter"] in ("write_bytes", "wchar")
    # A row, its person and what the log needs around them: two pages at least, and not a hundred.
    assert 5 * 8192 <= int(str(seen["written_bytes"])) < 5 * 409_600


def test_a_group_stands_for_its_parts_and_each_is_measured_once() -> None:
    assert chosen(["path", "audio", "press"]) == [
        "path",
        "sound",
        "latency",
        "drift",
        "echo",
        "frame",
        "busy",
        "press",
    ]
    assert chosen(["press"]) == ["press"]
