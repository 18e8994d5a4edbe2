"""How PJSIP is built: settings, versions, names and keys of `make wheel`."""

from __future__ import annotations

import json
import re
import runpy
from dataclasses import replace
from pathlib import Path

import pytest

from portier_pjsip import build, libraries, order, patches, settings, target
from portier_pjsip.errors import CheckError, MachineError, SourceError
from portier_pjsip.order import Order
from portier_pjsip.settings import Variant
from portier_pjsip.source import Source, checked_version
from portier_pjsip.target import CROSSED

_SOURCE = Source("pjproject-2.17.tar.gz", "a" * 64, "2.17", "a file")
_PI = CROSSED["bookworm-arm64"]
_ORDER = Order(_PI, Variant(), _SOURCE)


def _version_mak(major: str, minor: str, rev: str = "", suffix: str = "") -> str:
    return (
        "# a comment\n"
        f"export PJ_VERSION_MAJOR  := {major}\nexport PJ_VERSION_MINOR  := {minor}\n"
        f"export PJ_VERSION_REV    :={rev and f' {rev}'}\n"
        f"export PJ_VERSION_SUFFIX :={suffix and f' {suffix}'}\n\n"
        "export PJ_VERSION := $(PJ_VERSION_MAJOR).$(PJ_VERSION_MINOR)\n"
    )


def test_the_settings_are_those_a_door_needs() -> None:
    text = settings.config_site()
    for line in (
        "#define PJMEDIA_HAS_VIDEO 0",
        "#define PJ_IOQUEUE_MAX_HANDLES 1024",
        "#define PJSIP_DONT_SWITCH_TO_TCP 1",
        "#define PJMEDIA_RTP_PT_TELEPHONE_EVENTS 101",
        "#define PJSIP_SSL_DEFAULT_PROTO (PJ_SSL_SOCK_PROTO_TLS1_2 | PJ_SSL_SOCK_PROTO_TLS1_3)",
    ):
        assert line in text.splitlines()


def test_only_the_build_for_tests_has_asserts() -> None:
    assert "-DNDEBUG" in settings.compile_flags(Variant())
    assert "-DNDEBUG" not in settings.compile_flags(Variant(asserts=True))


def test_g729_comes_only_where_it_is_asked_for() -> None:
    assert "--disable-bcg729" in settings.configure_switches(Variant())
    assert "--with-bcg729=/usr" in settings.configure_switches(Variant(g729=True))
    assert not [one for one in libraries.to_run(Variant(), "bookworm") if "bcg729" in one]
    assert "libbcg729-0" in libraries.to_run(Variant(g729=True), "bookworm")
    assert "libbcg729-dev" in libraries.to_build(Variant(g729=True))
    assert "GPL-3" in replace(_ORDER, variant=Variant(g729=True)).metadata({})
    assert "GPL-2" in _ORDER.metadata({})


@pytest.mark.parametrize(
    ("text", "version"),
    [
        (_version_mak("2", "17"), "2.17"),
        (_version_mak("2", "15", "1"), "2.15.1"),
        (_version_mak("2", "18", "", "-dev"), "2.18-dev"),
        (_version_mak("3", "0"), "3.0"),
    ],
)
def test_the_version_is_read_from_the_source(text: str, version: str) -> None:
    assert checked_version("x", text) == version


@pytest.mark.parametrize(("major", "minor", "rev"), [("2", "14", "1"), ("2", "9", ""), ("1", "16", "")])
def test_a_pjsip_that_is_too_old_is_refused_with_both_versions(major: str, minor: str, rev: str) -> None:
    version = f"{major}.{minor}{rev and f'.{rev}'}"
    with pytest.raises(
        SourceError, match=rf"old\.tar is PJSIP {re.escape(version)}; .* needs 2\.15 or newer"
    ):
        checked_version("old.tar", _version_mak(major, minor, rev))


