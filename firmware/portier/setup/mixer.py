"""The offer to set controls of the chosen card's mixer that no station wants as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portier.config.problems import Loc
from portier.doctor.probes import controls
from portier.mixer_harm import HARMS
from portier.mixer_settings import MixerSetting
from portier.setup.desk import Desk
from portier.setup.dialogue import Option
from portier.setup.draft import Draft, value_at

MIXER: Loc = ("audio", "mixer")
_SET, _LEAVE = "set", "leave"

Entry = Mapping[str, Any]


def offer(desk: Desk) -> None:
    """Offer it where the card has such controls; what was offered of another card is forgotten."""
    draft, dialogue = desk.draft, desk.dialogue
    kept = _kept(draft)
    draft.put({MIXER: kept or None})
    capture, playback = (str(draft.get(("audio", one)) or "") for one in ("capture", "playback"))
    found = [one for one in map(_entry, controls.harmful(desk.machine, capture, playback)) if one not in kept]
    if not found:
        return
    dialogue.gap()
    dialogue.say("mixer.why", controls=", ".join(str(one["control"]) for one in found))
    options = [Option(_SET, dialogue.texts("mixer.set")), Option(_LEAVE, dialogue.texts("mixer.leave"))]
    if dialogue.choose(dialogue.texts("mixer.label"), options, _SET) == _SET:
        desk.takes({MIXER: [*kept, *found]})


def _entry(setting: MixerSetting) -> Entry:
    return {"control": setting.control, setting.side: setting.wanted}


def _kept(draft: Draft) -> list[Entry]:
    """The list without what was added to it here."""
    old = value_at(draft.old, MIXER)
    ours = [_entry(harm.setting) for harm in HARMS]
    return [
        one
        for one in draft.get(MIXER) or ()
        if one not in ours or (isinstance(old, list) and any(one == other for other in old))
    ]
