"""The last question: what has been chosen, and whether it is to be written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from portier.config.problems import Loc
from portier.errors import ConfigError, ConfigWriteError
from portier.setup import signals, store
from portier.setup.compose import composed
from portier.setup.desk import Desk
from portier.setup.dialogue import GoBack, Option
from portier.setup.draft import PASSWORD_FILE, Draft
from portier.setup.questions import always

_WRITE, _SHOW, _BACK, _LEAVE = "write", "show", "back", "leave"


class NothingWritten(Exception):  # noqa: N818 -- an answer, no error
    """Whoever answers wants no new configuration."""


@dataclass(slots=True)
class Finish:
    """Shows what is to be written, and writes it. `old` is the text of the file that is there."""

    old: str
    written: bool = False

    applies = staticmethod(always)

    def decides(self, draft: Draft) -> tuple[Loc, ...]:
        """It decides no key."""
        del draft
        return ()

    def run(self, desk: Desk) -> None:
        """Ask; write only when told so. Raises GoBack, EndOfInput and NothingWritten."""
        dialogue, texts = desk.dialogue, desk.dialogue.texts
        dialogue.heading("part.finish")
        text = composed(desk.draft.data, self.old, texts)
        if text == self.old and desk.draft.password is None:
            dialogue.say("finish.same", file=desk.target)
        options = [
            Option(one, texts(f"finish.{one}", file=desk.target)) for one in (_WRITE, _SHOW, _BACK, _LEAVE)
        ]
        while True:
            chosen = dialogue.choose(texts("finish.label"), options, _WRITE)
            if chosen == _SHOW:
                dialogue.terminal.write(f"\n{text}\n")
            elif chosen == _BACK:
                raise GoBack
            elif chosen == _LEAVE:
                raise NothingWritten
            elif self._stored(desk, text):
                return

    def _stored(self, desk: Desk, text: str) -> bool:
        """Write; False, with all reasons told, where the configuration's checks refuse the whole."""
        dialogue, draft, texts = desk.dialogue, desk.draft, desk.dialogue.texts
        password = _password(draft)

        def prove(secret: Path | None) -> None:
            problems = draft.problems(password_file=secret)
            if problems:
                raise ConfigError(str(desk.target), tuple(str(one) for one in problems))

        try:
            # Whatever interrupts it is told of what has been done.
            with signals.undisturbed():
                now = datetime.now().astimezone()
                kept = store.store(store.NewFile(store.real(desk.target), text), password, prove, now)
                self.written = True
        except ConfigError as error:
            for problem in error.problems:
                dialogue.refuse(texts.problem(problem))
            return False
        except ConfigWriteError as error:
            dialogue.refuse(texts.known(str(error)))
            dialogue.advise(texts("finish.again"))
            return False
        dialogue.good("finish.written", file=desk.target)
        for old in (kept.config, kept.password):
            if old:
                dialogue.say("finish.kept", file=old)
        for file in store.closed_to_service(desk.target, password.path if password else None):
            dialogue.say("finish.group", file=file, group=store.GROUP)
        return True


def _password(draft: Draft) -> store.NewFile | None:
    named = draft.get(PASSWORD_FILE)
    if draft.password is None or named is None:
        return None
    # A link stays one, as that of the configuration does.
    return store.NewFile(store.real(draft.folder / str(named)), f"{draft.password.get_secret_value()}\n")
