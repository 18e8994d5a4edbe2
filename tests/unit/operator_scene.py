"""A pretended operator for the commands of lines, keys for it, and a state folder for the audit log."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from portier.__main__ import main
from portier.adapters.operator_api import client
from portier.bench.operator_account import OperatorAccount
from portier.bench.operator_api import OperatorApi
from portier.intercom import applying

FIRST, SECOND, THIRD = "0033972000001", "0033972000002", "0032270000003"
LATER = {"newOption": {"of": ["next", "year"]}, "lockOutCallPassword": "planted-7391"}
"""Options that nobody knows here, and one that is secret."""


FIVE = [f"003397200010{one}" for one in range(5)]


class Scene:
    """What a test sees: the pretended account behind its API, and the files of a machine."""

    def __init__(self, api: OperatorApi, folder: Path) -> None:
        self.api = api
        self.account = api.account
        self.keys = folder / "keys"
        self.state = folder / "state"
        self.socket = folder / "none.sock"
        self.consumer_key = self.account.grant()
        self.write_keys()
        self.state.mkdir()

    def write_keys(
        self, endpoint: str = "", *, may_write: bool = True, others: Mapping[str, str] | None = None
    ) -> None:
        """The keys' file as the login leaves it."""
        texts = {
            "endpoint": endpoint or self.api.endpoint,
            "application_key": self.account.application_key,
            "application_secret": self.account.application_secret,
            "consumer_key": self.consumer_key,
        } | dict(others or {})
        lines = [f"{name} = {json.dumps(value)}" for name, value in texts.items()]
        self.keys.write_text("\n".join([*lines, f"may_write = {json.dumps(may_write)}"]))
        self.keys.chmod(0o600)

    def run(self, action: str, *words: str) -> int:
        """One command."""
        return main(["line", action, *words, "--keys", str(self.keys)])

    def change(self, action: str, *words: str) -> int:
        """One that changes, and asks nobody."""
        places = ("--socket", str(self.socket), "--state", str(self.state))
        return self.run(action, *words, "--yes", *places)

    def modes(self) -> list[object]:
        """The mode of each line, in the order of the account."""
        lines = [line for one in self.account.accounts.values() for line in one.values()]
        return [one.options["intercom"] for one in lines]

    def audited(self, capsys: pytest.CaptureFixture[str]) -> list[str]:
        """What the audit log, whose chain holds, says of lines."""
        assert main(["audit", "verify", "--state", str(self.state)]) == 0
        capsys.readouterr()
        main(["audit", "show", "--state", str(self.state), "--json", "--last", "200"])
        rows = [json.loads(one) for one in capsys.readouterr().out.splitlines()]
        return [
            f"{one['who'].split(',')[0]} {one['why']}" for one in rows if one["what"] == "line's mode changed"
        ]

    @property
    def puts(self) -> int:
        """How many writes have come."""
        return self.api.count("PUT")


@contextmanager
def scene(folder: Path, numbers: Sequence[str] = ()) -> Iterator[Scene]:
    """Three lines of two billing accounts, or these lines of one."""
    account = OperatorAccount()
    if numbers:
        for one in numbers:
            account.add("ab1-ovh-1", one)
    else:
        account.add("ab1-ovh-1", FIRST, "flat 1", **LATER)
        account.add("ab1-ovh-1", SECOND, "flat 2", intercom="prefixed")
        account.add("ab1-ovh-2", THIRD, "shop", intercom="yes")
    with OperatorApi(account) as api:
        yield Scene(api, folder)


@pytest.fixture
def alone_and_quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No second is waited where a millisecond tells as much; no proxy and no keys of this machine."""
    monkeypatch.setattr(client, "_AGAIN_S", 0.001)
    monkeypatch.setattr(applying, "SETTLES_S", 0.001)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("PORTIER_OVH_KEYS", raising=False)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Scene]:
    """One line of each mode."""
    with scene(tmp_path) as found:
        yield found


@pytest.fixture
def five(tmp_path: Path) -> Iterator[Scene]:
    """Five lines, all off."""
    with scene(tmp_path, FIVE) as found:
        yield found
