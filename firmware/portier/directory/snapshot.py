"""From the directory to what the core decides by, and what SIP must know ahead: pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import quote

from portier.core.rules import ButtonRule, IncomingRule, ListRule, Rules, StepRule, TargetRule

from .model import Book, Line, Resident
from .settings import Place, Settings


@dataclass(frozen=True, slots=True)
class View:
    """The rules with the directory in them.

    `lines` are the SIP URIs that are made of a number, `targets` all others; `callers` are the numbers whose
    calls are taken.
    """

    rules: Rules
    targets: tuple[str, ...]
    lines: frozenset[str]
    callers: tuple[str, ...]


def view(base: Rules, book: Book, settings: Settings) -> View:
    """Put the directory beside what the configuration says, which stays as it is."""
    known = _Known(book, settings)
    lists: dict[str, ListRule] = {}
    flats: dict[str, str] = {}
    for flat, residents in known.by_flat.items():
        if one := known.list_of(f"flat {flat}", residents):
            lists[one.name] = one
            flats[flat] = one.name
    buttons = dict(base.buttons)
    for name, place in settings.buttons.items():
        one = known.list_at(place)
        if one is not None:
            lists[one.name] = one
        # Without one it rings what stands beside the flat in the configuration, or nobody.
        buttons[name] = _button(base.buttons[name], one)
    for (name, at), place in settings.by_profile.items():
        if one := known.list_at(place):
            lists[one.name] = one
            ways = list(buttons[name].by_profile)
            ways[at] = replace(ways[at], list_name=one.name)
            buttons[name] = replace(buttons[name], by_profile=tuple(ways))
    incoming = _incoming(base.incoming, book.residents)
    rules = replace(
        base, buttons=buttons, lists=base.lists | lists, flats=base.flats | flats, incoming=incoming
    )
    targets = tuple(sorted(known.whole - known.made))
    return View(rules, targets, frozenset(known.made), tuple(incoming.callers) if incoming else ())


class _Known:
    """Residents by flat and by name, and how their lines are rung.

    `made` are the SIP URIs of numbers that are rung, `whole` those that stand in the directory as they are.
    """

    def __init__(self, book: Book, settings: Settings) -> None:
        self._settings = settings
        self.made: set[str] = set()
        self.whole: set[str] = set()
        self.by_flat: defaultdict[str, list[Resident]] = defaultdict(list)
        for one in book.residents:
            if one.flat:
                self.by_flat[one.flat].append(one)
        self._by_name = {one.name.casefold(): one for one in book.residents}

    def list_at(self, place: Place) -> ListRule | None:
        """Whom a button rings; None for nobody."""
        if place.flat:
            return self.list_of(f"flat {place.flat}", self.by_flat.get(place.flat, []))
        whose = self._by_name.get(place.resident.casefold())
        return self.list_of(f"resident {whose.number}", [whose]) if whose else None

    def list_of(self, name: str, residents: Iterable[Resident]) -> ListRule | None:
        """The lines of residents, one after the other."""
        targets = [one for whose in residents for one in self._targets(whose)]
        if not targets:
            return None
        ring_s = self._settings.ring_s if len(targets) > 1 else None
        return ListRule(name, tuple(StepRule((one,), ring_s) for one in targets))

    def _targets(self, whose: Resident) -> Iterator[TargetRule]:
        for place, line in enumerate(whose.lines, start=1):
            also = "" if place == 1 else f" ({place})"
            name, in_log = f"{whose.name}{also}", f"resident {whose.number}{also}"
            if line.uri:
                self.whole.add(line.uri)
                yield TargetRule(name, line.uri, resident=whose.number, log_name=in_log)
            elif (target := self._dialled(name, in_log, whose.number, line)) is not None:
                yield target

    def _dialled(self, name: str, in_log: str, resident: int, line: Line) -> TargetRule | None:
        settings = self._settings
        if settings.number_uri is None or settings.plain_uri is None:
            return None
        number = quote(line.number, safe="+*")
        plain = settings.plain_uri.replace("{line}", number)
        uri = settings.number_uri.replace("{line}", number) if line.prefix else plain
        again = plain if uri != plain and settings.plain_after else ""
        self.made.update(one for one in (uri, again) if one)
        after = settings.plain_after if again else frozenset()
        return TargetRule(name, uri, again, after, resident=resident, log_name=in_log)


def _button(base: ButtonRule, one: ListRule | None) -> ButtonRule:
    return base if one is None else replace(base, list_name=one.name)


def _incoming(base: IncomingRule | None, residents: Iterable[Resident]) -> IncomingRule | None:
    """Whose calls are taken: the configuration's, and the directory's where that is to be so."""
    if base is None or not base.directory:
        return base
    callers, code_from = dict(base.callers), set(base.code_from)
    for one in residents:
        for number in (*one.release_from, *one.code_from):
            callers[number] = callers.get(number, False) or number in one.release_from
        code_from.update(one.code_from)
    return replace(base, callers=callers, code_from=frozenset(code_from))
