"""Any row of keys, cards, calls and restarts: a door opens to a right code of who is not blocked."""

from __future__ import annotations

from hypothesis import given, settings, strategies as st
from tests.unit.code_station import CALLER, RIGHT, RULES, WRONG, CodeStation, code, of, released

from portier.core.effects import Audit, CloseSound, Effect, OpenSound, Play, Tone
from portier.core.events import EndReason, StopRequested
from portier.core.guessing import MOST_SOURCES
from portier.core.states import Idle, Incoming

ENTRIES = st.sampled_from(
    [RIGHT, WRONG, WRONG, WRONG, "123*", RIGHT + "*", "7", "*", "#", "12#", "99#", RIGHT[:4]]
)
STEPS = st.one_of(
    st.tuples(st.sampled_from(["front", "yard", "caller"]), ENTRIES),
    st.tuples(st.just("card"), st.sampled_from(["card:1:1", "card:9:9"])),
    st.tuples(st.just("wait"), st.sampled_from(["0.5", "5", "30", "60", "240", "601", "86500"])),
    st.tuples(st.sampled_from(["call", "hang up", "restart", "bell"]), st.just("")),
)
CODES = {RIGHT: code(), "card:1:1": code(2, "badge")}


class Reading:
    """The rule of blocks, read plainly: of each source the wrong codes that count, its blocks, its end."""

    def __init__(self) -> None:
        self.wrong_s: dict[str, list[float]] = {}
        self.blocks: dict[str, int] = {}
        self.until_s: dict[str, float] = {}

    def blocked(self, source: str, at_s: float) -> bool:
        """Whether its codes are refused; a day after its last block it has had none."""
        until_s = self.until_s.get(source, 0.0)
        if at_s >= until_s + 86400.0:
            self.blocks[source] = 0
        return at_s < until_s

    def wrong(self, source: str, at_s: float) -> None:
        """A wrong code of who is not blocked."""
        moments = [one for one in self.wrong_s.get(source, []) if one > at_s - 600.0] + [at_s]
        if len(moments) == 5:
            self.blocks[source] = self.blocks.get(source, 0) + 1
            self.until_s[source] = at_s + min(30.0 * 2 ** (self.blocks[source] - 1), 3600.0)
            moments = []
        self.wrong_s[source] = moments

    def restarted(self, at_s: float) -> None:
        """What goes on begins anew: blocks, and quiet days."""
        self.wrong_s.clear()
        for source, until_s in self.until_s.items():
            count = self.blocks.get(source, 0)
            length_s = min(30.0 * 2 ** (count - 1), 3600.0)
            self.until_s[source] = at_s + length_s if at_s < until_s else at_s


@settings(deadline=None)
@given(st.lists(STEPS, max_size=50))
def test_a_door_opens_to_a_right_code_of_who_is_not_blocked_and_to_nothing_else(
    steps: list[tuple[str, str]],
) -> None:
    station, reading = CodeStation(CODES), Reading()
    typed = {"front": "", "yard": "", "caller": ""}
    for kind, what in steps:
        at_s, effects, wanted = station.now_s, list[Effect](), list[str]()
        match kind:
            case "front" | "yard" | "caller":
                call = station.state.call
                if kind == "caller" and not (isinstance(call, Incoming) and call.phase.value == "talking"):
                    continue
                source = f"keypad:{kind}" if kind != "caller" else f"caller:{CALLER}"
                for key in what:
                    typed[kind], attempt = _window(typed[kind], key, prolongs=kind == "caller")
                    if attempt is None or reading.blocked(source, at_s):
                        continue
                    if attempt == RIGHT:
                        wanted.append("front" if kind == "caller" else kind)
                    else:
                        reading.wrong(source, at_s)
                effects = station.dialled(what) if kind == "caller" else station.keyed(what, kind)
            case "card":
                if not reading.blocked("keypad:front", at_s):
                    if what in CODES:
                        wanted.append("front")
                    else:
                        reading.wrong("keypad:front", at_s)
                effects = station.card(what)
            case "wait":
                effects = station.wait(float(what))
                if float(what) >= RULES.digit_timeout_s:
                    typed["caller"] = ""
                if float(what) >= RULES.keypads["front"].key_timeout_s:
                    typed.update(front="", yard="")
            case "call" if isinstance(station.state.call, Idle):
                station.called()
                typed["caller"] = ""
            case "hang up" if not isinstance(station.state.call, Idle):
                effects = station.end(EndReason.HUNG_UP)
            case "restart":
                facts, now_s = station.facts, station.now_s
                reading.restarted(now_s)
                station = CodeStation(CODES, remembered=facts, at_s=now_s)
                typed = dict.fromkeys(typed, "")
            case "bell":
                effects = station.press("bell")
            case _:
                pass
        # A release that is as long as it may be is not prolonged by another code.
        assert [one for one in released(effects) if one not in wanted] == []
        assert set(released(effects)) == set(wanted) or _told_released(effects, wanted)
        assert len(station.state.codes.guesses.by_source) <= MOST_SOURCES
        assert station.state.codes.asked == {}
    station.take(StopRequested(at_s=station.now_s))
    assert station.keyed(RIGHT) == []


def _told_released(effects: list[Effect], wanted: list[str]) -> bool:
    rows = [one.record for one in effects if isinstance(one, Audit)]
    return {one.door for one in rows if one.what.value == "released"} == set(wanted)


def _window(typed: str, key: str, *, prolongs: bool) -> tuple[str, str | None]:
    if key == "#":
        return (typed, None) if prolongs else ("", None)
    if key == "*":
        return "", typed or None
    typed += key
    return ("", typed) if len(typed) == RULES.code_length else (typed, None)


def test_whatever_is_keyed_the_sound_is_opened_and_closed_in_turn() -> None:
    station, held = CodeStation(CODES), 0
    for effects in (station.keyed("12#"), station.block(), station.keyed(RIGHT), station.end(EndReason.BUSY)):
        held += len(of(effects, OpenSound)) - len(of(effects, CloseSound))
        assert Play(Tone.RINGBACK) not in effects or held == 1
    assert held == 0
