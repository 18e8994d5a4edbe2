"""The control socket's protocol, version 1: JSON in ASCII, one object a line, both ways.

| who     | line                                                    | meaning                             |
|---------|---------------------------------------------------------|-------------------------------------|
| station | {"portier": "0.1.0", "protocol": 1}                     | greeting, once                      |
| reader  | {"do": "status"}                                        | tell the state                      |
| reader  | {"do": "record"}                                        | tell all of the last call           |
| reader  | {"do": "events"}                                        | tell it now and whenever it changes |
| reader  | {"do": "press", "button": "bell"}                       | do what a press of it does          |
| reader  | {"do": "call", "button": "bell"}                        | call, and never end a call          |
| reader  | {"do": "hang_up"}                                       | end the call                        |
| reader  | {"do": "release", "door": "front"}                      | release it for its usual time       |
| reader  | {"do": "release_long", "door": "front"}                 | release it for its longer time      |
| reader  | {"do": "lock", "door": "front"}                         | no digit, code or schedule counts   |
| reader  | {"do": "unlock", "door": "front"}                       | they count again                    |
| reader  | {"do": "hold", "door": "front"}                         | released until told otherwise       |
| reader  | {"do": "end_hold", "door": "front"}                     | no longer so                        |
| reader  | {"do": "fire_reset"}                                    | end a fire alarm                    |
| reader  | {"do": "key_test", "target": "bell"}                    | call it, to see how keys arrive     |
| reader  | {"do": "read_directory"}                                | take residents and codes as by now  |
| reader  | {"do": "line_changed", "change": "..."}                 | write down a line's other mode      |
| reader  | {"do": "sound_test"}                                    | play a tone; the reply: was it heard |
| reader  | {"do": "levels"}                                        | tell how loud the call is, each second |
| station | {"id": 7, "ok": true, "status": {...}}                  | done; the state after it            |
| station | {"id": 7, "ok": true, "status": ..., "record": {...}}   | the last call, or null              |
| station | {"id": 7, "ok": false, "error": "...", "status": {...}} | understood, but nothing was done    |
| station | {"id": 7, "ok": false, "error": "..."}                  | not understood                      |
| station | {"event": "state", "at": "(ISO 8601)", "status": {...}} | the state, at that time of day      |
| station | {"event": "key_test", "call": "ringing", "why": null}   | how far the test is; "over": why    |
| station | {"event": "key_test", "remark": "..."}                  | what is odd about the telephone     |
| station | {"event": "key", "key": "5", "ways": [...], ...}        | a press of a key in the test        |
| station | {"event": "levels", "every_s": 0.1, "microphone": [...], "far_end": [...]} | peaks, 0 to 32767 |
| station | {"event": "levels", "over": "the call is over"}         | why no more come                    |

"id" is the reader's choice (a text of at most 64 characters, or a whole number), may be left out, and comes
back in the reply; "button" and "door" may be left out where the station has only one. A status is the
`Snapshot` of status.py, and in a reply where there is an audit log has the `Health` of it as "audit"
(adapters/journal/writer.py); a record is the `CallRecord` of record/call_record.py; neither holds a key, a
code or a password. A test of keys is for root and the service's own user alone, who are told the keys of
that one call (`Presses` of key_presses.py), which release no door; "target" is a button or a line, and the
test ends when its reader closes. A "change" is a line's number, its intercom mode before and after, and
"unconfirmed" where that is not known ("0033972123456 no prefixed"): it was made at the operator, and goes to
the audit log; it is taken from root and the service's own user alone, and without a "change" the reply says
only whether it would be. An event comes only when the status changes.
A line of a reader has at most 4096 bytes. A reader is closed when it sends a longer one, when it leaves more
than 64 KiB unread, and when 64 others are there already.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

PROTOCOL = 1
LINE_LIMIT_BYTES = 4096
UNREAD_LIMIT_BYTES = 64 * 1024
READERS_LIMIT = 64
_ID_LENGTH = 64
_ID_LIMIT = 2**53
_SHOWN_LENGTH = 40

Id = int | str | None


class Do(StrEnum):
    """What a reader can ask for."""

    STATUS = "status"
    RECORD = "record"
    EVENTS = "events"
    PRESS = "press"
    CALL = "call"
    HANG_UP = "hang_up"
    RELEASE = "release"
    RELEASE_LONG = "release_long"
    LOCK = "lock"
    UNLOCK = "unlock"
    HOLD = "hold"
    END_HOLD = "end_hold"
    FIRE_RESET = "fire_reset"
    KEY_TEST = "key_test"
    READ_DIRECTORY = "read_directory"
    LINE_CHANGED = "line_changed"
    SOUND_TEST = "sound_test"
    LEVELS = "levels"


TARGETS = {
    Do.PRESS: "button",
    Do.CALL: "button",
    Do.RELEASE: "door",
    Do.RELEASE_LONG: "door",
    Do.LOCK: "door",
    Do.UNLOCK: "door",
    Do.HOLD: "door",
    Do.END_HOLD: "door",
    Do.KEY_TEST: "target",
    Do.LINE_CHANGED: "change",
}
"""What a command acts on, and the key that names it."""


@dataclass(frozen=True, slots=True)
class Request:
    """A line of a reader that was understood; `target` is the button or door it names."""

    do: Do
    target: str | None = None
    id: Id = None


class RequestError(ValueError):
    """A line of a reader that was not understood, or names what is not there."""

    def __init__(self, text: str, id_: Id = None) -> None:
        super().__init__(text)
        self.id = id_


def parse(line: bytes) -> Request:
    """Read a line of a reader; RequestError says what is wrong with it."""
    try:
        found = json.loads(line.decode())
    except (ValueError, RecursionError):
        raise RequestError('not JSON in UTF-8; a request is one line like {"do": "status"}') from None
    if not isinstance(found, dict):
        raise RequestError('not an object; a request is one line like {"do": "status"}')
    id_ = found.pop("id", None)
    if not _is_id(id_):
        raise RequestError(f'"id" is neither a text of at most {_ID_LENGTH} characters nor a whole number')
    word = found.pop("do", None)
    if word not in list(Do):
        raise RequestError(f'"do" is {shown(word)}; it can be {quoted(*Do)}', id_)
    do = Do(word)
    key = TARGETS.get(do)
    target = found.pop(key, None) if key else None
    if target is not None and not isinstance(target, str):
        raise RequestError(f'"{key}" is {shown(target)}; it is to be a name', id_)
    if found:
        takes = f'takes "{key}" and "id" only' if key else 'takes "id" only'
        raise RequestError(f'"{do}" {takes}, not {shown(next(iter(found)))}', id_)
    return Request(do, target, id_)


def encode(message: dict[str, Any]) -> bytes:
    """Write a message as its line."""
    return json.dumps(message).encode() + b"\n"


def greeting(version: str) -> dict[str, Any]:
    """Say who answers."""
    return {"portier": version, "protocol": PROTOCOL}


def reply(id_: Id, status: dict[str, Any] | None, error: str | None = None) -> dict[str, Any]:
    """Answer a request: done, or with an error; `status` is the state after it."""
    message: dict[str, Any] = {} if id_ is None else {"id": id_}
    message["ok"] = error is None
    if error is not None:
        message["error"] = error
    if status is not None:
        message["status"] = status
    return message


def event(at: str, status: dict[str, Any]) -> dict[str, Any]:
    """Tell a change; `at` is the time of day in ISO 8601."""
    return {"event": "state", "at": at, "status": status}


def shown(value: object) -> str:
    """Write what a reader sent for an error text: short, and safe for a terminal."""
    match value:
        case list():
            return "a list"
        case dict():
            return "an object"
        case str():
            return json.dumps(_cut(value))
        case _:
            return _cut(json.dumps(value))


def quoted(*names: str) -> str:
    """List names in quotes."""
    return ", ".join(f'"{name}"' for name in names)


def _is_id(value: object) -> bool:
    match value:
        case None:
            return True
        case bool():
            return False
        case int():
            return abs(value) <= _ID_LIMIT
        case str():
            return len(value) <= _ID_LENGTH
        case _:
            return False


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_LENGTH else f"{text[: _SHOWN_LENGTH - 3]}..."
