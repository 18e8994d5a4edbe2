"""What setup says in English."""

TEXTS = {
    "mark.good": "ok: ",
    "mark.colon": ": ",
    # The beginning
    "begin.what": (
        "This asks how the station {file} describes is wired and whom it rings, tries each thing "
        "at once, and then writes that file. Nothing is written before the last question."
    ),
    "begin.kept": (
        "{file} is there already: what stands in it is offered as the answer, what is not asked "
        "for stays, and a copy is kept beside it."
    ),
    "begin.broken": (
        "{file} cannot be understood, so its content is not offered: {problem}. It stays until "
        "a new one is written, and is then kept beside it."
    ),
    "begin.dropped": "this cannot be kept: {problem}",
    "begin.others": "Asked for are button {button} and door {door}. These stay as they are: {others}.",
    "begin.keys": (
        "Enter takes what stands in [ ]. A < goes one question back, a - means none. "
        "Ctrl-C ends: nothing is changed then, and whatever is being tried is switched off."
    ),
    "begin.no_terminal": (
        "This is no terminal: answers are taken a line each, and a password is not hidden while it is "
        "typed. By ssh, use ssh -t."
    ),
    "station.runs": (
        "{station} uses this configuration at this moment: its pins, its card and its account "
        "can only be tried when it is stopped (sudo systemctl stop portier, in another terminal)."
    ),
    "station.stop": "{station} may have it: sudo systemctl stop portier",
    "station.has_account": (
        "not tried: {station} has the SIP port and the account. Stop that first: sudo systemctl stop portier"
    ),
    # Every question
    "choose.wrong": "answer with a number from 1 to {last}",
    "answer.needed": "an answer is needed here",
    "try.label": "Your choice",
    "try.skip": "leave it out",
    "try.on": "go on",
    "try.again": "try again",
    "try.no_answer": "it could not be tried: nothing answered",
    "try.stopped": "stopped by Enter before anything was seen",
    "try.failed": "it could not be tried: {reason}",
    "try.doctor": "portier doctor --config {file} tells more, once the file is written",
    # The library
    "part.button": "The button",
    "library.why": (
        "How the pins are reached: lgpio on every Raspberry Pi; rpigpio only where another program "
        "asks for it; mock pretends, for a bench without a Pi."
    ),
    "library.label": "Library",
    "library.lgpio": "lgpio, a Raspberry Pi",
    "library.rpigpio": "rpigpio, the RPi.GPIO interface",
    "library.mock": "mock, pretended pins",
    "library.refused": "choose another one",
    "mock_file.why": (
        "Pretended pins can lie in a file, in which another program presses the button and sees the relay."
    ),
    "mock_file.label": "File of the pretended pins",
    # The button
    "button_pin.why": (
        "The GPIO number of the button's pin, not its position on the header. The other wire of the "
        "button goes to ground."
    ),
    "button_pin.label": "Pin of the button, GPIO",
    "button_level.why": "What the pin is while the button is pressed.",
    "button_level.label": "Pressed is",
    "button_level.low": "low: the button connects the pin to ground (usual; the pull-up is switched on)",
    "button_level.high": "high: the button connects the pin to 3.3 V (the pull-down is switched on)",
    "button_level.refused": "choose the other level, or go back with < to name another pin",
    "button.why": "Somebody at the button, please: it is watched, with its pull resistor switched on.",
    "button.try": "press it now",
    "button.press": "Press the button at GPIO {pin} and let it go ({seconds} s; Enter ends the wait).",
    "button.pressed": "  pressed",
    "button.let_go": "  let go",
    "button.works": "the button works",
    "button.stuck": "pressed, and never let go: does the button stick, or is somebody still pressing?",
    "button.nothing": "no press was seen",
    "button.nothing.advice": (
        "check the number of the pin (GPIO numbers are not header positions), both wires, and that "
        "the other wire goes where the level says"
    ),
    "button.always.low": (
        "GPIO {pin} is low although nobody presses: the cable is shorted, the contact is one that "
        "opens (then the level is high), or somebody presses. Press and let go once, all the same."
    ),
    "button.always.high": (
        "GPIO {pin} is high although nobody presses: the contact is to ground (then the level is low), "
        "or to 3.3 V and closed. Press and let go once, all the same."
    ),
    "button.always.advice": (
        "the station would take this for a button that is never let go: look for a short, or go back "
        "with < and choose the other level"
    ),
    "button.inverted": (
        "the contact works the other way round: it is let go when pressed. Go back with < and choose "
        "the other level, or wire a contact that closes when pressed"
    ),
    # The door
    "part.door": "The door",
    "relay_pin.why": (
        "The GPIO number of the pin that drives the strike's relay. It needs a pull-down of 4.7 to 10 "
        "kilohms outside the Pi."
    ),
    "relay_pin.label": "Pin of the relay, GPIO",
    "relay_level.why": (
        "What energises the relay. Energised means released for every lock: a fail-secure strike hangs on "
        "the NO contact, a fail-safe one on NC."
    ),
    "relay_level.label": "The relay is energised by",
    "relay_level.high": "a high level, 3.3 V",
    "relay_level.low": "a low level, ground (most ready-made relay boards)",
    "relay_level.refused": (
        "with such a board: set its jumper to high level (H) if it has one, or put a transistor in "
        "front of the relay (hardware/relay.md), then choose 1"
    ),
    "release_digit.why": (
        "What the called side keys to release the door: 1 to 4 keys of 0-9 and *. It is no secret, "
        "and counts only in a call that the station placed."
    ),
    "release_digit.label": "Digit that releases the door",
    "release_s.why": "How long one release lasts, in seconds. Most strikes may be on for seconds only.",
    "release_s.label": "Seconds of a release",
    "relay.why": "The relay can be energised for a second, to hear it.",
    "relay.try": "energise the relay",
    "relay.warning": (
        "THE DOOR WILL BE RELEASED: GPIO {pin} goes high for {seconds} s, and whoever stands at the door "
        "can open it."
    ),
    "relay.sure": "Release the door now?",
    "relay.no": "no",
    "relay.yes": "yes, release it",
    "relay.energised": "  GPIO {pin} high: energised",
    "relay.de_energised": "  GPIO {pin} low: de-energised",
    "relay.not_locked": (
        "the relay could not be switched off for certain: take its supply away, and look for what holds the pin"
    ),
    "relay.question": "Did the relay click, and the strike move?",
    "relay.heard": "yes",
    "relay.silent": "no",
    "relay.silent.advice": (
        "check the number of the pin, the relay's own supply, one ground for both, and the driver: an "
        "input that wants 5 V or a low level does not follow a pin of 3.3 V. A relay that clicks and a "
        "strike that does not: the strike's supply, or NO and NC"
    ),
    # Sound
    "part.sound": "Sound",
    "loudspeaker.why": "The card of the loudspeaker. The station knows cards by name, never by number.",
    "loudspeaker.label": "Loudspeaker",
    "microphone_card.why": "The card of the microphone, usually the same.",
    "microphone_card.label": "Microphone",
    "card.none_here": "the kernel knows no sound card for this: is it plugged in, is its overlay loaded?",
    "card.alike": (
        "{cards} are alike: which of them has which name may change at the next start. Unplug one, or give "
        "them names of your own by udev."
    ),
    "card.as_before": "as before: {device}",
    "card.gone": "as before, and not here now: {device}",
    "card.other": "another device of ALSA, to be typed (arecord -L and aplay -L list them)",
    "card.simulated": "simulated, for a bench: nothing is heard",
    "card.none": "none: the station only rings",
    "card.device": "Name of the device",
    "mixer.why": (
        "In this card's mixer these are on, and should be off: {controls}. A microphone that goes to the "
        "loudspeaker inside the card howls; with an automatic gain, echo comes and goes. The station can set "
        "them whenever it opens the card."
    ),
    "mixer.label": "Mixer",
    "mixer.set": "let the station set them",
    "mixer.leave": "leave them as they are",
    "tone.why": "The station's own tone, three times, from the loudspeaker.",
    "tone.try": "play it",
    "tone.listen": "Listen: three times the tone of a released door (Enter ends it).",
    "tone.question": "Was it heard?",
    "tone.heard": "yes",
    "tone.silent": "no",
    "tone.advice": (
        "alsamixer: unmute the card (M) and turn it up, then sudo alsactl store; check the amplifier's "
        "supply and the loudspeaker's wires; or go back with < and choose another card"
    ),
    "microphone.why": "How loud a voice arrives, measured at the microphone. Nothing is recorded.",
    "microphone.try": "speak to it",
    "microphone.speak": "Speak as a visitor would, an arm's length away ({seconds} s; Enter ends it).",
    "microphone.works": "the microphone hears: loudest {level} dB of full scale",
    "microphone.quiet": "hardly anything was heard: loudest {level} dB of full scale",
    "microphone.quiet.advice": (
        "alsamixer, F4: choose the right input, turn it up, then sudo alsactl store; check the microphone's plug"
    ),
    "microphone.clips": "too loud: loudest {level} dB of full scale, speech is distorted",
    "microphone.clips.advice": "alsamixer, F4: turn the capture level down, then sudo alsactl store",
    # The account
    "part.account": "The station's own line",
    "account.why": (
        "Does an operator or a PBX give the station an account, or does it call telephones on its own "
        "network directly?"
    ),
    "account.label": "Account",
    "account.account": "an account, with a password (OVHcloud, another operator, a PBX)",
    "account.none": "no registrar, direct calls",
    "account.refused": "choose the other one",
    "domain.why": "The server that hosts the line, as the operator names it. With OVHcloud it may differ from this one.",
    "domain.label": "Domain",
    "registrar.why": "Where the station registers, nearly always the same.",
    "registrar.label": "Registrar",
    "proxy.why": "An outbound proxy, only where the operator names one beside the domain.",
    "proxy.label": "Proxy",
    "user.why": (
        "The number or name of the station's own line, such as 0033912345678. With OVHcloud: a line without "
        "a telephone, in international form."
    ),
    "user.label": "User",
    "own_name.why": "What the station is called on the telephones it rings.",
    "own_name.label": "Name of the station",
    "auth_user.why": "The name to log in with, only where it differs from the user.",
    "auth_user.label": "Login name",
    "password.why": "The account's password. It is not shown, and goes alone into {file}.",
    "password.kept": "There is one, from {place}: Enter keeps it.",
    "password.again": "Enter keeps the one that was typed before.",
    "password.label": "Password",
    "password.unfit": "this is no password: at most 1024 characters that can be seen",
    "registration.why": "The station can register now, and take it back at once.",
    "registration.try": "register",
    "registration.trying": "Registering (up to 8 s).",
    "registration.no_address": "check its spelling, the cable, and getent hosts",
    # The line
    "part.line": "Whom the button rings",
    "target.why": "The button rings a line of the account's server, or a whole SIP address.",
    "target.label": "The button rings",
    "target.line": "a line: a number at the domain",
    "target.uri": "a SIP address, such as sip:alice@192.168.1.20",
    "target.refused": "choose the other one",
    "line_domain.why": "The server at which the number is dialled: a name or an address, :port may follow.",
    "line_domain.label": "Domain",
    "line.why": "The number of the line that the button rings, without prefix.",
    "line.label": "Line",
    "prefix.why": (
        "What is dialled before the number so that the telephone answers by itself: 3691 with OVHcloud, "
        "where the called line has its intercom mode on. A - makes a plain call."
    ),
    "prefix.label": "Prefix",
    "uri.why": "The SIP address that the button rings, as it stands.",
    "uri.label": "SIP address",
    "ring.why": (
        "A real call, as a press of the button makes it, with sound both ways. The relay stays as it is, "
        "whatever is keyed."
    ),
    "ring.try": "ring the line",
    "ring.starting": (
        "It rings for {ring} s at most and hangs up {talk} s after the answer; Enter hangs up sooner."
    ),
    "ring.registered": "registered",
    "ring.refused": "registration refused{status}: the operator may refuse the call, too",
    "ring.unreachable": "no answer from the registrar{status}; calling all the same",
    "ring.calling": "  calling",
    "ring.ringing": "  ringing",
    "ring.without_prefix": (
        "the number with the prefix was refused ({status}): calling without it, to be answered by hand. "
        "The line's intercom mode may be off, or its number be written otherwise"
    ),
    "ring.answered": "answered. Talk; key {digit} on the telephone to see that it arrives",
    "ring.heard": "  the telephone is heard",
    "ring.released": "  its digit came: the door would be released now",
    "ring.no_sound": "! the sound card failed; the call goes on without",
    "ring.hung_up": "Hung up.",
    "ring.over": "Hung up by the station, as announced.",
    "ring.far_end": "The telephone hung up.",
    "ring.failed": "the call ended: {reason}{status}",
    # The end
    "part.finish": "The configuration",
    "finish.same": "{file} says exactly this already.",
    "finish.label": "Your choice",
    "finish.write": "write {file}",
    "finish.show": "show what would be written",
    "finish.back": "go back to the last question",
    "finish.leave": "leave without writing",
    "finish.again": "nothing is changed, and no answer is lost: mend that and choose 1 again, or leave by 4",
    "finish.written": "{file} is written",
    "finish.kept": "The file as it was: {file}",
    "finish.group": "! {file} cannot be read by the group {group}, as whom the service reads it: "
    "sudo chgrp {group} {file} and sudo chmod g+r {file}",
    "next.restart": "The station takes it with its next start:",
    "next.label": "Now",
    "next.done": "done",
    "next.check": "portier check {file}",
    "next.doctor": "portier doctor --config {file}",
    "end.left": "Left as it was: nothing is changed.",
    "end.input": "The answers ended before the last question: nothing is changed.",
    "end.interrupted": "Interrupted: nothing is changed.",
    "end.written": "The configuration is written.",
    # The file
    "file.head": (
        "Configuration of the door station, by portier setup.\n"
        '"portier config --reference" explains every key, "portier check" finds every mistake.'
    ),
    "file.lamps": (
        "\n# Lamps a visitor sees; take the # away from those that are there:\n"
        "# [lamps]\n# status = 23  # one lamp that tells everything by its rhythm\n"
    ),
}
