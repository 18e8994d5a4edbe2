"""What the configuration may hold: every section and key, with its default, its limits and its meaning."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from .account import AccountConfig, AccountKeys
from .addresses import Keys, Line, Network, OwnAddress, SipUri, Template
from .announcements import AnnouncementsConfig
from .audit import AuditConfig
from .base import Section as _Section
from .directory import DirectoryConfig, Flat, ResidentName
from .doors_model import DoorKeys
from .gong import GongConfig
from .house import FireConfig, LightConfig, TamperConfig
from .incoming import IncomingConfig
from .keypads import KeypadConfig
from .loudness import LoudnessKeys
from .media import RtpTimeout, SessionTimer
from .mixer import MixerControls
from .pins import Pin, StrikePin
from .profiles import ByProfileConfig, ProfileConfig
from .reach_model import ListConfig, Refusals, TargetConfig
from .sound import SoundKeys
from .sound_test import SoundTestKeys
from .speech import SpeechButtonConfig
from .texts import Caption, Device, File, Name, ReleaseDigit, allowed
from .volume import VolumeDb, VolumesByProfile


def _two_letters(country: str) -> str:
    if len(country) != 2 or not country.isascii() or not country.isupper():
        raise ValueError("is not two capital letters")
    return country


class StationConfig(_Section):
    """The station as a whole."""

    name: Caption = Field("Portier", description="What the station is called in its log and its status.")
    timezone: Caption | None = Field(
        None, description="The time zone of time profiles, as Europe/Paris. Left out: the system's."
    )
    country: Annotated[str, AfterValidator(_two_letters), allowed('two letters, such as "FR"')] | None = (
        Field(None, description="The country whose public holidays time profiles mean.")
    )
    subdivision: Caption | None = Field(
        None, description="The part of the country, where parts have holidays of their own."
    )


Codec = Literal["G722", "PCMA", "PCMU", "opus"]


def _each_once(codecs: tuple[Codec, ...]) -> tuple[Codec, ...]:
    if len(set(codecs)) < len(codecs):
        raise ValueError("names a codec twice")
    return codecs


def _even(port: int) -> int:
    if port % 2:
        raise ValueError("is odd, and RTP stands on even ports")
    return port


class SipConfig(AccountKeys):
    """The line the station itself uses: without a registrar it calls directly, on its own network."""

    bind_address: OwnAddress = Field(
        "0.0.0.0",  # noqa: S104
        description="The address to receive SIP and sound at. With one of IPv6 the station speaks IPv6 "
        "alone, else IPv4 alone.",
    )
    port: int = Field(5060, ge=1, le=65535, description="The UDP port for SIP.")
    accept_from: Annotated[
        tuple[Network, ...],
        Field(strict=False),
        allowed("networks and addresses, such as 192.0.2.0/24, 192.0.2.7 or 2001:db8::/64"),
    ] = Field(
        (),
        max_length=64,
        description="Who else may send SIP to the station, beside registrar, proxy, the buttons' targets and "
        "whoever takes part in a call: an operator's other servers. A call's sound and keys are heard from "
        "them, too: name only whom you trust with the door. The kernel drops what all others send.",
    )
    rtp_port: Annotated[int, AfterValidator(_even), allowed("an even number, 1024 to 65336")] = Field(
        4000,
        ge=1024,
        le=65336,
        description="The first UDP port for sound: the 200 ports from it on must be free.",
    )
    answer_timeout_s: float = Field(
        4.0,
        ge=1,
        le=10,
        description="How long a server may say nothing at all before it counts as dead: the call is then "
        "placed anew at the next account.",
    )
    codecs: Annotated[tuple[Codec, ...], Field(strict=False), AfterValidator(_each_once)] = Field(
        ("G722", "PCMA", "PCMU"),
        min_length=1,
        description="What the station offers to speak, the best first. G722 and opus are wideband; opus "
        "takes a PJSIP of this project (make wheel): with another the station speaks the others alone.",
    )
    jitter_buffer: Literal["lan", "wifi"] = Field(
        "lan",
        description="How late sound may come and still be heard: lan for little delay, wifi for a network on "
        "which packets are lost and overtake each other, for 50 ms more of delay.",
    )
    session_timer_s: SessionTimer = Field(
        1800,
        description="How long a call may last unrefreshed, where the far end agrees to that (RFC 4028).",
    )
    dscp: bool = Field(
        True, description="Whether packets are marked for switches that put them first: sound EF, SIP CS3."
    )
    inband_dtmf: bool = Field(
        False,
        description="Listen for keys in the sound, too, where a telephone or operator sends them in no other "
        'way: "portier dtmf-test" tells. It takes numpy. Keys by RFC 4733 and SIP INFO always count. Tones '
        "that the street plays and a telephone gives back within 3 s count for nothing; slower or distorted "
        "ones may.",
    )


class DiallingConfig(_Section):
    """How a button's line becomes the number that is dialled."""

    prefix: Keys = Field(
        "3691",
        description='Makes the called telephone answer by itself, with OVHcloud 3691; "" for a plain call.',
    )
    template: Template = Field("{prefix}{line}", description="How prefix and line make the number.")
    plain_when_refused: Refusals = Field(
        (404, 484, 488),
        description="After which answers to a call with the prefix the line is rung once more without it, "
        "by hand then: where its intercom mode is off. [] for never.",
    )


