"""The wheel as a file, and what is demanded of one when it is tried."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from portier_pjsip import judgement, make, wheel
from portier_pjsip.errors import CheckError
from portier_pjsip.judgement import Expected
from portier_pjsip.patches import PATCHES
from portier_pjsip.progress import Progress
from portier_pjsip.target import native

_EXPECTED = Expected("2.17", asserts=False, g729=False)
_LIBRARY: dict[str, Any] = {
    "version": "2.17",
    "codecs": ["G722", "L16", "PCMA", "PCMU", "opus", "speex"],
    "handles": 1024,
    "queue": "epoll",
    "tls": "OpenSSL 3.0.17 1 Jul 2025",
}
_TLS = {"server": ["TLSv1.3", "SIP/2.0 200 OK"], "client": ["TLSv1.3", "OPTIONS sip:a SIP/2.0"]}
_PHONE: dict[str, Any] = {
    "status": 200,
    "codec": "opus/48000",
    "srtp": "AES_CM_128_HMAC_SHA1_80",
    "telephone_event": 101,
    "played_hz": 1000,
    "heard_hz": 997,
    "heard_s": 2.0,
}


def _written(folder: Path, tag: str = "cp311-cp311-linux_aarch64") -> Path:
    files = {"_pjsua2.x.so": b"\x7fELF", "pjsua2.py": b"x = 1\n"}
    return wheel.write(folder, "2.17+portier.2", tag, files, "Metadata-Version: 2.1\n")


def test_a_wheel_holds_its_files_and_a_record_of_each(tmp_path: Path) -> None:
    made = _written(tmp_path)
    about = "pjsua2_python-2.17+portier.2.dist-info"
    assert made.name == "pjsua2_python-2.17+portier.2-cp311-cp311-linux_aarch64.whl"
    content = wheel.read(made)
    assert set(content) == {
        "_pjsua2.x.so",
        "pjsua2.py",
        f"{about}/METADATA",
        f"{about}/WHEEL",
        f"{about}/RECORD",
    }
    assert b"Tag: cp311-cp311-linux_aarch64\n" in content[f"{about}/WHEEL"]
    assert content[f"{about}/RECORD"].endswith(b"RECORD,,\n")
    with zipfile.ZipFile(made) as archive:
        assert archive.getinfo("_pjsua2.x.so").external_attr >> 16 & 0o777 == 0o755


def test_the_same_content_makes_the_same_file(tmp_path: Path) -> None:
    one, two = tmp_path / "1", tmp_path / "2"
    one.mkdir()
    two.mkdir()
    assert _written(one).read_bytes() == _written(two).read_bytes()


@pytest.mark.parametrize("at", [0.1, 0.5, 0.9])
def test_a_wheel_that_was_cut_off_is_not_whole(tmp_path: Path, at: float) -> None:
    made = _written(tmp_path)
    data = made.read_bytes()
    made.write_bytes(data[: int(len(data) * at)])
    with pytest.raises(CheckError, match="no wheel, or a broken one"):
        wheel.read(made)


def test_a_wheel_with_a_changed_file_is_not_whole(tmp_path: Path) -> None:
    made, changed = _written(tmp_path), tmp_path / "changed.whl"
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"other" if name == "pjsua2.py" else old.read(name))
    with pytest.raises(CheckError, match=r"pjsua2\.py is not what its record says"):
        wheel.read(changed)


def test_a_wheel_for_another_python_or_machine_is_refused_by_both_names(tmp_path: Path) -> None:
    made = _written(tmp_path, "cp39-cp39-linux_riscv64")
    with pytest.raises(
        CheckError, match=rf"is for cp39-cp39-linux_riscv64, and this Python takes {native().tag}"
    ):
        make.check(made, Progress())


@pytest.mark.parametrize("name", ["pjsua2.zip", "pjsua2.whl", "a-b-c-d.whl"])
def test_a_file_that_is_not_named_as_a_wheel_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CheckError, match="not the name of a wheel"):
        make.check(tmp_path / name, Progress())


def test_a_wheel_of_somebody_else_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(CheckError, match="does not tell how it was built"):
        make.check(_written(tmp_path, native().tag), Progress())


# What a wheel must do


def test_a_good_wheel_passes_every_check() -> None:
    assert judgement.asserts(_EXPECTED, b"nothing") == "without asserts"
    assert "opus" in judgement.library(_EXPECTED, _LIBRARY)
    assert "1.3" in judgement.tls(_TLS)
    assert "997 Hz" in judgement.call(_PHONE, _PHONE)
    assert "refused" in judgement.refusal({"status": 503})
    assert "registrar" in judgement.attacks(_EXPECTED, {"survived": list(judgement.ATTACKS)})


@pytest.mark.parametrize("asserts", [True, False])
def test_asserts_that_are_not_as_asked_for_are_noticed(asserts: bool) -> None:
    module = b"..." if asserts else b"..__assert_fail.."
    with pytest.raises(CheckError, match="NDEBUG did not reach it"):
        judgement.asserts(Expected("2.17", asserts, False), module)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": "2.16"}, "version: 2.16, and must be 2.17"),
        ({"codecs": ["PCMA"]}, "codecs: "),
        ({"codecs": [*_LIBRARY["codecs"], "G729"]}, "codecs: "),
        ({"handles": 64}, "sockets it can watch: 64, and must be 1024"),
        ({"queue": "select"}, "must be epoll"),
        ({"tls": ""}, "TLS is by nothing"),
        ({"tls": "OpenSSL 1.0.2k-fips 26 Jan 2017"}, "must be by OpenSSL 3"),
    ],
)
def test_a_library_that_lacks_something_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(CheckError, match=words):
        judgement.library(_EXPECTED, _LIBRARY | change)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        _TLS | {"server": ["TLSv1.2", "SIP/2.0 200 OK"]},
        _TLS | {"client": ["TLSv1.3", ""]},
        {"server": _TLS["server"]},
    ],
)
def test_less_than_tls_1_3_both_ways_is_refused(answer: dict[str, Any]) -> None:
    with pytest.raises(CheckError, match="TLS as "):
        judgement.tls(answer)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": 488}, "SIP status: 488"),
        ({"codec": "PCMA/8000"}, "codec: PCMA/8000"),
        ({"srtp": ""}, "not encrypted"),
        ({"heard_hz": 0, "heard_s": 0.0}, "heard 0 Hz"),
        ({"heard_hz": 500}, "heard 500 Hz"),
        ({"heard_s": 0.5}, r"for 0\.5 s"),
        ({"telephone_event": 120}, "telephone-event: 120"),
    ],
)
def test_a_call_that_is_not_whole_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(CheckError, match=words):
        judgement.call(_PHONE | change, _PHONE)


def test_what_the_far_end_hears_counts_too() -> None:
    with pytest.raises(CheckError, match="the callee heard"):
        judgement.call(_PHONE, _PHONE | {"heard_hz": 0, "heard_s": 0.0})


def test_a_stranger_who_is_trusted_is_noticed() -> None:
    with pytest.raises(CheckError, match="stranger"):
        judgement.refusal(_PHONE)


@pytest.mark.parametrize("survived", [None, [], list(judgement.ATTACKS[:-1])])
def test_an_attack_that_was_not_survived_is_noticed(survived: list[str] | None) -> None:
    with pytest.raises(CheckError, match="what was survived"):
        judgement.attacks(_EXPECTED, {} if survived is None else {"survived": survived})


def test_of_a_source_without_a_place_for_our_question_no_answer_is_demanded() -> None:
    without = replace(_EXPECTED, left_out=("names without waiting",))
    assert without.attacks == judgement.ATTACKS[:-1]
    told = judgement.attacks(without, {"survived": list(without.attacks)})
    assert told.endswith("called; not tried, for want of our change: named")


def test_what_upstream_may_have_mended_by_itself_must_be_survived_all_the_same() -> None:
    mended = tuple(one.name for one in PATCHES if one.name != "names without waiting")
    assert mended
    assert replace(_EXPECTED, left_out=mended).attacks == judgement.ATTACKS
