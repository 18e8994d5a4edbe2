"""Texts of the configuration's checks, in English and in French: a table, the general shapes last.

{} is what varies.
"""

TEMPLATES: tuple[tuple[str, str], ...] = (
    # How a complaint is put together
    ("to", "{0} à {1}"),
    ("is too low", "est trop petit"),
    ("is too high", "est trop grand"),
    ("is not a number one can count with", "n'est pas un nombre avec lequel on compte"),
    ("is not known", "est inconnu"),
    ("is empty", "est vide"),
    ("cannot be used", "ne peut pas servir"),
    ("true or false", "true ou false"),
    ("a whole number", "un nombre entier"),
    ("a number with a fraction", "un nombre à virgule"),
    ("a number", "un nombre"),
    ("a text", "un texte"),
    ("a list", "une liste"),
    ("a section", "une section"),
    ("a date", "une date"),
    ("a time", "une heure"),
    ("a huge number", "un nombre énorme"),
    ("something else", "autre chose"),
    ("too large", "trop grand"),
    ("one of a few words", "un mot parmi quelques-uns"),
    (
        "is {}, but must be a section: write {} and its keys in the lines below",
        "est {0}, mais doit être une section : écrivez {1} et ses clés dans les lignes suivantes",
    ),
    ("is {}, but must be {}: put it in quotes", "est {0}, mais doit être {1} : mettez-le entre guillemets"),
    ("is {}, but must be {}: put it in [ ]", "est {0}, mais doit être {1} : mettez-le entre [ ]"),
    ("is {}, but must be {}: take the quotes away", "est {0}, mais doit être {1} : enlevez les guillemets"),
    ("is {}, but must be {}", "est {0}, mais doit être {1}"),
    ("unknown key in this list", "clé inconnue dans cette liste"),
    ("is {}, which cannot be in this list", "est {0}, qui ne peut pas être dans cette liste"),
    ("is missing", "manque"),
    ("is missing. {}", "manque : {0}"),
    (
        "this section is missing: write {} and below it {}",
        "cette section manque : écrivez {0} et au-dessous {1}",
    ),
    ("unknown section. Known here: {}", "section inconnue. Connu ici : {0}"),
    ("unknown key. Known here: {}", "clé inconnue. Connu ici : {0}"),
    ("unknown section", "section inconnue"),
    ("unknown key", "clé inconnue"),
    ("unknown section here; it belongs below {}", "section inconnue ici ; sa place est sous {0}"),
    ("unknown key here; it belongs below {}", "clé inconnue ici ; sa place est sous {0}"),
    (
        'unknown key. Did you mean "{}"? A password is never written in this file: it stands alone in a file of its own',
        'clé inconnue. Vouliez-vous dire "{0}" ? Un mot de passe ne s\'écrit jamais dans ce fichier : il est seul dans le sien',
    ),
    ("above {}, up to {}", "au-dessus de {0}, jusqu'à {1}"),
    # The directory
    (
        "is no flat's number: 1 to 16 letters, digits, spaces and . / _ -",
        "n'est pas un numéro d'appartement : 1 à 16 lettres, chiffres, espaces et . / _ -",
    ),
    ("1 to 16 letters, digits, spaces and . / _ -", "1 à 16 lettres, chiffres, espaces et . / _ -"),
    ('1 to 64 characters, no ", no ; and no \\', '1 à 64 caractères, sans ", sans ; et sans \\'),
    # Addresses
    (
        "carries parameters: write the host alone; transport says how SIP goes",
        "porte des paramètres : écrivez l'hôte seul ; transport dit comment passe SIP",
    ),
    ("is a URI: write the host alone, without sip:", "est une URI : écrivez l'hôte seul, sans sip:"),
    ("has a port that is not between 1 and 65535", "a un port hors de 1 à 65535"),
    ("is not a host name", "n'est pas un nom d'hôte"),
    ("is not a host", "n'est pas un hôte"),
    (
        "is an IPv6 address without the brackets around it",
        "est une adresse IPv6 sans les crochets qui l'entourent",
    ),
    ("is not an IPv6 address", "n'est pas une adresse IPv6"),
    (
        "names an interface (behind a %), which no SIP address can: take another of its addresses",
        "nomme une interface (après un %), ce qu'aucune adresse SIP ne peut : prenez-en une autre de ses adresses",
    ),
    (
        "counts on one link alone (fe80::), and no SIP address tells which: take another of its addresses",
        "ne vaut que sur un lien (fe80::), et aucune adresse SIP ne dit lequel : prenez une autre de ses adresses",
    ),
    (
        "is an IPv4 address in the clothes of IPv6: write it as one of IPv4",
        "est une adresse IPv4 sous les habits d'IPv6 : écrivez-la comme une d'IPv4",
    ),
    (
        "is of IPv4, and by sip.bind_address the station speaks IPv6 alone",
        "est d'IPv4, et par sip.bind_address le portier ne parle qu'IPv6",
    ),
    (
        'is of IPv6, and the station speaks IPv4 alone: sip.bind_address = "::" makes it speak IPv6 alone',
        "est d'IPv6, et le portier ne parle qu'IPv4 : sip.bind_address = \"::\" fait qu'il ne parle qu'IPv6",
    ),
    (
        "is not an IP address: one of its numbers is missing or wrong",
        "n'est pas une adresse IP : un de ses nombres manque ou est faux",
    ),
    ("is not an IP address", "n'est pas une adresse IP"),
    (
        "is no IP network, which is written by its first address",
        "n'est pas un réseau IP, qui s'écrit par sa première adresse",
    ),
    (
        "networks and addresses, such as 192.0.2.0/24, 192.0.2.7 or 2001:db8::/64",
        "des réseaux et des adresses, comme 192.0.2.0/24, 192.0.2.7 ou 2001:db8::/64",
    ),
    ("holds a + that is not its first character", "contient un + ailleurs qu'au début"),
    ("has a brace without its partner", "a une accolade sans sa pareille"),
    (
        "holds braces around something other than prefix or line",
        "met entre accolades autre chose que prefix ou line",
    ),
    ("must hold {line} exactly once", "doit contenir {line} une seule fois"),
    (
        "asks for TLS (sips:): write sip:, and the account's transport says how SIP goes",
        "demande TLS (sips:) : écrivez sip:, et transport, dans le compte, dit comment passe SIP",
    ),
    ("does not begin with sip:", "ne commence pas par sip:"),
    (
        "carries headers (behind a ?), which are not allowed",
        "porte des en-têtes (après un ?), ce qui n'est pas permis",
    ),
    (
        "carries a parameter other than ;transport=udp or ;user=phone",
        "porte un autre paramètre que ;transport=udp ou ;user=phone",
    ),
    ("holds a password before the @: take it out", "contient un mot de passe avant le @ : enlevez-le"),
    ("holds a #: write it as %23", "contient un # : écrivez-le %23"),
    (
        "holds something before the @ that a SIP URI cannot hold",
        "contient avant le @ ce qu'une URI SIP ne peut contenir",
    ),
    (
        "a host name, an IPv4 address, or an IPv6 address in [ ]; :port may follow",
        "un nom d'hôte, une adresse IPv4, ou une adresse IPv6 entre [ ] ; :port peut suivre",
    ),
    (
        "an address of this machine; 0.0.0.0 for all of IPv4, :: for all of IPv6",
        "une adresse de cette machine ; 0.0.0.0 pour toutes celles d'IPv4, :: pour toutes celles d'IPv6",
    ),
    ("letters, digits and _ . ! ~ * ' + -", "lettres, chiffres et _ . ! ~ * ' + -"),
    (
        'letters, digits and signs, no space, no " and no \\',
        'lettres, chiffres et signes, sans espace, sans " ni \\',
    ),
    (
        'keys of a telephone (0-9 * #); "" for a plain call',
        'touches de téléphone (0-9 * #) ; "" pour un appel ordinaire',
    ),
    (
        "letters, digits and . _ - * #, with a + at most at the start",
        "lettres, chiffres et . _ - * #, un + au plus, au début",
    ),
    (
        "{line} once, {prefix}, and characters of a number",
        "{line} une fois, {prefix}, et des caractères de numéro",
    ),
    (
        "sip:user@host or sip:user@host:port; ;transport=udp and ;user=phone may follow",
        "sip:nom@hôte ou sip:nom@hôte:port ; ;transport=udp et ;user=phone peuvent suivre",
    ),
    # Names, captions, digits, paths
    ("is empty: leave the key out instead", "est vide : n'écrivez pas la clé plutôt"),
    ("has {} characters, at most {} are allowed", "a {0} caractères, {1} au plus sont permis"),
    ("holds a space", "contient un espace"),
    ("holds the character {}", "contient le caractère {0}"),
    (
        "holds a line break or another character that cannot be seen",
        "contient un saut de ligne ou un autre caractère invisible",
    ),
    ("cannot be a name", "ne peut pas être un nom"),
    ('holds a " or a \\', 'contient un " ou un \\'),
    (
        "names the card by its index, which changes from start to start: name it by its id",
        "nomme la carte par son numéro, qui change d'un démarrage à l'autre : nommez-la par son identifiant",
    ),
    ("is a folder", "est un dossier"),
    (
        "holds #, which prolongs a call and does nothing else",
        "contient #, qui prolonge un appel et ne fait rien d'autre",
    ),
    ("is not 1 to 4 keys of a telephone", "n'est pas fait de 1 à 4 touches de téléphone"),
    (
        "is * alone, which ends an attempt and is none",
        "est * seul, qui met fin à un essai et n'en est pas un",
    ),
    ("names no file", "ne nomme aucun fichier"),
    (
        "begins with ~, which is not expanded: write the whole path",
        "commence par ~, qui n'est pas remplacé : écrivez le chemin entier",
    ),
    (
        "a small letter, then small letters, digits, _ and -; at most 32",
        "une minuscule, puis minuscules, chiffres, _ et - ; 32 au plus",
    ),
    ('1 to 64 characters, no " and no \\', '1 à 64 caractères, sans " ni \\'),
    (
        'a device of ALSA, its card named by id: "plughw:CARD=Device"',
        'un périphérique ALSA, sa carte nommée par son identifiant : "plughw:CARD=Device"',
    ),
    ("letters, digits and _ . @ -", "lettres, chiffres et _ . @ -"),
    (
        '1 to 4 keys of 0-9 and *, in quotes: "5"; not * alone',
        '1 à 4 touches parmi 0-9 et *, entre guillemets : "5" ; pas * seul',
    ),
    ("1 to 4 keys of 0-9 and *; not * alone", "1 à 4 touches parmi 0-9 et * ; pas * seul"),
    ("the path of a file", "le chemin d'un fichier"),
    ("the path of a folder", "le chemin d'un dossier"),
    # What a pin may carry
    (
        "has a fixed pull-up to 3.3 V: it would release the door at power-up",
        "a un rappel fixe au 3,3 V : il déverrouillerait la porte à la mise sous tension",
    ),
    (
        "is pulled up while the Pi boots: it would release the door",
        "est tiré vers le haut pendant que le Pi démarre : il déverrouillerait la porte",
    ),
    (
        "is a line of SPI, which moves it where it is on: it would release the door",
        "est une ligne du SPI, qui la fait bouger s'il est actif : elle déverrouillerait la porte",
    ),
    (
        "is a line of I2S, which a sound HAT moves: it would release the door",
        "est une ligne I2S, qu'un HAT audio fait bouger : elle déverrouillerait la porte",
    ),
    (
        "carries the Pi's boot messages: they would release the door",
        "porte les messages de démarrage du Pi : ils déverrouilleraient la porte",
    ),
    (
        "is pulled up when the serial port is on: it would release the door",
        "est tiré vers le haut quand le port série est actif : il déverrouillerait la porte",
    ),
    ("belongs to the EEPROM of a HAT", "appartient à l'EEPROM d'un HAT"),
    (
        "is not a GPIO number of the header, whose positions are counted otherwise",
        "n'est pas un numéro GPIO du connecteur, dont les positions se comptent autrement",
    ),
    ("GPIO 2 to 27", "GPIO 2 à 27"),
    ("GPIO 12, 13, 16, 17 and 22 to 27", "GPIO 12, 13, 16, 17 et 22 à 27"),
    ("GPIO 9 to 13 and 16 to 27", "GPIO 9 à 13 et 16 à 27"),
    # Single values
    ("names a codec twice", "nomme un codec deux fois"),
    ("is odd, and RTP stands on even ports", "est impair, et RTP veut des ports pairs"),
    ("an even number, 1024 to 65336", "un nombre pair, 1024 à 65336"),
    (
        "61 to 86400; at or under 60 s an operator may ban the station",
        "61 à 86400 ; à 60 s ou moins un opérateur peut bannir le portier",
    ),
    (
        "above 0, up to 60: a strike may burn, and a door must not stay open",
        "au-dessus de 0, jusqu'à 60 : une gâche peut brûler, et une porte ne doit pas rester ouverte",
    ),
    (
        "is not possible: energised is released, always. A driver that is active low would release the door whenever its pin is claimed",
        "n'est pas possible : excité veut dire déverrouillé, toujours. Une commande active au niveau bas déverrouillerait la porte chaque fois que sa broche est prise",
    ),
    # What does not fit together
    (
        "none is described: write [{}.NAME] and its keys in the lines below",
        "rien n'est décrit : écrivez [{0}.NOM] et ses clés dans les lignes suivantes",
    ),
    (
        "pin {} is already that of {}: wire and name another",
        "la broche {0} est déjà celle de {1} : câblez-en et nommez-en une autre",
    ),
    (
        "is missing: say whom the button rings, by line, uri, target or list",
        "manque : dites qui le bouton appelle, par line, uri, target ou list",
    ),
    (
        "is missing: say whom the target is, by line or by uri",
        "manque : dites quel poste c'est, par line ou par uri",
    ),
    ("cannot stand beside line: keep one of them", "ne va pas avec line : gardez l'un des deux"),
    ("cannot stand beside {}: keep one of them", "ne va pas avec {0} : gardez l'un des deux"),
    (
        "there is no [targets.{}]: describe it, or name another",
        "il n'y a pas de [targets.{0}] : décrivez-le, ou nommez-en un autre",
    ),
    (
        "there is no [lists.{}]: describe it, or name another",
        "il n'y a pas de [lists.{0}] : décrivez-la, ou nommez-en une autre",
    ),
    (
        "its + would not be the first character of the number, as the prefix stands before it: write the line without +, or prefix = false",
        "son + ne serait pas le premier caractère du numéro, puisque le préfixe le précède : écrivez la ligne sans +, ou prefix = false",
    ),
    (
        "is missing: step {} rings several at once, and one that answers by itself, perhaps in an empty flat, would always win. Name a key that somebody must press",
        "manque : l'étape {0} en appelle plusieurs à la fois, et celui qui décroche tout seul, peut-être dans un logement vide, gagnerait toujours. Nommez une touche que quelqu'un doit presser",
    ),
    (
        "leads back to this list: nobody would be tried in the end, leave it out",
        "ramène à cette liste : à la fin plus personne ne serait essayé, enlevez-le",
    ),
    (
        "begins the release digit of doors.{}: pressed twice it could release the door, choose another key",
        "commence le chiffre d'ouverture de doors.{0} : pressée deux fois elle pourrait ouvrir la porte, choisissez une autre touche",
    ),
    (
        "holds 603, by which somebody declines: that is never asked twice",
        "contient 603, par lequel quelqu'un refuse : cela ne se demande jamais deux fois",
    ),
    (
        "holds a number that is no SIP status code of a refusal",
        "contient un nombre qui n'est pas le code SIP d'un refus",
    ),
    ("names a target twice", "nomme deux fois un poste"),
    (
        "rings more than 4 targets at once: make more steps of it",
        "en appelle plus de 4 à la fois : faites-en plusieurs étapes",
    ),
    ("is not one key of a telephone", "n'est pas une touche de téléphone"),
    ("SIP status codes, 400 to 699, but not 603", "des codes SIP, de 400 à 699, mais pas 603"),
    (
        "names of 1 to 4 targets, all rung at once",
        "les noms de 1 à 4 postes, appelés tous à la fois",
    ),
    (
        '1 to 8 of { ring = ["TARGET", ...], seconds = 20 }',
        '1 à 8 fois { ring = ["POSTE", ...], seconds = 20 }',
    ),
    ('one key of 0-9 and *, in quotes: "1"', 'une touche, 0-9 ou *, entre guillemets : "1"'),
    (
        '"high" is not possible on pin {}, which has a fixed pull-up: use another pin, or wire the button to ground and write "low"',
        '"high" n\'est pas possible sur la broche {0}, qui a un rappel fixe vers le haut : prenez une autre broche, ou câblez le bouton à la masse et écrivez "low"',
    ),
    ("is not a number as a registrar shows it", "n'est pas un numéro tel qu'un registrar le montre"),
    (
        'numbers as the registrar shows them, such as ["0033123456789", "201"]',
        'des numéros tels que le registrar les montre, comme ["0033123456789", "201"]',
    ),
    (
        "is missing: without a list of callers no call is taken",
        "manque : sans liste d'appelants, aucun appel n'est accepté",
    ),
    (
        "needs sip.registrar: a caller is believed only where a registrar names him",
        "demande sip.registrar : un appelant n'est cru que si un registrar le nomme",
    ),
    (
        "needs lamps.talking or lamps.status: nobody may listen without the visitor seeing it",
        "demande lamps.talking ou lamps.status : personne ne peut écouter sans que le visiteur le voie",
    ),
    (
        "names a caller that accept_from_numbers does not: write the number there too",
        "nomme un appelant que accept_from_numbers ne nomme pas : écrivez-y aussi ce numéro",
    ),
    # Keypads, and callers' access codes
    (
        "has a key that no code and no flat's number can have",
        "a une touche qu'aucun code et aucun numéro d'appartement ne peut avoir",
    ),
    (
        "GPIO 2 to 27, in the order of the keypad: [18, 19, 20, 21]",
        "GPIO 2 à 27, dans l'ordre du clavier : [18, 19, 20, 21]",
    ),
    (
        'the rows of keys, 0 to 9, * and #, a dot for one that does nothing: ["123", "456", "789", "*0#"]',
        'les lignes de touches, 0 à 9, * et #, un point pour celle qui ne fait rien : ["123", "456", "789", "*0#"]',
    ),
    (
        "names a caller of release_from_numbers: his keys can be a release digit or a code, not both",
        "nomme un appelant de release_from_numbers : ses touches sont un code d'ouverture ou un code d'accès, pas les deux",
    ),
    (
        "is missing: say which door the codes of callers release",
        "manque : dites quelle porte les codes des appelants ouvrent",
    ),
    (
        "{} is no door of this file: describe it, or name another",
        "{0} n'est aucune porte de ce fichier : décrivez-la, ou nommez-en une autre",
    ),
    (
        "pin {} has a fixed pull-up, which a row must not have: use it for a column",
        "la broche {0} a une résistance de rappel fixe, qu'une ligne ne doit pas avoir : prenez-la pour une colonne",
    ),
    (
        "is missing: a matrix has the pins of its rows and of its columns",
        "manque : une matrice a les broches de ses lignes et de ses colonnes",
    ),
    (
        "does not have {} rows of {} keys, as many as there are pins",
        "n'a pas {0} lignes de {1} touches, autant qu'il y a de broches",
    ),
    (
        "has no digit: no code and no flat's number can be keyed",
        "n'a aucun chiffre : ni code ni numéro d'appartement ne peut être composé",
    ),
    ("has {} twice: each key stands in one place", "a deux fois {0} : chaque touche est à une seule place"),
    ("is missing: a reader has two lines, D0 and D1", "manque : un lecteur a deux lignes, D0 et D1"),
    (
        "and keys are none: then the reader reads nothing",
        "et keys valent none : le lecteur ne lirait alors rien",
    ),
    (
        'needs gpio.factory = "lgpio": the other library does not tell when a pulse came',
        'demande gpio.factory = "lgpio" : l\'autre bibliothèque ne dit pas quand une impulsion est venue',
    ),
    (
        'does nothing where kind is "{}": take it away',
        'ne fait rien quand kind est "{0}" : enlevez-le',
    ),
    ("is high while the Pi boots: the gong would sound", "est haut quand le Pi démarre : le gong sonnerait"),
    # Announcements and volume
    (
        "cannot be read: name a folder that the service's user may read",
        "ne peut pas être lu : nommez un dossier que l'utilisateur du service peut lire",
    ),
    ("{} is the name of no announcement: call it {}", "{0} n'est le nom d'aucune annonce : appelez-le {1}"),
    (
        "{} has {} channels of {} bit: one or two of 8 to 32 bit can be used",
        "{0} a {1} canaux de {2} bits : un ou deux, de 8 à 32 bits, peuvent servir",
    ),
    ("{} has a wrong header: {} Hz cannot be", "{0} a un en-tête faux : {1} Hz n'est pas possible"),
    (
        "{} has a wrong header, which promises more sound than there is: save it anew",
        "{0} a un en-tête faux, qui promet plus de son qu'il n'y en a : enregistrez-le de nouveau",
    ),
    (
        "{} has a wrong header: it is no WAV file, or only a part of one",
        "{0} a un en-tête faux : ce n'est pas un fichier WAV, ou seulement une partie",
    ),
    (
        "{} is not plain PCM but has {}: save it as PCM with 16 bit",
        "{0} n'est pas du PCM simple mais a {1} : enregistrez-le en PCM de 16 bits",
    ),
    ("an extended header", "un en-tête étendu"),
    ("format {}", "le format {0}"),
    (
        "{} is empty: leave it out, or let it hold a moment of silence",
        "{0} est vide : supprimez-le, ou mettez-y un instant de silence",
    ),
    (
        "{} lasts {} s, and at most {} s are allowed",
        "{0} dure {1} s, et {2} s au plus sont permises",
    ),
    (
        '"speech" needs a language, or a talk_now.wav in the folder: else a talk begins with the tone',
        '"speech" demande une langue, ou un talk_now.wav dans le dossier : sinon un entretien commence par le bip',
    ),
    ('a time of day: "14:00"', 'une heure du jour : "14:00"'),
    ("is not like 14:00", "n'est pas de la forme 14:00"),
    ('needs card = "alsa", but card is "{}"', 'veut card = "alsa", mais card est "{0}"'),
    (
        "does nothing without self_test_at: say when",
        "ne fait rien sans self_test_at : dire quand",
    ),
    (
        "is between 21:00 and 08:00, when people sleep: take a time of the day, or write "
        "self_test_by_night = true",
        "est entre 21:00 et 08:00, quand on dort : choisir une heure de la journée, ou écrire "
        "self_test_by_night = true",
    ),
    (
        'a list: [{ profile = "night", volume_db = -12 }]',
        'une liste : [{ profile = "night", volume_db = -12 }]',
    ),
    (
        'a list: [{ profile = "night", gain_db = -12 }]',
        'une liste : [{ profile = "night", gain_db = -12 }]',
    ),
    (
        'does nothing with card = "none": there is no loudspeaker',
        'ne fait rien avec card = "none" : il n\'y a pas de haut-parleur',
    ),
    (
        'does nothing with audio.card = "none": there is no microphone',
        'ne fait rien avec audio.card = "none" : il n\'y a pas de microphone',
    ),
    ('needs card = "alsa", one with two channels', 'demande card = "alsa", une carte à deux canaux'),
    (
        "does nothing without follow_noise_from_dbfs: say from which noise on it is louder",
        "ne fait rien sans follow_noise_from_dbfs : dites à partir de quel bruit c'est plus fort",
    ),
    (
        "needs a speaker_limit_dbfs below 0: louder than loud would be clipped",
        "demande un speaker_limit_dbfs sous 0 : plus fort que fort serait écrêté",
    ),
    (
        'a list: [{ control = "Mic", capture = "80%" }, { control = "Speaker", playback = "-6 dB" }]',
        'une liste : [{ control = "Mic", capture = "80%" }, { control = "Speaker", playback = "-6 dB" }]',
    ),
    (
        '"80%", "-6 dB", "on", "off", or one of the words that the control has to choose from',
        '"80%", "-6 dB", "on", "off", ou un des mots que le réglage propose',
    ),
    ("is not from 0% to 100%", "n'est pas entre 0% et 100%"),
    (
        'looks like a level, but a level is like "80%" or "-6 dB"',
        'ressemble à un niveau, mais un niveau s\'écrit "80%" ou "-6 dB"',
    ),
    (
        'looks like a switch, but a switch is "on" or "off"',
        'ressemble à un interrupteur, mais un interrupteur est "on" ou "off"',
    ),
    ('sets {} of "{}" twice: keep one of them', 'règle deux fois {0} de "{1}" : garder une seule fois'),
    (
        "sets nothing: write capture or playback, or both",
        "ne règle rien : mettez capture, playback ou les deux",
    ),
    ("is no level of noise suppression", "n'est pas un niveau de réduction du bruit"),
    ("0, 6, 12, 18 or 21", "0, 6, 12, 18 ou 21"),
    # Time profiles
    ("is not two capital letters", "n'est pas deux majuscules"),
    ('two letters, such as "FR"', 'deux lettres, par exemple "FR"'),
    (
        'a list: [{ profile = "night", line = "..." }], or with uri, target, list, flat or resident in its place',
        'une liste : [{ profile = "night", line = "..." }], ou avec uri, target, list, flat ou resident à sa place',
    ),
    ("is not like 08:00-12:00", "n'est pas comme 08:00-12:00"),
    ("holds a time that no clock shows", "contient une heure qu'aucune horloge ne montre"),
    (
        "ends as it begins: leave hours out for the whole day",
        "finit comme il commence : enlevez hours pour toute la journée",
    ),
    (
        "is not a day of the calendar, or not like 2026-12-24",
        "n'est pas un jour du calendrier, ou pas comme 2026-12-24",
    ),
    ("ends before it begins", "finit avant de commencer"),
    (
        'days and rows of days: ["2026-12-24", "2027-08-01 to 2027-08-15"]',
        'des jours et des suites de jours : ["2026-12-24", "2027-08-01 to 2027-08-15"]',
    ),
    (
        'a list of hours: ["08:00-12:00", "13:30-18:00"], past midnight too: ["22:00-06:00"]',
        'une liste d\'heures : ["08:00-12:00", "13:30-18:00"], minuit passé aussi : ["22:00-06:00"]',
    ),
    (
        'is not known to this machine: write a name such as "Europe/Paris", or leave it out for the system\'s own',
        'est inconnu de cette machine : écrivez un nom comme "Europe/Paris", ou rien pour celui du système',
    ),
    ("does nothing without country: name that, too", "ne fait rien sans country : nommez-le aussi"),
    (
        "is missing: profile {} asks for public holidays, which each country has of its own",
        "manque : le profil {0} demande les jours fériés, et chaque pays a les siens",
    ),
    (
        "names a profile that is not there: {}",
        "nomme un profil qui n'existe pas : {0}",
    ),
    ("write [profiles.{}] as it is called there", "écrivez [profiles.{0}] comme il s'appelle là-bas"),
    ("write [profiles.NAME], too", "écrivez aussi [profiles.NAME]"),
    (
        "needs sip.domain, at which it is dialled: name that, or write a uri",
        "veut sip.domain, où il est composé : nommez-le, ou écrivez une uri",
    ),
    (
        'is no country whose holidays are known: write its two letters, such as "FR" or "DE"',
        'n\'est pas un pays dont les jours fériés sont connus : écrivez ses deux lettres, comme "FR" ou "DE"',
    ),
    (
        "cannot be checked, as the Python package of public holidays cannot be loaded ({}): install Portier "
        "anew, or leave holidays and subdivision out",
        "ne peut être vérifié, car le paquet Python des jours fériés ne se charge pas ({0}) : réinstallez "
        "Portier, ou omettez holidays et subdivision",
    ),
    (
        "is not known in that country. Known there: {}",
        "est inconnu dans ce pays. Connu là-bas : {0}",
    ),
    # Limits of a call
    (
        "does nothing without cool_down_after: say after how many unanswered calls a button rests",
        "ne fait rien sans cool_down_after : dites après combien d'appels sans réponse un bouton se repose",
    ),
    ("{} is longer than max_release_s, which is {}", "{0} dépasse max_release_s, qui est {1}"),
    ("is that of {} too: give each door its own", "est aussi celui de {0} : donnez le sien à chaque porte"),
    (
        "begins with that of {}, which would be released first: choose another",
        "commence par celui de {0}, qui serait déverrouillée avant : choisissez-en un autre",
    ),
    (
        "begins that of {}, which could never be released: choose another",
        "est le début de celui de {0}, qui ne pourrait jamais être déverrouillée : choisissez-en un autre",
    ),
    (
        "cannot stand beside password_file: keep one of them",
        "ne va pas avec password_file : gardez l'un des deux",
    ),
    (
        "is missing: a registrar asks for a password. Name the file that holds it, or a credential of systemd as password_credential",
        "manque : un serveur d'enregistrement demande un mot de passe. Nommez le fichier qui le contient, ou un credential de systemd sous password_credential",
    ),
    (
        "the account of [sip] is called {}: give this one another name",
        "le compte de [sip] s'appelle {0} : donnez un autre nom à celui-ci",
    ),
    (
        "is missing: [sip] is the first account, those in [accounts.NAME] stand in for it. Describe the first one there",
        "manque : [sip] est le premier compte, ceux de [accounts.NOM] le remplacent. Décrivez-y le premier",
    ),
    ('needs transport = "tls", but transport is "{}"', 'veut transport = "tls", mais transport est "{0}"'),
    ("{} lies among the ports for sound, {} to {}", "{0} est parmi les ports du son, {1} à {2}"),
    (
        "is missing: {} is dialled at it. Name it, or give a uri in place of the line",
        "manque : {0} est composé auprès de lui. Nommez-le, ou donnez une uri à la place de la ligne",
    ),
    (
        "is missing: a registration needs it, often the same as registrar",
        "manque : un enregistrement en a besoin, souvent le même que registrar",
    ),
    (
        "leaves out {prefix}, so that prefix would never be dialled",
        "omet {prefix}, le préfixe ne serait donc jamais composé",
    ),
    (
        'its + would not be the first character of the number, as the prefix stands before it: write the line without +, or dialling.prefix = ""',
        'son + ne serait pas le premier caractère du numéro, puisque le préfixe est devant : écrivez la ligne sans +, ou dialling.prefix = ""',
    ),
    ('needs card = "simulated", but card is "{}"', 'veut card = "simulated", mais card est "{0}"'),
    (
        'is missing: card is "alsa". Name a device of {}, such as "plughw:CARD=Device", or write card = "none" for a station that only rings',
        'manque : card est "alsa". Nommez un périphérique de {0}, par exemple "plughw:CARD=Device", ou écrivez card = "none" pour un portier qui ne fait que sonner',
    ),
    ('needs factory = "mock", but factory is "{}"', 'veut factory = "mock", mais factory est "{0}"'),
    # The files that are named
    (
        "the file it names is empty: write the password into it",
        "le fichier qu'il nomme est vide : écrivez-y le mot de passe",
    ),
    (
        "the file it names holds more than a password: write the password alone, on one line",
        "le fichier qu'il nomme contient plus qu'un mot de passe : écrivez-y le mot de passe seul, sur une ligne",
    ),
    (
        "the file it names does not exist (a relative path counts from the folder of this file). Write the password alone into a file and name the file here",
        "le fichier qu'il nomme n'existe pas (un chemin relatif part du dossier de ce fichier). Écrivez le mot de passe seul dans un fichier et nommez-le ici",
    ),
    (
        "the file it names does not exist (a relative path counts from the folder of this file)",
        "le fichier qu'il nomme n'existe pas (un chemin relatif part du dossier de ce fichier)",
    ),
    (
        "the file it names holds no certificates in PEM form (BEGIN CERTIFICATE)",
        "le fichier qu'il nomme ne contient pas de certificats au format PEM (BEGIN CERTIFICATE)",
    ),
    (
        "the file it names is no WAV file with one channel, 16 bit, 8000 or 16000 Hz",
        "le fichier qu'il nomme n'est pas un fichier WAV à un canal, 16 bits, 8000 ou 16000 Hz",
    ),
    ("the file it names cannot be read: {}", "le fichier qu'il nomme n'est pas lisible : {0}"),
    ("the file it names is not UTF-8 text", "le fichier qu'il nomme n'est pas du texte UTF-8"),
    (
        "the file it names cannot be read by user {} ({}): let it belong to the user or group of the service, or run this command by sudo",
        "le fichier qu'il nomme n'est pas lisible par l'utilisateur {0} ({1}) : donnez-le à l'utilisateur ou au groupe du service, ou lancez cette commande par sudo",
    ),
    # What any complaint may end with
    ("{} (allowed: {})", "{0} (permis : {1})"),
    ('{}. Did you mean "{}"?', '{0}. Vouliez-vous dire "{1}" ?'),
)
