"""The audit log in the configuration."""

from __future__ import annotations

from pydantic import Field

from portier.plan import AuditPlan

from .base import Section


class AuditConfig(Section):
    """How long the audit log keeps what happened at the doors; it holds personal data."""

    keep_days: int = Field(90, ge=1, le=3650, description="After how many days a row goes.")
    keep_rows: int = Field(
        100_000, ge=1000, le=1_000_000, description="How many rows are kept at most; the oldest go first."
    )


def audit(config: AuditConfig) -> AuditPlan:
    """Say it to the station."""
    return AuditPlan(config.keep_days, config.keep_rows)
