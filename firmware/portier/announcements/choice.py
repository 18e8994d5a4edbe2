"""Which announcements a station has: those of a language, or of an installer's folder in their place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from portier.announcements import wav
from portier.announcements.words import LONGEST_S, LONGEST_TALK_NOW_S, WORDS, Language, file_name, spoken
from portier.core.effects import Tone
from portier.errors import AudioError

_NAMES = {file_name(tone): tone for tone in WORDS}


@dataclass(frozen=True, slots=True)
class Choice:
    """A language, None for none; a folder, None for none; whether words begin a talk in place of the tone."""

    language: Language | None = None
    folder: Path | None = None
    speaks_at_talk: bool = False

    def files(self) -> dict[Tone, Path]:
        """The file of each tone that has words. A folder that cannot be read is an OSError."""
        files = {tone: spoken(tone, self.language) for tone in WORDS} if self.language else {}
        if self.folder is not None:
            files |= {_NAMES[name]: self.folder / name for name in _wavs(self.folder) if name in _NAMES}
        if not self.speaks_at_talk:
            files.pop(Tone.TALK_NOW, None)
        return files

    def complaints(self) -> Iterator[str]:
        """What is wrong with the files of the folder, each with its name."""
        if self.folder is None:
            return
        try:
            names = _wavs(self.folder)
        except OSError:
            yield "cannot be read: name a folder that the service's user may read"
            return
        for name in names:
            if name not in _NAMES:
                close = get_close_matches(name, _NAMES, n=1)
                known = close[0] if close else ", ".join(_NAMES)
                yield f"{name} is the name of no announcement: call it {known}"
        for tone, path in self.files().items():
            if path.name in names:
                try:
                    wav.read(path, longest_s(tone))
                except AudioError as error:
                    yield f"{path.name} {error}"

    def sounds(self, rate_hz: int) -> Mapping[Tone, bytes]:
        """Mono S16 at the card's rate for each tone that has words; AudioError names the file it fails at."""
        made = {}
        try:
            for tone, path in self.files().items():
                made[tone] = wav.read(path, longest_s(tone)).at_rate(rate_hz)
        except AudioError as error:
            raise AudioError(f"announcements: {path} {error}") from error
        except OSError as error:
            raise AudioError(f"announcements: {self.folder} cannot be read: {error.strerror}") from error
        return made


def longest_s(tone: Tone) -> float:
    """How long the words of a tone may be."""
    return LONGEST_TALK_NOW_S if tone is Tone.TALK_NOW else LONGEST_S


def _wavs(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix.lower() == ".wav")
