"""What each value may be, and how a refusal sounds."""

from __future__ import annotations

import pytest

from portier.config import load
from portier.errors import ConfigError

SECTIONS = {
    "gpio": 'factory = "mock"',
    "audio": 'card = "none"',
    "sip": 'domain = "pbx.lan"',
    "dialling": "",
    "buttons.bell": 'pin = 5\nline = "1"',
    "doors.front": 'pin = 22\nrelease_digit = "5"',
    "lamps": "",
    "call": "",
    "station": "",
}


def with_value(key: str, value: str) -> str:
    """Make a configuration that is good but for one key, perhaps."""
    section, _, name = key.rpartition(".")
    sections = dict(SECTIONS)
    kept = [line for line in sections[section].split("\n") if not line.startswith(f"{name} =")]
    if name == "uri":
        kept = [line for line in kept if not line.startswith("line =")]
    sections[section] = "\n".join([*kept, f"{name} = {value}"])
    return "\n".join(f"[{header}]\n{body}" for header, body in sections.items())


def problem(key: str, value: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load.from_text(with_value(key, value))
    (line,) = caught.value.problems
    return line


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("station.name", '"Entrée nord, Tür 2"'),
        ("sip.domain", '"sip5.ovh.fr"'),
        ("sip.domain", '"192.168.1.20:5070"'),
        ("sip.domain", '"my_pbx"'),
        ("sip.proxy", '"outbound-1.sip-proxy.io:5060"'),
        ("sip.user", '"0033912345678"'),
        ("sip.user", '"+33912345678"'),
        ("sip.auth_user", '"door@example.net"'),
        ("sip.display_name", '"Front gate"'),
        ("sip.bind_address", '"192.168.1.5"'),
        ("sip.port", "1"),
        ("sip.port", "65535"),
        ("sip.rtp_port", "65336"),
        ("sip.accept_from", "[]"),
        ("sip.accept_from", '["192.0.2.0/24", "198.51.100.7"]'),
        ("sip.accept_from", '["0.0.0.0/0"]'),
        ("sip.expiry_s", "61"),
        ("sip.codecs", '["PCMU"]'),
        ("dialling.prefix", '""'),
        ("dialling.prefix", '"*80"'),
        ("dialling.template", '"00{line}"'),
        ("audio.capture", '"default"'),
        ("audio.capture", '"plughw:CARD=Device"'),
        ("audio.capture", '"hw:CARD=Device,DEV=0"'),
        ("audio.capture", '"plughw:Device,0"'),
        ("audio.capture", '"hw:CARD=2ndDevice"'),
        ("audio.capture", '"door_microphone"'),
        ("audio.capture", "\"plug:'dsnoop:CARD=Device'\""),
        ("buttons.bell.pin", "2"),
        ("buttons.bell.pin", "27"),
        ("buttons.bell.line", '"0033-912.345_678*1#"'),
        ("buttons.bell.uri", '"sip:192.168.1.20"'),
        ("buttons.bell.uri", '"SIP:alice@192.0.2.9:5062;transport=udp"'),
        ("buttons.bell.uri", '"sip:+33123456789@sip5.ovh.fr;user=phone"'),
        ("buttons.bell.uri", '"sip:*80%23@pbx.lan"'),
        ("buttons.bell.debounce_ms", "500"),
        ("doors.front.pin", "27"),
        ("doors.front.release_digit", '"*5"'),
        ("doors.front.release_digit", '"1234"'),
        ("doors.front.release_s", "0.1"),
        ("doors.front.max_release_s", "60"),
        ("doors.front.active_high", "true"),
        ("lamps.status", "3"),
        ("call.ring_timeout_s", "5"),
        ("call.digit_timeout_s", "0.5"),
        ("call.rtp_timeout_s", "0"),
        ("call.rtp_timeout_s", "5"),
        ("sip.session_timer_s", "0"),
        ("sip.session_timer_s", "90"),
        ("sip.jitter_buffer", '"wifi"'),
        ("sip.dscp", "false"),
    ],
)
def test_a_good_value_is_taken(key: str, value: str) -> None:
    load.from_text(with_value(key, value))


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("sip.port", "0", "0 is too low (allowed: 1 to 65535)"),
        ("sip.port", "70000", "70000 is too high (allowed: 1 to 65535)"),
        ("sip.port", '"5060"', "is a text, but must be a whole number: take the quotes away"),
        ("sip.port", "5060.0", "is a number with a fraction, but must be a whole number"),
        ("sip.port", "true", "is true or false, but must be a whole number"),
        ("sip.port", "[]", "is a list, but must be a whole number"),
        ("sip.port", "2024-01-01", "is a date, but must be a whole number"),
        ("sip.port", "0x" + "f" * 5000, "a huge number is too high"),
        ("sip.rtp_port", "4001", "4001 is odd, and RTP stands on even ports"),
        ("sip.accept_from", '["192.0.2.1/24"]', "is no IP network, which is written by its first address"),
        ("sip.accept_from", '["2001:db8::1/32"]', "is no IP network"),
        ("sip.accept_from", '["pbx.example"]', "is no IP network"),
        ("sip.accept_from", '"192.0.2.1"', "is a text, but must be a list: put it in [ ]"),
        ("sip.expiry_s", "60", "60 is too low (allowed: 61 to 86400; at or under 60 s an operator may ban"),
        ("sip.codecs", "[]", "is empty"),
        ("sip.codecs", '["PCMA", "PCMA"]', "names a codec twice"),
        ("sip.codecs", '"PCMA"', "is a text, but must be a list: put it in [ ]"),
        ("sip.bind_address", '"localhost"', "is not an IP address"),
        ("sip.bind_address", '"::1::"', "is not an IPv6 address"),
        ("sip.bind_address", '"[::1"', "is not an IPv6 address"),
        ("sip.bind_address", '"fe80::1"', "counts on one link alone (fe80::)"),
        ("sip.bind_address", '"fe80::1%eth0"', "names an interface (behind a %)"),
        ("sip.bind_address", '"::ffff:192.0.2.1"', "is an IPv4 address in the clothes of IPv6"),
        ("call.rtp_timeout_s", "4.9", "4.9 is too short: packets are lost for a second on any network"),
        ("call.rtp_timeout_s", "601", "601 is too high (allowed: 0 for never, or 5 to 600)"),
        (
            "audio.noise_suppression_db",
            "5",
            "5 is no level of noise suppression (allowed: 0, 6, 12, 18 or 21)",
        ),
        ("audio.half_duplex_depth_db", "3", "3 is too low (allowed: 6 to 60)"),
        ("audio.speaker_limit_dbfs", "1", "1 is too high (allowed: -30 to 0)"),
        ("sip.session_timer_s", "89", "89 is too short: RFC 4028 allows none below 90"),
        ("sip.jitter_buffer", '"wlan"', '(allowed: "lan", "wifi")'),
        ("call.ring_timeout_s", "nan", "nan is not a number one can count with"),
        ("call.ring_timeout_s", "inf", "inf is not a number one can count with"),
        (
            "sip.codecs",
            '["PCMA", "g722"]',
            'sip.codecs.2: "g722" is not known. Did you mean "G722"? (allowed: "G722"',
        ),
        ("sip.codecs", "[711]", "sip.codecs.1: is not known"),
        ("sip.user", "true", "is true or false, but must be a text (allowed"),
        ("call.max_talk_s", "true", "is true or false, but must be a number (allowed: 10 to 3600)"),
        ("call.max_talk_s", f"1{'0' * 400}", "is too large, but must be a number"),
        ("sip.port", '"the usual"', "is a text, but must be a whole number (allowed: 1 to 65535)"),
        ("sip.inband_dtmf", '"true"', "is a text, but must be true or false: take the quotes away"),
        ("call.max_talk_s", '"2"', "is a text, but must be a number: take the quotes away"),
        (
            "call.second_press",
            '"hangup"',
            '"hangup" is not known. Did you mean "hang up"? (allowed: "ignore"',
        ),
        ("call.wrong_attempts", "11", "11 is too high (allowed: 1 to 10)"),
        ("gpio.factory", '"pigpio"', '"pigpio" is not known. Did you mean "rpigpio"?'),
        ("gpio.factory", "3", "3 is not known"),
        ("audio.card", '"pulse"', '"pulse" is not known (allowed: "alsa", "simulated", "none")'),
        ("doors.front.release_s", "0", "0 is too low (allowed: above 0, up to 60)"),
        ("doors.front.max_release_s", "61", "a door must not stay open"),
        ("doors.front.active_high", "false", "false is not possible: energised is released, always"),
        ("doors.front.release_digit", "5", "is a whole number, but must be a text: put it in quotes"),
        ("doors.front.release_digit", '"5#"', "holds #, which prolongs a call and does nothing else"),
        ("doors.front.release_digit", '"*"', "is * alone"),
        ("doors.front.release_digit", '"12345"', "is not 1 to 4 keys"),
        ("doors.front.release_digit", '""', "is not 1 to 4 keys"),
        ("doors.front.release_digit", '"\u0665"', "is not 1 to 4 keys"),
        ("buttons.bell.closed_is", '"LOW"', '"LOW" is not known. Did you mean "low"?'),
        ("buttons.bell.debounce_ms", "0", "0 is too low (allowed: 1 to 500)"),
        ("buttons.bell.line", "102", "is a whole number, but must be a text: put it in quotes"),
        ("buttons.bell.line", '"01 23"', "holds a space (allowed: letters, digits"),
        ("buttons.bell.line", '"1@2"', "holds the character '@'"),
        ("buttons.bell.line", '"1+2"', "holds a + that is not its first character"),
        ("buttons.bell.line", '"1\\r\\nTo: x"', "holds the character '\\r'"),
        ("buttons.bell.line", '""', "is empty"),
        ("buttons.bell.line", f'"{"1" * 65}"', "has 65 characters, at most 64"),
        ("dialling.prefix", '"36 91"', "holds a space"),
        ("dialling.prefix", '"+33"', "holds the character '+'"),
        ("dialling.template", '"{prefix}"', "must hold {line} exactly once"),
        ("dialling.template", '"{line}{line}"', "must hold {line} exactly once"),
        ("dialling.template", '"{line"', "has a brace without its partner"),
        ("dialling.template", '"{{{line}}}"', "holds the character '{'"),
        ("dialling.template", '"{number}"', "holds braces around something other than prefix or line"),
        ("dialling.template", '"{line.__class__}"', "holds braces around something other"),
        ("dialling.template", '"{line:>9}"', "holds braces around something other"),
        ("dialling.template", '"{line!r}"', "holds braces around something other"),
        ("dialling.template", '"{}"', "holds braces around something other"),
        ("dialling.template", '"{line}@evil"', "holds the character '@'"),
        ("station.name", '"a\\u0000b"', "holds a line break or another character"),
        ("station.name", '"  "', "is empty"),
        ("sip.display_name", "'a\"b'", 'holds a " or a \\'),
        ("sip.display_name", '"a\\nb"', "holds a line break"),
        ("sip.display_name", '"\\u202egate"', "another character that cannot be seen"),
        ("sip.display_name", f'"{"x" * 65}"', "has 65 characters"),
        ("sip.user", '"alice smith"', "holds a space"),
        ("sip.user", '"alice@pbx"', "holds the character '@'"),
        ("sip.user", '"alice;x"', "holds the character ';'"),
        ("sip.user", '"<alice>"', "holds the character '<'"),
        ("sip.user", '"al\\u00efce"', "holds the character '\\xef'"),
        ("sip.auth_user", "'a\"b'", "holds the character '\"'"),
        ("audio.capture", '"hw:0"', "names the card by its index"),
        ("audio.capture", '"hw:0,0"', "names the card by its index"),
        ("audio.capture", '"plughw:1,0"', "names the card by its index"),
        ("audio.capture", '"hw:CARD=0"', "names the card by its index"),
        ("audio.capture", '"plughw:DEV=0,CARD=1"', "names the card by its index"),
        ("audio.capture", '"sysdefault:1"', "names the card by its index"),
        ("audio.playback", "\"plug:'hw:0,0'\"", "names the card by its index"),
        ("audio.playback", '"hw:CARD=Device\\n"', "holds a line break"),
    ],
)
def test_a_bad_value_is_refused_with_its_reason(key: str, value: str, words: str) -> None:
    line = problem(key, value)
    assert line.startswith(key)
    assert words in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "is not a host"),
        ("a b", "is not a host"),
        ("pbx.lan;transport=udp", "carries parameters: write the host alone"),
        ("sip:pbx.lan", "is a URI: write the host alone, without sip:"),
        ("alice@pbx.lan", "is not a host"),
        ("pbx.lan:0", "has a port that is not between 1 and 65535"),
        ("pbx.lan:65536", "has a port"),
        ("pbx.lan:", "is not a host"),
        ("192.168.1.300", "is not an IP address"),
        ("192.168.1", "is not an IP address"),
        ("[::1::]:5060", "is not an IPv6 address"),
        ("[192.0.2.1]", "is not an IPv6 address"),
        ("[]", "is not an IPv6 address"),
        ("[[::1]]", "is not a host"),
        ("[::1]5060", "is not a host"),
        ("[::1]:0", "has a port that is not between 1 and 65535"),
        ("[fe80::1]", "counts on one link alone (fe80::), and no SIP address tells which"),
        ("[fe80::1%eth0]", "names an interface (behind a %), which no SIP address can"),
        ("[::ffff:192.0.2.1]", "is an IPv4 address in the clothes of IPv6"),
        ("192.0.2.1[", "is not a host"),
        ("2001:db8::1", "is an IPv6 address without the brackets around it"),
        ("-pbx.lan", "is not a host name"),
        ("pbx..lan", "is not a host name"),
        ("pbx.lan.", "is not a host name"),
        ("x" * 64, "is not a host name"),
        ("pbx.lan<", "is not a host"),
        ("pbx\u3002lan", "is not a host"),
        ("\u0661\u0662", "is not a host"),
    ],
)
@pytest.mark.parametrize("key", ["sip.domain", "sip.proxy"])
def test_what_is_no_host_is_refused(key: str, value: str, words: str) -> None:
    assert words in problem(key, f'"{value}"')


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("sips:alice@pbx.lan", "asks for TLS (sips:): write sip:"),
        ("alice@pbx.lan", "does not begin with sip:"),
        ("tel:+33123456789", "does not begin with sip:"),
        ("sip:", "is not a host"),
        ("sip:alice@", "is not a host"),
        ("sip:@pbx.lan", "holds something before the @"),
        ("sip:alice:opensesame@pbx.lan", "holds a password before the @: take it out"),
        ("sip:alice@pbx.lan?Replaces=x", "carries headers"),
        ("sip:alice@pbx.lan;transport=tcp", "carries a parameter other than"),
        ("sip:alice@pbx.lan;maddr=192.0.2.1", "carries a parameter other than"),
        ("sip:10#2@pbx.lan", "write it as %23"),
        ("sip:a b@pbx.lan", "holds something before the @"),
        ("sip:a%0d%0aTo@pbx.lan", "holds something before the @"),
        ("sip:a%zz@pbx.lan", "holds something before the @"),
        ("sip:<alice>@pbx.lan", "holds something before the @"),
        ("sip:alice@pbx.lan>", "is not a host"),
        ("sip:a@b@pbx.lan", "holds something before the @"),
    ],
)
def test_what_is_no_sip_address_is_refused(value: str, words: str) -> None:
    assert words in problem("buttons.bell.uri", f'"{value}"')


