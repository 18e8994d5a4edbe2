"""How PJSIP is built: its compile-time settings and switches as data, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass

RECIPE = 3
"""Counts up whenever the recipe changes in a way that these settings do not show. Part of the version."""

OLDEST = (2, 15)
"""The oldest PJSIP that the station's calls by ctypes are known to fit."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of PJSIP's `pj/config_site.h`."""

    name: str
    value: str
    why: str


SETTINGS = (
    Setting("PJMEDIA_HAS_VIDEO", "0", "a call has sound and nothing else"),
    Setting("PJ_IOQUEUE_MAX_HANDLES", "1024", "with 64, 32 INVITEs in a burst abort the process"),
    Setting("PJSUA_MAX_CALLS", "16", "the station asks for fewer, but 4 is a ceiling for everybody else"),
    Setting("PJSIP_DONT_SWITCH_TO_TCP", "1", "an operator that speaks UDP alone never answers by TCP"),
    Setting(
        "PJSIP_SSL_DEFAULT_PROTO",
        "(PJ_SSL_SOCK_PROTO_TLS1_2 | PJ_SSL_SOCK_PROTO_TLS1_3)",
        "PJSIP's own choice is 1.0 to 1.2: without this no TLS 1.3, whatever OpenSSL can do",
    ),
    Setting("PJ_HAS_IPV6", "1", "off by default: an account by IPv6 is then an assertion that fails"),
    Setting("PJMEDIA_RTP_PT_TELEPHONE_EVENTS", "101", "phones answer 101 whatever was offered"),
)


@dataclass(frozen=True, slots=True)
class Variant:
    """Which of the builds: with asserts for the tests or without to ship, and with G.729 where asked for."""

    asserts: bool = False
    g729: bool = False

    @property
    def label(self) -> str:
        """What the version's local part says of it."""
        return f"{'.asserts' if self.asserts else ''}{'.g729' if self.g729 else ''}"


def config_site() -> str:
    """The text of `pj/config_site.h`."""
    return "".join(f"/* {one.why} */\n#define {one.name} {one.value}\n" for one in SETTINGS)


def configure_switches(variant: Variant) -> tuple[str, ...]:
    """The switches of `aconfigure`, without those of the target.

    The libraries are named: configured for another machine it leaves TLS and G.729 out otherwise, and says
    so only in passing. Of its own copies of other libraries none is used, because Debian repairs its own.
    """
    return (
        "--with-ssl=/usr",
        "--with-opus=/usr",
        "--with-bcg729=/usr" if variant.g729 else "--disable-bcg729",
        "--with-external-speex",
        "--with-external-srtp",
        "--enable-speex-resample",
        "--enable-epoll",
        "--disable-sound",  # the sound card is the station's
        "--disable-video",
        "--disable-upnp",
        "--disable-gsm-codec",
        "--disable-ilbc-codec",
        "--disable-g7221-codec",
        "--disable-opencore-amr",
        "--disable-silk",
        "--disable-libwebrtc",
        "--disable-libyuv",
    )


def compile_flags(variant: Variant) -> tuple[str, ...]:
    """The flags for C and C++: Debian's own guards against overflows, and no asserts in what ships."""
    guards = ("-fstack-protector-strong", "-D_FORTIFY_SOURCE=2")
    return ("-O2", "-fPIC", "-g0", *guards, *(() if variant.asserts else ("-DNDEBUG",)))


LINK_FLAGS = ("-Wl,-z,relro,-z,now", "-Wl,--strip-all")
"""All symbols are bound at the import: what is missing shows there, not in a call."""

BINDING_FLAGS = ("-O1",)
"""For the file that SWIG makes: 6 MB of glue, in which speed is lost on nobody."""

CONFIGURED = {
    "pjlib/include/pj/compat/os_auto.h": (
        ("PJ_HAS_SSL_SOCK", "1"),
        ("PJ_SSL_SOCK_IMP", "PJ_SSL_SOCK_IMP_OPENSSL"),
        ("PJ_IOQUEUE_IMP", "PJ_IOQUEUE_IMP_EPOLL"),
    ),
    "pjmedia/include/pjmedia-codec/config_auto.h": (
        ("PJMEDIA_HAS_OPUS_CODEC", "1"),
        ("PJMEDIA_EXTERNAL_SPEEX_CODEC", "1"),
    ),
}
"""What the headers must say after `aconfigure`: it drops what it does not find without a word."""

G729_CONFIGURED = ("pjmedia/include/pjmedia-codec/config_auto.h", "PJMEDIA_HAS_BCG729")

CODECS = ("G722", "L16", "PCMA", "PCMU", "opus", "speex")
"""What the finished library must offer; G729 too where it was asked for."""
