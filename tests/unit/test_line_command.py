"""`portier line` through the operator's own client against a pretended API: what it shows and changes."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import socket
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.control_station import ControlStation
from tests.unit.operator_scene import FIRST, LATER, SECOND, THIRD, Scene, scene

from portier.__main__ import main
from portier.bench.operator_account import OperatorAccount
from portier.bench.operator_api import Fault, OperatorApi
from portier.core.audit import Road, What
from portier.errors import (
    ControlError,
    JournalError,
    LibraryMissingError,
    LineUnknownError,
    OperatorError,
    OperatorKeyError,
)
from portier.line.desk import Desk
from portier.line.progress import Progress

pytestmark = pytest.mark.usefixtures("alone_and_quick")
Out = pytest.CaptureFixture[str]
FIFTY = [f"00339720001{one:02}" for one in range(50)]


@pytest.fixture
def fifty(tmp_path: Path) -> Iterator[Scene]:
    """Fifty lines, all off."""
    with scene(tmp_path, FIFTY) as found:
        yield found


# --- seen


def test_a_list_has_every_line_of_every_account_in_the_apis_own_words(three: Scene, capsys: Out) -> None:
    assert three.run("list") == 0
    out = capsys.readouterr().out
    rows = [tuple(line.split(maxsplit=3)) for line in out.splitlines()[1:4]]
    assert rows == [
        ("ab1-ovh-1", FIRST, "no", "flat 1"),
        ("ab1-ovh-1", SECOND, "prefixed", "flat 2"),
        ("ab1-ovh-2", THIRD, "yes", "shop"),
    ]
    assert 'what "yes" does is not documented' in out


def test_a_list_for_programs_is_an_object_a_line(three: Scene, capsys: Out) -> None:
    assert three.run("list", "--json") == 0
    rows = [json.loads(one) for one in capsys.readouterr().out.splitlines()]
    assert rows[0] == {"account": "ab1-ovh-1", "line": FIRST, "description": "flat 1", "mode": "no"}
    assert len(rows) == 3


def test_a_line_that_is_gone_meanwhile_does_not_hide_the_others(three: Scene, capsys: Out) -> None:
    three.api.faults = [Fault(404, path=f"{SECOND}/options")]
    assert three.run("list") == 1
    told = capsys.readouterr()
    assert f"{SECOND}       ?" in told.out
    assert THIRD in told.out
    assert "the operator knows no such line" in told.err


def test_a_line_is_shown_with_all_that_may_swallow_a_call(three: Scene, capsys: Out) -> None:
    line = three.account.accounts["ab1-ovh-1"][FIRST]
    line.options |= {"forwardNoReply": True, "forwardNoReplyNature": "voicemail", "doNotDisturb": True}
    line.registrations = [{"ip": "192.0.2.7", "port": 5060, "userAgent": "phone\x1b[2J", "domain": "x"}]
    assert three.run("show", "09 72 00 00 01") == 0
    out = capsys.readouterr().out
    for words in (
        "sip5.ovh.fr",
        "g711a,g711u",
        "within 20 s is forwarded to voicemail",
        "not to be disturbed",
        "192.0.2.7, 5060, phone?[2J",
        '"portier line enable"',
    ):
        assert words in out
    assert str(LATER["lockOutCallPassword"]) not in out
    assert three.run("show", THIRD, "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["mode"], shown["obstacles"], shown["registrations"]) == ("yes", [], [])


# --- changed


@pytest.mark.parametrize("written", [FIRST, "+33972000001", "0972000001"])
def test_nothing_but_the_mode_is_changed_whatever_the_number_is_written_like(
    three: Scene, written: str, capsys: Out
) -> None:
    line = three.account.accounts["ab1-ovh-1"][FIRST]
    before = dict(line.options)
    assert three.change("enable", written) == 0
    assert line.options == before | {"intercom": "prefixed"}
    assert {"newOption", "lockOutCallPassword"} <= line.options.keys()
    assert f"{FIRST}: no -> prefixed" in capsys.readouterr().out
    assert three.audited(capsys) == [f"{FIRST} intercom mode no to prefixed"]
    assert three.change("disable", written) == 0
    assert line.options == before
    assert three.audited(capsys)[1:] == [f"{FIRST} intercom mode prefixed to no"]


def test_the_whole_object_is_written_back_with_what_nobody_knows(
    three: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies: list[bytes] = []
    answer = OperatorAccount.answer

    def look(self: OperatorAccount, method: str, url: str, path: str, *rest: object) -> object:
        if method == "PUT":
            (body,) = [one for one in rest if isinstance(one, bytes)]
            bodies.append(body)
        return answer(self, method, url, path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(OperatorAccount, "answer", look)
    before = dict(three.account.accounts["ab1-ovh-1"][FIRST].options)
    assert three.change("enable", FIRST) == 0
    assert [json.loads(one) for one in bodies] == [before | {"intercom": "prefixed"}]


def test_several_lines_are_changed_at_once_and_one_that_is_so_already_is_left_alone(three: Scene) -> None:
    assert three.change("enable", FIRST, SECOND, THIRD, "0972000001") == 0
    assert three.modes() == ["prefixed"] * 3
    assert three.puts == 2


def test_a_dry_run_shows_and_writes_nothing(three: Scene, capsys: Out) -> None:
    three.write_keys(may_write=False)
    assert three.change("enable", FIRST, "--dry-run") == 0
    assert f"{FIRST}: no -> prefixed" in capsys.readouterr().out
    assert three.puts == 0
    assert not any(three.state.iterdir())


def test_nobody_to_ask_is_no_yes(three: Scene, capsys: Out) -> None:
    assert three.run("enable", FIRST, "--state", str(three.state), "--socket", str(three.socket)) == 64
    assert "--yes" in capsys.readouterr().err
    assert three.puts == 0


@pytest.mark.parametrize(
    ("answered", "modes"), [("", "no"), ("n", "no"), ("y", "prefixed"), ("Oui", "prefixed")]
)
def test_only_a_yes_is_a_yes(
    three: Scene, monkeypatch: pytest.MonkeyPatch, answered: str, modes: str, capsys: Out
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: answered)
    three.run("enable", FIRST, "--state", str(three.state), "--socket", str(three.socket))
    assert three.modes()[0] == modes
    assert f"{FIRST}: no -> prefixed" in capsys.readouterr().out


def test_whatever_else_changes_with_it_is_told_at_once_without_a_password(three: Scene, capsys: Out) -> None:
    three.account.spoil = {"forwardUnconditional": True, "lockOutCallPassword": "other-9981"}
    assert three.change("enable", FIRST) == 1
    told = capsys.readouterr()
    assert f"WARNING: {FIRST}: something else has changed, too: forwardUnconditional was false" in told.err
    assert "lockOutCallPassword was (not shown)" in told.err
    assert "9981" not in told.out + told.err
    assert "7391" not in told.out + told.err


def test_an_operator_that_takes_it_and_does_not_do_it_is_found_out(three: Scene, capsys: Out) -> None:
    three.account.spoil = {"intercom": "no"}
    assert three.change("enable", FIRST) == 1
    words = f"{FIRST}: not known: the operator took it; the line still says no, and it may still come"
    assert words in capsys.readouterr().out
    assert three.audited(capsys) == [
        f"{FIRST} intercom mode no to prefixed; whether it was done is not known"
    ]


# --- the audit log


def test_a_change_that_could_not_be_written_down_is_not_made(three: Scene, capsys: Out) -> None:
    three.state.rmdir()
    assert three.change("enable", FIRST) == JournalError.exit_code
    assert "no log in" in capsys.readouterr().err
    assert three.puts == 0


def test_a_running_station_writes_it_down(three: Scene) -> None:
    with ControlStation(three.socket, keeps_log=True) as station:
        assert three.change("enable", FIRST) == 0
        (row,) = station.audit_rows
    assert (row.what, row.road, row.why) == (What.LINE_MODE, Road.COMMAND, "intercom mode no to prefixed")
    assert re.fullmatch(rf"{FIRST}, process \d+ of user \d+", row.who)
    assert not any(three.state.iterdir())


def test_a_running_station_without_a_log_leaves_it_to_the_folder(three: Scene, capsys: Out) -> None:
    with ControlStation(three.socket):
        assert three.change("enable", FIRST) == 0
    assert three.audited(capsys) == [f"{FIRST} intercom mode no to prefixed"]


def test_a_socket_that_is_no_stations_hinders_the_change(three: Scene) -> None:
    # Somebody listens there who is no station.
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.bind(str(three.socket))
        stranger.listen()

        def refuse() -> None:
            stranger.accept()[0].close()

        threading.Thread(target=refuse, daemon=True).start()
        assert three.change("enable", FIRST) == ControlError.exit_code
    assert three.puts == 0


def test_a_change_whose_row_was_not_written_ends_the_command_loudly(
    fifty: Scene, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(method: str, path: str) -> None:
        if method == "PUT":
            (fifty.state / "audit.db").mkdir()

    fifty.api.watch = gone
    assert fifty.change("enable", *FIFTY[:3]) == 1
    assert "THIS CHANGE IS NOT IN THE AUDIT LOG" in capsys.readouterr().err
    assert fifty.puts == 1


# --- keys


def test_a_key_is_asked_for_that_only_reads_and_is_never_shown(tmp_path: Path, capsys: Out) -> None:
    account = OperatorAccount()
    account.add("ab1-ovh-1", FIRST)
    keys = tmp_path / "keys"
    words = ["line", "login", "--keys", str(keys)]
    with OperatorApi(account) as api:
        with pytest.MonkeyPatch.context() as patch:
            typed = iter([account.application_key, account.application_secret])
            patch.setattr(sys.stdin, "readline", lambda: next(typed) + "\n")
            assert main([*words, "--endpoint", api.endpoint]) == 0
        (first,) = account.keys.values()
        assert {verb for verb, _ in first.rules} == {"GET"}
        assert stat.S_IMODE(keys.stat().st_mode) == 0o600
        told = capsys.readouterr().out
        assert f"{api.base}/auth/?credentialToken={first.token}" in told
        assert main(["line", "list", "--keys", str(keys)]) == OperatorKeyError.exit_code
        told += capsys.readouterr().err
        assert "was not validated yet" in told
        # Another of the same application, which is not asked for again.
        assert main([*words, "--write"]) == 0
        told += "".join(capsys.readouterr())
        second = [*account.keys.values()][1]
        assert [one for one in second.rules if one[0] != "GET"] == [("PUT", "/telephony/*/line/*/options")]
        second.state = "validated"
        assert main(["line", "list", "--keys", str(keys)]) == 0
        told += "".join(capsys.readouterr())
    assert not [one for one in (account.application_secret, *account.keys) if one in told]


def test_without_a_key_the_way_is_told(three: Scene, capsys: Out) -> None:
    three.keys.unlink()
    assert three.run("list") == OperatorKeyError.exit_code
    assert "portier line login" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda keys: keys.chmod(0o640), "run chmod 600"),
        (lambda keys: keys.write_text('consumer_key = "planted-7391'), "holds no keys that can be read"),
        (lambda keys: keys.write_text('consumer_key = "planted-7391"'), '"application_key"'),
        (lambda keys: keys.write_bytes(b"\xff\xfe"), "holds no keys that can be read"),
        (
            lambda keys: keys.write_text(keys.read_text().replace("http://127.0.0.1", "http://192.0.2.1")),
            "would send the keys in the clear",
        ),
    ],
)
def test_a_file_of_keys_that_cannot_be_used_says_why_and_shows_nothing(
    three: Scene, spoil: object, words: str, capsys: Out
) -> None:
    assert callable(spoil)
    spoil(three.keys)
    assert three.run("list") == OperatorKeyError.exit_code
    told = capsys.readouterr().err
    assert words in told
    assert "7391" not in told
    assert three.account.application_secret not in told


def test_a_credential_of_systemd_is_found(three: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = three.keys.parent / "credentials"
    folder.mkdir()
    three.keys.rename(folder / "ovh-keys")
    (folder / "ovh-keys").chmod(0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    assert main(["line", "list"]) == 0


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"consumer_key": "0" * 32}, "has expired or was revoked"),
        ({"application_key": "0" * 16}, "application's key or secret is wrong"),
        ({"application_secret": "0" * 32}, "application's key or secret is wrong"),
    ],
)
def test_a_key_that_is_refused_says_what_to_do(
    three: Scene, changed: dict[str, str], words: str, capsys: Out
) -> None:
    three.write_keys(others=changed)
    assert three.run("list") == OperatorKeyError.exit_code
    assert words in capsys.readouterr().err


def test_a_key_that_only_reads_changes_nothing(three: Scene, capsys: Out) -> None:
    three.write_keys(may_write=False)
    assert three.change("enable", FIRST) == OperatorKeyError.exit_code
    assert three.puts == 0
    three.consumer_key = three.account.grant(("GET", "*"))
    three.write_keys()
    assert three.change("enable", FIRST) == 1
    assert "login --write" in capsys.readouterr().out
    assert three.modes()[0] == "no"


def test_a_key_that_is_revoked_in_the_middle_leaves_the_rest_untried(fifty: Scene, capsys: Out) -> None:
    def revoke(method: str, path: str) -> None:
        if method == "GET" and fifty.puts == 3 and path.endswith(f"{FIFTY[3]}/options"):
            fifty.account.keys[fifty.consumer_key].state = "expired"

    fifty.api.watch = revoke
    assert fifty.change("enable", *FIFTY) == 1
    out = capsys.readouterr().out
    assert "3 changed, 1 not changed, 46 not tried" in out
    assert "has expired or was revoked" in out


# --- numbers


def test_numbers_that_are_no_lines_of_the_account_are_all_told_and_nothing_is_changed(
    three: Scene, capsys: Out
) -> None:
    assert three.change("enable", FIRST, "0033145000000", "flat\x1b1", "3100972000002") == 68
    told = capsys.readouterr().err
    assert "none of the 3 lines of 2 billing accounts" in told
    assert "is it another account's?" in told
    assert '"flat?1" is no number' in told
    assert f"did you mean {SECOND}?" in told
    assert three.puts == 0


def test_a_number_that_two_lines_may_be_is_asked_for_whole(three: Scene, capsys: Out) -> None:
    three.account.add("ab1-ovh-2", "0032972000001")
    assert three.change("enable", "0972000001") == LineUnknownError.exit_code
    assert f"may be {FIRST} or 0032972000001" in capsys.readouterr().err
    assert three.change("enable", "+32972000001") == 0


def test_a_line_that_goes_before_it_is_changed_is_one_that_was_not(three: Scene, capsys: Out) -> None:
    three.api.faults = [Fault(404, "PUT", FIRST)]
    assert three.change("enable", FIRST, THIRD) == 1
    out = capsys.readouterr().out
    assert "1 not changed, 1 changed" in out
    assert "the operator knows no such line" in out


# --- bad luck


def test_too_many_requests_are_obeyed(three: Scene, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    waited: list[float] = []

    def pause(_: Desk, seconds: float) -> bool:
        waited.append(seconds)
        return True

    monkeypatch.setattr(Desk, "pause", pause)
    three.api.faults = [
        Fault(429, "GET", "options", times=2, retry_after="7"),
        Fault(429, "PUT", "options", retry_after="31"),
        Fault(429, "GET", "/telephony"),
    ]
    assert three.change("enable", FIRST) == 0
    assert waited == [10.0, 7.0, 7.0, 31.0]
    assert "asks to wait 31 s" in capsys.readouterr().err


def test_a_wait_for_too_long_is_not_begun(three: Scene, capsys: Out) -> None:
    three.api.faults = [Fault(429, path="/telephony", retry_after="3600")]
    assert three.run("list") == OperatorError.exit_code
    assert "try again later" in capsys.readouterr().err


def test_servers_that_fail_once_are_asked_again(three: Scene) -> None:
    three.api.faults = [Fault(503, "GET", "options"), Fault(0, "GET", "line"), Fault(502, path="auth/time")]
    assert three.run("list") == 0


@pytest.mark.parametrize("fault", [Fault(500, "GET", times=9), Fault(502, "GET", times=9, text="<html>")])
def test_servers_that_fail_again_and_again_are_given_up(three: Scene, fault: Fault, capsys: Out) -> None:
    three.api.faults = [fault]
    assert three.run("list") == OperatorError.exit_code
    assert "try again later" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    ["<html>a captive portal</html>", "{}", "null", '[1, {"a": []}]', '"text"', '{"intercom": 1', "[" * 5000],
)
@pytest.mark.parametrize("path", ["/telephony", "/line", "options", "auth/time"])
def test_an_answer_that_is_none_ends_in_words(three: Scene, text: str, path: str, capsys: Out) -> None:
    three.api.faults = [Fault(200, "GET", path, times=9, text=text)]
    ended = three.change("enable", FIRST)
    assert ended in (0, 1, OperatorError.exit_code, LineUnknownError.exit_code)
    assert three.modes()[0] == "no"
    assert "Traceback" not in "".join(capsys.readouterr())


@pytest.mark.parametrize("text", ["[]", "null", "<html>", '{"errorCode": ["x"], "message": 7}'])
@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_an_error_that_is_none_ends_in_words(three: Scene, text: str, status: int) -> None:
    three.api.faults = [Fault(status, times=9, text=text)]
    assert three.run("list") in (
        OperatorError.exit_code,
        OperatorKeyError.exit_code,
        LineUnknownError.exit_code,
    )


@pytest.mark.parametrize("fault", [Fault(500, "PUT"), Fault(0, "PUT"), Fault(200, "PUT", text="<html>")])
def test_a_write_that_failed_may_still_be_done_and_is_told_and_written_down_so(
    three: Scene, fault: Fault, capsys: Out
) -> None:
    three.api.faults = [fault]
    assert three.change("enable", FIRST) == 1
    assert f"{FIRST}: not known: line: PUT" in capsys.readouterr().out
    assert three.audited(capsys) == [
        f"{FIRST} intercom mode no to prefixed; whether it was done is not known"
    ]
    assert three.change("enable", FIRST) == 0


@pytest.mark.parametrize("status", [0, 500])
def test_a_write_whose_answer_was_lost_is_found_to_be_done(three: Scene, status: int, capsys: Out) -> None:
    three.api.faults = [Fault(status, "PUT", done_first=True)]
    assert three.change("enable", FIRST) == 0
    assert f"{FIRST}: changed" in capsys.readouterr().out
    assert three.audited(capsys) == [f"{FIRST} intercom mode no to prefixed"]


def test_a_write_of_which_nothing_is_known_is_told_and_written_down_so(three: Scene, capsys: Out) -> None:
    def cut(method: str, path: str) -> None:
        if method == "PUT":
            three.api.faults = [Fault(0, times=99, done_first=True)]

    three.api.watch = cut
    assert three.change("enable", FIRST, THIRD) == 1
    out = capsys.readouterr().out
    assert f"{FIRST}: not known" in out
    assert f"{THIRD}: not tried" in out
    assert three.audited(capsys) == [
        f"{FIRST} intercom mode no to prefixed; whether it was done is not known"
    ]


def test_no_network_is_told_and_shows_no_key(three: Scene, capsys: Out) -> None:
    three.write_keys("http://127.0.0.1:9/1.0")
    assert three.run("list") == OperatorError.exit_code
    told = capsys.readouterr().err
    assert "cannot be reached (ConnectionError): check the network" in told
    assert three.consumer_key not in told


@pytest.mark.parametrize("ahead_s", [3600, -3600])
def test_a_server_clock_an_hour_off_hinders_nothing_and_is_told(
    three: Scene, ahead_s: int, capsys: Out
) -> None:
    three.account.ahead_s = ahead_s
    assert three.change("enable", FIRST) == 0
    words = "ahead of" if ahead_s > 0 else "behind"
    assert re.search(rf"the operator's clock is 3\d\d\d s {words} this", capsys.readouterr().err)


def test_a_clock_that_is_set_in_the_middle_is_told_as_what_it_is(three: Scene, capsys: Out) -> None:
    def jump(method: str, path: str) -> None:
        if method == "PUT":
            three.account.ahead_s = 3600

    three.api.watch = jump
    assert three.change("enable", FIRST) == 1
    assert f"{FIRST}: not changed" in (out := capsys.readouterr().out)
    assert "clock was set meanwhile" in out
    assert three.change("enable", FIRST) == 0


def test_a_bar_is_drawn_over_many_on_a_terminal_alone_and_taken_away() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out, pipe = Terminal(), io.StringIO()
    for one in (out, pipe):
        bar = Progress("lines", 50, one)
        for _ in range(50):
            bar.step()
        bar.close()
    assert pipe.getvalue() == ""
    drawn = out.getvalue().split("\r\033[K")
    assert drawn[1] == f"  [{'.' * 30}] 0 of 50 lines"
    assert drawn[26] == f"  [{'#' * 15}{'.' * 15}] 25 of 50 lines"
    assert drawn[-1] == ""
    few = Terminal()
    Progress("lines", 3, few).close()
    assert "[" not in few.getvalue().replace("\033[K", "")


def test_without_the_clients_library_the_way_to_it_is_told(
    three: Scene, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    monkeypatch.setitem(sys.modules, "ovh", None)
    assert three.run("list") == LibraryMissingError.exit_code
    assert "bin/pip install 'ovh>=1.2,<2'" in capsys.readouterr().err


def test_the_clients_own_configuration_is_not_mixed_in(
    three: Scene, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    monkeypatch.setenv("OVH_CLIENT_ID", "x")
    assert three.run("list") == OperatorError.exit_code
    assert "OVH_CLIENT_ID" in capsys.readouterr().err


# --- Ctrl-C


def test_a_ctrl_c_among_fifty_lines_finishes_one_lists_all_and_another_run_does_the_rest(
    fifty: Scene, capsys: Out
) -> None:
    def interrupt(method: str, path: str) -> None:
        if method == "PUT" and path.endswith(f"{FIFTY[19]}/options"):
            os.kill(os.getpid(), signal.SIGINT)

    fifty.api.watch = interrupt
    with ControlStation(fifty.socket, keeps_log=True) as station:
        assert fifty.change("enable", *FIFTY) == 130
        assert len(station.audit_rows) == 20
    out = capsys.readouterr().out
    assert "20 changed, 30 not tried" in out
    told = dict(re.findall(r"  (\d+): (changed|not tried)", out))
    assert told == {one: "changed" if at < 20 else "not tried" for at, one in enumerate(FIFTY)}
    assert fifty.modes() == ["prefixed"] * 20 + ["no"] * 30
    fifty.api.watch = lambda *_: None
    before = fifty.puts
    with ControlStation(fifty.socket, keeps_log=True) as station:
        assert fifty.change("enable", *FIFTY) == 0
        assert len(station.audit_rows) == 30
    assert fifty.puts - before == 30
    assert fifty.modes() == ["prefixed"] * 50


def test_a_ctrl_c_while_the_operator_asks_to_wait_ends_the_wait(fifty: Scene, capsys: Out) -> None:
    def interrupt(method: str, path: str) -> None:
        if method == "GET" and fifty.puts == 2 and path.endswith(f"{FIFTY[2]}/options"):
            fifty.api.faults = [Fault(429, times=9, retry_after="200")]
            os.kill(os.getpid(), signal.SIGINT)

    fifty.api.watch = interrupt
    assert fifty.change("enable", *FIFTY[:5]) == 130
    out = capsys.readouterr().out
    assert f"{FIFTY[1]}: changed" in out
    assert f"{FIFTY[2]}: not changed" in out
    assert f"{FIFTY[3]}: not tried" in out
