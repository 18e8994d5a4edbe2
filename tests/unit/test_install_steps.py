"""The parts of an installation that need no system: waiting for a call, files put in place and put back."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from portier_install import bundle, calls, files, packages, settings
from portier_install.bundle import About
from portier_install.calls import Patience
from portier_install.environments import Environments
from portier_install.errors import BundleError, BusyError, InstallError, SettingsError, UnfitError
from portier_install.files import Files
from portier_install.settings import Verdict
from portier_pjsip.errors import SpaceError

_ABOUT = About("1.0", "native", "Debian 12", "bookworm", "x86_64", (3, 11), ("python3",))
_GOOD, _WRONG = Verdict(there=True), Verdict(there=True, problems=("doors.front.pin: missing",))


def _answers(*given: str) -> Callable[[], str]:
    left = list(given)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


@pytest.mark.parametrize(
    ("status", "doing"),
    [
        ({"call": "idle", "button": None, "doors": {"front": "locked"}}, ""),
        ({"call": "out of service", "button": None, "doors": {}}, ""),
        ({"call": "talking", "button": "bell", "doors": {}}, 'a call of button "bell" (talking)'),
        ({"call": "idle", "button": None, "doors": {"front": "released"}}, 'door "front" is released'),
    ],
)
def test_a_call_and_a_released_door_are_what_must_not_be_cut(status: dict[str, object], doing: str) -> None:
    assert calls.busy(status) == doing


def test_a_call_is_waited_for_until_its_end() -> None:
    told: list[str] = []
    calls.wait_for_end(_answers("a call", ""), Patience(wait_s=30), told.append)
    assert told == ["a call: waiting for its end, 30 s at most"]


def test_a_call_that_does_not_end_in_time_is_not_cut() -> None:
    with pytest.raises(
        BusyError, match=r"not over after 0 s: nothing was changed; try again later, or NOW=1"
    ):
        calls.wait_for_end(_answers("a call"), Patience(wait_s=0), lambda _: None)


def test_a_call_is_cut_where_that_was_told() -> None:
    calls.wait_for_end(_answers("a call"), Patience(cut=True), lambda _: None)


def test_a_station_that_runs_is_not_upgraded_to_one_without_a_configuration() -> None:
    with pytest.raises(SettingsError, match=r"portier\.toml is missing, and a station runs by it"):
        settings.refuse_worse(Verdict(there=False), None, runs=True)


@pytest.mark.parametrize(
    ("new", "old", "runs", "refused"),
    [
        (_WRONG, _GOOD, False, True),
        (_WRONG, None, True, True),
        (_WRONG, _WRONG, False, False),
        (_WRONG, None, False, False),
        (_GOOD, _GOOD, True, False),
        (Verdict(there=False), None, False, False),
    ],
)
def test_a_configuration_stops_an_upgrade_where_it_served_the_old_station(
    new: Verdict, old: Verdict | None, *, runs: bool, refused: bool
) -> None:
    if not refused:
        settings.refuse_worse(new, old, runs=runs)
        return
    with pytest.raises(SettingsError, match=r"nothing was changed, and the old one stays:\n    doors\.front"):
        settings.refuse_worse(new, old, runs=runs)


@pytest.fixture
def placed(tmp_path: Path) -> Files:
    source = tmp_path / "source"
    source.mkdir()
    places = {name: tmp_path / "etc" / name for name in files.PLACES}
    for name in places:
        (source / name).write_text(f"new {name}")
    return Files(source, places)


def test_files_are_put_in_place_once_and_put_back(placed: Files) -> None:
    unit = placed.places["portier.service"]
    unit.parent.mkdir()
    unit.write_text("by hand")
    assert set(placed.put()) == set(placed.places)
    assert unit.read_text() == "new portier.service"
    assert unit.with_name("portier.service.old").read_text() == "by hand"
    assert unit.stat().st_mode & 0o777 == 0o644
    assert Files(placed.source, placed.places).put() == ()
    placed.put_back()
    assert unit.read_text() == "by hand"
    assert [one.name for one in unit.parent.glob("*.conf")] == []


def _disk_full(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let a file be begun, and no more."""

    def full(*words: object) -> object:
        to = next(one for one in words if isinstance(one, Path) and one.name.endswith((".new", ".old")))
        to.touch()
        raise OSError(errno.ENOSPC, "No space left on device", str(to))

    monkeypatch.setattr(Path, "write_bytes", full)
    monkeypatch.setattr(shutil, name, full)


