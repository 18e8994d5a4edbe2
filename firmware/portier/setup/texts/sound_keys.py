"""What stands behind each key of a call's sound, in English and in French."""

COMMENTS = {
    "audio.latency": (
        "normal or low: low for less delay, at the cost of the processor",
        "normal ou low : low pour moins de retard, aux frais du processeur",
    ),
    "audio.echo": (
        "auto, aec3, half-duplex or off: against echo at the far end",
        "auto, aec3, half-duplex ou off : contre l'écho chez l'autre",
    ),
    "audio.half_duplex_threshold_dbfs": (
        "from which level on the far end has the line",
        "le niveau à partir duquel le correspondant a la parole",
    ),
    "audio.half_duplex_hang_over_ms": (
        "for how long after its last word it has it",
        "combien de temps il la garde après son dernier mot",
    ),
    "audio.half_duplex_depth_db": (
        "how far the microphone is turned down meanwhile",
        "de combien le microphone est baissé pendant ce temps",
    ),
    "audio.noise_suppression_db": (
        "how far the street's noise is turned down; 0: not at all",
        "de combien le bruit de la rue est baissé ; 0 : pas du tout",
    ),
    "audio.gain_control_most_db": (
        "how much a quiet visitor is made louder at most",
        "de combien une voix faible est renforcée au plus",
    ),
    "audio.high_pass": (
        "whether wind and hum below 100 Hz are left out",
        "si le vent et le ronflement sous 100 Hz sont retirés",
    ),
    "audio.microphone_gain_db": (
        "how much louder the visitor is sent",
        "de combien le visiteur est envoyé plus fort",
    ),
    "audio.speaker_gain_db": (
        "how much louder everything is played",
        "de combien tout est joué plus fort",
    ),
    "audio.self_test_at": (
        "when the sound tries itself each day, by a short tone",
        "l'heure de l'autotest quotidien du son, par un bip court",
    ),
    "audio.self_test_by_night": (
        "whether that may be between 21:00 and 8:00",
        "s'il peut avoir lieu entre 21 h et 8 h",
    ),
    "audio.speaker_limit_dbfs": (
        "what nothing at the loudspeaker is above",
        "le niveau que rien ne dépasse au haut-parleur",
    ),
    "audio.speaker_gain_by_profile": (
        "what it is instead while a time profile applies",
        "ce qu'il est à la place pendant un profil horaire",
    ),
    "audio.follow_noise_from_dbfs": (
        "from which noise of the street on calls are played louder",
        "le bruit de la rue à partir duquel les appels sont plus forts",
    ),
    "audio.follow_noise_most_db": (
        "how much louder for it at most",
        "de combien plus fort au plus pour cela",
    ),
    "audio.loop_gain_db": (
        "how much louder the right channel is: a hearing loop",
        "de combien le canal droit est plus fort : une boucle magnétique",
    ),
}
