"""What a table would take out of the directory, and when that is too much to be meant: pure."""

from __future__ import annotations

from dataclasses import dataclass

from .model import Book

OPTION = "--remove"


@dataclass(frozen=True, slots=True)
class Removal:
    """How many residents and codes go, of how many."""

    residents: int
    of_residents: int
    codes: int
    of_codes: int

    @property
    def is_any(self) -> bool:
        """Whether anything goes."""
        return bool(self.residents or self.codes)

    @property
    def too_much(self) -> str:
        """Why it wants to be asked for: more than half goes; "" where it does not."""
        parts = []
        if 2 * self.residents > self.of_residents:
            parts.append(f"{self.residents} of {self.of_residents} residents")
        if 2 * self.codes > self.of_codes:
            parts.append(f"{self.codes} of {self.of_codes} codes")
        return f"this would remove {' and '.join(parts)}" if parts else ""


def removal(before: Book, after: Book) -> Removal:
    """What is in one directory and not in the other."""
    residents = {one.number for one in before.residents} - {one.number for one in after.residents}
    codes = {one.number for one in before.codes} - {one.number for one in after.codes}
    return Removal(len(residents), len(before.residents), len(codes), len(before.codes))