def test_a_full_disk_leaves_the_old_files_and_nothing_beside_them(
    placed: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit = placed.places["portier.service"]
    unit.parent.mkdir()
    unit.write_text("by hand")
    _disk_full(monkeypatch, "copyfile")
    with pytest.raises(OSError, match="No space left"):
        placed.put()
    placed.put_back()
    assert {one.name: one.read_text() for one in unit.parent.iterdir()} == {unit.name: "by hand"}


def test_a_full_disk_leaves_no_half_of_a_file_where_none_was(
    placed: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    _disk_full(monkeypatch, "copyfile")
    with pytest.raises(OSError, match="No space left"):
        placed.put()
    placed.put_back()
    assert not list(placed.places["portier.service"].parent.iterdir())


def test_what_a_kill_left_beside_a_file_is_removed_with_it(placed: Files) -> None:
    placed.put()
    unit = placed.places["portier.service"]
    unit.with_name(".portier.service.new").touch()
    files.remove(placed.places)
    assert not list(unit.parent.iterdir())


def test_settings_for_a_group_that_is_not_there_are_refused_with_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = tmp_path / "lib/python3.11/site-packages/portier/config/example.toml"
    example.parent.mkdir(parents=True)
    example.touch()

    def unknown(*_: object) -> None:
        raise LookupError("no such group: 'portier'")

    monkeypatch.setattr(shutil, "chown", unknown)
    file = tmp_path / "etc" / "portier.toml"
    file.parent.mkdir()
    with pytest.raises(
        InstallError, match=r"no such group: .portier.; make the user by sudo systemd-sysusers"
    ):
        settings.make(tmp_path, file)
    assert not list(file.parent.iterdir())


def _installed(of: Files, version: str, place: Path, former: Path | None) -> Files:
    """An installation of this version of the unit, which leaves its note in a place."""
    (of.source / "portier.service").write_text(version)
    one = Files(of.source, of.places, former)
    one.put()
    one.note(place)
    return one


def test_the_units_of_an_administrator_are_kept_and_our_own_are_not(placed: Files, tmp_path: Path) -> None:
    unit = placed.places["portier.service"]
    unit.parent.mkdir()
    unit.write_text("by hand")
    _installed(placed, "one", tmp_path / "one", None)
    _installed(placed, "two", tmp_path / "two", tmp_path / "one")
    assert files.kept(unit) == [unit.with_name("portier.service.old")]
    unit.write_text("two, and by hand")
    _installed(placed, "three", tmp_path / "three", tmp_path / "two")
    unit.write_text("by hand")
    _installed(placed, "four", tmp_path / "four", tmp_path / "three")
    assert [one.read_text() for one in files.kept(unit)] == ["by hand", "two, and by hand"]
    files.remove(placed.places)
    assert not unit.exists()
    assert len(files.kept(unit)) == 2


def test_a_unit_that_is_put_back_leaves_no_copy_of_itself(placed: Files, tmp_path: Path) -> None:
    unit = placed.places["portier.service"]
    unit.parent.mkdir()
    unit.write_text("by hand")
    _installed(placed, "one", tmp_path / "one", None).put_back()
    assert unit.read_text() == "by hand"
    assert files.kept(unit) == []


def test_a_command_that_is_the_stations_goes_with_it(tmp_path: Path) -> None:
    program, command = tmp_path / "portier", tmp_path / "bin" / "portier"
    files.link_command(program, command)
    files.unlink_command(program, command)
    assert not command.is_symlink()
    command.write_text("another's")
    files.unlink_command(program, command)
    assert command.exists()


def test_another_program_with_the_name_of_the_command_stays(tmp_path: Path) -> None:
    program, command = tmp_path / "portier", tmp_path / "bin" / "portier"
    assert files.link_command(program, command)
    assert files.link_command(program, command)
    assert command.readlink() == program
    command.unlink()
    command.write_text("another's")
    assert not files.link_command(program, command)
    assert command.read_text() == "another's"


def test_an_environment_that_was_made_by_hand_is_taken_in(tmp_path: Path) -> None:
    environments = Environments(tmp_path / "portier", tmp_path / "versions")
    assert environments.current is None
    (environments.link / "bin").mkdir(parents=True)
    (environments.link / "pyvenv.cfg").touch()
    environments.adopt()
    place = environments.current
    assert place is not None
    assert place.parent == environments.folder
    assert (environments.link / "bin").is_dir()
    environments.adopt()
    assert environments.current == place


@pytest.mark.parametrize("cut", ["rename", "symlink_to"])
def test_an_environment_whose_adoption_was_cut_off_is_taken_in_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    environments = Environments(tmp_path / "portier", tmp_path / "versions")
    (environments.link / "bin").mkdir(parents=True)
    (environments.link / "pyvenv.cfg").touch()
    usual = getattr(Path, cut)

    def killed(path: Path, to: Path) -> None:
        if cut == "rename":
            usual(path, to)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, cut, killed)
        with pytest.raises(KeyboardInterrupt):
            environments.adopt()
    assert not environments.link.exists()
    environments.finish_adoption()
    assert environments.current
    assert (environments.current / "whole").exists(), "the next build would remove it"
    assert (environments.link / "bin").is_dir()


def _is_begun(program: Path | str, running: subprocess.Popen[bytes]) -> bool:
    return Path(f"/proc/{running.pid}/exe").resolve() == Path(program)


def test_what_is_unfinished_is_removed_by_a_build_but_not_under_a_program_that_runs(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environments = Environments(tmp_path / "portier", tmp_path / "versions")
    for name in ("running", "unfinished"):
        (environments.folder / name / "bin").mkdir(parents=True)
    sleep = shutil.copy(shutil.which("sleep") or "", environments.folder / "running" / "bin" / "sleep")

    def full(*_: object) -> None:
        raise SpaceError("no space")

    monkeypatch.setattr("portier_install.environments.refuse_small_disk", full)
    with subprocess.Popen((sleep, "60"), stdin=subprocess.DEVNULL) as running:
        until_s = time.monotonic() + 5
        while not _is_begun(sleep, running):
            assert time.monotonic() < until_s
            time.sleep(0.01)
        with pytest.raises(SpaceError):
            environments.build(bundle.read(folder), lambda _: None)
        assert [one.name for one in environments.folder.iterdir()] == ["running"]
        assert not environments.remove_unused(environments.folder / "running")
        running.kill()
    assert environments.remove_unused(environments.folder / "running")
    assert not list(environments.folder.iterdir())


def test_an_environment_from_which_a_program_runs_is_never_removed(tmp_path: Path) -> None:
    environments = Environments(tmp_path / "portier", tmp_path / "versions")
    for name in ("running", "unused", "wanted"):
        (environments.folder / name / "bin").mkdir(parents=True)
    sleep = shutil.copy(shutil.which("sleep") or "", environments.folder / "running" / "bin" / "sleep")
    # Called by a link, as the service is by /opt/portier: what it has loaded tells where it is from.
    environments.link.symlink_to(environments.folder / "running")
    with subprocess.Popen((environments.link / "bin" / "sleep", "60"), stdin=subprocess.DEVNULL) as running:
        until_s = time.monotonic() + 5
        while Path(f"/proc/{running.pid}/exe").resolve() != Path(sleep):
            assert time.monotonic() < until_s
        assert environments.used_by(running.pid) == {environments.folder / "running"}
        environments.keep_only(environments.folder / "wanted")
        assert {one.name for one in environments.folder.iterdir()} == {"running", "wanted"}
        running.kill()
    environments.keep_only(environments.folder / "wanted")
    assert [one.name for one in environments.folder.iterdir()] == ["wanted"]


@pytest.mark.parametrize("names", [(".git", "pyvenv.cfg"), ("README.md",)], ids=["a clone", "no environment"])
def test_another_folder_in_its_place_is_refused_and_left(tmp_path: Path, names: tuple[str, ...]) -> None:
    environments = Environments(tmp_path / "portier", tmp_path / "versions")
    environments.link.mkdir()
    for name in names:
        (environments.link / name).touch()
    with pytest.raises(UnfitError, match="move it elsewhere"):
        environments.adopt()
    assert {one.name for one in environments.link.iterdir()} == set(names)
    assert not environments.folder.exists()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    (folder / "wheels").mkdir(parents=True)
    (folder / "wheels" / "one.whl").write_bytes(b"one")
    bundle.seal(folder, _ABOUT)
    return folder


def test_a_bundle_is_read_as_it_was_made(folder: Path) -> None:
    found = bundle.read(folder)
    assert found.about == _ABOUT
    assert [one.name for one in found.wheels] == ["one.whl"]
    assert found.key.startswith("1.0-")


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("wheels/one.whl", b"two", "one.whl is not what SHA256SUMS says"),
        ("wheels/two.whl", b"two", "two.whl is no part of the bundle"),
        ("bundle.json", b"{", "is no bundle, or a broken one"),
        ("bundle.json", b'{"format": 2}', "its format is another than 1"),
        ("bundle.json", b"[]", "is no bundle, or a broken one"),
        ("bundle.json", b"null", "is no bundle, or a broken one"),
        ("SHA256SUMS", b"", "SHA256SUMS is cut off"),
        ("SHA256SUMS", b"\xff\xfe", "is no bundle, or a broken one"),
    ],
)
def test_a_bundle_in_which_something_is_different_is_refused(
    folder: Path, name: str, content: bytes, text: str
) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(BundleError) as refused:
        bundle.read(folder)
    assert text in str(refused.value)


