"""The password: where it comes from, and where it never goes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from portier.config import load, report
from portier.config.model import Config, SipConfig
from portier.errors import ConfigError

SECRET = "hunter2-XK77"
REST = """
[gpio]
factory = "mock"
[audio]
card = "none"
[buttons.bell]
pin = 5
line = "102"
[doors.front]
pin = 22
release_digit = "5"
[sip]
domain = "pbx.lan"
registrar = "pbx.lan"
"""


def problems(sip: str, base: Path | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load.from_text(REST + sip, base=base)
    return caught.value.problems


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "password").write_text(SECRET + "\n")
    (tmp_path / "password").chmod(0o640)
    return load.from_text(REST + 'password_file = "password"\n', base=tmp_path)


@pytest.mark.parametrize(
    ("content", "password"),
    [
        (b"open sesame", "open sesame"),
        (b"open sesame\n", "open sesame"),
        (b"open sesame\r\n", "open sesame"),
        (b" spaces count \n", " spaces count "),
        ("s\u00e9same".encode(), "s\u00e9same"),
    ],
)
def test_a_password_is_a_file_but_its_last_line_end(tmp_path: Path, content: bytes, password: str) -> None:
    (tmp_path / "password").write_bytes(content)
    config = load.from_text(REST + 'password_file = "password"\n', base=tmp_path)
    secret = load.read_secret(config.sip)
    assert secret is not None
    assert secret.get_secret_value() == password


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty: write the password into it"),
        (b"\n", "is empty"),
        (b"user\npassword\n", "holds more than a password"),
        (b"password\n\n", "holds more than a password"),
        (b"pass\x00word", "holds more than a password"),
        (b"x" * 1025, "holds more than a password"),
        (b"x" * 9000, "holds more than a password"),
        (b"\xff\xfe\x00", "is not UTF-8 text"),
    ],
)
def test_a_file_that_holds_no_password_is_told(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "password").write_bytes(content)
    (problem,) = problems('password_file = "password"\n', tmp_path)
    assert problem.startswith("sip.password_file: the file it names")
    assert words in problem


def test_a_password_file_that_is_not_there_is_told_without_its_name(tmp_path: Path) -> None:
    (problem,) = problems(f'password_file = "{SECRET}"\n', tmp_path)
    assert "does not exist" in problem
    assert SECRET not in problem


def test_a_folder_or_a_pipe_is_no_password_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in (".//.", "pipe", "/dev/zero"):
        (problem,) = problems(f'password_file = "{tmp_path / name}"\n')
        assert "it is not a regular file" in problem


def test_a_password_file_that_may_not_be_read_is_told_with_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "stat", refuse)
    (problem,) = problems(f'password_file = "{SECRET}"\n', tmp_path)
    assert f"cannot be read by user {os.geteuid()} (Permission denied)" in problem
    assert SECRET not in problem


def test_a_password_is_only_read_where_one_is_named() -> None:
    assert load.read_secret(SipConfig()) is None
    assert load.secret_warnings(SipConfig()) == ()


def test_a_password_that_goes_after_the_check_is_a_configuration_error(
    config: Config, tmp_path: Path
) -> None:
    (tmp_path / "password").unlink()
    assert load.secret_warnings(config.sip) == ()
    with pytest.raises(ConfigError, match="does not exist"):
        load.read_secret(config.sip)


def test_a_password_without_a_registrar_is_taken(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(SECRET)
    sip = 'password_file = "password"\n'
    text = REST.replace('registrar = "pbx.lan"\n', "") + sip
    assert load.from_text(text, base=tmp_path).sip.registrar is None


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o640, False), (0o644, True), (0o642, True)])
def test_a_password_that_everyone_can_get_at_is_warned_of(
    config: Config, tmp_path: Path, mode: int, warned: bool
) -> None:
    (tmp_path / "password").chmod(mode)
    warnings = load.secret_warnings(config.sip)
    assert bool(warnings) is warned
    assert all("chmod o=" in warning and str(tmp_path / "password") in warning for warning in warnings)


def test_a_credential_comes_from_systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sip-password").write_text(SECRET)
    (tmp_path / "sip-password").chmod(0o400)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    config = load.from_text(REST + 'password_credential = "sip-password"\n')
    secret = load.read_secret(config.sip)
    assert secret is not None
    assert secret.get_secret_value() == SECRET
    assert load.secret_warnings(config.sip) == ()
    assert "# from the credential sip-password" in report.effective(config)


def test_a_credential_that_systemd_does_not_hand_over_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (problem,) = problems('password_credential = "sip-password"\n')
    assert problem.startswith("sip.password_credential: systemd hands over no credential of this name")


@pytest.mark.parametrize("folder", [None, ""])
def test_outside_the_service_a_credential_is_not_checked_but_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, folder: str | None
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    if folder is not None:
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", folder)
    config = load.from_text(REST + 'password_credential = "sip-password"\n')
    (warning,) = load.secret_warnings(config.sip)
    assert "not checked, as $CREDENTIALS_DIRECTORY is not set" in warning
    with pytest.raises(ConfigError, match="LoadCredential="):
        load.read_secret(config.sip)


@pytest.mark.parametrize(
    "sip",
    [
        f'password = "{SECRET}"',
        f'pasword = "{SECRET}"',
        f'passwd = "{SECRET}"',
        f'secret = "{SECRET}"',
        f'pasword_file = "{SECRET}"',
        f'password_file = "~{SECRET}"',
        f'password_file = "folder/{SECRET}"',
        f'password_file = ["{SECRET}"]',
        f'password_file.x = "{SECRET}"',
        f'password_credential = "{SECRET}/"',
        f'auth_user = "portier {SECRET}"',
        f'user = "portier:{SECRET}"',
        f'proxy = "portier:{SECRET}@pbx.lan"',
        f'port = "{SECRET}"',
        f'expiry_s = "{SECRET}"',
        f'codecs = "{SECRET}"',
        f"password_file = {SECRET}",
        f'password_file = "{SECRET}',
        f"password_file = '{SECRET}\x07'",
        f'password_file = "x" {SECRET}',
        f'[buttons.second]\npin = 6\nuri = "sip:portier:{SECRET}@pbx.lan"',
        f'[buttons.second]\npin = 6\nuri = "{SECRET}"',
        f'[buttons.second]\npin = 6\nline = "1 {SECRET}"',
        f'[dialling]\nprefix = "{SECRET}"',
        f'[dialling]\ntemplate = "{{{SECRET}}}"',
    ],
)
def test_no_mistake_ever_shows_the_password(tmp_path: Path, sip: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load.from_text(f"{REST}{sip}\n", base=tmp_path)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__


@pytest.mark.parametrize("key", ["pasword", "password", "Password", "passwd", "pass_file"])
def test_a_misspelt_password_key_never_shows_the_password(key: str) -> None:
    told = problems(f'{key} = "{SECRET}"\n')
    assert len(told) == 1
    assert told[0].startswith(f"sip.{key}: unknown key. ")
    assert SECRET not in told[0]


def test_a_password_in_the_file_is_told_where_it_belongs() -> None:
    (problem,) = problems(f'password = "{SECRET}"\n')
    assert 'Did you mean "password_file"? A password is never written in this file' in problem


def test_the_effective_configuration_never_holds_the_password(config: Config, tmp_path: Path) -> None:
    text = report.effective(config)
    assert SECRET not in text
    assert f'# password = "********"  # from {tmp_path / "password"}' in text


def test_a_configuration_in_a_log_never_holds_the_password(config: Config) -> None:
    assert SECRET not in repr(config)
    assert SECRET not in repr(load.rules(config))
    assert SECRET not in repr(load.read_secret(config.sip))
