"""The state in plain values and words, for people and programs. Holds no key and no secret."""

from __future__ import annotations

from dataclasses import dataclass, field

from portier import door_status
from portier.core.codes_state import words
from portier.core.states import Call, Calling, Idle, Incoming, OutOfService, Released, Ringing, State, Talking
from portier.core.station import signs
from portier.door_status import DoorFacts
from portier.sound_test_status import SoundTestFacts, facts

_CALL_WORDS = {
    OutOfService: "out of service",
    Idle: "idle",
    Calling: "calling",
    Ringing: "ringing",
    Talking: "talking",
    Incoming: "incoming",
}


@dataclass(frozen=True, slots=True)
class LastCall:
    """The last call that is over: `begun_at` is the time of day of its press (ISO 8601), or of its offer
    where it came from a `caller`; then there is no `button`.
    """

    leg: int
    button: str
    begun_at: str
    outcome: str
    caller: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The station at one moment. `button` is whose call it is, `leg` that call's number; `caller` is who has
    called the station, where a call from outside lasts.

    Each door is locked or released. `resting_buttons` says of each button whose presses are refused why they
    are, `profiles` which time profiles apply; none does while `clock_unsure`; `gong` whether the local gong
    sounds; `accounts` the registration of each, where there are several. `door_facts` tell more of each
    door; `fire` is "none", "alarm", or "over" until it is reset; `codes_barred` because the box was opened.
    `blocked_codes` names the keypads and callers whose access codes are refused for guessing, with the
    seconds that this block lasts in all; `lost_keypads` are those that do not work. `sound_test` is what came
    of the last test of the sound. `muted` while the far end does not hear the microphone.
    """

    call: str
    leg: int | None
    button: str | None
    doors: dict[str, str]
    registration: str
    sound_works: bool
    stuck_buttons: tuple[str, ...]
    signs: tuple[str, ...]
    last_call: LastCall | None = None
    resting_buttons: dict[str, str] = field(default_factory=dict)
    profiles: tuple[str, ...] = ()
    clock_unsure: bool = False
    gong: bool = False
    accounts: dict[str, str] = field(default_factory=dict)
    caller: str | None = None
    door_facts: dict[str, DoorFacts] = field(default_factory=dict)
    fire: str = "none"
    tampered: bool = False
    codes_barred: bool = False
    light: bool = False
    muted: bool = False
    blocked_codes: dict[str, int] = field(default_factory=dict)
    lost_keypads: tuple[str, ...] = ()
    sound_test: SoundTestFacts | None = None

    def __str__(self) -> str:
        doors = ", ".join(f'door "{name}" {word}' for name, word in self.doors.items())
        lamps = ", ".join(self.signs)
        alarms = [f'door "{name}" {alarm}' for name, one in self.door_facts.items() for alarm in one.alarms]
        alarms += ["fire"] if self.fire == "alarm" else []
        alarms += ["the box is open"] if self.tampered else []
        alarms += ["sound"] if self.sound_test and self.sound_test.alarm else []
        told = f"; ALARM: {', '.join(alarms)}" if alarms else ""
        return f"{self.call}; {doors}; lamps: {lamps}{told}"


def call_word(call: Call) -> str:
    """Say where the call stands."""
    return _CALL_WORDS[type(call)]


def sign_words(state: State) -> tuple[str, ...]:
    """Say what the visitor is shown."""
    return tuple(sorted(sign.value for sign in signs(state)))


def snapshot(state: State, last_call: LastCall | None = None) -> Snapshot:
    """Describe a state."""
    call = state.call
    return Snapshot(
        call=call_word(call),
        leg=call.visit if isinstance(call, Calling | Ringing | Talking | Incoming) else None,
        button=call.button if isinstance(call, Calling | Ringing | Talking) else None,
        doors={
            name: "released" if isinstance(door, Released) else "locked" for name, door in state.doors.items()
        },
        registration=state.registration.value,
        sound_works=state.sound_works,
        stuck_buttons=tuple(name for name, contact in state.contacts.items() if contact.stuck),
        signs=sign_words(state),
        last_call=last_call,
        resting_buttons={name: tally.why for name, tally in state.tallies.items() if tally.why},
        profiles=state.profiles,
        clock_unsure=state.clock_unsure,
        gong=state.gong,
        accounts={name: one.value for name, one in state.accounts.items() if name},
        caller=call.number if isinstance(call, Incoming) else None,
        door_facts=door_status.doors(state),
        fire=state.fire.value,
        tampered=state.tampered,
        codes_barred=state.codes_barred,
        light=state.light,
        muted=state.muted,
        blocked_codes={
            words(source): round(one.block_s)
            for source, one in state.codes.guesses.by_source.items()
            if one.blocked
        },
        lost_keypads=tuple(sorted(state.codes.lost)),
        sound_test=facts(state),
    )
