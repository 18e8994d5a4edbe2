"""Questions about the station's own line: an account at a registrar, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pydantic import SecretStr

from portier.config.problems import Loc
from portier.doctor import network
from portier.setup.desk import Desk
from portier.setup.draft import PASSWORD_FILE, Changes, Draft, example, value_at
from portier.setup.questions import Choice, Step, Try, Value

_DOMAIN: Loc = ("sip", "domain")
_REGISTRAR: Loc = ("sip", "registrar")
_PROXY: Loc = ("sip", "proxy")
_USER: Loc = ("sip", "user")
_AUTH_USER: Loc = ("sip", "auth_user")
_CREDENTIAL: Loc = ("sip", "password_credential")
_LONGEST_PASSWORD = 1024
_IN_THE_REPORT = {"see network above": "registration.no_address", "see PJSIP above": "try.doctor"}


def registers(draft: Draft) -> bool:
    """Whether the station is to have an account at a registrar."""
    return draft.choices.get("account") == "account"


def _standing(desk: Desk) -> str:
    draft = desk.draft
    had_none = draft.old.get("sip") is not None and value_at(draft.old, _REGISTRAR) is None
    return draft.choices.get("account") or ("none" if had_none else "account")


def _changes(draft: Draft, value: str) -> Changes:
    if value == "account":
        return {}
    # Without a registrar a proxy and a password may have their use; those of an account that is given up not.
    had_none = value_at(draft.old, _REGISTRAR) is None and draft.password_problem() is None
    others = (_PROXY, _AUTH_USER, PASSWORD_FILE, _CREDENTIAL)
    return {_REGISTRAR: None, **{loc: value_at(draft.old, loc) if had_none else None for loc in others}}


def _usual_registrar(draft: Draft) -> object:
    """The registrar as it was, or the domain where both were the same."""
    before = value_at(draft.old, _REGISTRAR)
    same = before in {None, value_at(draft.old, _DOMAIN)}
    return draft.answered(_REGISTRAR) or (draft.get(_DOMAIN) if same else before)


class _Password:
    """The password, which is not shown, and goes into a file of its own."""

    applies = staticmethod(registers)

    def decides(self, draft: Draft) -> tuple[Loc, ...]:
        """Where the password is."""
        del draft
        return (PASSWORD_FILE,)

    def run(self, desk: Desk) -> None:
        """Ask until there is one; Enter keeps the one that is there."""
        dialogue, draft = desk.dialogue, desk.draft
        place = draft.get(PASSWORD_FILE) or draft.get(_CREDENTIAL)
        dialogue.gap()
        dialogue.say("password.why", file=_place(draft))
        if draft.password is not None:
            dialogue.say("password.again")
        elif place and draft.password_problem() is None:
            dialogue.say("password.kept", place=place)
        while True:
            answer = dialogue.ask_secret(dialogue.texts("password.label"))
            if not answer:
                if self._keeps(desk):
                    return
            elif len(answer) > _LONGEST_PASSWORD or not answer.isprintable():
                dialogue.bad("password.unfit")
            elif desk.takes({PASSWORD_FILE: draft.standing(PASSWORD_FILE) or _default(), _CREDENTIAL: None}):
                draft.password = SecretStr(answer)
                return

    def _keeps(self, desk: Desk) -> bool:
        """Whether there is a password that can be kept; it is told in the words of the checks where not."""
        draft = desk.draft
        if draft.password is None and (problem := draft.password_problem()) is not None:
            desk.dialogue.refuse(desk.dialogue.texts.problem(str(problem)))
            return False
        return desk.takes({loc: draft.get(loc) for loc in (PASSWORD_FILE, _CREDENTIAL)})


def _default() -> str:
    return str(example()["sip"]["password_file"])


def _place(draft: Draft) -> str:
    return str(draft.folder / str(draft.standing(PASSWORD_FILE) or _default()))


def _try_registration(desk: Desk) -> None:
    dialogue, draft = desk.dialogue, desk.draft
    if station := desk.station():
        dialogue.bad("station.has_account", station=dialogue.texts.known(station))
        return
    data, _ = draft.stand_in()
    known = desk.written(data)
    if known.config is None:
        for problem in known.problems:
            dialogue.refuse(dialogue.texts.problem(problem))
        return
    dialogue.say("registration.trying")
    typed = str(value_at(data, PASSWORD_FILE))
    for finding in network.check_registration(desk.machine, known):
        # The doctor was shown a draft, what was typed is to lie elsewhere, and nobody sees its whole report.
        advice = finding.advice.replace(typed, _place(draft))
        if key := _IN_THE_REPORT.get(advice):
            advice = dialogue.texts(key, file=desk.target)
        dialogue.finding(replace(finding, advice=advice))


STEPS: Sequence[Step] = (
    Choice("account", ("account", "none"), _standing, _changes),
    Value("domain", lambda _: _DOMAIN, fallback=lambda _: example()["sip"]["domain"], applies=registers),
    Value("registrar", lambda _: _REGISTRAR, usual=_usual_registrar, applies=registers),
    Value("proxy", lambda _: _PROXY, optional=True, applies=registers),
    Value("user", lambda _: _USER, applies=registers),
    Value("own_name", lambda _: _USER, fallback=lambda _: "portier", applies=lambda one: not registers(one)),
    Value("auth_user", lambda _: _AUTH_USER, optional=True, applies=registers),
    _Password(),
    Try("registration", _try_registration, applies=registers),
)
