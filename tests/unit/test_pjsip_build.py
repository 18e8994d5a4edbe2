"""Which build of PJSIP is installed, told without loading it, and what is said when it cannot be loaded."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from portier.adapters import pjsip_build, pjsip_library
from portier.errors import PjsipMissingError

_FACTS: dict[str, Any] = {
    "version": "2.17+portier.2",
    "asserts": True,
    "g729": False,
    "target": {"system": "Debian 13 (trixie)", "machine": "aarch64", "python": "3.13"},
    "compiler": "g++ 14.2.0",
    "source": {"sha256": "a" * 64},
    "libraries": {"libssl.so.3": "libssl3t64", "libcrypto.so.3": "libssl3t64", "libopus.so.0": "libopus0"},
}


def _built(monkeypatch: pytest.MonkeyPatch, facts: object) -> None:
    module = ModuleType("pjsua2_build")
    module.BUILD = facts  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pjsua2_build", module)


def _trouble(monkeypatch: pytest.MonkeyPatch, text: str) -> str:
    class _Broken(ModuleType):
        def __getattr__(self, name: str) -> object:
            raise ImportError(text)

    monkeypatch.setitem(sys.modules, "pjsua2", _Broken("pjsua2"))
    with pytest.raises(PjsipMissingError) as raised:
        pjsip_library.load()
    return str(raised.value)


def test_our_own_build_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    _built(monkeypatch, _FACTS)
    build = pjsip_build.own()
    assert build is not None
    assert (build.version, build.asserts, build.machine) == ("2.17+portier.2", True, "aarch64")
    assert build.packages == ("libopus0", "libssl3t64")
    assert build.left_out == ()


def test_changes_that_were_left_out_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    _built(monkeypatch, _FACTS | {"left_out": ["a change"]})
    build = pjsip_build.own()
    assert build is not None
    assert build.left_out == ("a change",)


@pytest.mark.parametrize(
    "facts", [None, {}, {"target": 1}, {**_FACTS, "source": {}}, {**_FACTS, "libraries": None}]
)
def test_facts_that_cannot_be_read_are_no_build_of_ours(
    monkeypatch: pytest.MonkeyPatch, facts: object
) -> None:
    _built(monkeypatch, facts)
    assert pjsip_build.own() is None


def test_another_build_has_no_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pjsua2_build", None)
    assert pjsip_build.own() is None


def test_a_missing_library_names_the_packages_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    _built(monkeypatch, _FACTS)
    said = _trouble(monkeypatch, "libopus.so.0: cannot open shared object file: No such file or directory")
    assert said.endswith("install the libraries it needs: sudo apt install libopus0 libssl3t64")


def test_a_wheel_for_another_python_says_for_which(monkeypatch: pytest.MonkeyPatch) -> None:
    _built(monkeypatch, _FACTS)
    said = _trouble(monkeypatch, "No module named '_pjsua2'")
    assert "built for Python 3.13 on aarch64, this is Python" in said
    assert "make wheel" in said
