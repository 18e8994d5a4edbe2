"""`portier doctor` on sound cards, PJSIP, the SIP port, names and the registration."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from tests.unit.doctor_config import SECRET, bad, found, known, only

from portier.bench.machine import PretendedMachine, raspberry_pi, told
from portier.doctor import cards, network, pjsip
from portier.doctor.finding import Finding, Severity
from portier.doctor.known import Known
from portier.doctor.machine import TIMED_OUT, Outcome
from portier.doctor.probes.card import open_card
from portier.hosts import ANY_IPV4

_BUSY = 'audio: cannot open capture "plughw:CARD=Device": Device or resource busy. Cards here: Device'
_SOCKETS = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
 1042: {address}:13C4 00000000:0000 07 00000000:00000000 00:00000000 00000000   999        0 4711 2 0000 0
"""


def _taken_port(pi: PretendedMachine, address: str = "00000000") -> None:
    pi.ports[5060] = errno.EADDRINUSE
    pi.files["/proc/net/udp"] = _SOCKETS.format(address=address)
    pi.files["/proc/900/comm"] = "asterisk\n"
    pi.files["/proc/900/cmdline"] = "/usr/sbin/asterisk\0-p\0"
    pi.links["/proc/900/fd/7"] = "socket:[4711]"


def _station_runs(pi: PretendedMachine, config: Known) -> None:
    pi.files["/proc/812/cmdline"] = f"python3\0-m\0portier\0run\0--config={config.path}\0"


def _cards(pi: PretendedMachine, folder: Path, *changes: tuple[str, str]) -> list[Finding]:
    return found(pi, cards.check, known(folder, *changes))


def _registration(pi: PretendedMachine, config: Known) -> Finding:
    (finding,) = found(pi, network.check_registration, config)
    return finding


# Cards


def test_cards_are_told_by_their_ids(tmp_path: Path) -> None:
    assert "vc4hdmi (vc4-hdmi); Device (USB PnP Sound Device)" in _cards(raspberry_pi(), tmp_path)[0].text


@pytest.mark.parametrize(("codecs", "rate"), [('["PCMA", "PCMU"]', "8000"), ('["G722", "PCMA"]', "16000")])
def test_the_card_is_opened_at_the_rate_the_codecs_need(tmp_path: Path, codecs: str, rate: str) -> None:
    pi = raspberry_pi()
    _cards(pi, tmp_path, ("[audio]", f"codecs = {codecs}\n[audio]"))
    (opened,) = [one for one in pi.commands if "portier.doctor.probes.card" in one]
    assert opened[-5:] == ("plughw:CARD=Device", "plughw:CARD=Device", rate, "20", "1")


@pytest.mark.parametrize(
    ("keys", "shape"),
    [
        ('latency = "low"', ("10", "1")),
        ("loop_gain_db = 0.0", ("20", "2")),
        ('latency = "low"\nloop_gain_db = -6.0', ("10", "2")),
    ],
)
def test_the_card_is_opened_with_the_frame_and_the_channels_of_the_station(
    tmp_path: Path, keys: str, shape: tuple[str, str]
) -> None:
    pi = raspberry_pi()
    _cards(pi, tmp_path, ("[audio]", f"[audio]\n{keys}"))
    (opened,) = [one for one in pi.commands if "portier.doctor.probes.card" in one]
    assert opened[-2:] == shape


def test_the_child_opens_what_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []

    class Deaf:
        def read(self) -> None:
            return None

        def close(self) -> None:
            asked.append(("closed",))

    class Card:
        def __init__(self, *arguments: object, **named: object) -> None:
            asked.append((*arguments, named))

        def open(self) -> Deaf:
            return Deaf()

    monkeypatch.setattr("portier.adapters.audio.card.AlsaCard", Card)
    assert not open_card("plughw:CARD=A", "plughw:CARD=B", 16000, 10, 2).sound
    shape = {"frame_ms": 10, "playback_channels": 2}
    assert asked == [("plughw:CARD=A", "plughw:CARD=B", 16000, shape), ("closed",)]


