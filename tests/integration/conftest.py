"""One live station for the tests of a module that leave it as they found it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import dns.resolver
import pytest
from tests.integration import own_wheel
from tests.integration.live import PASSWORD, LiveStation

from portier import app
from portier.adapters.sip import srv
from portier.bench.line.behaviour import Behaviour, Registrar
from portier.bench.line.digest import Challenge

USER = "0033912345678"
OPERATOR = Behaviour(registrar=Registrar(challenge=Challenge(USER, PASSWORD)), registered_only=True)


@pytest.fixture(scope="module")
def shared_station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStation]:
    """Registered, with the password asked for, at a line that takes calls only from who registered."""
    with LiveStation(tmp_path_factory.mktemp("station"), OPERATOR) as station:
        yield station


@pytest.fixture
def station(shared_station: LiveStation) -> Iterator[LiveStation]:
    """The module's station, idle, with a line that answers; no fault may have happened by the end."""
    shared_station.settled()
    yield shared_station
    shared_station.settled()
    assert not shared_station.faults


@pytest.fixture
def socket_folder() -> Iterator[Path]:
    """A folder whose path is short enough for a Unix socket (108 bytes)."""
    with TemporaryDirectory(prefix="portier-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session", autouse=True)
def _stations_end_at_leisure() -> Iterator[None]:
    """A station here ends whole, however busy the machine: the next one needs PJSIP's only instance."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "_SOUND_STOP_S", 10.0)
        patch.setattr(app, "_SIP_STOP_S", 20.0)
        yield


@pytest.fixture(autouse=True)
def _own_control_socket(socket_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test meets the socket of another station of this machine."""
    monkeypatch.setenv("PORTIER_SOCKET", str(socket_folder / "control.sock"))


@pytest.fixture(autouse=True)
def _no_name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test asks the name servers of this machine for anything."""
    monkeypatch.setattr(srv, "resolver", lambda: dns.resolver.Resolver(configure=False))


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our own PJSIP that ships, for this machine. A test that asks for it may have to wait for its build."""
    return own_wheel.built(tmp_path_factory.mktemp("native"), "native")


@pytest.fixture(scope="session")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, put by pip into a folder of its own."""
    return own_wheel.unpacked(wheel, tmp_path_factory.mktemp("site"))
