"""The keys of an account: those of [sip], which is the first one, and of each [accounts.NAME] after it."""

from typing import Annotated, Literal

from pydantic import Field

from .addresses import AuthUser, Host, SipUser
from .base import Section
from .texts import Caption, Credential, File, allowed

MAIN = "main"
"""What the account of [sip] is called in the log and in the status."""


class AccountKeys(Section):
    """Where an account is, and who the station is there."""

    domain: Host | None = Field(
        None,
        description="What stands behind the @. Needed to register, and by a button with a line.",
    )
    registrar: Host | None = Field(
        None, description="Where the station registers, often the same as domain. Left out: nowhere."
    )
    proxy: Host | None = Field(
        None, description="The outbound proxy, where the operator names one beside the registrar."
    )
    user: SipUser = Field("portier", description="The station's own number or name, before the @.")
    auth_user: AuthUser | None = Field(
        None, description="The name to log in with, where it differs from user. Left out: user."
    )
    display_name: Caption | None = Field(None, description="The caller's name that the telephone may show.")
    password_file: File | None = Field(
        None,
        description="A file that holds the password alone. A relative path counts from this file's folder. "
        "With a registrar, either this or password_credential is needed.",
    )
    password_credential: Credential | None = Field(
        None, description="In place of password_file: a credential that systemd hands over (LoadCredential=)."
    )
    expiry_s: Annotated[int, allowed("61 to 86400; at or under 60 s an operator may ban the station")] = (
        Field(1800, ge=61, le=86400, description="How long a registration lasts; it is renewed in time.")
    )
    transport: Literal["udp", "tcp", "tls"] = Field(
        "udp", description="How SIP travels to the registrar or proxy; a number is called the same way."
    )
    tls_ca_file: File | None = Field(
        None,
        description="The certificates of the authorities that may vouch for the server. Left out: the "
        "system's. A relative path counts from this file's folder.",
    )
    tls_verify: bool = Field(
        True,
        description="Whether the server must prove by its certificate that it is who its name says. false "
        "gives the password to whoever answers.",
    )
    srtp: Literal["off", "optional", "required"] = Field(
        "off", description="Whether the sound is encrypted; the keys travel in SIP, so it takes tls."
    )


class AccountConfig(AccountKeys):
    """One more account, for when those before it are out of service, in the order of the file.

    A button with a line is dialled at the first that is in service, by the same number.
    """

    domain: Host = Field(description="What stands behind the @.")
    inband_dtmf: bool | None = Field(
        None,
        description="Whether keys in the sound count in calls by this account. Left out: as sip.inband_dtmf "
        "says.",
    )
