"""The test of the sound: when the loudspeaker plays a tone for the microphone, and what follows from it.

By schedule once a day, where the clock is known to be right, and never by night unless a rule says so; by
command at any time. It waits for whatever else is to be heard, and gives way to it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from . import key_test, presses, schedule
from .audit import Record, What
from .effects import Audit, Effect, Level, Note, TrySound
from .events import SoundTestOver
from .rules import Rules
from .sound_test_state import ALARM_AFTER, SoundTestOutcome
from .states import Fire, Idle, OutOfService, State

NIGHT_FROM_MINUTE, NIGHT_TO_MINUTE = 21 * 60, 8 * 60
_A_DAY = timedelta(days=1)
_SECOND_DAY = date.min + _A_DAY

Outcome = tuple[State, list[Effect]]


def by_night(minute: int) -> bool:
    """Whether people sleep at this minute of the day."""
    return minute >= NIGHT_FROM_MINUTE or minute < NIGHT_TO_MINUTE


def why_not(state: State) -> str | None:
    """Say in words why nothing may be played for a test now; None where it may."""
    if state.stopping:
        return "the station stops"
    if state.sound_test.running:
        return "a test of the sound goes on already"
    if presses.waits(state) or not isinstance(state.call, Idle | OutOfService):
        return "a call lasts"
    if key_test.running(state):
        return "a test of keys goes on"
    if state.fire is Fire.ALARM:
        return "there is a fire alarm"
    if any(one.alarms for one in state.leaves.values()):
        return "a door's alarm lasts"
    return None


def told(rules: Rules, outcome: Outcome, local: datetime | None) -> Outcome:
    """Each minute: whether the day's test is due. Without a clock that is right none is."""
    (state, effects), rule = outcome, rules.sound_test
    if rule is None or local is None:
        return outcome
    test, today = state.sound_test, local.date()
    minute = local.hour * 60 + local.minute
    if test.settled_on is None:
        # A station that begins, or learns the time, after today's waits for tomorrow's.
        settled = today if minute > rule.minute else max(today, _SECOND_DAY) - _A_DAY
        test = replace(test, settled_on=settled)
        state = replace(state, sound_test=test)
        outcome = state, effects
    if test.settled_on == today or minute < rule.minute:
        return outcome
    if by_night(minute) and not rule.by_night:
        after = replace(state, sound_test=replace(test, settled_on=today, put_off=False))
        return after, [
            *effects,
            Note("sound test: left out today: no moment was quiet before night"),
        ]
    if why := why_not(state):
        if test.put_off:
            return outcome
        after = replace(state, sound_test=replace(test, put_off=True))
        return after, [*effects, Note(f"sound test: put off, as {why}")]
    after, begun = _begun(state, scheduled=True)
    return after, [*effects, *begun]


def asked(state: State) -> Outcome:
    """A command asks for one."""
    if why := why_not(state):
        return state, [Note(f"sound test: not now, as {why}")]
    return _begun(state, scheduled=False)


def over(state: State, event: SoundTestOver) -> Outcome:
    """One is over: the second failure in a row is an alarm, until one has passed."""
    before = state.sound_test
    if not before.running or event.number != before.number:
        return state, []
    test = replace(before, running=False)
    if event.outcome is SoundTestOutcome.GAVE_WAY:
        note = Note(f"sound test: gave way: {event.words}")
        return replace(state, sound_test=replace(test, put_off=test.scheduled or test.put_off)), [note]
    local = schedule.local(state, event.at_s)
    passed = event.outcome is SoundTestOutcome.HEARD
    test = replace(
        test,
        judged=event.number,
        passed=passed,
        words=event.words,
        at=local,
        failures=0 if passed else before.failures + 1,
    )
    if test.scheduled:
        test = replace(test, settled_on=local.date() if local else test.settled_on, put_off=False)
    what = What.SOUND_TEST_PASSED if passed else What.SOUND_TEST_FAILED
    effects: list[Effect] = [
        Note(f"sound test {event.words}", Level.INFO if passed else Level.WARNING),
        Audit(Record(what, why=event.words)),
    ]
    if test.alarm and not before.alarm:
        text = (
            f"sound test: failed {ALARM_AFTER} times in a row: look after loudspeaker and microphone; "
            "portier audio test says more"
        )
        effects += [Note(text, Level.WARNING), Audit(Record(What.SOUND_ALARM))]
    if before.alarm and not test.alarm:
        effects += [Note("sound test: the alarm is over"), Audit(Record(What.SOUND_ALARM_OVER))]
    return replace(state, sound_test=test), effects


def _begun(state: State, *, scheduled: bool) -> Outcome:
    number = state.sound_test.number + 1
    test = replace(state.sound_test, number=number, running=True, scheduled=scheduled)
    return replace(state, sound_test=test), [TrySound(number)]
