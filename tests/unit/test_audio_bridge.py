"""PJSIP's master port: symbols, layout and what is said when they do not fit."""

from __future__ import annotations

import _ctypes
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from portier.adapters import pjsip_library
from portier.adapters.audio import bridge
from portier.errors import PjsipMissingError, SelfTestError

SELF_TEST = "from portier.adapters.audio.bridge import check_master_port as check; check()"


def run_child(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=False
    )


def test_a_build_without_the_functions_is_refused() -> None:
    with pytest.raises(
        SelfTestError, match=r"_ctypes.*does not export pj_log_set_level, .*pjmedia_port_put_frame"
    ):
        bridge.MasterPort(Path(str(_ctypes.__file__)), 0, 320)


def test_no_binding_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pjsua2", None)
    with pytest.raises(PjsipMissingError, match=r"pjsua2.* cannot be loaded.*pip install pjsua2-python"):
        pjsip_library.path()


def test_a_package_whose_binary_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pjsua2", ModuleType("pjsua2"))
    with pytest.raises(PjsipMissingError, match="Endpoint"):
        pjsip_library.path()


@pytest.mark.parametrize("name", ["_pjsua2", "pjsua2._pjsua2"])
def test_the_loaded_file_of_both_kinds_of_build(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    binding, binary = ModuleType("pjsua2"), ModuleType(name)
    binding.Endpoint = object  # type: ignore[attr-defined]
    binary.__file__ = "somewhere/_pjsua2.so"
    monkeypatch.setitem(sys.modules, "pjsua2", binding)
    monkeypatch.delitem(sys.modules, "pjsua2._pjsua2", raising=False)
    monkeypatch.delitem(sys.modules, "_pjsua2", raising=False)
    monkeypatch.setitem(sys.modules, name, binary)
    assert pjsip_library.path() == Path("somewhere/_pjsua2.so")


class TestWithPjsip:
    """In processes of their own: a mistake would abort the test run."""

    def test_the_self_test_passes_and_is_silent(self) -> None:
        child = run_child(SELF_TEST)
        assert (child.returncode, child.stdout, child.stderr) == (0, "", "")

    def test_warnings_that_are_errors_do_not_break_it(self) -> None:
        code = "from portier.adapters import pjsip_library; pjsip_library.load().Endpoint()"
        command = [sys.executable, "-W", "error::DeprecationWarning", "-c", code]
        assert subprocess.run(command, timeout=20, check=False).returncode == 0

    def test_a_frame_with_another_layout_does_not_pass(self) -> None:
        child = run_child(
            "import ctypes\n"
            "from portier.adapters.audio import bridge\n"
            "class Shifted(ctypes.Structure):\n"
            "    _fields_ = (('more', ctypes.c_uint64), *bridge._Frame._fields_)\n"
            "bridge._Frame = Shifted\n"
            "bridge.check_master_port()\n"
        )
        assert child.returncode != 0

    def test_a_ramp_that_comes_back_changed_is_told(self) -> None:
        child = run_child(
            "from portier.adapters.audio import bridge\n"
            "bridge.MasterPort.exchange = lambda self, captured: bytes(len(captured))\n"
            "bridge.check_master_port()\n"
        )
        assert child.returncode == 1
        assert "SelfTestError: PJSIP: a ramp of" in child.stderr
        assert "did not come back" in child.stderr

    def test_a_frame_of_the_wrong_length_never_reaches_pjsip(self) -> None:
        child = run_child(
            "from portier.adapters.audio import bridge\n"
            "from portier.adapters import pjsip_library\n"
            "port = bridge.MasterPort(pjsip_library.path(), 0, 320)\n"
            "try:\n"
            "    port.exchange(bytes(638))\n"
            "except ValueError as error:\n"
            "    print(error)\n"
        )
        assert child.stdout == "a frame has 640 bytes here, this one 638\n"