@pytest.mark.parametrize("text", ["", "export PJ_VERSION_MAJOR := two\nexport PJ_VERSION_MINOR := 17\n"])
def test_a_version_that_cannot_be_read_is_no_version(text: str) -> None:
    with pytest.raises(SourceError, match="tells no version"):
        checked_version("x", text)


@pytest.mark.parametrize(
    ("pjsip", "variant", "version"),
    [
        ("2.17", Variant(), "2.17+portier.3"),
        ("2.17", Variant(asserts=True), "2.17+portier.3.asserts"),
        ("2.15.1", Variant(g729=True), "2.15.1+portier.3.g729"),
        ("2.18-dev", Variant(asserts=True, g729=True), "2.18+portier.3.asserts.g729.dev"),
    ],
)
def test_the_version_says_whose_build_and_which(pjsip: str, variant: Variant, version: str) -> None:
    assert Order(_PI, variant, replace(_SOURCE, version=pjsip)).version == version


def test_the_file_is_named_as_pip_wants_it() -> None:
    assert _ORDER.file == "pjsua2_python-2.17+portier.3-cp311-cp311-linux_aarch64.whl"
    assert CROSSED["trixie-arm64"].tag == "cp313-cp313-linux_aarch64"
    assert _PI.module_suffix == ".cpython-311-aarch64-linux-gnu.so"


def test_the_same_order_has_the_same_key() -> None:
    assert _ORDER.key == Order(replace(_PI), Variant(), replace(_SOURCE, origin="elsewhere", file="b")).key


@pytest.mark.parametrize(
    "other",
    [
        replace(_ORDER, variant=Variant(asserts=True)),
        replace(_ORDER, variant=Variant(g729=True)),
        replace(_ORDER, target=CROSSED["trixie-arm64"]),
        replace(_ORDER, target=replace(_PI, system="another")),
        replace(_ORDER, source=replace(_SOURCE, sha256="b" * 64)),
    ],
)
def test_whatever_decides_the_wheel_decides_the_key(other: Order) -> None:
    assert other.key != _ORDER.key


def test_another_setting_is_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = _ORDER.key
    changed = (*settings.SETTINGS[:-1], replace(settings.SETTINGS[-1], value="120"))
    monkeypatch.setattr(settings, "SETTINGS", changed)
    assert _ORDER.key != before


def test_another_change_to_the_source_is_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = _ORDER.key
    find, _ = patches.PATCHES[0].changes[0]
    changed = replace(patches.PATCHES[0], changes=((find, "something else"),))
    monkeypatch.setattr(order, "PATCHES", (changed, *patches.PATCHES[1:]))
    assert _ORDER.key != before


