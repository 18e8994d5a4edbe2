"""`python -m portier_announcements`: speaks every text of `portier.announcements.words` with espeak-ng.

Trimmed, at one loudness, mono 16 bit at 16 kHz. Its voices are under the GPL 3, as this project is.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from array import array
from pathlib import Path

from portier.announcements import wav
from portier.announcements.words import LONGEST_S, LONGEST_TALK_NOW_S, WORDS, Language, spoken
from portier.bench.wav import write_wav
from portier.core.effects import Tone

RATE_HZ = 16000
PEAK = round(32767 * 10 ** (-4 / 20))
"""-4 dBFS: speech is as loud then as the tones are, whose peak is lower and whose sound is steady."""

_VOICES = {Language.FRENCH: "fr-fr", Language.ENGLISH: "en-gb"}
_WORDS_A_MINUTE = 145
_QUICK_WORDS_A_MINUTE = 175
_QUIET = PEAK // 100
_KEPT_S = 0.02


def main() -> int:
    """Write the files of every language into the package."""
    for tone, texts in WORDS.items():
        for language, text in texts.items():
            path = spoken(tone, language)
            path.parent.mkdir(exist_ok=True)
            pcm = _spoken(text, _VOICES[language], _QUICK_WORDS_A_MINUTE if tone is Tone.TALK_NOW else None)
            write_wav(path, pcm, RATE_HZ)
            print(f"{path.parent.name}/{path.name}: {len(pcm) / 2 / RATE_HZ:.2f} s")
    longest = max(len(wav.read(spoken(Tone.TALK_NOW, one), LONGEST_S).samples) for one in Language) / RATE_HZ
    if longest > LONGEST_TALK_NOW_S:
        print(f"the words that begin a talk last {longest:.2f} s: say it shorter", file=sys.stderr)
        return 1
    return 0


def _spoken(text: str, voice: str, words_a_minute: int | None) -> bytes:
    speed = str(words_a_minute or _WORDS_A_MINUTE)
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw.wav"
        subprocess.run(["espeak-ng", "-v", voice, "-s", speed, "-w", str(raw), text], check=True, timeout=30)
        samples = array("h", wav.read(raw, LONGEST_S).at_rate(RATE_HZ))
    loud = [at for at, sample in enumerate(samples) if abs(sample) > _QUIET]
    kept = round(_KEPT_S * RATE_HZ)
    samples = samples[max(0, loud[0] - kept) : loud[-1] + kept]
    scale = PEAK / max(map(abs, samples))
    scaled = [round(scale * sample) for sample in samples]
    # An edge that is cut clicks.
    for at in range(kept):
        scaled[at] = scaled[at] * at // kept
        scaled[-1 - at] = scaled[-1 - at] * at // kept
    return array("h", scaled).tobytes()


if __name__ == "__main__":
    sys.exit(main())
