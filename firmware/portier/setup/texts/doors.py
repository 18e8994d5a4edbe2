"""Doors and house: what stands behind their keys in both languages, and their complaints in French."""

COMMENTS = {
    "doors.long_release_s": (
        "a longer release, for people who need it",
        "déverrouillage plus long, pour qui en a besoin",
    ),
    "doors.may_hold": (
        "strike, relay and supply bear current for hours",
        "gâche, relais et alimentation tiennent des heures",
    ),
    "doors.held_open": (
        "the time profile of its held-open hours; takes may_hold",
        "profil des heures d'ouverture libre ; veut may_hold",
    ),
    "doors.released_by_fire": (
        "the station, too, holds it released in a fire",
        "le portier aussi la tient ouverte en cas d'incendie",
    ),
    "doors.contact_pin": ("GPIO number of the door contact", "numéro GPIO du contact de porte"),
    "doors.contact_at_rest": (
        "the contact while the door is shut",
        "le contact tant que la porte est fermée",
    ),
    "doors.contact_closed_is": ("the level of the closed contact", "le niveau du contact fermé"),
    "doors.contact_debounce_ms": (
        "how long the contact must be still to count",
        "temps de repos du contact de porte pour qu'il compte",
    ),
    "doors.forced_alarm": (
        "an alarm when it opens without a release",
        "alarme quand elle s'ouvre sans déverrouillage",
    ),
    "doors.held_open_alarm_s": (
        "so long open after a release is an alarm; 0: never",
        "ouverte si longtemps, alarme ; 0 : jamais",
    ),
    "doors.pre_alarm_s": (
        "so long before it a tone asks to shut the door",
        "si longtemps avant, un son demande de fermer",
    ),
    "doors.relock_on_opening": ("locked as soon as it has opened", "verrouillée dès qu'elle s'est ouverte"),
    "doors.exit_pin": (
        "GPIO number of the exit button's second contact",
        "numéro GPIO du second contact du bouton de sortie",
    ),
    "doors.exit_at_rest": ("that contact while nobody presses", "ce contact quand personne n'appuie"),
    "doors.exit_closed_is": (
        "the level of that contact when it is closed",
        "le niveau de ce contact quand il est fermé",
    ),
    "doors.exit_debounce_ms": (
        "how long that contact must be still to count",
        "temps de repos de ce contact pour qu'il compte",
    ),
    "doors.exit_release": (
        "usual or long: the station's own release",
        "usual ou long : la durée que donne le portier",
    ),
    "fire.pin": (
        "GPIO number of the fire contact's second contact",
        "numéro GPIO du second contact d'incendie",
    ),
    "fire.at_rest": ("the contact without a fire", "le contact sans incendie"),
    "fire.closed_is": ("the level of the closed fire contact", "le niveau du contact d'incendie fermé"),
    "fire.debounce_ms": (
        "how long the fire contact must be still to count",
        "temps de repos du contact d'incendie pour qu'il compte",
    ),
    "fire.reset": (
        "what ends the alarm: command, or automatic too",
        "fin de l'alarme : command, ou automatic aussi",
    ),
    "fire.reset_after_s": (
        "how long after the contact went back it resets",
        "si longtemps après le retour du contact, fin d'alarme",
    ),
    "tamper.pin": ("GPIO number of the outdoor box's contact", "numéro GPIO du contact du boîtier extérieur"),
    "tamper.at_rest": ("the contact while the box is shut", "le contact tant que le boîtier est fermé"),
    "tamper.closed_is": ("the level of the closed tamper contact", "le niveau du contact de boîtier fermé"),
    "tamper.debounce_ms": (
        "how long the tamper contact must be still to count",
        "temps de repos du contact de boîtier pour qu'il compte",
    ),
    "tamper.blocks_codes_s": (
        "so long access codes release nothing; 0: not",
        "si longtemps les codes n'ouvrent rien ; 0 : non",
    ),
    "light.pin": (
        "GPIO number of the stairs light's relay",
        "numéro GPIO du relais de la lumière d'escalier",
    ),
    "light.lit_s": ("how long it is lit", "combien de temps elle reste allumée"),
    "light.when": (
        "what lights it: press, release, exit, fire",
        "ce qui l'allume : press, release, exit, fire",
    ),
    "speech_button.pin": (
        "GPIO number of the button for the microphone",
        "numéro GPIO du bouton du microphone",
    ),
    "speech_button.mode": (
        "mute, or push-to-talk: heard only while pressed",
        "mute, ou push-to-talk : on n'entend que bouton appuyé",
    ),
    "speech_button.closed_is": (
        "the level of the pressed speech button",
        "le niveau du bouton du microphone appuyé",
    ),
    "speech_button.debounce_ms": (
        "how long the speech button must be still to count",
        "temps de repos du bouton du microphone pour qu'il compte",
    ),
}

TEMPLATES: tuple[tuple[str, str], ...] = (
    ("is high while the Pi boots: {}", "est haut quand le Pi démarre : {0}"),
    ("the gong would sound", "le gong sonnerait"),
    ("the light would be on", "la lumière serait allumée"),
    (
        "needs may_hold = true: only if strike, relay and supply bear current for hours",
        "veut may_hold = true : seulement si gâche, relais et alimentation tiennent des heures",
    ),
    ("does nothing without {}: wire and name that", "ne fait rien sans {0} : câblez-le et nommez-le"),
    (
        '"long" does nothing without long_release_s: say how long that is',
        '"long" ne fait rien sans long_release_s : dites combien de temps cela dure',
    ),
    (
        '"{}" does nothing without {}: wire and name that',
        '"{0}" ne fait rien sans {1} : câblez-le et nommez-le',
    ),
    ("{} is shorter than release_s, which is {}", "{0} est plus court que release_s, qui est {1}"),
    ('does nothing without reset = "automatic"', 'ne fait rien sans reset = "automatic"'),
    ("{} is longer than held_open_alarm_s, which is {}", "{0} dépasse held_open_alarm_s, qui est {1}"),
    (
        '"high" is not possible on pin {}, which has a fixed pull-up: use another pin, or wire the contact to '
        'ground and write "low"',
        '"high" est impossible sur la broche {0}, qui a un rappel fixe vers le haut : prenez-en une autre, ou '
        'câblez le contact à la masse et écrivez "low"',
    ),
)
