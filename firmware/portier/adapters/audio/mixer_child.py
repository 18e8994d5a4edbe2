"""Child: sets a card's mixer and reads it back. pyalsaaudio keeps Python's lock in every call of a mixer.

One on a bad cable takes seconds for each: in the station's own process no thread would run meanwhile, and
none end a door's release. It is asked by one JSON object on its input, and answers with one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict

from portier.adapters.audio.alsa_mixer import card_of, opener
from portier.adapters.audio.mixer import Kept, kept
from portier.children import end_with_parent, ended_words, last_line
from portier.errors import AudioError
from portier.mixer_settings import MIXER_LIMIT_S, MixerSetting, as_json, settings_of

# -P: nothing of the folder in which the station was started is imported.
COMMAND = (sys.executable, "-P", "-m", "portier.adapters.audio.mixer_child")
_END_LIMIT_S = 1.0
_MOST_TOLD = 80


class MixerChild:
    """Looks after the mixers of two ALSA devices, in a process that ends when it is done.

    Call it: it returns what became of the settings. AudioError when no answer came within `limit_s`, or none
    that makes sense.
    """

    def __init__(
        self,
        capture: str,
        playback: str,
        settings: tuple[MixerSetting, ...],
        command: tuple[str, ...] = COMMAND,
        limit_s: float = MIXER_LIMIT_S,
    ) -> None:
        self._asked = json.dumps({"capture": capture, "playback": playback, "settings": as_json(settings)})
        cards = dict.fromkeys(card_of(device) for device in (capture, playback))
        self._named = "audio: the mixer of " + " and ".join(f'"{card}"' for card in cards)
        self._command = command
        self._limit_s = limit_s

    def __call__(self) -> Kept:
        try:
            child = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
        except OSError as error:
            raise AudioError(f"{self._named} is not looked after: {error}") from error
        try:
            said, complaint = child.communicate(self._asked.encode(), timeout=self._limit_s)
        except subprocess.TimeoutExpired:
            _kill(child)
            raise AudioError(f"{self._named} did not answer within {self._limit_s:g} s") from None
        return self._understood(child.returncode, said, complaint.decode(errors="replace"))

    def _understood(self, code: int, said: bytes, complaint: str) -> Kept:
        try:
            answer = json.loads(said)
            troubles, done = answer["troubles"], answer["done"]
            if code == 0 and all(isinstance(told, str) for told in (*troubles, *done)):
                return Kept(tuple(troubles), tuple(done))
        except (ValueError, TypeError, KeyError):
            pass
        answered = last_line(said.decode(errors="replace"))
        why = ended_words(code, complaint) if code else f"it answered {answered[:_MOST_TOLD]!r}"
        raise AudioError(f"{self._named} is not looked after: {why}")


def _kill(child: subprocess.Popen[bytes]) -> None:
    """End it, without waiting for a driver that does not let go of it."""
    child.kill()
    try:
        child.communicate(timeout=_END_LIMIT_S)
    except subprocess.TimeoutExpired:
        for pipe in (child.stdin, child.stdout, child.stderr):
            if pipe is not None:
                pipe.close()


def main() -> int:
    """The child."""
    end_with_parent()
    asked = json.load(sys.stdin)
    found = kept(settings_of(asked["settings"]), opener(asked["capture"], asked["playback"]))
    json.dump(asdict(found), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