def test_a_busy_card_names_who_has_it(tmp_path: Path) -> None:
    pi = raspberry_pi()
    pi.programs["probes.card"] = told(trouble=_BUSY)
    pi.files["/proc/asound/card1/pcm0c/sub0/status"] = "state: RUNNING\nowner_pid   : 733\n"
    pi.files["/proc/733/comm"] = "baresip\n"
    error = only(_cards(pi, tmp_path), Severity.ERROR)
    assert error.text == _BUSY
    assert "baresip (process 733)" in error.advice


def test_a_missing_card_says_how_to_find_its_name(tmp_path: Path) -> None:
    pi = raspberry_pi()
    pi.programs["probes.card"] = told(
        trouble='audio: cannot open capture "plughw:CARD=Device": No such device'
    )
    assert "arecord -L" in only(_cards(pi, tmp_path), Severity.ERROR).advice


def test_a_missing_library_for_cards_says_how_to_get_it(tmp_path: Path) -> None:
    pi = raspberry_pi()
    pi.programs["probes.card"] = told(trouble='audio: cannot open capture "x": pyalsaaudio is not here (...)')
    assert "pip install pyalsaaudio" in only(_cards(pi, tmp_path), Severity.ERROR).advice


def test_a_card_that_opens_but_gives_no_sound_is_a_warning(tmp_path: Path) -> None:
    pi = raspberry_pi()
    pi.programs["probes.card"] = told(sound=False)
    assert "no sound" in only(_cards(pi, tmp_path), Severity.WARNING).text


def test_a_driver_that_hangs_is_an_error_and_ends(tmp_path: Path) -> None:
    pi = raspberry_pi()
    pi.programs["probes.card"] = Outcome(TIMED_OUT)
    assert "no answer within 8 s" in only(_cards(pi, tmp_path), Severity.ERROR).text


def test_sound_devices_this_user_may_not_use_name_the_group(tmp_path: Path) -> None:
    pi = raspberry_pi()
    pi.denied = {"/dev/snd/pcmC1D0c"}
    error = only(_cards(pi, tmp_path), Severity.ERROR)
    assert "/dev/snd/pcmC1D0c" in error.text
    assert "usermod -aG audio portier" in error.advice


def test_the_running_stations_card_is_left_alone(tmp_path: Path) -> None:
    pi, config = raspberry_pi(), known(tmp_path)
    _station_runs(pi, config)
    assert "process 812" in only(found(pi, cards.check, config), Severity.NOTE).text
    assert not [one for one in pi.commands if "portier.doctor.probes.card" in one]


@pytest.mark.parametrize("card", ["none", "simulated"])
def test_no_real_card_is_opened_where_none_is_configured(tmp_path: Path, card: str) -> None:
    pi = raspberry_pi()
    findings = _cards(pi, tmp_path, ("[audio]", f'[audio]\ncard = "{card}"'))
    assert not bad(findings)
    assert not pi.commands


# PJSIP


def _pjsip(folder: Path, **changes: object) -> list[Finding]:
    build = {"version": "2.15.1", "codecs": ["G722", "PCMA", "PCMU"], "handles": 1024, "tls": ""}
    build |= {"patched": True} | changes
    pi = raspberry_pi()
    pi.programs["probes.pjsip"] = told(**build)
    return found(pi, pjsip.check, known(folder))


def test_the_published_wheel_gets_a_warning_and_two_notes_and_no_more(tmp_path: Path) -> None:
    findings = _pjsip(tmp_path, handles=64, tls="OpenSSL 1.0.2k-fips 26 Jan 2017", patched=False)
    notes = [one.text for one in findings if one.severity is Severity.NOTE]
    (warning,) = bad(findings)
    assert "lacks our changes" in warning.text
    assert "make wheel" in warning.advice
    assert len(notes) == 2
    assert "64 sockets" in notes[0]
    assert "1.0.2k" in notes[1]


_OWN = {
    "version": "2.17+portier.2",
    "asserts": False,
    "g729": False,
    "system": "Debian 12 (bookworm)",
    "machine": "aarch64",
    "python": "3.11",
    "compiler": "g++ 12.2.0",
    "source_sha256": "6860c2f7604b4eee" + "0" * 48,
    "packages": ["libopus0"],
}