def test_the_wheel_tells_how_it_was_built(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = tmp_path / "pjsua2_build.py"
    odd = replace(_ORDER, source=replace(_SOURCE, file='a"b\\c.tar'))
    module.write_text(odd.about('g++ "12"', {"libopus.so.0": "libopus0"}, ("a change",)))
    facts = runpy.run_path(str(module), run_name="__main__")["BUILD"]
    assert facts == json.loads(capsys.readouterr().out)
    assert facts["source"] == {"file": 'a"b\\c.tar', "sha256": "a" * 64, "origin": "a file"}
    assert facts["settings"]["PJ_IOQUEUE_MAX_HANDLES"] == "1024"
    assert facts["asserts"] is False
    assert set(facts["patches"]) == {one.name for one in patches.PATCHES}
    assert facts["left_out"] == ["a change"]
    assert facts["compiler"] == 'g++ "12"'
    assert facts["libraries"] == {"libopus.so.0": "libopus0"}


def test_the_metadata_name_the_packages_and_the_python() -> None:
    lines = _ORDER.metadata({"libssl.so.3": "libssl3", "libcrypto.so.3": "libssl3"}).splitlines()
    assert "Name: pjsua2-python" in lines
    assert "Requires-Python: ==3.11.*" in lines
    assert lines.count("Requires-External: libssl3") == 1


# Libraries


_READELF = """
 0x0000000000000001 (NEEDED)             Shared library: [libstdc++.so.6]
 0x0000000000000001 (NEEDED)             Shared library: [libssl.so.3]
 0x0000000000000001 (NEEDED)             Shared library: [libm.so.6]
 0x0000000000000001 (NEEDED)             Shared library: [ld-linux-aarch64.so.1]
 0x000000000000000e (SONAME)             Library soname: [libelse.so.1]
"""


def test_the_libraries_of_a_module_are_read_and_named_for_each_release() -> None:
    needed = libraries.needed_by(_READELF)
    assert needed == ("libssl.so.3", "libstdc++.so.6")
    assert libraries.packages_of(needed, "bookworm")["libssl.so.3"] == "libssl3"
    assert libraries.packages_of(needed, "trixie")["libssl.so.3"] == "libssl3t64"


def test_a_library_that_nobody_installs_is_an_error() -> None:
    with pytest.raises(CheckError, match=r"libasound\.so\.2"):
        libraries.needed_by(_READELF + "(NEEDED)  Shared library: [libasound.so.2]")


# What configuring left out

_HEADERS = {
    "pjlib/include/pj/compat/os_auto.h": (
        "#define PJ_HAS_SSL_SOCK 1\n#define PJ_SSL_SOCK_IMP PJ_SSL_SOCK_IMP_OPENSSL\n"
        "#define PJ_IOQUEUE_IMP PJ_IOQUEUE_IMP_EPOLL\n"
    ),
    "pjmedia/include/pjmedia-codec/config_auto.h": (
        "#define PJMEDIA_HAS_OPUS_CODEC 1\n#define PJMEDIA_EXTERNAL_SPEEX_CODEC 1\n"
        "#define PJMEDIA_HAS_BCG729 0\n"
    ),
}


def test_all_is_configured_where_the_headers_say_so() -> None:
    assert build.unmet(Variant(), _HEADERS.__getitem__) == ()


def test_tls_that_was_left_out_in_passing_is_noticed() -> None:
    without = {name: text.replace("SSL_SOCK 1", "SSL_SOCK 0") for name, text in _HEADERS.items()}
    assert build.unmet(Variant(), without.__getitem__) == ("PJ_HAS_SSL_SOCK 1",)


def test_g729_that_was_left_out_is_noticed() -> None:
    assert build.unmet(Variant(g729=True), _HEADERS.__getitem__) == ("PJMEDIA_HAS_BCG729 1",)


# Machines


@pytest.mark.parametrize(
    ("python", "implementation", "system", "largest", "words"),
    [
        ((3, 10), "cpython", "linux", 1 << 62, r"this is Python 3\.10; Portier needs 3\.11 or newer"),
        ((3, 11), "cpython", "linux", (1 << 31) - 1, "32 bits.*64-bit Raspberry Pi OS"),
        ((3, 11), "pypy", "linux", 1 << 62, "pypy.*CPython alone"),
        ((3, 11), "cpython", "darwin", 1 << 62, "darwin.*Linux"),
    ],
)
def test_a_machine_without_a_wheel_says_why(
    python: tuple[int, int], implementation: str, system: str, largest: int, words: str
) -> None:
    with pytest.raises(MachineError, match=words):
        target.refuse(python, implementation, system, largest)


def test_the_first_file_can_be_read_by_an_older_python() -> None:
    import ast

    import portier_pjsip

    for name in ("__init__.py", "__main__.py"):
        ast.parse((Path(portier_pjsip.__path__[0]) / name).read_text(), feature_version=(3, 7))


def test_all_means_this_machine_and_every_pi() -> None:
    assert [one.name for one in target.chosen("all")] == ["native", "bookworm-arm64", "trixie-arm64"]
    assert target.chosen("trixie-arm64")[0].python == (3, 13)


def test_missing_headers_of_python_name_the_package(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="python3-dev"):
        target.python_headers(replace(_PI, headers=str(tmp_path)))
