"""Questions about whom the button rings, and a call that shows it."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

from portier.config.problems import Loc
from portier.core.calls import ADVICE
from portier.core.events import EndReason, RegistrationState
from portier.setup.account import registers
from portier.setup.desk import Desk
from portier.setup.draft import Draft, example
from portier.setup.questions import Choice, Step, Try, Value
from portier.setup.tries import Seen, What
from portier.setup.tries.ring import ENDED_HERE, RING_S, TALK_S

_WHOLE_S = RING_S + TALK_S + 60.0
_ADVICE = {reason.value: advice for reason, advice in ADVICE.items()}
_TOLD = {
    What.CALLING: "ring.calling",
    What.RINGING: "ring.ringing",
    What.HEARD: "ring.heard",
    What.RELEASED: "ring.released",
    What.LOST: "ring.no_sound",
}


def _line(draft: Draft) -> Loc:
    return ("buttons", draft.button, "line")


def _uri(draft: Draft) -> Loc:
    return ("buttons", draft.button, "uri")


def _asked_for(draft: Draft) -> bool:
    """Whether whom the button rings is asked for: a target or a list that it names stays as it is."""
    return not any(draft.get(("buttons", draft.button, key)) for key in ("target", "list"))


def _rings_line(draft: Draft) -> bool:
    return _asked_for(draft) and draft.choices.get("target") == "line"


def _standing(desk: Desk) -> str:
    draft = desk.draft
    if chosen := draft.choices.get("target"):
        return chosen
    if draft.get(_uri(draft)) or draft.get(_line(draft)):
        return "uri" if draft.get(_uri(draft)) else "line"
    return "line" if registers(draft) else "uri"


def _try_call(desk: Desk) -> None:
    dialogue, texts = desk.dialogue, desk.dialogue.texts
    if station := desk.station():
        dialogue.bad("station.has_account", station=texts.known(station))
        return
    known = desk.written(deepcopy(desk.draft.data))
    if known.config is None:
        for problem in known.problems:
            dialogue.refuse(texts.problem(problem))
        return
    dialogue.say("ring.starting", ring=f"{RING_S:.0f}", talk=f"{TALK_S:.0f}")
    with desk.begin("ring", str(known.path), desk.draft.button) as trial:
        ended = None
        for seen in desk.follow(trial, _WHOLE_S):
            if seen.what in {What.ENDED, What.TROUBLE}:
                ended = seen
                break
            _tell(desk, seen)
        if ended is None and not trial.ended:
            dialogue.say("ring.hung_up")
        elif ended is None or ended.what is What.TROUBLE:
            desk.trouble(ended.text if ended else trial.last_words)
        else:
            _tell_end(desk, ended)


def _tell(desk: Desk, seen: Seen) -> None:
    dialogue = desk.dialogue
    if seen.what is What.REGISTRATION:
        status = f" ({seen.number:.0f})" if seen.number else ""
        if seen.text in {RegistrationState.REFUSED.value, RegistrationState.UNREACHABLE.value}:
            dialogue.bad(f"ring.{seen.text}", status=status)
        elif seen.text == RegistrationState.REGISTERED.value:
            dialogue.good("ring.registered")
    elif seen.what is What.WITHOUT_PREFIX:
        dialogue.bad("ring.without_prefix", status=f"{seen.number:.0f}")
    elif seen.what is What.ANSWERED:
        digit = desk.draft.get(("doors", desk.draft.door, "release_digit"))
        dialogue.good("ring.answered", digit=digit)
    elif key := _TOLD.get(seen.what):
        dialogue.say(key)


def _tell_end(desk: Desk, ended: Seen) -> None:
    dialogue, texts = desk.dialogue, desk.dialogue.texts
    if ended.text in {ENDED_HERE, EndReason.HUNG_UP.value}:
        dialogue.say("ring.over" if ended.text == ENDED_HERE else "ring.far_end")
        return
    status = f" ({ended.number:.0f})" if ended.number else ""
    dialogue.refuse(texts("ring.failed", reason=texts.known(ended.text), status=status))
    if advice := _ADVICE.get(ended.text):
        dialogue.advise(texts.known(advice))


STEPS: Sequence[Step] = (
    Choice("target", ("line", "uri"), _standing, lambda _, __: {}, applies=_asked_for),
    Value(
        "line_domain",
        lambda _: ("sip", "domain"),
        applies=lambda draft: _rings_line(draft) and not registers(draft),
    ),
    Value("line", _line, also=lambda draft: {_uri(draft): None}, applies=_rings_line),
    Value(
        "prefix",
        lambda _: ("dialling", "prefix"),
        fallback=lambda draft: example()["dialling"]["prefix"] if registers(draft) else "",
        optional=True,
        empty="",
        applies=_rings_line,
    ),
    Value(
        "uri",
        _uri,
        also=lambda draft: {_line(draft): None},
        applies=lambda draft: _asked_for(draft) and not _rings_line(draft),
    ),
    Try("ring", _try_call),
)