def _our_wheel(
    folder: Path, pip_says: str | None = "2.17+portier.2", patched: bool = True, **changes: object
) -> list[Finding]:
    pi = raspberry_pi()
    pi.versions |= {"pjsua2-python": pip_says} if pip_says else {}
    pi.programs["probes.pjsip"] = told(
        version="2.17",
        codecs=["G722", "PCMA", "PCMU", "opus"],
        handles=1024,
        tls="OpenSSL 3.0.17 1 Jul 2025",
        queue="epoll",
        patched=patched,
        own=_OWN | changes,
    )
    return found(pi, pjsip.check, known(folder))


def test_our_wheel_tells_how_it_was_built_and_what_it_can_do(tmp_path: Path) -> None:
    findings = _our_wheel(tmp_path)
    assert {one.severity for one in findings} == {Severity.OK}
    text = " / ".join(one.text for one in findings)
    for part in (
        "our wheel 2.17+portier.2 for Debian 12 (bookworm), aarch64, Python 3.11",
        "without asserts, without G.729, by g++ 12.2.0",
        "SHA-256 6860c2f7604b4eee...",
        "G722, PCMA, PCMU; also opus",
        "1024 sockets by epoll; TLS by OpenSSL 3.0.17",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("name", "patched", "severity", "words"),
    [
        ("names without waiting", False, Severity.WARNING, "after 8 s the station is ended"),
        ("star from the registrar", True, Severity.NOTE, "it survived what they are against"),
    ],
)
def test_changes_that_the_source_had_no_place_for_are_told_with_what_is_lost(
    tmp_path: Path, name: str, patched: bool, severity: Severity, words: str
) -> None:
    finding = only(_our_wheel(tmp_path, patched=patched, left_out=[name]), severity)
    assert f'PJSIP 2.17 had no place for our changes "{name}": ' in finding.text
    assert words in finding.text
    assert "without SOURCE=" in finding.advice


def test_a_build_with_asserts_is_a_note_with_what_to_install(tmp_path: Path) -> None:
    note = only(_our_wheel(tmp_path, asserts=True), Severity.NOTE)
    assert "for tests" in note.text
    assert "without ASSERTS" in note.advice


@pytest.mark.parametrize("pip_says", ["2.15.1.post1", None])
def test_files_that_are_of_another_version_than_pip_says_are_a_warning(
    tmp_path: Path, pip_says: str | None
) -> None:
    warning = only(_our_wheel(tmp_path, pip_says), Severity.WARNING)
    assert "2.17+portier.2" in warning.text
    assert "force-reinstall" in warning.advice


def test_two_packages_that_are_both_pjsua2_are_an_error_that_says_which(tmp_path: Path) -> None:
    pi = raspberry_pi()
    pi.versions |= {"pjsua2-python": "2.17+portier.2", "pjsua2": "2.17"}
    error = only(found(pi, pjsip.check, known(tmp_path)), Severity.ERROR)
    assert "pjsua2-python 2.17+portier.2 and pjsua2 2.17 are both installed" in error.text
    assert "pip uninstall" in error.advice


@pytest.mark.parametrize(
    ("tls", "old"), [("OpenSSL 1.1.1w 11 Sep 2023", True), ("OpenSSL 3.0.17 1 Jul 2025", False)]
)
def test_an_openssl_past_its_end_is_a_note(tmp_path: Path, tls: str, old: bool) -> None:
    assert any("no repairs" in one.text for one in _pjsip(tmp_path, tls=tls)) is old


@pytest.mark.parametrize(
    ("tls", "severity", "words"),
    [
        ("", Severity.ERROR, "it has no TLS, which [sip] is to use"),
        ("OpenSSL 1.0.2k-fips 26 Jan 2017", Severity.WARNING, "knows no TLS 1.3; [sip] uses it"),
    ],
)
def test_a_build_that_cannot_do_the_tls_that_an_account_wants_is_told(
    tmp_path: Path, tls: str, severity: Severity, words: str
) -> None:
    pi = raspberry_pi()
    build = {"version": "2.15.1", "codecs": ["G722", "PCMA", "PCMU"], "handles": 1024, "tls": tls}
    pi.programs["probes.pjsip"] = told(**build, patched=True)
    config = known(tmp_path, ("[audio]", 'transport = "tls"\n[audio]'))
    assert words in only(found(pi, pjsip.check, config), severity).text