class AudioConfig(LoudnessKeys, SoundKeys, SoundTestKeys):
    """The visitor's microphone and loudspeaker."""

    card: Literal["alsa", "simulated", "none"] = Field(
        "alsa", description="A sound card, a pretended one, or none: then the station only rings."
    )
    capture: Device = Field(
        "", description="The microphone, as arecord -L names it. Needed where card is alsa."
    )
    playback: Device = Field(
        "", description="The loudspeaker, as aplay -L names it. Needed where card is alsa."
    )
    microphone_wav: File | None = Field(
        None, description="A sound file that the simulated card hears. Left out: a generated voice."
    )
    volume_db: VolumeDb = Field(
        0.0, description="How loud tones and announcements are at the door; 0 is the loudest."
    )
    volume_by_profile: VolumesByProfile = Field(
        (), description="How loud they are instead while a time profile applies; the first wins."
    )
    mixer: MixerControls = Field(
        (),
        description="What the card's own controls are set to whenever it is opened. A volume is switched on.",
    )


class GpioConfig(_Section):
    """How the pins are reached."""

    factory: Literal["lgpio", "rpigpio", "mock"] = Field(
        description="The library: lgpio on every Pi, rpigpio where asked for, mock without a Pi."
    )
    mock_file: File | None = Field(
        None,
        description="For benches, where factory is mock: a file in which other programs see and press the "
        "pins. It keeps a killed station's outputs as they were, as a Raspberry Pi does.",
    )


class ButtonConfig(_Section):
    """A bell button and whom it rings: a line, a uri, a target, a list, or somebody of the directory."""

    pin: Pin = Field(description="Where the button is wired.")
    line: Line | None = Field(None, description="The line it rings, without prefix.")
    uri: SipUri | None = Field(
        None, description="In place of line: a whole SIP address, dialled as it stands, without prefix."
    )
    target: Name | None = Field(None, description="In place of line: the target that it rings.")
    list: Name | None = Field(None, description="In place of line: the list of targets that it rings.")
    flat: Flat | None = Field(
        None,
        description="The flat that it rings, as the directory has it. A line, uri, target or list beside "
        "it is rung where the directory knows nobody there.",
    )
    resident: ResidentName | None = Field(
        None, description="In place of flat: the resident of this name in the directory."
    )
    closed_is: Literal["low", "high"] = Field(
        "low", description="The level of a pressed button: low where it connects to ground, with a pull-up."
    )
    debounce_ms: int = Field(30, ge=1, le=500, description="How long the contact must be still to count.")
    by_profile: Annotated[
        tuple[ByProfileConfig, ...],
        Field(strict=False),
        allowed(
            'a list: [{ profile = "night", line = "..." }], or with uri, target, list, flat or resident '
            "in its place"
        ),
    ] = Field(
        (), max_length=16, description="Whom it rings instead while a time profile applies; the first wins."
    )


def _only_high(active_high: bool) -> bool:
    if not active_high:
        raise ValueError(
            "is not possible: energised is released, always. "
            "A driver that is active low would release the door whenever its pin is claimed"
        )
    return active_high


class DoorConfig(DoorKeys):
    """A door, its strike and the keys that release it."""

    pin: StrikePin = Field(description="Where the strike's driver is wired.")
    release_digit: ReleaseDigit = Field(description="What the called side keys to release the door.")
    release_s: float = Field(5.0, gt=0, le=60, description="How long one release lasts.")
    max_release_s: Annotated[
        float, allowed("above 0, up to 60: a strike may burn, and a door must not stay open")
    ] = Field(
        10.0, gt=0, le=60, description="The longest a door stays released, however often it is asked for."
    )
    active_high: Annotated[bool, AfterValidator(_only_high), allowed("true")] = Field(
        True, description="The pin is high while the door is released."
    )
    drive: Literal["level", "heartbeat"] = Field(
        "level",
        description='How the pin releases the door: "level", by being high; "heartbeat", by toggling, which '
        "needs the charge pump of hardware/relay.md: then no dead or hung program can hold a door.",
    )