@pytest.mark.parametrize("line_end", ["\\r", "\\n", "\\u2028"])
@pytest.mark.parametrize("key", ["sip.domain", "sip.user", "sip.display_name", "buttons.bell.uri"])
def test_a_line_end_never_gets_into_a_message(key: str, line_end: str) -> None:
    value = "sip:alice@pbx.lan" if key.endswith("uri") else "alice"
    problem(key, f'"{value}{line_end}"')


def test_only_pins_of_the_header_are_taken() -> None:
    for pin in (0, 1):
        assert f"{pin} belongs to the EEPROM of a HAT" in problem("buttons.bell.pin", str(pin))
        assert f"{pin} belongs to the EEPROM of a HAT" in problem("doors.front.pin", str(pin))
    for pin in (-1, 28, 40):
        assert f"{pin} is not a GPIO number of the header" in problem("buttons.bell.pin", str(pin))
        assert f"{pin} is not a GPIO number of the header" in problem("lamps.status", str(pin))


@pytest.mark.parametrize("pin", range(28))
def test_a_strike_is_never_on_a_pin_that_may_be_high_before_the_station_runs(pin: int) -> None:
    reasons = {
        **dict.fromkeys((0, 1), "belongs to the EEPROM of a HAT"),
        **dict.fromkeys((2, 3), "has a fixed pull-up to 3.3 V: it would release the door at power-up"),
        **dict.fromkeys(range(4, 9), "is pulled up while the Pi boots: it would release the door"),
        **dict.fromkeys(range(9, 12), "is a line of SPI, which moves it where it is on"),
        14: "carries the Pi's boot messages",
        15: "is pulled up when the serial port is on",
        **dict.fromkeys(range(18, 22), "is a line of I2S, which a sound HAT moves"),
    }
    bell = 26 if pin == 27 else 27
    text = with_value("doors.front.pin", str(pin)).replace("pin = 5\nline", f"pin = {bell}\nline")
    if pin not in reasons:
        assert load.from_text(text).doors["front"].pin == pin
        return
    with pytest.raises(ConfigError) as caught:
        load.from_text(text)
    assert f"doors.front.pin: {pin} {reasons[pin]}" in caught.value.problems[0]