@pytest.mark.parametrize(
    ("codecs", "severity"), [(["PCMU", "PCMA"], Severity.WARNING), (["speex"], Severity.ERROR)]
)
def test_a_build_without_a_configured_codec_is_told(
    tmp_path: Path, codecs: list[str], severity: Severity
) -> None:
    assert "G722" in only(_pjsip(tmp_path, codecs=codecs), severity).text


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (told(trouble="sip: PJSIP's Python binding (pjsua2) cannot be loaded"), "cannot be loaded"),
        (Outcome(-6, "", "python: ioqueue_select.c:400: Assertion failed"), "SIGABRT"),
        (Outcome(TIMED_OUT), "no answer within 10 s"),
        (Outcome(1, "", "Segmentation of the mind"), "Segmentation"),
    ],
)
def test_a_pjsip_that_cannot_be_asked_is_an_error_with_its_reason(
    tmp_path: Path, outcome: Outcome, words: str
) -> None:
    pi = raspberry_pi()
    pi.programs["probes.pjsip"] = outcome
    assert words in only(found(pi, pjsip.check, known(tmp_path)), Severity.ERROR).text


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome(76, "", "sip: this build of PJSIP has the switch elsewhere"), "has the switch elsewhere"),
        (Outcome(-11), "SIGSEGV"),
        (Outcome(TIMED_OUT), "20 s"),
    ],
)
def test_a_self_test_that_does_not_pass_is_an_error(tmp_path: Path, outcome: Outcome, words: str) -> None:
    pi = raspberry_pi()
    pi.programs["portier.selftest"] = outcome
    assert words in only(found(pi, pjsip.check_self_test, known(tmp_path)), Severity.ERROR).text


def test_a_missing_pjsip_is_told_once(tmp_path: Path) -> None:
    pi = raspberry_pi()
    pi.programs["portier.selftest"] = Outcome(69, "", "sip: cannot be loaded")
    assert "no PJSIP" in only(found(pi, pjsip.check_self_test, known(tmp_path)), Severity.NOTE).text


# Network


@pytest.mark.parametrize("address", ["00000000", "0A0200C0"])
def test_a_taken_port_names_who_has_it(tmp_path: Path, address: str) -> None:
    pi = raspberry_pi()
    _taken_port(pi, address)
    change = ("[audio]", 'bind_address = "192.0.2.10"\n[audio]')
    error = only(found(pi, network.check_port, known(tmp_path, change)), Severity.ERROR)
    assert "UDP 192.0.2.10:5060 is in use by asterisk (process 900)" in error.text


def test_a_port_that_is_taken_at_another_address_is_not_blamed_on_its_user(tmp_path: Path) -> None:
    pi = raspberry_pi()
    _taken_port(pi, "0100007F")
    change = ("[audio]", 'bind_address = "192.0.2.10"\n[audio]')
    assert "asterisk" not in only(found(pi, network.check_port, known(tmp_path, change)), Severity.ERROR).text


@pytest.mark.parametrize(
    ("own", "taken", "blamed"),
    [
        ("::", "0" * 32, True),
        ("2001:db8::5", "0" * 32, True),
        ("2001:db8::5", "B80D0120000000000000000005000000", True),
        ("2001:db8::6", "B80D0120000000000000000005000000", False),
    ],
)
def test_a_port_of_ipv6_that_is_taken_names_who_has_it(
    tmp_path: Path, own: str, taken: str, blamed: bool
) -> None:
    pi = raspberry_pi()
    _taken_port(pi)
    pi.files["/proc/net/udp6"] = _SOCKETS.format(address=taken)
    del pi.files["/proc/net/udp"]
    change = ("[audio]", f'bind_address = "{own}"\n[audio]')
    error = only(found(pi, network.check_port, known(tmp_path, change)), Severity.ERROR)
    assert f"UDP [{own}]:5060 is in use" in error.text
    assert ("asterisk (process 900)" in error.text) is blamed


def test_ipv6_alone_is_not_held_up_by_who_has_the_port_in_ipv4(tmp_path: Path) -> None:
    pi = raspberry_pi()
    _taken_port(pi)
    change = ("[audio]", 'bind_address = "::"\n[audio]')
    assert "asterisk" not in only(found(pi, network.check_port, known(tmp_path, change)), Severity.ERROR).text