class LampsConfig(_Section):
    """The lamps a visitor sees, each on a pin of its own; leave out those that are not there."""

    status: Pin | None = Field(None, description="One lamp that tells everything by its rhythm.")
    calling: Pin | None = Field(None, description="Lit while a call is placed and rings.")
    talking: Pin | None = Field(None, description="Lit while somebody listens.")
    released: Pin | None = Field(None, description="Lit while the door can be opened.")
    muted: Pin | None = Field(None, description="Lit while somebody listens and the microphone is muted.")
    failure: Pin | None = Field(None, description="Lit when a call failed, and while none can be placed.")


class CallConfig(_Section):
    """How long a call may last, and what its keys may do."""

    ring_timeout_s: float = Field(45.0, ge=5, le=180, description="How long it rings before it gives up.")
    rtp_timeout_s: RtpTimeout = Field(
        30.0, description="After how long without a packet from the telephone a talk is over, but for a hold."
    )
    max_talk_s: float = Field(
        120.0,
        ge=10,
        le=3600,
        description="How long a talk lasts; # starts it anew. Both sides are warned 10 s before its end.",
    )
    digit_timeout_s: float = Field(
        3.0, ge=0.5, le=10, description="How long it waits for the next key of an attempt."
    )
    second_press: Literal["ignore", "hang up"] = Field(
        "ignore", description="What a press of the same button does while its call lasts."
    )
    wrong_attempts: int = Field(
        3,
        ge=1,
        le=10,
        description="At every so many wrong attempts the station says no, and warns in its log.",
    )
    hang_up_after_release_s: float | None = Field(
        None,
        ge=1,
        le=600,
        description="How long after a release the call ends by itself: a second one starts it anew, "
        "# forbids it. Left out: a release ends no call.",
    )
    calls_per_hour: int | None = Field(
        None,
        ge=1,
        le=1000,
        description="How many calls each button may place within any hour; further presses are refused, "
        "by tone and lamp. Left out: as many as it likes.",
    )
    cool_down_after: int | None = Field(
        None,
        ge=2,
        le=100,
        description="After so many calls in a row that nobody answered a button rests for cool_down_s: "
        "its presses are refused, by tone and lamp. Left out: it never rests.",
    )
    cool_down_s: float = Field(300.0, ge=10, le=3600, description="How long such a rest lasts.")


class Config(_Section):
    """The whole file."""

    station: StationConfig = Field(default_factory=StationConfig)
    sip: SipConfig = Field(default_factory=SipConfig)
    accounts: dict[Name, AccountConfig] = Field(
        default_factory=dict, max_length=4, json_schema_extra={"optional": True}
    )
    dialling: DiallingConfig = Field(default_factory=DiallingConfig)
    audio: AudioConfig = Field(default_factory=AudioConfig)
    announcements: AnnouncementsConfig = Field(default_factory=AnnouncementsConfig)
    gpio: GpioConfig
    buttons: dict[Name, ButtonConfig] = Field(default_factory=dict)
    targets: dict[Name, TargetConfig] = Field(default_factory=dict, json_schema_extra={"optional": True})
    lists: dict[Name, ListConfig] = Field(default_factory=dict, json_schema_extra={"optional": True})
    doors: dict[Name, DoorConfig] = Field(default_factory=dict)
    lamps: LampsConfig = Field(default_factory=LampsConfig)
    call: CallConfig = Field(default_factory=CallConfig)
    gong: GongConfig = Field(default_factory=GongConfig)
    incoming: IncomingConfig = Field(default_factory=IncomingConfig)
    fire: FireConfig = Field(default_factory=FireConfig)
    tamper: TamperConfig = Field(default_factory=TamperConfig)
    light: LightConfig = Field(default_factory=LightConfig)
    speech_button: SpeechButtonConfig = Field(default_factory=SpeechButtonConfig)
    keypads: dict[Name, KeypadConfig] = Field(
        default_factory=dict, max_length=8, json_schema_extra={"optional": True}
    )
    directory: DirectoryConfig = Field(default_factory=DirectoryConfig)
    profiles: dict[Name, ProfileConfig] = Field(default_factory=dict, json_schema_extra={"optional": True})
    audit: AuditConfig = Field(default_factory=AuditConfig)
