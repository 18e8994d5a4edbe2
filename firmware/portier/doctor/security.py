"""What the accounts want of TLS, and whether this build of PJSIP and this configuration give it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portier.config import account_checks
from portier.config.account import AccountKeys
from portier.config.problems import Loc
from portier.doctor.finding import Finding, Reporter
from portier.doctor.known import Known


def of_build(report: Reporter, tls: str, known: Known, rebuild: str) -> Iterator[Finding]:
    """Judge a build's TLS library, empty where it has none, by what the accounts want."""
    secured = _secured(known)
    if secured and not tls:
        yield report.error(f"it has no TLS, which {secured} is to use", rebuild)
    elif secured and past_its_end(tls):
        yield report.warning(
            f"it brings {tls}, which gets no repairs any more and knows no TLS 1.3; {secured} uses it",
            rebuild,
        )
    elif past_its_end(tls):
        yield report.note(f"it brings {tls}, which gets no repairs any more; the station uses no TLS")


def of_configuration(report: Reporter, known: Known) -> Iterator[Finding]:
    """Warn of each account whose server need not prove who it is."""
    if known.config is None:
        return
    places: dict[Loc, AccountKeys] = {("sip",): known.config.sip}
    places |= {("accounts", name): one for name, one in known.config.accounts.items()}
    for place, account in places.items():
        for warning in account_checks.warnings(place, account):
            yield report.warning(
                warning, "take tls_verify = false out, and name the authority in tls_ca_file"
            )


def past_its_end(tls: str) -> bool:
    """Whether an OpenSSL gets no repairs any more."""
    match = re.match(r"OpenSSL (\d+)\.(\d+)", tls)
    return match is not None and (int(match[1]), int(match[2])) < (3, 0)


def _secured(known: Known) -> str:
    """The first place of the configuration that wants TLS; empty where none does."""
    if known.sip is not None and known.sip.transport == "tls":
        return "[sip]"
    accounts = known.config.accounts if known.config is not None else {}
    return next((f"[accounts.{name}]" for name, one in accounts.items() if one.transport == "tls"), "")
