"""`portier dtmf-test`: shows how a telephone's keys arrive, on this terminal alone."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from typing import Any

from portier.adapters.control.protocol import Do
from portier.control_client import ControlClient

_REFUSED_EXIT_CODE = 1
_COLUMNS = "{:>3}  {:<4}  {:>8}  {:<9}  {:>7}  {}"
_WAYS = ("RFC 4733", "SIP INFO", "in-band")
_WORDS = {
    "calling": "calling; Ctrl-C ends it",
    "ringing": "ringing",
    "answered": "answered: press keys on that telephone, one after the other. They release no door",
}


def run(client: ControlClient, options: argparse.Namespace) -> int:
    """Show keys until the call is over, or Ctrl-C; 1 where there was no call."""
    names = {"target": options.target}
    with client:
        reply = client.ask(Do.KEY_TEST, **names)
        if not reply["ok"]:
            print(f"portier: dtmf-test: {reply['error']}", file=sys.stderr)
            return _REFUSED_EXIT_CODE
        presses: list[dict[str, Any]] = []
        answered = False
        try:
            for event in client.follow():
                answered |= event.get("call") == "answered"
                if event["event"] == "key":
                    presses.append(event)
                for line in [json.dumps(event)] if options.json else lines(event):
                    print(line, flush=True)
                if event.get("call") == "over":
                    break
        except KeyboardInterrupt:
            # The station hangs up when this connection closes.
            pass
    if answered and not options.json:
        print(advice(presses))
    return 0 if answered else _REFUSED_EXIT_CODE


def lines(event: dict[str, Any]) -> Iterable[str]:
    """Write an event as lines of a terminal."""
    if event["event"] == "key":
        return _press(event)
    if "remark" in event:
        return [f"note: {event['remark']}"]
    if event["call"] == "over":
        return [f"over: {event['why']}"]
    said = [_WORDS.get(event["call"], event["call"])]
    if event["call"] == "answered":
        said.append(_COLUMNS.format("", "key", "after", "by", "lasted", "remarks").rstrip())
    return said


def advice(presses: list[dict[str, Any]]) -> str:
    """Say in a sentence what the presses mean for the configuration."""
    if not presses:
        return "no key arrived, by no way: look at how the telephone is set to send them (DTMF)"
    by = [{one["way"] for one in press["ways"]} for press in presses]
    ways = ", ".join(
        f"{sum(way in one for one in by)} by {way}" for way in _WAYS if any(way in one for one in by)
    )
    counted = sum(press["counts"] for press in presses)
    said = f"{len(presses)} keys: {ways}; {counted} would count"
    if counted < len(presses):
        said += (
            '. Those that come in-band alone count with "inband_dtmf = true" in the section of its account'
        )
    return said


def _press(press: dict[str, Any]) -> list[str]:
    written = []
    for number, one in enumerate(press["ways"]):
        remarks = list(one["odd"])
        if number:
            remarks.insert(0, f"the same key, {one['later_s']:.2f} s later")
        if not press["counts"]:
            remarks.append("would not count")
        after = "" if number or press["after_s"] is None else f"{press['after_s']:.2f} s"
        lasted = "?" if one["lasted_s"] is None else f"{one['lasted_s']:.2f} s"
        head = ("", "") if number else (press["place"], press["key"])
        written.append(_COLUMNS.format(*head, after, one["way"], lasted, "; ".join(remarks)).rstrip())
    return written
