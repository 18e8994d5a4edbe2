"""What does nothing, or would clip, among the keys of the loudspeaker's loudness."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .loudness import MOST_DB, LoudnessKeys
from .problems import Problem
from .profile_checks import unknown_profile
from .profiles import ProfileConfig


def problems(
    keys: LoudnessKeys,
    card: str,
    speaker_limit_dbfs: float,
    profiles: Mapping[str, ProfileConfig] | None,
) -> Iterator[Problem]:
    """Find it; `profiles` is None where they cannot be told."""
    for place, one in enumerate(keys.speaker_gain_by_profile):
        if profiles is not None and one.profile not in profiles:
            loc = ("audio", "speaker_gain_by_profile", place, "profile")
            yield unknown_profile(loc, one.profile, profiles)
    named = {
        "speaker_gain_by_profile": bool(keys.speaker_gain_by_profile),
        "follow_noise_from_dbfs": keys.follow_noise_from_dbfs is not None,
    }
    for key in (key for key, is_named in named.items() if is_named and card == "none"):
        yield Problem(("audio", key), 'does nothing with card = "none": there is no loudspeaker')
    if keys.loop_gain_db is not None and card != "alsa":
        yield Problem(("audio", "loop_gain_db"), 'needs card = "alsa", one with two channels')
    if keys.follow_noise_from_dbfs is None:
        if keys.follow_noise_most_db != MOST_DB:
            yield Problem(
                ("audio", "follow_noise_most_db"),
                "does nothing without follow_noise_from_dbfs: say from which noise on it is louder",
            )
    elif speaker_limit_dbfs >= 0:
        yield Problem(
            ("audio", "follow_noise_from_dbfs"),
            "needs a speaker_limit_dbfs below 0: louder than loud would be clipped",
        )
