"""What may be done to the directory, as a new directory: pure. DirectoryError says why it cannot be."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches

from portier.errors import DirectoryError

from . import hashing, weak
from .model import CARD, Book, Code, Resident

IN_USE = "it is in use already"


def add_resident(book: Book, resident: Resident) -> Book:
    """Somebody moves in, under a new number."""
    _refuse_name(book, resident.name)
    added = replace(resident, number=book.next_resident)
    return replace(book, residents=(*book.residents, added), next_resident=book.next_resident + 1)


def change_resident(book: Book, name: str, /, **changes: object) -> Book:
    """Change what is told of a resident."""
    before = find(book, name)
    after = replace(before, **changes)  # type: ignore[arg-type]
    if after.name.casefold() != before.name.casefold():
        _refuse_name(book, after.name)
    return replace(book, residents=tuple(after if one is before else one for one in book.residents))


def remove_resident(book: Book, name: str) -> Book:
    """Somebody moves out, and all that is known goes, the codes too."""
    gone = find(book, name)
    return replace(
        book,
        residents=tuple(one for one in book.residents if one is not gone),
        codes=tuple(one for one in book.codes if one.resident != gone.number),
    )


def add_code(book: Book, code: Code, digits: str, key: bytes) -> Book:
    """Take a new access code or card, under a new number; its digest is made here."""
    if why := refusal(book, digits, code.resident, key):
        raise DirectoryError(f"this code is refused: {why}. Choose another, or let --generate do it")
    added = replace(code, number=book.next_code, digest=hashing.digest(key, digits), length=length_of(digits))
    return replace(book, codes=(*book.codes, added), next_code=book.next_code + 1)


def length_of(entry: str) -> int:
    """How many digits an access code has; 0 for a card."""
    return 0 if entry.startswith(CARD) else len(entry)


def revoke(book: Book, numbers: list[int]) -> Book:
    """Forget access codes."""
    known = {one.number for one in book.codes}
    if missing := sorted(set(numbers) - known):
        words = ", ".join(map(str, missing))
        raise DirectoryError(f'there is no code {words}: "portier codes list" tells the numbers')
    return replace(book, codes=tuple(one for one in book.codes if one.number not in numbers))


def with_uses_of(book: Book, other: Book) -> Book:
    """The same directory, in which no code was used more seldom than another one says."""
    used = {one.digest: one.used for one in other.codes}
    codes = tuple(replace(one, used=max(one.used, used.get(one.digest, 0))) for one in book.codes)
    return replace(book, codes=codes)


def refusal(book: Book, digits: str, resident: int, key: bytes) -> str | None:
    """Why an access code cannot be taken; None where it can."""
    whose = next((one for one in book.residents if one.number == resident), None)
    lines = [line.number for line in whose.lines] if whose else []
    is_card = digits.startswith(CARD)
    if not is_card and (why := weak.weakness(digits, whose.flat if whose else "", lines)):
        return why
    new = hashing.digest(key, digits)
    return IN_USE if any(one.digest == new for one in book.codes) else None


def find(book: Book, name: str) -> Resident:
    """The resident of this name."""
    if found := book.named(name):
        return found
    close = get_close_matches(name[:64], [one.name for one in book.residents], n=1)
    hint = f' Did you mean "{close[0]}"?' if close else ""
    raise DirectoryError(f"there is no resident of this name.{hint}")


def _refuse_name(book: Book, name: str) -> None:
    if book.named(name):
        raise DirectoryError(
            f'there is a resident "{name}" already: add a first name or the flat to tell them apart'
        )