@pytest.mark.parametrize(("own", "words"), [("::", "is 2001:db8::1"), (ANY_IPV4, "is 192.0.2.1")])
def test_a_name_is_looked_up_in_the_family_that_the_station_speaks(
    tmp_path: Path, own: str, words: str
) -> None:
    pi = raspberry_pi()
    pi.hosts["sip.example.org"] = ("192.0.2.1", "2001:db8::1")
    config = known(tmp_path, ("[audio]", f'bind_address = "{own}"\n[audio]'))
    assert f"sip.registrar: sip.example.org {words}" in [
        one.text for one in found(pi, network.check_names, config)
    ]
    pi.hosts["sip.example.org"] = ("192.0.2.1",) if own == "::" else ("2001:db8::1",)
    error = only(found(pi, network.check_names, config), Severity.ERROR)
    assert f"has no {'IPv6' if own == '::' else 'IPv4'} address" in error.text


@pytest.mark.parametrize(
    ("ipv6", "own", "bad_ones"), [(False, "::", 1), (True, "::", 0), (False, ANY_IPV4, 0)]
)
def test_a_pjsip_without_ipv6_is_an_error_where_the_station_is_to_speak_it(
    tmp_path: Path, ipv6: bool, own: str, bad_ones: int
) -> None:
    pi = raspberry_pi()
    build = {"version": "2.15.1", "codecs": ["G722", "PCMA", "PCMU"], "handles": 1024, "tls": "OpenSSL 3.0"}
    pi.programs["probes.pjsip"] = told(**build, patched=True, ipv6=ipv6)
    config = known(tmp_path, ("[audio]", f'bind_address = "{own}"\n[audio]'))
    told_of = [one for one in found(pi, pjsip.check, config) if "IPv6" in one.text]
    assert len(told_of) == bad_ones
    assert all(one.severity is Severity.ERROR and "make wheel" in one.advice for one in told_of)


def test_the_running_station_may_have_the_port(tmp_path: Path) -> None:
    pi, config = raspberry_pi(), known(tmp_path)
    pi.ports[5060] = errno.EADDRINUSE
    _station_runs(pi, config)
    findings = found(pi, network.check_port, config)
    assert not bad(findings)
    assert "process 812" in findings[0].text


@pytest.mark.parametrize(
    ("trouble", "key"), [(errno.EADDRNOTAVAIL, "sip.bind_address"), (errno.EACCES, "sip.port")]
)
def test_a_port_that_cannot_be_had_names_the_key_to_change(tmp_path: Path, trouble: int, key: str) -> None:
    pi = raspberry_pi()
    pi.ports[5060] = trouble
    assert key in only(found(pi, network.check_port, known(tmp_path)), Severity.ERROR).advice


@pytest.mark.parametrize(
    ("answer", "words"), [((), "has no IPv4 address"), (None, "not resolved within 3 s")]
)
def test_a_name_without_an_address_is_an_error(
    tmp_path: Path, answer: tuple[str, ...] | None, words: str
) -> None:
    pi = raspberry_pi()
    pi.hosts["sip.example.org"] = answer
    error = only(found(pi, network.check_names, known(tmp_path)), Severity.ERROR)
    assert error.text.startswith("sip.registrar: sip.example.org ")
    assert words in error.text


def test_a_domain_that_only_names_its_servers_has_what_it_needs(tmp_path: Path) -> None:
    pi = raspberry_pi()
    pi.hosts["sip.example.org"] = ()
    pi.servers["sip.example.org"] = ("one.example.org",)
    findings = found(pi, network.check_names, known(tmp_path))
    assert not bad(findings)
    assert "sip.example.org is one.example.org" in findings[0].text