def test_what_is_no_bundle_is_named(tmp_path: Path) -> None:
    (tmp_path / "text.tar").write_text("text")
    for path, text in (
        (tmp_path / "nothing", "there is no such file or folder"),
        (tmp_path / "text.tar", "is neither a folder nor a tarball, or a broken one"),
        (tmp_path, "is no bundle, or a half-made one"),
    ):
        with pytest.raises(BundleError) as refused, bundle.opened(path):
            pass
        assert text in str(refused.value)


def _says(tmp_path: Path, script: str) -> str:
    """A program in the place of `portier`."""
    program = tmp_path / "portier"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize(
    "script",
    ["exit 73", "echo", "echo '[]'", 'echo \'{"call": "talking"}\'', "echo '{\"doors\": {}}'"],
    ids=["nobody there", "nothing", "no status", "half a status", "the other half"],
)
def test_a_station_that_does_not_answer_may_have_a_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    monkeypatch.setattr(calls, "_ASK_AGAIN_S", 0.01)
    assert "does not answer" in calls.doing_of(_says(tmp_path, script))


def test_a_station_whose_program_is_gone_may_have_a_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "_ASK_AGAIN_S", 0.01)
    assert "does not answer" in calls.doing_of(str(tmp_path / "gone"))


def test_a_station_that_answers_at_the_third_try_is_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "_ASK_AGAIN_S", 0.01)
    tries = tmp_path / "tries"
    tries.touch()
    idle = '{"call": "idle", "button": null, "doors": {"front": "locked"}}'
    script = f"echo >>{tries}; [ $(wc -l <{tries}) -ge 3 ] || exit 73; echo '{idle}'"
    assert calls.doing_of(_says(tmp_path, script)) == ""
    assert len(tries.read_text()) == 3


