"""A running station whose directory is changed by its commands, in a call too; storage that is full."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.integration.caller import ALLOWED, ASSERTED, LAMPS, call, refused_late
from tests.integration.conftest import OPERATOR
from tests.integration.live import BELL_PIN, SIDE_PIN, LiveStation
from tests.integration.test_keypads import SECTIONS, House as Keypads
from tests.unit.directory_files import KEY, ONCE, POSTMAN, book, written
from tests.unit.open_folder import folder_of

from portier.__main__ import main
from portier.adapters.live_directory import LiveDirectory
from portier.bench.line.events import What
from portier.core.codes import CodeMatch, Entry
from portier.core.events import RegistrationState
from portier.core.states import Incoming, IncomingPhase, Talking
from portier.directory import backup, changes, files as places, hashing, keeping
from portier.directory.files import Files
from portier.directory.model import Line, Resident
from portier.errors import DirectoryFileError

PASSPHRASE = "three words or four"
OLD, NEW, BESIDE = "3100000010", "3100000011", "3100000012"
CONFIG = """
[sip]
domain = "127.0.0.1"
[audio]
card = "none"
[gpio]
factory = "mock"
[buttons.bell]
pin = 5
flat = "12"
[doors.front]
pin = 22
release_digit = "5"
[directory]
file = "{file}"
"""


class House:
    """A station and the commands of its manager."""

    def __init__(self, station: LiveStation, config: Path, socket: Path) -> None:
        self.station = station
        self._options = ["--config", str(config), "--socket", str(socket)]

    def do(self, *words: str) -> int:
        return main([*words, *self._options])

    def invited(self, since: int) -> list[str]:
        events = self.station.line.events[since:]
        return [str(one.details["to_user"]) for one in events if one.what is What.INVITE]

    def looked_up(self, digits: str) -> CodeMatch | None:
        assert self.station.station
        residents = self.station.station._residents
        assert residents
        return residents.directory.look_up(Entry(digits))


@pytest.fixture
def house(tmp_path: Path, socket_folder: Path) -> Iterator[House]:
    config = tmp_path / "manager.toml"
    config.write_text(CONFIG.format(file=tmp_path / "directory.db"))
    socket = socket_folder / "control.sock"
    assert main(["residents", "add", "Dupont", "--flat", "12", "--line", OLD, "--config", str(config)]) == 0
    changes_of_file: dict[str, Any] = {
        "buttons.bell": f'!pin = {BELL_PIN}\nflat = "12"',
        "buttons.side": f'!pin = {SIDE_PIN}\nresident = "Martin"\nline = "{BESIDE}"',
    }
    with LiveStation(tmp_path, OPERATOR, control_path=socket, **changes_of_file) as station:
        yield House(station, config, socket)
        station.settled()
        assert not station.faults


def test_a_change_in_a_call_leaves_the_call_alone_and_the_next_press_rings_the_new_line(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    station = house.station
    station.talk()
    visit = station.state.call
    assert isinstance(visit, Talking)
    assert visit.target == "Dupont"
    since = len(station.line.events)
    assert house.do("residents", "change", "dupont", "--name", "Durand", "--line", NEW) == 0
    said = capsys.readouterr()
    assert "station runs" not in said.out + said.err, "the station was told"
    assert "WARNING: this is written" not in said.err
    time.sleep(0.5)
    assert station.state.call == visit
    station.line.press("5")
    station.until_released()
    assert station.state.call is not None
    station.end_call()
    station.until(lambda: not station.energised(), "locked again")
    station.talk()
    assert house.invited(since) == [f"3691{NEW}"]
    talking = station.state.call
    assert isinstance(talking, Talking)
    assert talking.target == "Durand"


def test_a_button_rings_what_stands_beside_its_resident_until_somebody_moves_in(house: House) -> None:
    station = house.station
    since = len(station.line.events)
    station.press(SIDE_PIN)
    station.until(lambda: isinstance(station.state.call, Talking), "talking")
    station.end_call()
    assert house.do("residents", "add", "Martin", "--line", NEW) == 0
    station.press(SIDE_PIN)
    station.until(lambda: isinstance(station.state.call, Talking), "talking")
    assert house.invited(since) == [f"3691{BESIDE}", f"3691{NEW}"]


def test_a_resident_at_another_address_is_rung_without_a_restart(house: House) -> None:
    station = house.station
    uri = f"sip:loft@localhost:{station.line.port}"
    since = len(station.line.events)
    assert house.do("residents", "change", "Dupont", "--line", uri) == 0
    # Its name has to be found first.
    time.sleep(0.5)
    station.press()
    station.until(lambda: "loft" in house.invited(since), "called there")


def test_codes_work_from_the_moment_they_are_added_until_they_are_revoked(
    house: House,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{ONCE}\n"))
    assert house.do("codes", "add", "--label", "Plumber", "--resident", "Dupont", "--once") == 0
    assert house.looked_up(ONCE) == CodeMatch(1, "Plumber", frozenset({"front"}), 1, uses_left=1)
    assert house.do("codes", "list") == 0
    assert house.do("codes", "revoke", "1") == 0
    assert house.looked_up(ONCE) is None
    out = capsys.readouterr()
    assert ONCE not in out.out + out.err + caplog.text
    assert "read_directory by process" in caplog.text


def test_a_damaged_directory_keeps_nobody_from_ringing(
    tmp_path: Path, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "directory.db").write_bytes(b"x" * 10_000)
    since = len(house.station.line.events)
    # The command itself puts it aside, and works with the copy.
    assert house.do("residents", "list") == 0
    assert house.do("residents", "change", "Dupont", "--language", "fr") == 0
    house.station.talk()
    assert house.invited(since) == [f"3691{OLD}"]


def test_the_station_starts_with_a_damaged_directory_by_the_good_copy(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one = book()
    written(tmp_path, replace(one, residents=(replace(one.residents[0], lines=(Line(OLD),)),)))
    (tmp_path / "directory.db").write_bytes(b"")
    buttons: dict[str, Any] = {"buttons.bell": f'!pin = {BELL_PIN}\nflat = "1"'}
    with LiveStation(tmp_path, OPERATOR, **buttons) as station:
        assert "moved aside to directory.db.damaged" in caplog.text
        station.talk()
        assert isinstance(station.state.call, Talking)
        assert station.state.call.target == "Resident 1"


def test_a_residents_calls_are_taken_from_the_moment_the_directory_says_so(
    tmp_path: Path, socket_folder: Path
) -> None:
    written(tmp_path)
    config = tmp_path / "manager.toml"
    config.write_text(CONFIG.format(file=tmp_path / "directory.db"))
    options = ("--config", str(config), "--socket", str(socket_folder / "control.sock"))
    sections: dict[str, Any] = {"incoming": "accept_from_directory = true", "lamps": LAMPS}
    with LiveStation(tmp_path, control_path=socket_folder / "control.sock", **sections) as station:
        station.until(lambda: station.state.registration is RegistrationState.REGISTERED, "registered")
        refused_late(station, ASSERTED)
        assert main(["residents", "change", "Resident 1", "--release-from", ALLOWED, *options]) == 0
        time.sleep(1.1)
        assert call(station, ASSERTED) == 200
        station.until(lambda: getattr(station.state.call, "phase", None) is IncomingPhase.TALKING, "joined")
        assert main(["residents", "change", "Resident 1", "--release-from", "201", *options]) == 0
        assert isinstance(station.state.call, Incoming), "it goes on"
        since_s = time.monotonic()
        station.line.press("5")
        station.until(
            lambda: getattr(station.state.call, "wrong", 0) == 1, "who is listed no more opens nothing"
        )
        assert station.releases(since_s) == 0
        station.line.hang_up()
        station.idle()
        time.sleep(1.1)
        refused_late(station, ASSERTED)
        assert not station.faults


def test_codes_of_the_directory_release_the_door_at_a_keypad_and_by_a_residents_call(
    tmp_path: Path, socket_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    files = written(tmp_path)
    config = tmp_path / "manager.toml"
    config.write_text(CONFIG.format(file=files.database))
    options = ("--config", str(config), "--socket", str(socket_folder / "control.sock"))
    sections: dict[str, Any] = {"incoming": "accept_from_directory = true", "lamps": LAMPS}
    sections["keypads.matrix"] = SECTIONS["keypads.matrix"]
    live = LiveStation(tmp_path, control_path=socket_folder / "control.sock", **sections)
    keypads = Keypads(live)
    with live as station:
        station.until(lambda: station.state.registration is RegistrationState.REGISTERED, "registered")
        for keys, opens in ((ONCE, True), (ONCE, False), (POSTMAN, True)):
            since_s = time.monotonic()
            keypads.key(keys)
            if opens:
                station.until_released(since_s)
                station.until(lambda: not station.energised(), "locked again")
            else:
                station.until(lambda: "refused: used up" in caplog.text, "refused")
                assert station.releases(since_s) == 0
        _until(lambda: keeping.load(files).stored.book.codes[0].uses_left == 0)
        assert main(["residents", "change", "Resident 1", "--code-from", ALLOWED, *options]) == 0
        time.sleep(1.1)
        assert call(station, ASSERTED) == 200
        station.until(lambda: getattr(station.state.call, "phase", None) is IncomingPhase.TALKING, "joined")
        since_s = time.monotonic()
        for key in POSTMAN:
            station.line.press(key)
            time.sleep(0.25)
        station.until_released(since_s)
        station.line.hang_up()
        station.settled()
        assert not station.faults


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Path]:
    """A storage of 128 KiB. Needs root."""
    folder = tmp_path / "storage"
    folder.mkdir()
    subprocess.run(("mount", "-t", "tmpfs", "-o", "size=128k", "none", str(folder)), check=True, timeout=10)
    try:
        yield folder
    finally:
        subprocess.run(("umount", "-l", str(folder)), check=True, timeout=10)


def _until(condition: object, limit_s: float = 10.0) -> None:
    assert callable(condition)
    until_s = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < until_s
        time.sleep(0.02)


def _filled(storage: Path) -> Path:
    """Leave no room; the file that takes it."""
    ballast = storage / "ballast"
    with ballast.open("wb") as file, suppress(OSError):
        while True:
            os.write(file.fileno(), b"x" * 512)
    return ballast


def test_a_restore_onto_storage_that_is_too_full_changes_nothing_until_it_all_fits(
    storage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = written(storage)
    config = tmp_path / "manager.toml"
    config.write_text(CONFIG.format(file=files.database))
    kept, key = tmp_path / "kept", bytes(range(1, 33))
    other = written(tmp_path, changes.remove_resident(book(), "Resident 1"), key)
    inside = backup.Backup(other.database.read_bytes(), key, config.read_text())
    kept.write_bytes(backup.sealed(inside, PASSPHRASE))
    before = {one.name: one.read_bytes() for one in storage.iterdir()}
    ballast = _filled(storage)
    words = ["restore", str(kept), "--config", str(config), "--socket", str(tmp_path / "none")]
    refused = 0
    while True:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSPHRASE}\n"))
        if main(words) == 0:
            break
        refused += 1
        assert {one.name: one.read_bytes() for one in storage.iterdir() if one != ballast} == before
        os.truncate(ballast, ballast.stat().st_size - 4096)
    assert refused > 3, "room for the key, and not for the database"
    assert places.read_key(files) == key
    found = keeping.load(files)
    assert found.stored.key_check == hashing.check(key)
    assert [one.name for one in found.stored.book.residents] == ["Resident 2", "Resident 3"]


def test_a_full_storage_keeps_what_was_there_and_a_use_counts_until_it_can_be_written(
    storage: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = written(storage)
    ballast = _filled(storage)
    with pytest.raises(DirectoryFileError, match=r"no room left|storage is at fault"):
        keeping.alter(files, lambda one: changes.add_resident(one, Resident(0, "Martin" * 9)))
    assert keeping.load(files).stored.book == book()
    directory = LiveDirectory(files, lambda _: None, 0.05)
    assert directory.start() == book()
    directory.spend(1)
    assert (match := directory.look_up(Entry(ONCE))) is not None
    assert match.uses_left == 0
    _until(lambda: "cannot be written" in caplog.text)
    ballast.unlink()
    _until(lambda: keeping.load(files).stored.book.codes[0].uses_left == 0)
    directory.close()


def test_storage_that_can_only_be_read_is_read(storage: Path, caplog: pytest.LogCaptureFixture) -> None:
    files = written(storage)
    remount = ("mount", "-o", "remount,{}", str(storage))
    subprocess.run([one.format("ro") for one in remount], check=True, timeout=10)
    with pytest.raises(DirectoryFileError, match="only be read"):
        keeping.alter(files, lambda one: changes.add_resident(one, Resident(0, "Martin")))
    directory = LiveDirectory(files, lambda _: None, 0.05)
    assert directory.start() == book()
    assert directory.look_up(Entry(ONCE)) is not None
    directory.spend(1)
    _until(lambda: "cannot be written" in caplog.text)
    subprocess.run([one.format("rw") for one in remount], check=True, timeout=10)
    _until(lambda: keeping.load(files).stored.book.codes[0].uses_left == 0)
    directory.close()


def test_a_damaged_database_on_storage_that_can_only_be_read_is_no_hindrance(storage: Path) -> None:
    files = written(storage)
    files.database.write_bytes(b"x" * 9000)
    subprocess.run(("mount", "-o", "remount,ro", str(storage)), check=True, timeout=10)
    found = keeping.load(files)
    assert found.stored.book == book()
    assert "cannot be moved aside" in found.trouble


def test_a_spend_killed_anywhere_has_happened_or_not_and_the_directory_stays(tmp_path: Path) -> None:
    files = written(tmp_path, book(200, 500))
    program = """
