"""`portier line login`: a consumer key that may do what is needed here, and no more."""

from __future__ import annotations

import getpass
import sys
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from portier.adapters.operator_api import keys as own_keys
from portier.adapters.operator_api.client import Requests, make_client
from portier.adapters.operator_api.keys import USUAL_ENDPOINT, Keys
from portier.adapters.operator_api.operator import READING, WRITING, connected
from portier.errors import OperatorError, OperatorKeyError

_APPLICATIONS = {
    "ovh-eu": "https://eu.api.ovh.com/createApp/",
    "ovh-ca": "https://ca.api.ovh.com/createApp/",
    "ovh-us": "https://api.us.ovhcloud.com/createApp/",
}


def log_in(given: Path | None, endpoint: str | None, *, may_write: bool, anew: bool) -> int:
    """Ask for a key, keep it, and show where it is to be validated. Raises OperatorError and FileError."""
    place = own_keys.place(given)
    own_keys.try_to_write(place)
    kept = None if anew else own_keys.read(place)
    if kept is None or (endpoint is not None and endpoint != kept.endpoint):
        kept = _application(endpoint or USUAL_ENDPOINT)
    rules = [{"method": "GET", "path": one} for one in READING]
    rules += [{"method": "PUT", "path": one} for one in WRITING if may_write]
    answer = Requests(make_client(kept), _tell, _pause).post_unsigned(
        "/auth/credential", {"accessRules": rules}
    )
    consumer_key, address = _told(answer)
    keys = replace(kept, consumer_key=consumer_key, may_write=may_write)
    # One that counts stays until the new one does.
    now = place.with_name(f"{place.name}.new") if _counts(place) else place
    own_keys.write(now, keys)
    print("the key may do this, and no more:")
    for rule in rules:
        print(f"  {rule['method']} {rule['path']}")
    print(f"it is kept in {now}, which its owner alone can read")
    print(f"open this address, log in there, and choose how long it is to count:\n  {address}")
    if not sys.stdin.isatty():
        print('it counts once that is done: "portier line list" tries it')
        if now != place:
            print(f"until then {place} stays as it is; then: mv {now} {place}")
        return 0
    try:
        input("then press Enter: ")
    except EOFError:
        print()
    accounts = connected(keys, _tell, _pause).accounts()
    if now != place:
        own_keys.write(place, keys)
        now.unlink(missing_ok=True)
        print(f"it is now in {place}")
    print(f"the key counts: it sees {len(accounts)} billing account{'' if len(accounts) == 1 else 's'}")
    return 0


def _counts(place: Path) -> bool:
    """Whether the key that lies there may still be used; also where that cannot be found out."""
    try:
        before = own_keys.read(place)
        if before is not None:
            connected(before, _tell, _pause).accounts()
    except OperatorKeyError:
        return False
    except OperatorError:
        return True
    return before is not None


def _application(endpoint: str) -> Keys:
    if trouble := own_keys.endpoint_trouble(endpoint):
        raise OperatorKeyError(f"line: {trouble}")
    asked = sys.stdin.isatty()
    if asked:
        page = _APPLICATIONS.get(endpoint)
        where = f" at {page}" if page else ""
        print(f"The operator gives an application key and secret to whoever names an application{where}.")
    key = input("application key: " if asked else "").strip() if asked else _line_of_stdin()
    secret = (getpass.getpass("application secret (not shown): ") if asked else _line_of_stdin()).strip()
    if not all(one and one.isascii() and one.isprintable() and " " not in one for one in (key, secret)):
        raise OperatorKeyError(
            "line: an application key and its secret are letters and digits, and one of them was not given; "
            "where nobody can be asked, they are read from standard input, a line each"
        )
    return Keys(key, secret, endpoint=endpoint)


def _line_of_stdin() -> str:
    return sys.stdin.readline().strip()


def _told(answer: object) -> tuple[str, str]:
    found = answer if isinstance(answer, Mapping) else {}
    key, address = found.get("consumerKey"), found.get("validationUrl")
    if not isinstance(key, str) or not key or not isinstance(address, str) or not address.isprintable():
        raise OperatorError("line: POST /auth/credential: the answer holds no key: the API may have changed")
    return key, address


def _tell(text: str) -> None:
    print(f"note: {text}", file=sys.stderr, flush=True)


def _pause(seconds: float) -> bool:
    threading.Event().wait(seconds)
    return True
