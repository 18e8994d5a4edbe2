"""Machines of each Debian, booted, with bundles in reach and without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.install import bundles
from tests.integration.booted_machine import BootedMachine
from tests.integration.booted_service import LINE_PORT

from portier.bench.line.client import LineProcess
from portier_pjsip import systems, target
from portier_pjsip.cache import Cache, default_folder

_PROJECT = Path(__file__).parents[2]
_ROOT_MIB = 400
# What a Debian has that is in use, as far as it matters here; of what the station needs, Python alone.
_ROOT = ("make", "openssh-server", "passwd", "python3", "sudo", "systemd")
_OF_APT = ("--variant=apt", "--architectures=amd64")

BundleOf = Callable[[str], Path]


@pytest.fixture(scope="session")
def bundle_of(tmp_path_factory: pytest.TempPathFactory) -> BundleOf:
    """The unpacked bundle of a target, its tarball beside it; made once."""
    known: dict[str, Path] = {}

    def of(name: str) -> Path:
        if name not in known:
            known[name] = bundles.unpacked(bundles.made(name, tmp_path_factory.mktemp(f"bundle-{name}")))
        return known[name]

    return of


@pytest.fixture(scope="session")
def root_of() -> Callable[[str], Path]:
    """The root of a release of Debian; made once on a machine."""

    def of(release: str) -> Path:
        cache = Cache(default_folder())
        with cache.locked(lambda: None):
            return systems.made(
                target.PCS[f"{release}-amd64"], cache, lambda _: None, _OF_APT, _ROOT, _ROOT_MIB
            )

    return of


@pytest.fixture(scope="module")
def release(request: pytest.FixtureRequest) -> str:
    """Which Debian: bookworm, unless a test asks for another."""
    return str(getattr(request, "param", "bookworm"))


@pytest.fixture(scope="module")
def shelf(release: str, bundle_of: BundleOf, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the machine sees as /shelf: its bundle, and a lean copy of it."""
    made = bundle_of(bundles.target_of(release))
    shelf = tmp_path_factory.mktemp("shelf")
    tarball = made.with_name(f"{made.name}.tar")
    (shelf / tarball.name).hardlink_to(tarball)
    bundles.lean(made, shelf / "lean")
    return shelf


@pytest.fixture(scope="module")
def machine(
    release: str,
    shelf: Path,
    root_of: Callable[[str], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[BootedMachine]:
    """A machine with this project's clone in /portier, the bundles in /shelf, and no network."""
    visible = {shelf: "/shelf", _PROJECT: "/portier"}
    with BootedMachine(tmp_path_factory.mktemp("machine"), root_of(release), visible=visible) as machine:
        yield machine


@pytest.fixture
def line(machine: BootedMachine) -> Iterator[LineProcess]:
    with LineProcess("--port", str(LINE_PORT), within=machine.network) as line:
        yield line