import sys
from collections import Counter
from pathlib import Path
from portier.directory import keeping
from portier.directory.files import Files
files = Files(Path(sys.argv[1]), Path(sys.argv[2]))
print("on", flush=True)
while True:
    keeping.alter(files, lambda book: book)
    keeping.spend(files, Counter({1: 1, 3: 1}))
"""
    for turn in range(12):
        child = subprocess.Popen(
            (sys.executable, "-c", program, str(files.database), str(files.key)), stdout=subprocess.PIPE
        )
        assert child.stdout
        assert child.stdout.readline() == b"on\n"
        time.sleep(0.01 * turn)
        child.kill()
        child.wait()
        child.stdout.close()
        found = keeping.load(files)
        assert found.trouble == ""
        assert found.stored.key_check == hashing.check(KEY)
        assert len(found.stored.book.codes) == 500
        assert found.stored.book.codes[0].uses_left in (0, 1)


@pytest.fixture
def state() -> Iterator[Path]:
    with folder_of(65534) as folder:
        yield folder


def test_what_root_changes_the_services_own_user_reads_and_writes(state: Path) -> None:
    with places.as_owner(state):
        files = written(state)
    program = """
import os, sys, threading
from pathlib import Path
from portier.adapters.live_directory import LiveDirectory
from portier.core.codes import Entry
from portier.directory.files import Files
directory = LiveDirectory(Files(Path(sys.argv[1]), Path(sys.argv[2])), lambda book: None, 0.05)
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
os.umask(0o077)
directory.start()
directory.spend(1)
print("on", flush=True)
sys.stdin.readline()
read = threading.Event()
directory.read_again(lambda trouble: (print(trouble or "read", flush=True), read.set()))
read.wait(5)
print(directory.look_up(Entry("740296")), flush=True)
directory.close()
"""
    child = subprocess.Popen(
        (sys.executable, "-c", program, str(files.database), str(files.key)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdin
    assert child.stdout
    assert child.stdout.readline() == "on\n"
    _until(lambda: keeping.load(files).stored.book.codes[0].uses_left == 0)
    with places.as_owner(state):
        keeping.alter(files, lambda one: changes.revoke(one, [2]))
    said, _ = child.communicate("\n", timeout=10)
    assert said == "read\nNone\n"
    assert {one.stat().st_uid for one in state.iterdir()} == {65534}


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    config = tmp_path / "manager.toml"
    config.write_text(CONFIG.format(file=tmp_path / "nowhere" / "directory.db"))
    assert main(["residents", "list", "--config", str(config)]) == DirectoryFileError.exit_code
    assert places.read_key(Files(tmp_path / "a", tmp_path / "b")) is None
