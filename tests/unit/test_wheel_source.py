"""Where the source of PJSIP comes from, and what is said of one that cannot be used."""

from __future__ import annotations

import io
import shutil
import tarfile
from pathlib import Path

import pytest

from portier_pjsip import debian, source
from portier_pjsip.cache import Cache
from portier_pjsip.errors import SourceError
from portier_pjsip.source import FROM_DEBIAN

_MAK = b"export PJ_VERSION_MAJOR := 2\nexport PJ_VERSION_MINOR := 17\n"
_PRINTED = """\
Reading package lists...
NOTICE: 'asterisk' packaging is maintained in Git.
'mirror:/a/asterisk_22.orig-Xamr.tar.xz' asterisk_22.orig-Xamr.tar.xz 11276 SHA256:33cd
'mirror:/a/asterisk_22%2b.orig-Xpjproject.tar.xz' asterisk_22+.orig-Xpjproject.tar.xz 6775552 SHA256:68ab
'mirror:/a/asterisk_22.orig.tar.xz' asterisk_22.orig.tar.xz 6218652 SHA256:03e7
"""
_ARCHIVES = """\
'http://else.example/tools/dists/bookworm/InRelease' else_InRelease 0
'http://else.example/tools/dists/bookworm/stable/binary-amd64/Packages.xz' else_Packages 0
'http://one.example/debian/dists/bookworm/InRelease' one_InRelease 0
'http://one.example/debian/dists/bookworm-updates/InRelease' one_updates_InRelease 0
'http://two.example/pi/dists/bookworm/InRelease' two_InRelease 0
'http://one.example/debian/dists/bookworm/main/binary-amd64/Packages.xz' one_Packages 0
'http://one.example/debian/dists/bookworm-updates/main/binary-all/Packages.xz' one_updates_Packages 0
'http://two.example/pi/dists/bookworm/main/binary-arm64/Packages.xz' two_Packages 0
'http://one.example/debian/dists/bookworm/main/binary-all/Packages.xz' one_all_Packages 0
"""


def tarball(path: Path, files: dict[str, bytes], how: str = "gz") -> Path:
    """A tarball with these files."""
    with tarfile.open(path, f"w:{how}") as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    folder = tmp_path / "cache"
    folder.mkdir()
    return Cache(folder)


@pytest.mark.parametrize("how", ["gz", "xz", "bz2"])
def test_a_given_tarball_is_kept_with_its_version_and_checksum(
    tmp_path: Path, cache: Cache, how: str
) -> None:
    given = tarball(tmp_path / f"p.tar.{how}", {"pjproject-2.17/version.mak": _MAK}, how)
    found, kept = source.find(str(given), cache, print)
    assert (found.version, found.file, len(found.sha256)) == ("2.17", given.name, 64)
    assert kept.read_bytes() == given.read_bytes()
    given_again, _ = source.find(str(given), cache, print)
    assert given_again == found


def test_a_tarball_that_is_not_there_is_told_with_its_path(cache: Cache) -> None:
    with pytest.raises(SourceError, match=r"SOURCE=nowhere\.tar: there is no such file"):
        source.find("nowhere.tar", cache, print)


@pytest.mark.parametrize("how", ["gz", "xz"])
def test_a_tarball_that_was_cut_off_is_told_as_broken(tmp_path: Path, cache: Cache, how: str) -> None:
    whole = tarball(tmp_path / "w.tar", {"p/version.mak": _MAK, "p/a": bytes(range(256)) * 999}, how)
    cut = tmp_path / "cut.tar"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(SourceError, match=r"cut\.tar is no tarball, or a broken one"):
        source.find(str(cut), cache, print)
    assert not list(cache.folder.glob("source/*"))


def test_a_file_that_is_no_tarball_is_told_as_such(tmp_path: Path, cache: Cache) -> None:
    page = tmp_path / "page.tar.gz"
    page.write_text("<html>Not found</html>")
    with pytest.raises(SourceError, match="no tarball"):
        source.find(str(page), cache, print)


@pytest.mark.parametrize("name", ["other-1.0/README", "a/b/version.mak", "version.mak"])
def test_a_tarball_of_something_else_is_no_pjsip(tmp_path: Path, cache: Cache, name: str) -> None:
    given = tarball(tmp_path / "other.tar.gz", {name: _MAK})
    with pytest.raises(SourceError, match=r"other\.tar\.gz holds no PJSIP"):
        source.find(str(given), cache, print)


def test_a_cached_source_that_was_damaged_is_not_used(tmp_path: Path, cache: Cache) -> None:
    given = tarball(tmp_path / "p.tar.gz", {"p/version.mak": _MAK})
    _, kept = source.find(str(given), cache, print)
    kept.write_bytes(b"half")
    _, kept_again = source.find(str(given), cache, print)
    assert kept_again.read_bytes() == given.read_bytes()


def test_debian_is_asked_once_and_then_only_on_request(
    tmp_path: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered = tarball(tmp_path / "d.tar.gz", {"p/version.mak": _MAK})
    asked: list[Path] = []

    def fetch(folder: Path, tell: object) -> tuple[Path, str]:
        asked.append(folder)
        return Path(shutil.copy(offered, folder / "d.tar.gz")), "Debian"

    monkeypatch.setattr(debian, "fetch", fetch)
    first, _ = source.find(None, cache, print)
    second, kept = source.find(None, cache, print)
    assert (first, first.origin, len(asked)) == (second, "Debian", 1)
    assert kept.exists()
    source.find(FROM_DEBIAN, cache, print)
    assert len(asked) == 2
    kept.unlink()
    source.find(None, cache, print)
    assert len(asked) == 3


def test_pjsip_is_found_among_the_files_of_debians_package() -> None:
    found = debian.component_of(_PRINTED)
    assert found.name == "asterisk_22+.orig-Xpjproject.tar.xz"
    assert found.uri == "mirror:/a/asterisk_22%2b.orig-Xpjproject.tar.xz"
    assert found.checksum == "SHA256:68ab"


def test_a_package_that_no_longer_carries_pjsip_says_so() -> None:
    with pytest.raises(SourceError, match="carries no PJSIP any more"):
        debian.component_of(_PRINTED.replace("Xpjproject", "Xother"))


def test_the_machines_own_archives_are_used_for_its_release_alone() -> None:
    assert debian.archives_of(_ARCHIVES, "bookworm") == (
        "http://one.example/debian/",
        "http://two.example/pi/",
    )
    assert debian.archives_of(_ARCHIVES, "trixie") == ()


def test_without_apt_a_tarball_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError, match=r"no apt.*make wheel SOURCE="):
        debian.fetch(tmp_path, print)
