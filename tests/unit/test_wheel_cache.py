"""The cache of `make wheel`: what was interrupted, damaged or has no room, and whoever comes second."""

from __future__ import annotations

import fcntl
import shutil
import threading
from pathlib import Path

import pytest

from portier_pjsip.cache import Cache, default_folder, key_of
from portier_pjsip.errors import SpaceError, WheelError


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    folder = tmp_path / "cache"
    folder.mkdir()
    return Cache(folder)


def _nobody() -> None:
    raise AssertionError("somebody has the cache")


def test_what_was_made_is_found_whole_or_not_at_all(cache: Cache) -> None:
    def interrupted() -> None:
        with cache.scratch(1) as folder:
            (folder / "half").mkdir()
            raise KeyboardInterrupt

    with cache.locked(_nobody), pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [one.name for one in cache.folder.iterdir()] == ["lock"]
    with cache.scratch(1) as folder:
        made = folder / "made"
        made.mkdir()
        (made / "file").write_text("whole")
        assert cache.keep(made, "wheel", "key") == cache.path("wheel", "key")
    assert (cache.path("wheel", "key") / "file").read_text() == "whole"


def test_what_a_killed_run_left_is_removed_by_the_next(cache: Cache) -> None:
    left = cache.folder / "unfinished-x" / "deep"
    left.mkdir(parents=True)
    with cache.locked(_nobody):
        assert not left.parent.exists()


def test_what_is_made_anew_takes_the_place_of_the_old(cache: Cache) -> None:
    for text in ("old", "new"):
        with cache.scratch(1) as folder:
            made = folder / "made"
            made.mkdir()
            (made / "file").write_text(text)
            cache.keep(made, "wheel", "key")
    assert (cache.path("wheel", "key") / "file").read_text() == "new"
    assert not list(cache.folder.glob("unfinished-*"))


def test_too_little_room_is_told_before_anything_is_made(cache: Cache) -> None:
    free_mib = shutil.disk_usage(cache.folder).free >> 20
    told = rf"MiB left and {free_mib + 1000} MiB are needed.*XDG_CACHE_HOME"
    with pytest.raises(SpaceError, match=told), cache.scratch(free_mib + 1000):
        pass
    assert list(cache.folder.iterdir()) == []


def test_a_second_run_waits_for_the_first(cache: Cache) -> None:
    waits = threading.Event()
    with (cache.folder / "lock").open("w") as first:
        fcntl.flock(first, fcntl.LOCK_EX)

        def second() -> None:
            with cache.locked(waits.set):
                pass

        thread = threading.Thread(target=second)
        thread.start()
        assert waits.wait(5.0)
        fcntl.flock(first, fcntl.LOCK_UN)
    thread.join(5.0)
    assert not thread.is_alive()


def test_a_folder_that_cannot_be_used_names_the_variable_to_set(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    told = r"file/cache cannot be used: Not a directory; set XDG_CACHE_HOME"
    with pytest.raises(WheelError, match=told), Cache(file / "cache").locked(_nobody):
        pass


@pytest.mark.parametrize("relative", ["", "somewhere"])
def test_the_cache_is_where_the_specification_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, relative: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "portier" / "pjsip"
    monkeypatch.setenv("XDG_CACHE_HOME", relative)
    assert default_folder() == Path.home() / ".cache" / "portier" / "pjsip"


def test_a_key_does_not_depend_on_the_order_of_what_it_is_made_of() -> None:
    assert key_of({"a": 1, "b": [2]}) == key_of({"b": [2], "a": 1})
    assert key_of({"a": 1}) != key_of({"a": 2})
