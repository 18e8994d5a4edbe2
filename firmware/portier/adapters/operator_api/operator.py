"""The lines of an account by the operator's API; paths and shapes as its generated clients have them."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from portier.errors import LibraryMissingError, OperatorError, OperatorKeyError
from portier.intercom import numbers
from portier.intercom.lines import Line, Seen, by_numbers, in_several
from portier.intercom.options import Options

from . import keys as own_keys
from .client import Pause, Requests, Say, make_client
from .keys import Keys

_OPTIONS = "/telephony/*/line/*/options"
READING = (
    "/telephony",
    "/telephony/*/line",
    "/telephony/*/line/*",
    _OPTIONS,
    "/telephony/*/line/*/lastRegistrations",
)
"""What a key is asked for. Whether a `*` is a name alone, or all that follows, is not documented."""
WRITING = (_OPTIONS,)


class OvhOperator:
    """`Operator` by OVHcloud's API."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    def accounts(self) -> tuple[str, ...]:
        """The billing accounts."""
        return self._names("/telephony")

    def lines(self, account: str) -> tuple[Line, ...]:
        """The lines of one of them."""
        found = self._names(f"/telephony/{_escaped(account)}/line")
        return tuple(Line(account, one) for one in found)

    def description(self, line: Line) -> str:
        """What the account's owner calls a line."""
        told = self._object(_path(line)).get("description")
        return told if isinstance(told, str) else ""

    def options(self, line: Line) -> Options:
        """The options of a line, all of them."""
        return self._object(f"{_path(line)}/options")

    def write_options(self, line: Line, options: Options) -> None:
        """Put these in the place of a line's options."""
        self._requests.put(f"{_path(line)}/options", dict(options))

    def registrations(self, line: Line) -> Sequence[Mapping[str, object]]:
        """The last registrations of a line."""
        path = f"{_path(line)}/lastRegistrations"
        found = self._requests.get(path)
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise _odd(path, "a list of objects")
        return tuple(found)

    def _names(self, path: str) -> tuple[str, ...]:
        found = self._requests.get(path)
        if not isinstance(found, list) or not all(isinstance(one, str) and one for one in found):
            raise _odd(path, "a list of names")
        return tuple(found)

    def _object(self, path: str) -> dict[str, object]:
        found = self._requests.get(path)
        if not isinstance(found, dict):
            raise _odd(path, "an object")
        return found


def connected(keys: Keys | None, say: Say, pause: Pause) -> OvhOperator:
    """The operator, by these keys. Raises OperatorKeyError where there are none, and LibraryMissingError."""
    if keys is None:
        raise OperatorKeyError(own_keys.none_in(own_keys.place()))
    return OvhOperator(Requests(make_client(keys), say, pause))


def look(wanted: Sequence[str]) -> Seen:
    """What the operator says of the lines that these numbers mean, by the keys of this machine.

    What fails is told in what is returned.
    """
    seen_numbers: tuple[str, ...] = ()
    options: dict[str, Options] = {}
    try:
        keys = own_keys.read(own_keys.place())
        if keys is None:
            return Seen(has_key=False)
        operator = connected(keys, lambda _: None, _short_wait)
        known = by_numbers(line for account in operator.accounts() for line in operator.lines(account))
        seen_numbers = tuple(known)
        shared = []
        for number in dict.fromkeys(one for each in wanted for one in numbers.find(each, known)):
            lines = known[number]
            if len(lines) == 1:
                options[number] = operator.options(lines[0])
            else:
                shared.append(f"{number} is {in_several(lines)}")
        if shared:
            advice = "keep it in one of them, or take a key that sees one alone"
            return Seen(True, seen_numbers, options, "; ".join(shared), advice)
    except (OperatorError, LibraryMissingError) as error:
        trouble, _, advice = str(error).removeprefix("line: ").rpartition(": ")
        return Seen(True, seen_numbers, options, trouble or advice, advice)
    return Seen(True, seen_numbers, options)


def _short_wait(seconds: float) -> bool:
    """The doctor has no time for longer ones."""
    if seconds > 3:
        return False
    threading.Event().wait(seconds)
    return True


def _path(line: Line) -> str:
    return f"/telephony/{_escaped(line.account)}/line/{_escaped(line.number)}"


def _escaped(name: str) -> str:
    return quote(name, safe="")


def _odd(path: str, wanted: str) -> OperatorError:
    return OperatorError(f"line: GET {path}: the answer is not {wanted}: the API may have changed")
