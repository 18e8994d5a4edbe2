"""Reading the configuration: the file, its TOML, and what the core gets from it."""

from __future__ import annotations

import errno
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

from portier.bench.wav import write_wav
from portier.config import load
from portier.core.rules import ButtonRule, DoorRule
from portier.errors import ConfigError, ConfigReadError

GOOD = """
[gpio]
factory = "mock"
[audio]
card = "none"
[buttons.bell]
pin = 5
uri = "sip:alice@192.168.1.20"
[doors.front]
pin = 22
release_digit = "5"
"""


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load.from_text(text)
    return caught.value.problems


@pytest.fixture
def example(tmp_path: Path) -> Path:
    path = tmp_path / "portier.toml"
    path.write_text(resources.files("portier.config").joinpath("example.toml").read_text())
    return path


def test_the_example_lacks_nothing_but_the_password(example: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load.load(example)
    (problem,) = caught.value.problems
    assert problem.startswith("sip.password_file: the file it names does not exist")
    (example.parent / "sip-password").write_text("secret\n")
    config = load.load(example)
    assert load.number(config, "bell") == "36913100000000"
    assert load.rules(config).buttons["bell"].uri == "sip:36913100000000@sip5.ovh.fr"
    assert load.narrowband(config)


def test_a_small_configuration_is_enough() -> None:
    config = load.from_text(GOOD)
    assert config.sip.registrar is None
    assert config.sip.user == "portier"
    assert config.sip.codecs == ("G722", "PCMA", "PCMU")
    assert config.doors["front"].max_release_s == 10.0
    assert config.lamps.status is None
    assert not load.narrowband(config)


def test_the_core_gets_every_fact_in_seconds() -> None:
    rules = load.rules(
        load.from_text(
            GOOD
            + "release_s = 3\nmax_release_s = 7\n[call]\nring_timeout_s = 20\nmax_talk_s = 60\n"
            + 'digit_timeout_s = 2\nsecond_press = "hang up"\nwrong_attempts = 5\n'
        )
    )
    assert rules.buttons == {"bell": ButtonRule("bell", "sip:alice@192.168.1.20", 0.03)}
    assert rules.doors == {"front": DoorRule("front", "5", 3.0, 7.0)}
    assert (rules.ring_timeout_s, rules.max_talk_s, rules.digit_timeout_s) == (20.0, 60.0, 2.0)
    assert (rules.press_hangs_up, rules.wrong_attempts) == (True, 5)


@pytest.mark.parametrize(
    ("dialling", "line", "number", "uri"),
    [
        ("", "3100000000", "36913100000000", "sip:36913100000000@pbx.lan"),
        ('prefix = ""', "102", "102", "sip:102@pbx.lan"),
        ('prefix = "3691"', "3100000000", "36913100000000", "sip:36913100000000@pbx.lan"),
        ('prefix = "*80"', "102", "*80102", "sip:*80102@pbx.lan"),
        ('prefix = "9"\ntemplate = "{line}*{prefix}"', "102", "102*9", "sip:102*9@pbx.lan"),
        ('prefix = ""', "+33123456789", "+33123456789", "sip:+33123456789@pbx.lan"),
        ('prefix = ""', "102#4", "102#4", "sip:102%234@pbx.lan"),
        ('template = "0{line}"', "alice", "0alice", "sip:0alice@pbx.lan"),
    ],
)
def test_prefix_and_line_make_the_address(dialling: str, line: str, number: str, uri: str) -> None:
    text = GOOD.replace('uri = "sip:alice@192.168.1.20"', f'line = "{line}"')
    config = load.from_text(f'{text}\n[sip]\ndomain = "pbx.lan"\n[dialling]\n{dialling}\n')
    assert load.number(config, "bell") == number
    assert load.rules(config).buttons["bell"].uri == uri


def test_a_whole_address_has_no_number_and_no_prefix() -> None:
    config = load.from_text(GOOD + '[dialling]\nprefix = "3691"\n')
    assert load.number(config, "bell") is None
    assert load.rules(config).buttons["bell"].uri == "sip:alice@192.168.1.20"


@pytest.mark.parametrize(
    ("text", "place", "meaning"),
    [
        ("[sip]\nuser = portier\n", "line 2, column 8", "a text stands in quotes"),
        ("[sip]\nport = True\n", "line 2", "true and false are small"),
        ('[sip]\nuser = "portier\n', "line 2", "a text ends with its closing quote"),
        ("[sip]\nuser\n", "line 2", "a line is [section], key = value"),
        ("[sip]\n!\n", "line 2", "a line is [section], key = value"),
        ("[sip]\n[sip]\n", "line 2", "this section stands twice"),
        ('[sip]\nuser = "a"\nuser = "b"\n', "line 3", "this key stands twice"),
        ('[sip]\nuser = "a" "b"\n', "line 2", "something stands behind the value"),
        ('[sip]\nuser = "a\\q"', "line 2", "write a backslash twice"),
        ('[sip]\nuser = """a', "end of document", "a text ends with its closing quote"),
        ("[sip]\ncodecs = [1", "end of document", "a list ends with ]"),
        ("x = 1\n[x.y]\n", "line 2", "this key stands twice"),
        ("x = " + "[" * 5000, "its lists are nested too deeply", ""),
        ("x = " + "9" * 5000, "it holds a number that is too long", ""),
    ],
)
def test_broken_toml_is_told_with_its_place(text: str, place: str, meaning: str) -> None:
    (problem,) = problems(text)
    assert problem.startswith(place)
    assert meaning in problem


def test_an_empty_file_is_told_what_a_station_needs() -> None:
    told = problems("")
    assert [problem.partition(":")[0] for problem in told] == [
        "gpio",
        "audio.capture",
        "audio.playback",
        "buttons",
        "doors",
    ]
    assert "[gpio]" in told[0]
    assert '"lgpio"' in told[0]


def test_problems_stand_in_the_order_of_the_file() -> None:
    told = problems(
        '[doors.front]\nrelease_digit = "x"\npin = 99\n[call]\nmax_talk_s = 1\n'
        '[sip]\nport = 0\ncodecs = ["x", "y"]\nuser = ""\n'
        '[gpio]\nfactory = "mock"\n[audio]\ncard = "none"\n[buttons.bell]\nline = "1"\nclosed_is = "off"\n'
    )
    assert [problem.partition(":")[0] for problem in told] == [
        "doors.front.release_digit",
        "doors.front.pin",
        "call.max_talk_s",
        "sip.port",
        "sip.codecs.1",
        "sip.codecs.2",
        "sip.user",
        "buttons.bell.closed_is",
        "buttons.bell.pin",
    ]


def test_the_error_names_the_file_and_counts(tmp_path: Path) -> None:
    path = tmp_path / "portier.toml"
    path.write_text(GOOD.replace("pin = 5", "pin = 99"))
    with pytest.raises(ConfigError, match=r"portier\.toml: 1 problem\n  buttons\.bell\.pin: 99 ") as caught:
        load.load(path)
    assert caught.value.source == str(path)
    assert caught.value.exit_code == 78


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        load.load(tmp_path / "none.toml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="this is a folder"):
        load.load(tmp_path)


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, mode: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ConfigError, match="it cannot be read: Permission denied"):
        load.load(tmp_path / "portier.toml")


def test_a_file_that_is_not_utf8_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "portier.toml"
    path.write_bytes(b'[station]\nname = "Entr\xe9e"\n')
    with pytest.raises(ConfigError, match="line 2: this is not UTF-8"):
        load.load(path)


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "portier.toml"
    path.write_bytes(b"#" * (1 << 20) + b"\n")
    with pytest.raises(ConfigError, match="larger than 1 MiB"):
        load.load(path)


@pytest.mark.parametrize("content", [b"", b"RIFF", bytes(range(256))])
def test_a_sound_file_that_is_none_is_a_problem_and_no_end_of_the_station(
    content: bytes, tmp_path: Path
) -> None:
    (tmp_path / "voice.wav").write_bytes(content)
    text = GOOD.replace('card = "none"', 'card = "simulated"\nmicrophone_wav = "voice.wav"')
    with pytest.raises(ConfigError, match=r"audio\.microphone_wav: the file it names is no WAV file"):
        load.from_text(text, base=tmp_path)


@pytest.mark.parametrize("content", [b"", b"-----BEGIN CERTIFICATE-----", bytes(range(256))])
def test_authorities_that_are_no_certificates_are_a_problem(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(content)
    text = f'{GOOD}\n[sip]\ntransport = "tls"\ntls_ca_file = "ca.pem"\n'
    with pytest.raises(ConfigError, match=r"sip\.tls_ca_file: the file it names holds no certificates"):
        load.from_text(text, base=tmp_path)


def test_an_authority_of_ones_own_is_taken(tmp_path: Path) -> None:
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(tmp_path / "key"))
    words = ("openssl", "req", "-x509", "-subj", "/CN=house", *key, "-out", str(tmp_path / "ca.pem"))
    subprocess.run(words, check=True, capture_output=True, timeout=60)
    text = f'{GOOD}\n[sip]\ntransport = "tls"\ntls_ca_file = "ca.pem"\n'
    assert load.from_text(text, base=tmp_path).sip.tls_ca_file == tmp_path / "ca.pem"


def test_a_file_of_a_windows_editor_is_read(tmp_path: Path) -> None:
    path = tmp_path / "portier.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load.load(path).gpio.factory == "mock"


def test_relative_paths_count_from_the_folder_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "etc").mkdir()
    write_wav(tmp_path / "etc" / "voice.wav", bytes(320), 8000)
    path = tmp_path / "etc" / "portier.toml"
    path.write_text(GOOD.replace('card = "none"', 'card = "simulated"\nmicrophone_wav = "voice.wav"'))
    monkeypatch.chdir(tmp_path)
    assert load.load(Path("etc/portier.toml")).audio.microphone_wav == tmp_path / "etc" / "voice.wav"


def test_a_sound_file_that_is_not_there_is_a_problem_only_where_files_count(tmp_path: Path) -> None:
    text = GOOD.replace('card = "none"', 'card = "simulated"\nmicrophone_wav = "voice.wav"')
    with pytest.raises(ConfigError, match=r"audio\.microphone_wav: the file it names does not exist"):
        load.from_text(text, base=tmp_path)
    with pytest.raises(ConfigError, match=r"audio\.microphone_wav: the file it names does not exist"):
        load.from_text(text.replace("voice", "v" * 300), base=tmp_path)
    assert (
        load.from_text(text, base=tmp_path, check_files=False).audio.microphone_wav == tmp_path / "voice.wav"
    )


def test_reading_a_configuration_imports_nothing_heavy() -> None:
    code = (
        "import sys, portier.config.load; "
        "print(sorted({'gpiozero', 'pjsua2', 'alsaaudio', 'numpy', 'asyncio', 'lgpio'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_a_file_that_the_storage_does_not_give_is_worth_another_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def worn_out(*_: object) -> object:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "open", worn_out)
    with pytest.raises(ConfigReadError, match="Input/output error") as caught:
        load.load(tmp_path / "portier.toml")
    assert caught.value.exit_code == 66