_DPKG = """
Package: {name}
Status: {wanted} ok {state}
Architecture: {architecture}
Version: 1
Maintainer: nobody
Description: -
"""


@pytest.mark.parametrize(
    ("there", "missing"),
    [
        ([("install", "installed", "here")], False),
        ([("hold", "installed", "here")], False),
        ([("install", "installed", "all")], False),
        ([("deinstall", "config-files", "here")], True),
        ([("install", "unpacked", "here")], True),
        ([("install", "installed", "i386")], True),
        ([("install", "installed", "here"), ("deinstall", "config-files", "i386")], False),
        ([("install", "installed", "i386"), ("deinstall", "config-files", "here")], True),
        ([], True),
    ],
)
def test_a_package_is_there_when_it_is_installed_for_this_machine(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    there: list[tuple[str, str, str]],
    *,
    missing: bool,
) -> None:
    here = packages.architecture()
    blocks = [_DPKG.format(name="dpkg", wanted="install", state="installed", architecture=here)]
    for wanted, state, of in there:
        text = _DPKG.format(
            name="libopus0", wanted=wanted, state=state, architecture=of.replace("here", here)
        )
        blocks.append(text if of == "all" else text.replace("Version", "Multi-Arch: same\nVersion"))
    (tmp_path / "status").write_text("".join(blocks))
    monkeypatch.setenv("DPKG_ADMINDIR", str(tmp_path))
    assert packages.missing(("libopus0",)) == (("libopus0",) if missing else ())


@pytest.mark.parametrize(("wanted", "there"), [("install", True), ("hold", True), ("deinstall", False)])
def test_a_package_on_hold_is_not_installed_again(tmp_path: Path, wanted: str, *, there: bool) -> None:
    state = "installed" if there else "config-files"
    text = _DPKG.format(name="libopus0", wanted=wanted, state=state, architecture=packages.architecture())
    (tmp_path / "status").write_text(text)
    for name in ("apt-get", "sudo"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 9\n")
        (tmp_path / name).chmod(0o755)
    ran = subprocess.run(
        ("sh", str(Path(__file__).parents[2] / ".ci/packages"), "libopus0"),
        env={**os.environ, "DPKG_ADMINDIR": str(tmp_path), "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (ran.returncode == 0) == there
