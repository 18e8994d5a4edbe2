"""The commands of the line's process: one JSON object a line in, one event a line out."""

from __future__ import annotations

import json
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from portier.bench.line_mode import LineMode

from . import clock
from .agent import Agent
from .behaviour import RING_ONLY, SILENT, Answer, refuse
from .events import Event, LineError, Plain, What
from .leg import KeyWay
from .packets import KeyShape

_MODES = {"answer": Answer(), "ring_only": RING_ONLY, "silence": SILENT}


class Speaker:
    """Writes events to standard output, whole lines, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def tell(self, event: Event) -> None:
        """Write one event."""
        line = json.dumps(event.plain(), separators=(",", ":"))
        with self._lock:
            try:
                sys.stdout.write(line + "\n")
                sys.stdout.flush()
            except (BrokenPipeError, ValueError):
                # The parent is gone; the end of standard input will say so.
                pass


class Script:
    """Does what the parent's lines say."""

    def __init__(self, agent: Agent, speaker: Speaker) -> None:
        self._agent = agent
        self._speaker = speaker

    def take(self, line: str) -> bool:
        """Do one command; False for `quit`. What cannot be done becomes a `refused` event."""
        try:
            command = json.loads(line)
            if not isinstance(command, dict):
                raise LineError("a command is a JSON object")
            return self._do(command)
        except json.JSONDecodeError:
            reason = "not JSON"
        except (LineError, OSError) as error:
            reason = str(error)
        except (KeyError, TypeError, ValueError):
            # No text of the exception: it could quote a key.
            reason = "a field is missing or of the wrong kind"
        self._speaker.tell(Event(What.REFUSED, clock.now(), details={"reason": reason}))
        return True

    def _do(self, command: dict[str, Any]) -> bool:
        match command["do"]:
            case "digits":
                shape = KeyShape(command.get("duration_ms", 100), command.get("gap_ms", 60))
                self._agent.press(command["keys"], KeyWay(command.get("by", "rfc4733")), shape)
            case "answer":
                self._agent.answer()
            case "hang_up":
                self._agent.hang_up()
            case "answer_with":
                self._behave(command)
            case "set_mode":
                behaviour = self._agent.behaviour
                modes = {**behaviour.modes, str(command["line"]): LineMode(command["mode"])}
                self._agent.behaviour = replace(behaviour, modes=modes)
            case "save":
                self._agent.save(Path(command["path"]))
            case "invite":
                status = self._agent.invite(command["uri"], timeout_s=command.get("timeout_s", 5.0))
                self._asked("invite", status)
            case "refer":
                self._asked("refer", self._agent.refer(command["to"]))
            case "reinvite":
                self._asked("reinvite", self._agent.reinvite(with_offer=command.get("with_offer", True)))
            case "quit":
                return False
            case _:
                raise LineError("an unknown command")
        return True

    def _behave(self, command: dict[str, Any]) -> None:
        """`status` refuses; `mode` is answer, ring_only or silence; `ring_ms` and `contact` as needed."""
        behaviour = self._agent.behaviour
        if "status" in command:
            after_s = command.get("ring_ms", 0) / 1000
            answer = refuse(int(command["status"]), after_s=after_s, contact=command.get("contact", ""))
        else:
            answer = _MODES[command.get("mode", "answer")]
            if "ring_ms" in command:
                answer = replace(answer, ring_s=command["ring_ms"] / 1000)
        self._agent.behaviour = replace(behaviour, answer=answer)

    def _asked(self, method: str, status: int) -> None:
        details: dict[str, Plain] = {"method": method, "status": status}
        self._speaker.tell(Event(What.STATUS, clock.now(), details=details))
