"""How hypothesis tries: by no clock. A machine that is busy is no fault of what is tried."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("portier", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("portier")
