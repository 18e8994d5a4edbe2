"""What a station is built from, in plain values: made of the configuration, without what checked it.

Checking takes pydantic, which costs a quarter of a second and ten megabytes: a station that runs for years is
given the outcome.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from portier.core.effects import Sign, Tone
from portier.core.inputs import Input
from portier.core.rules import Rules, TargetRule
from portier.directory.settings import Settings as DirectorySettings
from portier.mixer_settings import MixerSetting
from portier.sound_settings import SoundProcessing, Telephony

DriveName = Literal["level", "heartbeat"]
JitterBufferName = Literal["lan", "wifi"]


@dataclass(frozen=True, slots=True)
class ButtonPin:
    """Where a button hangs; `closed_is_low` for a contact to ground, with the pin's pull-up."""

    pin: int
    closed_is_low: bool


@dataclass(frozen=True, slots=True)
class StrikePin:
    """Where a door's relay hangs (active high), and the longest release, in seconds, from its beginning.

    `drive` says by what the pin asks for the relay: "level", high; "heartbeat", toggling. `hold_slice_s` is
    the longest slice of a hold, 0 for a door that may not hold.
    """

    pin: int
    max_release_s: float
    drive: DriveName = "level"
    hold_slice_s: float = 0.0


@dataclass(frozen=True, slots=True)
class InputPin:
    """Where an observed contact hangs: the level it has when it is closed, and whether that is active.

    Closed is low for a contact to ground, with the pin's pull-up, else high, with its pull-down.
    """

    pin: int
    closed_is_low: bool
    closed_is_active: bool


@dataclass(frozen=True, slots=True)
class MatrixPins:
    """Where a keypad's rows and columns hang, and the keys of each row; "." is one that does nothing."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]
    layout: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WiegandPins:
    """Where a reader's two lines hang, and of how many bits its cards (26 or 34) and keys (4 or 8) are.

    0: it has no cards, or no keys.
    """

    d0: int
    d1: int
    card_bits: int
    key_bits: int


KeypadPins = MatrixPins | WiegandPins


@dataclass(frozen=True, slots=True)
class GpioPlan:
    """The pins, and how they are reached. `lamps` are those that a sign has for itself."""

    factory: Literal["lgpio", "rpigpio", "mock"]
    mock_file: Path | None
    strikes: Mapping[str, StrikePin]
    buttons: Mapping[str, ButtonPin]
    status_lamp: int | None
    lamps: Mapping[Sign, int]
    gong: int | None = None
    light: int | None = None
    inputs: Mapping[Input, InputPin] = field(default_factory=dict)
    keypads: Mapping[str, KeypadPins] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SoundPlan:
    """The sound card: names of ALSA where it is one, and what a simulated one hears.

    `words` are the announcements that follow tones, mono S16 at the card's rate. `loop_gain_db` is of a
    hearing loop at the second channel, None where there is none.
    """

    card: Literal["alsa", "simulated", "none"]
    capture: str
    playback: str
    microphone_wav: Path | None
    words: Mapping[Tone, bytes] = field(default_factory=dict)
    processing: SoundProcessing = field(default_factory=SoundProcessing)
    mixer: tuple[MixerSetting, ...] = ()
    loop_gain_db: float | None = None
    telephony: Telephony = "french"


@dataclass(frozen=True, slots=True)
class MediaSettings:
    """How sound travels. 0 seconds: no time-out, no session timer; `dscp` marks the packets."""

    jitter_buffer: JitterBufferName = "lan"
    rtp_timeout_s: float = 30.0
    session_timer_s: int = 1800
    dscp: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSettings:
    """One account. Hosts may carry a port. Without a `tls_ca_file` the system's authorities count.
    `inband_dtmf`: in calls by it keys count that are heard as tones.
    """

    name: str
    domain: str
    registrar: str | None
    proxy: str | None
    user: str
    auth_user: str
    display_name: str
    password: str | None = field(repr=False)
    expiry_s: int
    transport: Literal["udp", "tcp", "tls"] = "udp"
    tls_ca_file: Path | None = None
    tls_verify: bool = True
    srtp: Literal["off", "optional", "required"] = "off"
    inband_dtmf: bool = False

    @property
    def next_hop(self) -> str:
        """Where the account's requests go: host and port, empty where there is no account."""
        return self.proxy or self.registrar or self.domain


@dataclass(frozen=True, slots=True, kw_only=True)
class SipSettings(AccountSettings):
    """The first account, and what all of them share: the UDP socket.

    `more` are the accounts after the first, as they are tried. `targets` are SIP URIs; of them `lines` are
    dialled at whichever account is in service. `accept_from` are networks that SIP is heard from, too.
    `callers` are the numbers whose calls are taken; `more_callers` says that others may join them later. Of
    `inband_dtmf`, that of the first account counts in calls that go by none.
    """

    bind_address: str
    port: int
    rtp_port: int
    codecs: tuple[str, ...]
    rate_hz: int
    targets: tuple[str, ...] = ()
    lines: frozenset[str] = frozenset()
    accept_from: tuple[str, ...] = ()
    media: MediaSettings = MediaSettings()
    rtp_ports: int = 200
    answer_timeout_s: float = 4.0
    more: tuple[AccountSettings, ...] = ()
    callers: tuple[str, ...] = ()
    more_callers: bool = False
    frame_ms: int = 20

    @property
    def accounts(self) -> tuple[AccountSettings, ...]:
        """Every account, as they are tried; none for a station that only calls directly."""
        return (self, *self.more) if self.domain else ()

    @property
    def listens_for_tones(self) -> bool:
        """Whether keys that are heard as tones count in some calls."""
        return any(one.inband_dtmf for one in (self, *self.more))


@dataclass(frozen=True, slots=True)
class AuditPlan:
    """For how long rows of the audit log are kept, and how many at most."""

    keep_days: int = 90
    keep_rows: int = 100_000


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole station. `timezone` is that of its time profiles, None for the system's. `any_line` is how
    a line is called, with `{line}` in its place; `prefix_uri` is how it begins where a prefix is dialled.
    """

    name: str
    rules: Rules
    gpio: GpioPlan
    sound: SoundPlan
    sip: SipSettings
    timezone: str | None = None
    any_line: TargetRule | None = None
    prefix_uri: str = ""
    audit: AuditPlan = AuditPlan()
    directory: DirectorySettings | None = None
