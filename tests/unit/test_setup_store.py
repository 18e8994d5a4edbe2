"""The files are put in their place whole, or not at all; the old ones stay beside them."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from portier.errors import ConfigError, ConfigWriteError
from portier.setup import store
from portier.setup.store import NewFile

NOW = datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)


def _fine(secret: Path | None) -> None:
    del secret


def _refuse(secret: Path | None) -> None:
    del secret
    raise ConfigError("the new one", ("it is wrong",))


def _refuse_for(monkeypatch: pytest.MonkeyPatch, name: str, file: Path) -> None:
    """Let a method of paths fail for a file, by whichever of its names."""
    real = getattr(Path, name)

    def refuse(path: Path, *arguments: object) -> object:
        if (path.exists() and path.samefile(file)) or file in arguments:
            raise PermissionError(1, "Operation not permitted")
        return real(path, *arguments)

    monkeypatch.setattr(Path, name, refuse)


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_new_files_are_closed_to_others_and_the_password_to_all_but_its_owner(tmp_path: Path) -> None:
    config, password = tmp_path / "portier.toml", tmp_path / "sip-password"
    kept = store.store(NewFile(config, "new"), NewFile(password, "secret\n"), _fine, NOW)
    assert (config.read_text(), password.read_text()) == ("new", "secret\n")
    assert (_mode(config), _mode(password)) == (0o640, 0o600)
    assert (kept.config, kept.password) == (None, None)


def test_where_the_service_has_its_group_that_may_read_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "GROUP", tmp_path.group())
    config, password = tmp_path / "portier.toml", tmp_path / "sip-password"
    store.store(NewFile(config, "new"), NewFile(password, "secret\n"), _fine, NOW)
    assert (_mode(config), _mode(password)) == (0o640, 0o640)
    assert store.closed_to_service(config, password) == []


def test_what_was_there_is_kept_beside_under_its_date_whole_and_as_closed(tmp_path: Path) -> None:
    config, password = tmp_path / "portier.toml", tmp_path / "sip-password"
    config.write_text("old")
    config.chmod(0o604)
    password.write_text("old secret")
    password.chmod(0o666)
    kept = store.store(NewFile(config, "new"), NewFile(password, "new secret"), _fine, NOW)
    assert kept.config == tmp_path / "portier.toml.2026-11-26T12-00-00"
    assert kept.password == tmp_path / "sip-password.2026-11-26T12-00-00"
    assert (kept.config.read_text(), kept.password.read_text()) == ("old", "old secret")
    assert (config.read_text(), password.read_text()) == ("new", "new secret")
    assert (_mode(config), _mode(password)) == (0o604, 0o660)
    assert (_mode(kept.config), _mode(kept.password)) == (0o604, 0o660)


@pytest.mark.parametrize("mode", [0o644, 0o666, 0o640, 0o600])
@pytest.mark.parametrize("refused", ["hardlink_to", "chmod", ""])
def test_the_kept_password_is_closed_to_others_whatever_the_old_file_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, refused: str
) -> None:
    config, password = tmp_path / "portier.toml", tmp_path / "sip-password"
    password.write_text("old secret")
    password.chmod(mode)
    if refused:
        _refuse_for(monkeypatch, refused, password)
    kept = store.store(NewFile(config, "new"), NewFile(password, "new secret"), _fine, NOW).password
    assert kept
    assert (kept.read_text(), _mode(kept)) == ("old secret", mode & ~0o007)


def test_a_copy_of_the_password_is_closed_from_its_first_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, password = tmp_path / "portier.toml", tmp_path / "sip-password"
    password.write_text("old secret")
    password.chmod(0o644)
    os.utime(password, (1, 2))
    _refuse_for(monkeypatch, "hardlink_to", password)
    before: list[int] = []
    usual = Path.chmod

    def chmod(path: Path, mode: int) -> None:
        if path.name.startswith("sip-password."):
            before.append(_mode(path))
        usual(path, mode)

    monkeypatch.setattr(Path, "chmod", chmod)
    kept = store.store(NewFile(config, "new"), NewFile(password, "new secret"), _fine, NOW).password
    assert kept
    assert before == [0o600]
    assert kept.stat().st_mtime == 2


def test_an_open_password_stays_as_it_was_where_nothing_could_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, password = tmp_path / "portier.toml", tmp_path / "sip-password"
    config.write_text("old")
    password.write_text("old secret")
    password.chmod(0o644)
    replace = Path.replace

    def refuse(path: Path, target: Path) -> Path:
        if target == config:
            raise PermissionError(1, "Operation not permitted")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(ConfigWriteError, match="not permitted"):
        store.store(NewFile(config, "new"), NewFile(password, "new secret"), _fine, NOW)
    assert (password.read_text(), _mode(password)) == ("old secret", 0o644)


def test_two_in_a_second_lose_neither(tmp_path: Path) -> None:
    config = tmp_path / "portier.toml"
    for text in ("first", "second", "third"):
        store.store(NewFile(config, text), None, _fine, NOW)
    kept = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert kept == {
        "portier.toml": "third",
        "portier.toml.2026-11-26T12-00-00": "first",
        "portier.toml.2026-11-26T12-00-00-2": "second",
    }


def test_the_same_again_makes_no_copy(tmp_path: Path) -> None:
    config = tmp_path / "portier.toml"
    config.write_text("same")
    assert store.store(NewFile(config, "same"), None, _fine, NOW).config is None
    assert [path.name for path in tmp_path.iterdir()] == ["portier.toml"]


def test_a_configuration_that_is_refused_leaves_everything_as_it_was(tmp_path: Path) -> None:
    config, password = tmp_path / "portier.toml", tmp_path / "sip-password"
    config.write_text("old")
    password.write_text("old secret")
    with pytest.raises(ConfigError):
        store.store(NewFile(config, "new"), NewFile(password, "new secret"), _refuse, NOW)
    left = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert left == {"portier.toml": "old", "sip-password": "old secret"}


def test_the_proof_sees_the_new_password_closed_and_not_yet_in_its_place(tmp_path: Path) -> None:
    password = tmp_path / "sip-password"
    seen: list[tuple[str, int, bool]] = []

    def prove(secret: Path | None) -> None:
        assert secret
        seen.append((secret.read_text(), _mode(secret), password.exists()))

    store.store(NewFile(tmp_path / "portier.toml", "new"), NewFile(password, "new secret"), prove, NOW)
    assert seen == [("new secret", 0o600, False)]


def test_new_files_are_closed_to_others_from_their_first_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[int] = []
    like_before = store._like_before

    def look(path: Path, before: Path, new_mode: int) -> None:
        modes.append(_mode(path))
        like_before(path, before, new_mode)

    monkeypatch.setattr(store, "_like_before", look)
    store.store(NewFile(tmp_path / "a.toml", "new"), NewFile(tmp_path / "secret", "s"), _fine, NOW)
    assert modes == [0o600, 0o600]


def test_both_files_and_then_their_new_names_are_on_the_disk_before_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[str, set[str]]] = []

    def sync(descriptor: int) -> None:
        what = Path(f"/proc/self/fd/{descriptor}").readlink().name.partition(".new-")[0]
        synced.append((what, {path.name for path in tmp_path.iterdir() if not path.name.startswith(".")}))

    monkeypatch.setattr(os, "fsync", sync)
    store.store(NewFile(tmp_path / "a.toml", "new"), NewFile(tmp_path / "secret", "s"), _fine, NOW)
    done = (tmp_path.name, {"a.toml", "secret"})
    assert synced == [(".secret", set()), (".a.toml", set()), done, done]


def test_a_file_keeps_its_owner_its_group_and_its_rights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, password = tmp_path / "portier.toml", tmp_path / "sip-password"
    for path in (config, password):
        path.write_text("old")
        path.chmod(0o640)
    owners: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "chown", lambda _, user, group: owners.append((user, group)))
    store.store(NewFile(config, "new"), NewFile(password, "new secret"), _fine, NOW)
    assert owners == [(config.stat().st_uid, config.stat().st_gid)] * 2
    assert (_mode(config), _mode(password)) == (0o640, 0o640)


def test_a_password_that_gets_another_group_is_closed_to_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, password = tmp_path / "portier.toml", tmp_path / "sip-password"
    for path in (config, password):
        path.write_text("old")
        path.chmod(0o640)

    def refuse(path: Path, user: int, group: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "chown", refuse)
    store.store(NewFile(config, "new"), NewFile(password, "new secret"), _fine, NOW)
    assert (_mode(config), _mode(password)) == (0o640, 0o600)


@pytest.mark.parametrize("link", [Path.symlink_to, Path.hardlink_to])
def test_what_somebody_put_where_the_new_file_is_made_is_not_written_to(
    tmp_path: Path, link: Callable[[Path, Path], None]
) -> None:
    config, theirs = tmp_path / "portier.toml", tmp_path / "theirs"
    theirs.write_text("theirs")
    link(tmp_path / f".portier.toml.new-{os.getpid()}", theirs)
    store.store(NewFile(config, "new"), None, _fine, NOW)
    assert (theirs.read_text(), config.read_text(), config.is_symlink()) == ("theirs", "new", False)


@pytest.mark.parametrize("old_password", ["old secret", "new secret", None])
def test_a_configuration_that_cannot_be_renamed_leaves_the_password_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old_password: str | None
) -> None:
    config, password = tmp_path / "portier.toml", tmp_path / "sip-password"
    config.write_text("old")
    if old_password:
        password.write_text(old_password)
    before = {path.name: path.read_text() for path in tmp_path.iterdir()}
    replace = Path.replace

    def refuse(path: Path, target: Path) -> Path:
        if target == config:
            assert password.read_text() == "new secret"
            raise PermissionError(1, "Operation not permitted")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(ConfigWriteError, match="not permitted"):
        store.store(NewFile(config, "new"), NewFile(password, "new secret"), _fine, NOW)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == before


def test_a_copy_of_the_old_file_that_did_not_fit_does_not_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "portier.toml"
    config.write_text("old")

    def refuse(path: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    monkeypatch.setattr(os, "utime", full)
    with pytest.raises(ConfigWriteError, match="No space left"):
        store.store(NewFile(config, "new"), None, _fine, NOW)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"portier.toml": "old"}


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    for place in (tmp_path, Path("/dev/null")):
        with pytest.raises(ConfigWriteError, match="no file"):
            store.writable(place)
        with pytest.raises(ConfigWriteError, match="no file"):
            store.store(NewFile(tmp_path / "p.toml", "new"), NewFile(place, "secret"), _fine, NOW)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fails_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "portier.toml"
    config.write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigWriteError, match="No space left"):
        store.store(NewFile(config, "new"), None, _fine, NOW)
    assert [path.name for path in tmp_path.iterdir()] == ["portier.toml"]
    assert config.read_text() == "old"


def test_a_file_system_without_second_names_gets_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "portier.toml"
    config.write_text("old")

    def refuse(path: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    kept = store.store(NewFile(config, "new"), None, _fine, NOW).config
    assert kept
    assert (kept.read_text(), config.read_text()) == ("old", "new")


def test_a_folder_that_is_missing_is_made_closed_to_others(tmp_path: Path) -> None:
    config = tmp_path / "portier" / "portier.toml"
    store.writable(config)
    store.store(NewFile(config, "new"), None, _fine, NOW)
    assert config.read_text() == "new"
    assert _mode(config.parent) == 0o750


def _no_rights(monkeypatch: pytest.MonkeyPatch, wanted: int) -> None:
    """Be somebody who may not do this with any file; root may do all."""
    monkeypatch.setattr(os, "access", lambda _, mode: not mode & wanted)


def test_a_folder_that_may_not_be_written_to_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _no_rights(monkeypatch, os.W_OK)
    with pytest.raises(ConfigWriteError, match=f"may not write in {tmp_path}: run this command by sudo"):
        store.writable(tmp_path / "portier.toml")


def test_a_file_that_may_not_be_read_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _no_rights(monkeypatch, os.R_OK)
    config = tmp_path / "portier.toml"
    store.writable(config)
    config.touch()
    with pytest.raises(ConfigWriteError, match="may not read it: run this command by sudo"):
        store.writable(config)


def test_a_folder_of_a_folder_that_is_not_there_is_no_question_of_rights(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    with pytest.raises(ConfigWriteError, match=f"there is no folder {missing}: make it first"):
        store.writable(missing / "deeper" / "portier.toml")
    missing.touch()
    with pytest.raises(ConfigWriteError, match=f"there is no folder {missing}"):
        store.writable(missing / "portier.toml")


def test_a_read_only_file_system_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _no_rights(monkeypatch, os.W_OK)
    facts = list(os.statvfs(tmp_path))
    facts[8] |= os.ST_RDONLY
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result(facts))
    with pytest.raises(ConfigWriteError, match="is on a read-only file system"):
        store.writable(tmp_path / "portier.toml")


def test_a_link_in_a_circle_and_a_name_that_is_too_long_are_told(tmp_path: Path) -> None:
    circle = tmp_path / "circle"
    circle.symlink_to(circle)
    with pytest.raises(ConfigWriteError, match="no file"):
        store.writable(store.real(circle))
    with pytest.raises(ConfigWriteError, match="name too long"):
        store.writable(tmp_path / ("x" * 300))


def test_a_folder_that_may_not_even_be_looked_into_is_told_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "exists", refuse)
    with pytest.raises(ConfigWriteError, match="sudo"):
        store.writable(tmp_path / "portier.toml")


def test_who_is_not_of_the_services_group_is_told_of_files_it_cannot_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    for path, mode in ((theirs, 0o600), (ours, 0o640)):
        path.touch()
        path.chmod(mode)
    monkeypatch.setattr(store, "GROUP", "no-such-group-here")
    assert store.closed_to_service(theirs, ours) == []
    monkeypatch.setattr(store, "GROUP", ours.group())
    assert store.closed_to_service(theirs, ours, None) == [theirs]
