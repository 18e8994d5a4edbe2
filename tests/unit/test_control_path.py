"""Where the station listens, and where its commands look for it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from portier import control_path


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for the service in a folder that is not there yet; nothing else is set."""
    path = tmp_path / "service" / "control.sock"
    monkeypatch.setattr(control_path, "SERVICE", path)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.delenv("PORTIER_SOCKET", raising=False)
    return path


@pytest.fixture
def of_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's place, in a folder that is there."""
    folder = tmp_path / "user"
    folder.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    return folder / "portier.sock"


def _bound(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(path))


def test_the_given_place_comes_first_then_the_environment(
    service: Path, of_user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.parent.mkdir()
    monkeypatch.setenv("PORTIER_SOCKET", "/from/environment")
    for place in (control_path.for_station, control_path.for_reader):
        assert place(Path("/given")) == Path("/given")
        assert place() == Path("/from/environment")


def test_a_station_takes_the_service_folder_then_the_one_of_the_user(service: Path, of_user: Path) -> None:
    assert control_path.for_station() == of_user
    service.parent.mkdir()
    assert control_path.for_station() == service


def test_a_station_without_a_folder_has_no_place_and_says_so(
    service: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert control_path.for_station() is None
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(service.parent.parent / "missing"))
    assert control_path.for_station() is None
    for word in (str(service.parent), "XDG_RUNTIME_DIR", "--socket PATH", "PORTIER_SOCKET"):
        assert word in control_path.missing()


def test_a_reader_takes_the_socket_that_is_there(service: Path, of_user: Path) -> None:
    assert control_path.for_reader() == service
    _bound(of_user)
    assert control_path.for_reader() == of_user
    service.parent.mkdir()
    _bound(service)
    assert control_path.for_reader() == service
