"""`portier line`: what a key is asked for, where it is kept, and what is shown where not all can be had."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from tests.unit.operator_scene import FIRST, SECOND, THIRD, Scene

from portier.__main__ import main
from portier.adapters.operator_api import keys as own_keys
from portier.adapters.operator_api.operator import READING
from portier.bench.operator_account import ConsumerKey, OperatorAccount
from portier.bench.operator_api import Fault
from portier.config import dial
from portier.config.model import Config
from portier.errors import FileError, LineUnknownError, OperatorError, OperatorKeyError

pytestmark = pytest.mark.usefixtures("alone_and_quick")
Out = pytest.CaptureFixture[str]


def newest(account: OperatorAccount) -> ConsumerKey:
    return [*account.keys.values()][-1]


def kept(path: Path) -> str:
    found = own_keys.read(path)
    assert found is not None
    return found.consumer_key


def at_a_terminal(patch: pytest.MonkeyPatch, three: Scene, *, validates: bool) -> None:
    """Somebody who validates a key before he presses Enter, or does not."""

    def typed(asked: str) -> str:
        if "Enter" in asked and validates:
            newest(three.account).state = "validated"
        return ""

    patch.setattr(sys.stdin, "isatty", lambda: True)
    patch.setattr("builtins.input", typed)


# --- what a key is asked for


def test_what_login_asks_for_is_enough_for_every_command(three: Scene) -> None:
    three.account.keys.clear()
    assert three.run("login", "--write") == 0
    newest(three.account).state = "validated"
    assert three.run("list") == 0
    assert three.run("show", FIRST) == 0
    assert three.change("enable", FIRST) == 0
    assert three.modes()[0] == "prefixed"


@pytest.mark.parametrize("path", READING)
def test_everything_that_login_asks_to_read_is_needed(three: Scene, path: str, capsys: Out) -> None:
    rules = [("GET", one) for one in READING if one != path]
    three.consumer_key = three.account.grant(*rules)
    three.write_keys()
    assert three.run("show", FIRST) != 0
    assert "does not allow this" in capsys.readouterr().err


# --- where it is kept


def test_a_key_that_counts_is_kept_until_the_new_one_counts(
    three: Scene, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    before = kept(three.keys)
    at_a_terminal(monkeypatch, three, validates=False)
    assert three.run("login") == OperatorKeyError.exit_code
    assert "was not validated yet" in capsys.readouterr().err
    assert kept(three.keys) == before
    assert three.run("list") == 0
    at_a_terminal(monkeypatch, three, validates=True)
    assert three.run("login") == 0
    assert three.account.keys[kept(three.keys)] is newest(three.account)
    assert [one.name for one in three.keys.parent.glob("*keys*")] == [three.keys.name]


def test_where_nobody_can_be_asked_the_new_key_lies_beside_the_one_that_counts(
    three: Scene, capsys: Out
) -> None:
    before, beside = kept(three.keys), three.keys.with_name("keys.new")
    assert three.run("login") == 0
    assert f"mv {beside} {three.keys}" in capsys.readouterr().out
    assert kept(three.keys) == before
    newest(three.account).state = "validated"
    assert main(["line", "list", "--keys", str(beside)]) == 0


@pytest.mark.parametrize("folder", ["none", "file"])
def test_a_place_that_cannot_be_written_is_found_before_the_operator_is_asked(
    three: Scene, tmp_path: Path, folder: str, capsys: Out
) -> None:
    (tmp_path / "file").touch()
    place = tmp_path / folder / "keys"
    assert main(["line", "login", "--keys", str(place)]) == FileError.exit_code
    assert f"cannot be written to {place}" in capsys.readouterr().err
    assert not three.api.asked


def test_a_key_made_by_hand_may_do_what_the_operator_lets_it(three: Scene, capsys: Out) -> None:
    def without_may_write() -> None:
        three.write_keys()
        lines = three.keys.read_text().splitlines()
        three.keys.write_text("\n".join(one for one in lines if "may_write" not in one))

    without_may_write()
    assert three.change("enable", FIRST) == 0
    three.consumer_key = three.account.grant(("GET", "*"))
    without_may_write()
    assert three.change("disable", FIRST) == 1
    assert "login --write" in capsys.readouterr().out


@pytest.mark.parametrize("action", ["list", "show", "enable"])
def test_a_file_that_is_not_there_is_named(three: Scene, tmp_path: Path, action: str, capsys: Out) -> None:
    elsewhere = tmp_path / "elsewhere"
    words = [] if action == "list" else [FIRST]
    assert main(["line", action, *words, "--keys", str(elsewhere)]) == OperatorKeyError.exit_code
    told = capsys.readouterr().err
    assert f"in {elsewhere}:" in told
    assert "/etc/portier" not in told
    assert not three.api.asked


# --- endpoints


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://[x",
        "https://a..b/1.0",
        "https://" + "a" * 64 + ".example/1.0",
        "https://",
        "https:///1.0",
        "https://api.example:port/1.0",
        "https://api.example:99999/1.0",
    ],
)
def test_an_endpoint_that_is_no_address_ends_in_words(three: Scene, endpoint: str, capsys: Out) -> None:
    three.write_keys(endpoint)
    assert three.run("list") == OperatorKeyError.exit_code
    assert f"the endpoint {endpoint} is no address" in capsys.readouterr().err
    assert three.run("login", "--endpoint", endpoint, "--new") == OperatorKeyError.exit_code
    assert f"the endpoint {endpoint} is no address" in capsys.readouterr().err


def test_a_name_that_the_client_finds_bad_ends_in_words(
    three: Scene, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    monkeypatch.setattr(own_keys, "endpoint_trouble", lambda _: "")
    three.write_keys("https://a..b/1.0")
    assert three.run("list") == OperatorError.exit_code
    assert "cannot be reached (LocationParseError)" in capsys.readouterr().err


# --- what cannot be had


def test_a_line_that_the_key_may_not_read_does_not_hide_the_others(three: Scene, capsys: Out) -> None:
    three.api.faults = [Fault(403, path=f"{SECOND}/options", code="NOT_GRANTED_CALL")]
    assert three.run("list") == 1
    told = capsys.readouterr()
    assert f"{SECOND}       ?" in told.out
    assert f"{THIRD}       yes" in told.out
    assert "does not allow this" in told.err


def test_a_description_that_cannot_be_read_does_not_hide_the_mode(three: Scene, capsys: Out) -> None:
    def refuse(method: str, path: str) -> None:
        if path.endswith(SECOND):
            three.api.faults = [Fault(404, path=path)]

    three.api.watch = refuse
    assert three.run("list") == 1
    told = capsys.readouterr()
    assert f"{SECOND}       prefixed" in told.out
    assert "the operator knows no such line" in told.err
    assert three.run("show", SECOND) == 1
    assert "description   could not be read" in capsys.readouterr().out


def test_a_network_that_goes_in_the_middle_keeps_what_was_seen(three: Scene, capsys: Out) -> None:
    three.api.faults = [Fault(0, path=f"{SECOND}/options", times=99)]
    assert three.run("list") == 1
    told = capsys.readouterr()
    assert f"{FIRST}       no" in told.out
    assert f"{THIRD}       ?" in told.out
    assert "cannot be reached" in told.err
    assert not [path for _, path in three.api.asked if THIRD in path]


def test_where_no_line_could_be_read_the_exit_code_says_why(three: Scene, capsys: Out) -> None:
    three.api.faults = [Fault(403, path="/line/", times=99, code="NOT_GRANTED_CALL")]
    assert three.run("list") == OperatorKeyError.exit_code
    assert "does not allow this" in capsys.readouterr().err


@pytest.mark.parametrize("status", [500, 403])
def test_registrations_that_cannot_be_read_do_not_hide_the_mode(
    three: Scene, status: int, capsys: Out
) -> None:
    three.account.accounts["ab1-ovh-1"][FIRST].options["doNotDisturb"] = True
    fault = [Fault(status, path="lastRegistrations", times=99)]
    three.api.faults = fault
    assert three.run("show", FIRST) == 1
    told = capsys.readouterr()
    for words in ("mode          no", "not to be disturbed", "registered    could not be read"):
        assert words in told.out
    assert f"({status})" in told.err
    assert three.run("show", FIRST, "--json") == 1
    assert json.loads(capsys.readouterr().out)["registrations"] is None


def test_a_number_that_is_shown_and_is_no_line_is_not_told_of_changes(three: Scene, capsys: Out) -> None:
    assert three.run("show", "0145000000") == LineUnknownError.exit_code
    told = capsys.readouterr().err
    assert "is none of the 3 lines" in told
    assert "changed" not in told


# --- the prefix in a call's line


@pytest.mark.parametrize("template", ["{line}{prefix}", "36{line}{prefix}"])
def test_a_prefix_that_stands_behind_the_number_does_not_begin_an_address(template: str) -> None:
    config = Config.model_validate(
        {
            "sip": {"domain": "pbx.example"},
            "audio": {"card": "none"},
            "gpio": {"factory": "mock"},
            "buttons": {"bell": {"pin": 5, "line": "101"}},
            "doors": {"front": {"pin": 22, "release_digit": "5"}},
            "dialling": {"template": template},
        }
    )
    assert dial.prefix_uri(config) == ""