def test_behind_a_proxy_only_its_name_and_those_of_other_targets_are_looked_up(tmp_path: Path) -> None:
    pi = raspberry_pi()
    pi.hosts = {"proxy.example.org": ("192.0.2.1",), "flat.example.net": ("192.0.2.2",)}
    pi.hosts["attic.example.net"] = ("192.0.2.3",)
    config = known(
        tmp_path,
        ("[audio]", 'proxy = "proxy.example.org:5070"\n[audio]'),
        ("[doors", '[buttons.flat]\npin = 6\nuri = "sip:flat@Flat.example.net:5062"\n[doors'),
        ("[doors", '[targets.attic]\nuri = "sip:attic@attic.example.net"\n[doors'),
        ("[doors", '[buttons.home]\npin = 26\nuri = "sip:home@sip.example.org"\n[doors'),
    )
    findings = found(pi, network.check_names, config)
    assert not bad(findings), findings
    assert [one.text for one in findings] == [
        "sip.proxy: proxy.example.org is 192.0.2.1",
        "buttons.flat.uri: flat.example.net is 192.0.2.2",
        "targets.attic.uri: attic.example.net is 192.0.2.3",
    ]


@pytest.mark.parametrize(
    ("answer", "severity", "words"),
    [
        ((200, 0.1), Severity.OK, "accepted after 0.1 s"),
        ((403, 0.1), Severity.ERROR, "refused (403)"),
        ((401, 0.1), Severity.ERROR, "refused (401)"),
        ((404, 0.1), Severity.ERROR, "unknown user (404)"),
        ((0, 8.0), Severity.ERROR, "no answer within 8 s"),
        ((408, 4.0), Severity.ERROR, "no answer within 4 s"),
        ((503, 0.1), Severity.ERROR, "answered 503"),
    ],
)
def test_the_registrars_answer_is_told(
    tmp_path: Path, answer: tuple[int, float], severity: Severity, words: str
) -> None:
    pi = raspberry_pi()
    pi.programs["probes.registration"] = told(status=answer[0], took_s=answer[1])
    finding = _registration(pi, known(tmp_path))
    assert finding.severity is severity
    assert f'"0033912345678" at sip.example.org: {words}' in finding.text


def test_a_running_stations_registration_is_not_stolen(tmp_path: Path) -> None:
    pi, config = raspberry_pi(), known(tmp_path)
    _station_runs(pi, config)
    assert "not tried" in _registration(pi, config).text
    assert not pi.commands


def test_the_registration_of_a_station_that_only_its_port_betrays_is_not_stolen(tmp_path: Path) -> None:
    pi = raspberry_pi()
    _taken_port(pi)
    pi.files["/proc/900/cmdline"] = "python3\0/opt/portier/bin/portier\0run\0--config\0other.toml\0"
    assert "process 900" in _registration(pi, known(tmp_path)).text
    assert not pi.commands


def test_a_port_whose_user_cannot_be_seen_may_be_a_stations(tmp_path: Path) -> None:
    pi = raspberry_pi()
    pi.ports[5060] = errno.EADDRINUSE
    finding = _registration(pi, known(tmp_path))
    assert finding.severity is Severity.NOTE
    assert not pi.commands


def test_a_station_with_a_relative_configuration_is_known_by_its_working_folder(tmp_path: Path) -> None:
    pi, config = raspberry_pi(), known(tmp_path)
    pi.files["/proc/812/cmdline"] = (
        "python3\0-m\0portier\0run\0--config\0../" + f"{tmp_path.name}/portier.toml\0"
    )
    pi.links["/proc/812/cwd"] = str(tmp_path)
    assert "process 812" in _registration(pi, config).text


def test_another_programs_port_does_not_hinder_the_registration(tmp_path: Path) -> None:
    pi = raspberry_pi()
    _taken_port(pi)
    assert _registration(pi, known(tmp_path)).severity is Severity.OK


def test_the_password_is_on_no_command_line(tmp_path: Path) -> None:
    pi = raspberry_pi()
    _registration(pi, known(tmp_path))
    assert [one for one in pi.commands if "portier.doctor.probes.registration" in one]
    assert SECRET not in str(pi.commands)


def test_a_credential_only_systemd_has_is_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    config = known(tmp_path, ('password_file = "sip-password"', 'password_credential = "sip"'))
    finding = _registration(raspberry_pi(), config)
    assert finding.severity is Severity.NOTE
    assert "CREDENTIALS_DIRECTORY" in finding.text


def test_without_a_registrar_nothing_is_tried(tmp_path: Path) -> None:
    pi = raspberry_pi()
    assert _registration(pi, known(tmp_path, ('registrar = "sip.example.org"\n', ""))).severity is Severity.OK
    assert not pi.commands
