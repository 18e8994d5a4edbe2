"""What drives the virtual Pi, without one: its rig on files in place of a chip, and what it is made of."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.virtual_pi import initramfs, kernel, station_config
from tests.virtual_pi.rig.__main__ import _STRIKE, _USED, serve
from tests.virtual_pi.rig.doings import Doings
from tests.virtual_pi.rig.simulator import Simulator
from tests.virtual_pi.rig.watcher import Watcher
from tests.virtual_pi.rig_client import Rig, falls, rises
from tests.virtual_pi.rig_wire import RigError

from portier_pjsip.errors import StepError

BELL, STRIKE = 5, 22
_LIMIT_S = 5.0


@pytest.fixture
def chip(tmp_path: Path) -> Path:
    """Lines as gpio-sim has them: the bell pulled up, the strike down."""
    for line, value, bias in ((BELL, 1, "pull-up"), (STRIKE, 0, "pull-down")):
        folder = tmp_path / "chip" / f"sim_gpio{line}"
        folder.mkdir(parents=True)
        (folder / "value").write_text(f"{value}\n")
        (folder / "pull").write_text(f"{bias}\n")
    (tmp_path / "persist").write_text("N")
    return tmp_path / "chip"


@pytest.fixture
def rig(chip: Path, tmp_path: Path) -> Iterator[Rig]:
    """A rig in this process, spoken to as one in a guest is."""
    simulator = Simulator(chip, tmp_path / "persist")
    watcher = Watcher(simulator, (STRIKE,), (BELL,))
    watcher.look(STRIKE)
    watcher.start()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(tmp_path / "rig"))
        listening.listen()

        connected: list[Any] = []

        def guest() -> None:
            wire, _ = listening.accept()
            with wire, wire.makefile("rwb", buffering=0) as port:
                connected.append(port)
                with contextlib.suppress(ValueError):
                    serve(port, Doings(simulator, watcher))  # type: ignore[arg-type]

        thread = threading.Thread(target=guest, daemon=True)
        thread.start()
        rig = Rig(tmp_path / "rig", _LIMIT_S)
        try:
            yield rig
        finally:
            rig.close()
            watcher.stop()
            # A port of a machine has no end of its own.
            connected[0].close()
            thread.join(_LIMIT_S)


def drive(chip: Path, line: int, value: int) -> None:
    # In one piece, as the kernel changes it: never empty between.
    with (chip / f"sim_gpio{line}" / "value").open("r+") as file:
        file.write(f"{value}\n")


def test_a_press_pulls_the_line_down_for_as_long_as_it_is_held(rig: Rig, chip: Path) -> None:
    pressed = threading.Thread(target=rig.press, args=(BELL, 0.3))
    pressed.start()
    rig.until(lambda: rig.bias(BELL) == "pull-down", _LIMIT_S, "a closed contact")
    pressed.join()
    assert rig.bias(BELL) == "pull-up"


def test_every_change_of_a_line_is_kept_with_its_moment(rig: Rig, chip: Path) -> None:
    since_s = rig.now_s
    for value in (1, 0):
        drive(chip, STRIKE, value)
        rig.wait(STRIKE, value, _LIMIT_S)
        time.sleep(0.1)
    (on_s,), (off_s,) = rises(rig.history(STRIKE)), falls(rig.history(STRIKE))
    assert since_s < on_s
    assert off_s - on_s >= 0.1
    assert [one.value for one in rig.history(STRIKE, since_s)] == [1, 0]


def test_a_wait_for_a_line_ends_with_its_change_and_not_with_an_older_one(rig: Rig, chip: Path) -> None:
    drive(chip, STRIKE, 1)
    first_s = rig.wait(STRIKE, 1, _LIMIT_S)
    with pytest.raises(RigError, match="GPIO22 did not become 1"):
        rig.wait(STRIKE, 1, 0.2, first_s)
    threading.Timer(0.1, drive, (chip, STRIKE, 0)).start()
    assert rig.wait(STRIKE, 0, _LIMIT_S, first_s) > first_s


def test_two_requests_are_answered_at_once(rig: Rig, chip: Path) -> None:
    waiting = threading.Thread(target=rig.wait, args=(STRIKE, 1, _LIMIT_S))
    waiting.start()
    assert rig.value(STRIKE) == 0
    drive(chip, STRIKE, 1)
    waiting.join(_LIMIT_S)
    assert not waiting.is_alive()


def test_files_and_commands_go_through_whole(rig: Rig, tmp_path: Path) -> None:
    content = bytes(range(256)) * 2000
    rig.put(str(tmp_path / "deep" / "file"), content, 0o640, f"{tmp_path.owner()}:{tmp_path.group()}")
    assert rig.get(str(tmp_path / "deep" / "file")) == content
    assert rig.run("sh", "-c", "echo out; echo err >&2; exit 3") == (
        rig.run("sh", "-c", "echo out; echo err; exit 3")
    )
    with pytest.raises(RigError, match="ended with 1"):
        rig.told("false")


def test_what_the_rig_cannot_do_is_said_and_the_next_request_is_served(rig: Rig) -> None:
    with pytest.raises(RigError, match="sim_gpio3"):
        rig.value(3)
    with pytest.raises(RigError, match="knows no 'dance'"):
        rig.ask("dance")
    with pytest.raises(RigError, match="not 'up'"):
        rig.ask("pull", line=BELL, bias="up")
    assert rig.value(BELL) == 1


def test_outputs_are_kept_or_let_go_as_the_module_is_told(rig: Rig, tmp_path: Path) -> None:
    rig.persist(on=True)
    assert (tmp_path / "persist").read_text() == "Y"


def test_a_guest_that_is_gone_is_an_error_at_once(rig: Rig) -> None:
    rig.close()
    with pytest.raises(RigError, match="gone"):
        rig.value(BELL)


def test_the_rig_looks_at_every_line_that_the_pins_table_gives_something_to_do() -> None:
    pins = {
        one["pin"]
        for one in tomllib.loads((initramfs.PROJECT / "hardware/pinout.toml").read_text())["pins"].values()
    }
    assert pins == {_STRIKE, *_USED}


def test_the_configuration_is_the_example_with_another_server_and_card() -> None:
    ours, example = (
        tomllib.loads(one) for one in (station_config.text(), station_config.EXAMPLE.read_text())
    )
    assert ours["sip"].pop("domain") != example["sip"].pop("domain")
    assert ours["sip"].pop("registrar") != example["sip"].pop("registrar")
    for key in ("capture", "playback"):
        assert "Loopback" in ours["audio"].pop(key)
        del example["audio"][key]
    # An emulated processor is too slow to cancel echo.
    assert ours["audio"].pop("echo") == "off"
    assert ours == example
    assert tomllib.loads(station_config.text(release_s="2"))["doors"]["front"]["release_s"] == 2
    with pytest.raises(AssertionError, match="no frequency"):
        station_config.text(frequency="1")


def test_a_member_of_the_first_archive_is_as_the_kernel_reads_it() -> None:
    made = initramfs.member(1, "init", 0o100755, b"abc")
    assert made.startswith(b"070701" + b"00000001" + b"000081ED")
    assert len(made) % 4 == 0
    assert made.endswith(b"init\0\0abc\0")
    assert initramfs.member(1, "c", 0o020600, b"")[78:94] == b"0000000500000001"


def test_the_first_program_pulls_up_what_a_pi_pulls_up() -> None:
    assert "for line in 0 1 2 3 4 5 6 7 8; do" in initramfs.init()


def test_only_freed_outputs_are_kept_and_a_source_that_has_changed_is_refused() -> None:
    freed = "__assign_bit(offset, chip->value_map,\n\t\t\t     !!test_bit(offset, chip->pull_map));"
    source = f"#include <linux/module.h>\nother {freed}\nstatic void gpio_sim_free(x)\n{{ {freed} }}\n"
    made = kernel.patched(source)
    assert "module_param(persist, bool, 0644);" in made
    assert made.count("if (!persist || test_bit(offset, chip->direction_map))") == 1
    assert made.index("if (!persist") > made.index("gpio_sim_free")
    with pytest.raises(StepError, match="not as it was"):
        kernel.patched(source.replace("chip->pull_map", "chip->pulls"))