@pytest.mark.parametrize("name", ["Bell", "1st", "haustür", "a b", "x" * 33, "_x", ""])
def test_a_name_that_the_log_could_not_write_is_refused(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load.from_text(with_value("sip.port", "5060").replace("[buttons.bell]", f'[buttons."{name}"]'))
    (line,) = caught.value.problems
    assert "cannot be a name (allowed: a small letter" in line


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ('""', "names no file"),
        ('"."', "names no file"),
        ('"~/secret"', "begins with ~, which is not expanded"),
        ('"a\\u0000b"', "holds a line break or another character"),
        ("5", "is a whole number, but must be a text: put it in quotes"),
    ],
)
def test_what_names_no_file_is_refused(value: str, words: str) -> None:
    assert words in problem("sip.password_file", value)


@pytest.mark.parametrize("value", ["..", "a/b", "../x", "a b", ""])
def test_a_credential_is_a_plain_name(value: str) -> None:
    problem("sip.password_credential", f'"{value}"')


def test_a_configuration_cannot_be_changed() -> None:
    config = load.from_text(with_value("sip.port", "5061"))
    with pytest.raises(ValueError, match="frozen"):
        config.sip.port = 1  # type: ignore[misc]


def test_a_text_that_is_no_value_without_its_quotes_keeps_them() -> None:
    with pytest.raises(ConfigError) as caught:
        load.from_text(with_value("sip.inband_dtmf", '"yes"'))
    assert caught.value.problems == ("sip.inband_dtmf: is a text, but must be true or false",)
