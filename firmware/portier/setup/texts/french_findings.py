"""Texts of the doctor, of the adapters and of a call's end, in English and in French: a table.

{} is what varies. What has no template here, such as a text of ALSA or of the kernel, is shown as it came.
"""

TEMPLATES: tuple[tuple[str, str], ...] = (
    # The new file
    (
        "{}: user {} may not write in {}: run this command by sudo, or name another file with --config",
        "{0} : l'utilisateur {1} ne peut pas écrire dans {2} : lancez cette commande par sudo, ou nommez un autre fichier par --config",
    ),
    (
        "{}: user {} may not read it: run this command by sudo, or name another file with --config",
        "{0} : l'utilisateur {1} ne peut pas le lire : lancez cette commande par sudo, ou nommez un autre "
        "fichier par --config",
    ),
    (
        "{}: there is no folder {}: make it first, or name another file with --config",
        "{0} : le dossier {1} n'existe pas : créez-le d'abord, ou nommez un autre fichier par --config",
    ),
    (
        "{}: {} is on a read-only file system: make that writable first, or name another file with --config",
        "{0} : {1} est sur un système de fichiers en lecture seule : rendez-le d'abord accessible en "
        "écriture, ou nommez un autre fichier par --config",
    ),
    (
        "{}: this is no file, and is left alone: name another",
        "{0} : ce n'est pas un fichier, rien n'y est touché : nommez-en un autre",
    ),
    ("{}: cannot be written: {}", "{0} : ne peut être écrit : {1}"),
    ("No space left on device", "plus de place sur le support"),
    ("Read-only file system", "système de fichiers en lecture seule"),
    # The registration
    (
        '"{}" at {}: accepted after {} s, and given back',
        '"{0}" auprès de {1} : accepté après {2} s, et rendu',
    ),
    (
        '"{}" at {}: refused ({}): the password or the user is wrong',
        '"{0}" auprès de {1} : refusé ({2}) : le mot de passe ou l\'utilisateur est faux',
    ),
    (
        "check {}.user, {}.auth_user and the password in {}; an operator may ban, too",
        "vérifiez {0}.user, {1}.auth_user et le mot de passe dans {2} ; un opérateur peut aussi bannir",
    ),
    (
        "check {}.user, {}.auth_user and the password's credential; an operator may ban, too",
        "vérifiez {0}.user, {1}.auth_user et le credential du mot de passe ; un opérateur peut aussi bannir",
    ),
    ('"{}" at {}: unknown user (404)', '"{0}" auprès de {1} : utilisateur inconnu (404)'),
    ("check {}.user and {}.domain", "vérifiez {0}.user et {1}.domain"),
    (
        '"{}" at {} by way of {}: no answer within {} s',
        '"{0}" auprès de {1}, par {2} : pas de réponse en {3} s',
    ),
    ('"{}" at {}: no answer within {} s', '"{0}" auprès de {1} : pas de réponse en {2} s'),
    (
        "check the host, its port, and that the router lets UDP out",
        "vérifiez l'hôte, son port, et que le routeur laisse sortir UDP",
    ),
    ('"{}" at {}: answered {}', '"{0}" auprès de {1} : a répondu {2}'),
    ("ask the operator; try again later", "demandez à l'opérateur ; réessayez plus tard"),
    ("could not be tried: no answer within {} s", "n'a pas pu être essayé : pas de réponse en {0} s"),
    ("could not be tried: {}", "n'a pas pu être essayé : {0}"),
    ("not tried: {} has no address", "pas essayé : {0} n'a pas d'adresse"),
    ("not tried: it would take the account away from {}", "pas essayé : {0} perdrait le compte"),
    ("portier status tells its registration", "portier status dit s'il est enregistré"),
    ("the running station (process {})", "le portier en marche (processus {0})"),
    (
        "whoever has UDP port {}, if that is a station",
        "celui qui occupe le port UDP {0}, si c'est un portier",
    ),
    ("not tried: {}", "pas essayé : {0}"),
    # Sound cards
    (
        '"{}", both ways, opened at {} Hz and gave sound',
        '"{0}", dans les deux sens, s\'ouvre à {1} Hz et donne du son',
    ),
    ('"{}" and "{}" opened at {} Hz and gave sound', '"{0}" et "{1}" s\'ouvrent à {2} Hz et donnent du son'),
    (
        '"{}", both ways, opened at {} Hz, but the microphone gave no sound within 200 ms',
        "\"{0}\", dans les deux sens, s'ouvre à {1} Hz, mais le microphone n'a rien donné en 200 ms",
    ),
    (
        '"{}" and "{}" opened at {} Hz, but the microphone gave no sound within 200 ms',
        '"{0}" et "{1}" s\'ouvrent à {2} Hz, mais le microphone n\'a rien donné en 200 ms',
    ),
    (
        "pull the card out and put it in again; try another USB socket",
        "débranchez la carte et rebranchez-la ; essayez une autre prise USB",
    ),
    (
        "arecord -L and aplay -L list the names; set audio.capture and audio.playback",
        "arecord -L et aplay -L listent les noms ; revenez par < pour en choisir un autre",
    ),
    ("stop the program that has the card: {}", "arrêtez le programme qui occupe la carte : {0}"),
    ("stop the program that has it", "arrêtez le programme qui l'occupe"),
    (
        "sudo apt install libasound2-dev, then pip install pyalsaaudio",
        "sudo apt install libasound2-dev, puis pip install pyalsaaudio",
    ),
    (
        'audio: cannot open capture "{}": {}. Cards here: {}',
        'le microphone "{0}" ne s\'ouvre pas : {1}. Cartes présentes : {2}',
    ),
    (
        'audio: cannot open playback "{}": {}. Cards here: {}',
        'le haut-parleur "{0}" ne s\'ouvre pas : {1}. Cartes présentes : {2}',
    ),
    ("none", "aucune"),
    ("No such file or directory", "aucun périphérique de ce nom"),
    ("Device or resource busy", "périphérique occupé"),
    # Pins, and the packages that reach them
    (
        "no /dev/gpiochip* here: this kernel has no pins",
        "pas de /dev/gpiochip* ici : ce noyau n'a pas de broches",
    ),
    (
        'run this on a Raspberry Pi, or set gpio.factory = "mock" on a bench',
        "lancez ceci sur un Raspberry Pi, ou choisissez mock sur un banc",
    ),
    ("user {} may not read and write {}", "l'utilisateur {0} ne peut pas lire et écrire {1}"),
    ("sudo usermod -aG gpio {}, then log in again", "sudo usermod -aG gpio {0}, puis reconnectez-vous"),
    (
        "none of the GPIO chips is a Raspberry Pi's (pinctrl-...): {}",
        "aucune des puces GPIO n'est celle d'un Raspberry Pi (pinctrl-...) : {0}",
    ),
    (
        "user {} may not use {}, by which {} reaches the pins",
        "l'utilisateur {0} ne peut pas utiliser {1}, par où {2} atteint les broches",
    ),
    ('factory "lgpio", but the package lgpio is missing', "lgpio est choisi, mais le paquet lgpio manque"),
    (
        'factory "rpigpio", but neither {} nor {} is here',
        "rpigpio est choisi, mais ni {0} ni {1} n'est installé",
    ),
    ('factory "{}": {} cannot be loaded: {}', "{0} : {1} ne se charge pas : {2}"),
    ("{} does not know the pins of a Raspberry Pi 5", "{0} ne connaît pas les broches d'un Raspberry Pi 5"),
    (
        "{} sees no edges on kernel {}: no button would ring (it works before kernel 6.6)",
        "{0} ne voit pas les fronts sur le noyau {1} : aucun bouton ne sonnerait (il marche avant le noyau 6.6)",
    ),
    ("{} and {} both call themselves RPi", "{0} et {1} s'appellent tous deux RPi"),
    ("pip uninstall {}, then pip install {}", "pip uninstall {0}, puis pip install {1}"),
    (
        'gpio: factory "{}" cannot be loaded: {}; install it with "{}"',
        '{0} ne se charge pas : {1} ; installez-le par "{2}"',
    ),
    (
        'gpio: factory "{}" cannot open the pins: {}; run as a user of the group "gpio"',
        '{0} ne peut ouvrir les broches : {1} ; il faut être du groupe "gpio"',
    ),
    (
        'gpio: factory "{}" cannot open the pins: {}; is this a Raspberry Pi, and is the user in the group "gpio"? On a bench set gpio.factory = "mock"',
        '{0} ne peut ouvrir les broches : {1} ; est-ce un Raspberry Pi, et l\'utilisateur est-il du groupe "gpio" ? Sur un banc, choisissez mock',
    ),
    (
        'gpio: the file of mocked pins "{}" cannot be had: {}; set gpio.mock_file',
        'le fichier des broches simulées "{0}" est inaccessible : {1} ; nommez-en un autre',
    ),
    ('gpio: cannot claim pin {} for button "{}": {}', "la broche {0} du bouton ne peut être prise : {2}"),
    ('gpio: cannot claim pin {} for door "{}": {}', "la broche {0} du relais ne peut être prise : {2}"),
    ("gpio: cannot drive pin {}: {}", "la broche {0} ne peut être commandée : {1}"),
    ("GPIO{} is held by process {}", "GPIO{0} est occupée par le processus {1}"),
    # The SIP port
    (
        "sip: cannot open UDP {}: {}; another program has the port (ss -lunp shows which): stop it, or set sip.port",
        "le port UDP {0} ne s'ouvre pas : {1} ; un autre programme l'occupe (ss -lunp dit lequel) : arrêtez-le",
    ),
    # How a call ended, and what to do
    ("hung up", "raccroché"),
    ("busy", "occupé"),
    ("declined", "refusé"),
    ("number unknown", "numéro inconnu"),
    ("not allowed", "non autorisé"),
    ("no answer", "pas de réponse"),
    ("not confirmed", "pas confirmé"),
    ("unreachable", "injoignable"),
    ("the line went dead", "la ligne est devenue muette"),
    ("failed", "échec"),
    (
        "the line ended it before anybody answered: check where it forwards to",
        "la ligne y a mis fin avant toute réponse : vérifiez ses renvois d'appel",
    ),
    (
        "press again later; if it is often so, give the line a second call or ring another",
        "réessayez plus tard ; si c'est fréquent, donnez un second appel à la ligne ou appelez-en une autre",
    ),
    (
        "somebody refused the call, or the line is set not to be disturbed",
        "quelqu'un a refusé l'appel, ou la ligne est en mode ne pas déranger",
    ),
    (
        "check the account's user and password, and that the line may call this number",
        "vérifiez l'utilisateur et le mot de passe du compte, et que la ligne a le droit d'appeler ce numéro",
    ),
    ("check the target's line and the dialling prefix", "vérifiez la ligne appelée et le préfixe"),
    (
        "check the network, the registrar and the target's address",
        "vérifiez le réseau, le serveur d'enregistrement et l'adresse appelée",
    ),
    (
        "somebody or something answered, and the confirming key did not come",
        "quelqu'un ou quelque chose a décroché, et la touche de confirmation n'est pas venue",
    ),
    (
        "check that the line answers by itself, or let it ring longer",
        "vérifiez que la ligne décroche d'elle-même, ou laissez sonner plus longtemps",
    ),
    (
        "no sound came any more: check the network between the station and the telephone",
        "il n'arrivait plus aucun son : vérifiez le réseau entre la station et le téléphone",
    ),
    ("check the line, and the codecs it accepts", "vérifiez la ligne, et les codecs qu'elle accepte"),
)
