"""What setup says in French."""

TEXTS = {
    "mark.good": "ok : ",
    "mark.colon": " : ",
    # Le début
    "begin.what": (
        "Ce dialogue demande comment le portier décrit par {file} est câblé et qui il appelle, essaie "
        "chaque chose sur-le-champ, puis écrit ce fichier. Rien n'est écrit avant la dernière question."
    ),
    "begin.kept": (
        "{file} existe déjà : son contenu est proposé en réponse, ce qui n'est pas demandé reste, et "
        "une copie en est gardée à côté."
    ),
    "begin.broken": (
        "{file} est illisible, son contenu n'est donc pas proposé : {problem}. Il reste en place jusqu'à "
        "ce qu'un nouveau soit écrit, puis est gardé à côté."
    ),
    "begin.dropped": "ceci ne peut pas être gardé : {problem}",
    "begin.others": (
        "Les questions portent sur le bouton {button} et la porte {door}. Ceci reste en l'état : {others}."
    ),
    "begin.keys": (
        "Entrée prend ce qui est entre [ ]. Un < revient à la question précédente, un - veut dire aucun. "
        "Ctrl-C met fin : rien n'est alors modifié, et ce qui est à l'essai est arrêté."
    ),
    "begin.no_terminal": (
        "Ceci n'est pas un terminal : les réponses sont prises une par ligne, et un mot de passe n'est pas "
        "masqué pendant sa saisie. Par ssh, utilisez ssh -t."
    ),
    "station.runs": (
        "{station} utilise cette configuration en ce moment : ses broches, sa carte son et son compte ne "
        "peuvent être essayés que s'il est arrêté (sudo systemctl stop portier, dans un autre terminal)."
    ),
    "station.stop": "c'est peut-être {station} qui l'occupe : sudo systemctl stop portier",
    "station.has_account": (
        "pas essayé : {station} occupe le port SIP et le compte. Arrêtez-le d'abord : sudo systemctl stop portier"
    ),
    # Toutes les questions
    "choose.wrong": "répondez par un numéro de 1 à {last}",
    "answer.needed": "il faut une réponse ici",
    "try.label": "Votre choix",
    "try.skip": "passer",
    "try.on": "continuer",
    "try.again": "essayer encore",
    "try.no_answer": "l'essai n'a pas pu se faire : rien n'a répondu",
    "try.stopped": "arrêté par Entrée avant que rien n'ait été vu",
    "try.failed": "l'essai n'a pas pu se faire : {reason}",
    "try.doctor": "portier doctor --config {file} en dit plus, une fois le fichier écrit",
    # La bibliothèque
    "part.button": "Le bouton",
    "library.why": (
        "Comment les broches sont commandées : lgpio sur tout Raspberry Pi ; rpigpio seulement si un autre "
        "programme l'exige ; mock les simule, sur un banc sans Pi."
    ),
    "library.label": "Bibliothèque",
    "library.lgpio": "lgpio, un Raspberry Pi",
    "library.rpigpio": "rpigpio, l'interface RPi.GPIO",
    "library.mock": "mock, broches simulées",
    "library.refused": "choisissez-en une autre",
    "mock_file.why": (
        "Les broches simulées peuvent être dans un fichier, où un autre programme presse le bouton et voit "
        "le relais."
    ),
    "mock_file.label": "Fichier des broches simulées",
    # Le bouton
    "button_pin.why": (
        "Le numéro GPIO de la broche du bouton, pas sa position sur le connecteur. L'autre fil du bouton "
        "va à la masse."
    ),
    "button_pin.label": "Broche du bouton, GPIO",
    "button_level.why": "Le niveau de la broche pendant que le bouton est pressé.",
    "button_level.label": "Niveau, bouton pressé",
    "button_level.low": "bas : le bouton relie la broche à la masse (le cas usuel ; rappel vers le haut activé)",
    "button_level.high": "haut : le bouton relie la broche au 3,3 V (rappel vers le bas activé)",
    "button_level.refused": "choisissez l'autre niveau, ou revenez par < pour nommer une autre broche",
    "button.why": "Quelqu'un au bouton, s'il vous plaît : il est observé, sa résistance de rappel activée.",
    "button.try": "presser maintenant",
    "button.press": (
        "Pressez le bouton sur GPIO {pin}, puis relâchez-le ({seconds} s ; Entrée met fin à l'attente)."
    ),
    "button.pressed": "  pressé",
    "button.let_go": "  relâché",
    "button.works": "le bouton fonctionne",
    "button.stuck": "pressé, et jamais relâché : est-il coincé, ou quelqu'un presse-t-il encore ?",
    "button.nothing": "aucun appui n'a été vu",
    "button.nothing.advice": (
        "vérifiez le numéro de la broche (les numéros GPIO ne sont pas les positions du connecteur), les deux "
        "fils, et que l'autre fil va bien là où le niveau le dit"
    ),
    "button.always.low": (
        "GPIO {pin} est bas alors que personne ne presse : le câble est en court-circuit, le contact est "
        "normalement fermé (le niveau est alors haut), ou quelqu'un presse. Pressez et relâchez une fois "
        "quand même."
    ),
    "button.always.high": (
        "GPIO {pin} est haut alors que personne ne presse : le contact va à la masse (le niveau est alors "
        "bas), ou au 3,3 V et il est fermé. Pressez et relâchez une fois quand même."
    ),
    "button.always.advice": (
        "le portier y verrait un bouton jamais relâché : cherchez un court-circuit, ou revenez par < et "
        "choisissez l'autre niveau"
    ),
    "button.inverted": (
        "le contact marche à l'envers : il s'ouvre quand on presse. Revenez par < et choisissez l'autre "
        "niveau, ou câblez un contact qui se ferme quand on presse"
    ),
    # La porte
    "part.door": "La porte",
    "relay_pin.why": (
        "Le numéro GPIO de la broche qui commande le relais de la gâche. Il lui faut une résistance de "
        "rappel à la masse de 4,7 à 10 kilohms, hors du Pi."
    ),
    "relay_pin.label": "Broche du relais, GPIO",
    "relay_level.why": (
        "Ce qui excite le relais. Excité veut dire porte déverrouillée, pour toute serrure : une gâche à émission se "
        "branche sur le contact NO, une gâche à rupture sur NC."
    ),
    "relay_level.label": "Le relais est excité par",
    "relay_level.high": "un niveau haut, 3,3 V",
    "relay_level.low": "un niveau bas, la masse (la plupart des cartes à relais du commerce)",
    "relay_level.refused": (
        "avec une telle carte : mettez son cavalier sur niveau haut (H) si elle en a un, ou un transistor "
        "devant le relais (hardware/relay.md), puis choisissez 1"
    ),
    "release_digit.why": (
        "Ce que l'appelé compose pour déverrouiller la porte : 1 à 4 touches parmi 0-9 et *. Ce n'est pas un "
        "secret, et cela ne compte que dans un appel passé par le portier."
    ),
    "release_digit.label": "Touche qui déverrouille la porte",
    "release_s.why": (
        "Combien de secondes la porte reste déverrouillée. La plupart des gâches ne supportent que quelques "
        "secondes."
    ),
    "release_s.label": "Secondes de déverrouillage",
    "relay.why": "Le relais peut être excité une seconde, pour l'entendre.",
    "relay.try": "exciter le relais",
    "relay.warning": (
        "LA PORTE SERA DÉVERROUILLÉE : GPIO {pin} passe au niveau haut pendant {seconds} s, et quiconque est "
        "devant la porte peut l'ouvrir."
    ),
    "relay.sure": "Déverrouiller la porte maintenant ?",
    "relay.no": "non",
    "relay.yes": "oui, déverrouiller",
    "relay.energised": "  GPIO {pin} haut : excité",
    "relay.de_energised": "  GPIO {pin} bas : au repos",
    "relay.not_locked": (
        "il n'est pas certain que le relais soit au repos : coupez son alimentation, et cherchez ce qui tient "
        "la broche"
    ),
    "relay.question": "Le relais a-t-il claqué, et la gâche bougé ?",
    "relay.heard": "oui",
    "relay.silent": "non",
    "relay.silent.advice": (
        "vérifiez le numéro de la broche, l'alimentation propre du relais, la masse commune, et l'étage de "
        "commande : une entrée qui veut 5 V ou un niveau bas ne suit pas une broche à 3,3 V. Le relais claque "
        "mais pas la gâche : son alimentation, ou NO et NC inversés"
    ),
    # Le son
    "part.sound": "Le son",
    "loudspeaker.why": "La carte du haut-parleur. Le portier connaît les cartes par leur nom, jamais par leur numéro.",
    "loudspeaker.label": "Haut-parleur",
    "microphone_card.why": "La carte du microphone, le plus souvent la même.",
    "microphone_card.label": "Microphone",
    "card.none_here": (
        "le noyau ne connaît aucune carte son pour cela : est-elle branchée, son overlay chargé ?"
    ),
    "card.alike": (
        "{cards} sont identiques : leurs noms peuvent s'échanger au prochain démarrage. Débranchez-en une, ou "
        "donnez-leur vos propres noms par udev."
    ),
    "card.as_before": "comme avant : {device}",
    "card.gone": "comme avant, mais absente en ce moment : {device}",
    "card.other": "un autre périphérique ALSA, à saisir (arecord -L et aplay -L les listent)",
    "card.simulated": "simulée, pour un banc : on n'entend rien",
    "card.none": "aucune : le portier ne fait que sonner",
    "card.device": "Nom du périphérique",
    "mixer.why": (
        "Dans le mélangeur de cette carte, ceci est en marche et devrait être coupé : {controls}. Un "
        "microphone relié au haut-parleur dans la carte siffle ; avec un gain automatique, l'écho va et "
        "vient. Le portier peut les couper chaque fois qu'il ouvre la carte."
    ),
    "mixer.label": "Mélangeur",
    "mixer.set": "laisser le portier les couper",
    "mixer.leave": "les laisser comme ils sont",
    "tone.why": "La tonalité du portier, trois fois, par le haut-parleur.",
    "tone.try": "la jouer",
    "tone.listen": "Écoutez : trois fois la tonalité d'une porte déverrouillée (Entrée l'arrête).",
    "tone.question": "L'avez-vous entendue ?",
    "tone.heard": "oui",
    "tone.silent": "non",
    "tone.advice": (
        "alsamixer : réactivez la carte (M) et montez le volume, puis sudo alsactl store ; vérifiez "
        "l'alimentation de l'amplificateur et les fils du haut-parleur ; ou revenez par < et choisissez une "
        "autre carte"
    ),
    "microphone.why": "Le niveau auquel une voix arrive au microphone. Rien n'est enregistré.",
    "microphone.try": "lui parler",
    "microphone.speak": "Parlez comme un visiteur, à une longueur de bras ({seconds} s ; Entrée met fin).",
    "microphone.works": "le microphone entend : au plus fort {level} dB de la pleine échelle",
    "microphone.quiet": "presque rien n'a été entendu : au plus fort {level} dB de la pleine échelle",
    "microphone.quiet.advice": (
        "alsamixer, F4 : choisissez la bonne entrée, montez-la, puis sudo alsactl store ; vérifiez la fiche "
        "du microphone"
    ),
    "microphone.clips": "trop fort : au plus fort {level} dB de la pleine échelle, la voix sature",
    "microphone.clips.advice": "alsamixer, F4 : baissez le niveau de capture, puis sudo alsactl store",
    # Le compte
    "part.account": "La ligne du portier",
    "account.why": (
        "Un opérateur ou un autocommutateur donne-t-il un compte au portier, ou appelle-t-il directement des "
        "postes de son propre réseau ?"
    ),
    "account.label": "Compte",
    "account.account": "un compte, avec mot de passe (OVHcloud, autre opérateur, autocommutateur)",
    "account.none": "aucun serveur d'enregistrement, appels directs",
    "account.refused": "choisissez l'autre",
    "domain.why": (
        "Le serveur qui héberge la ligne, tel que l'opérateur le nomme. Chez OVHcloud, le vôtre peut être "
        "un autre."
    ),
    "domain.label": "Domaine",
    "registrar.why": "Où le portier s'enregistre, presque toujours le même.",
    "registrar.label": "Serveur d'enregistrement",
    "proxy.why": "Un proxy sortant, seulement si l'opérateur en nomme un à côté du domaine.",
    "proxy.label": "Proxy",
    "user.why": (
        "Le numéro ou le nom de la ligne du portier, par exemple 0033912345678. Chez OVHcloud : une ligne sans "
        "poste, au format international."
    ),
    "user.label": "Utilisateur",
    "own_name.why": "Le nom du portier sur les postes qu'il appelle.",
    "own_name.label": "Nom du portier",
    "auth_user.why": "L'identifiant de connexion, seulement s'il diffère de l'utilisateur.",
    "auth_user.label": "Identifiant",
    "password.why": "Le mot de passe du compte. Il ne s'affiche pas, et va seul dans {file}.",
    "password.kept": "Il y en a un, de {place} : Entrée le garde.",
    "password.again": "Entrée garde celui qui vient d'être saisi.",
    "password.label": "Mot de passe",
    "password.unfit": "ce n'est pas un mot de passe : 1024 caractères visibles au plus",
    "registration.why": "Le portier peut s'enregistrer maintenant, et se retirer aussitôt.",
    "registration.try": "s'enregistrer",
    "registration.trying": "Enregistrement (8 s au plus).",
    "registration.no_address": "vérifiez son orthographe, le câble, et getent hosts",
    # La ligne
    "part.line": "Qui le bouton appelle",
    "target.why": "Le bouton appelle une ligne du serveur du compte, ou une adresse SIP complète.",
    "target.label": "Le bouton appelle",
    "target.line": "une ligne : un numéro du domaine",
    "target.uri": "une adresse SIP, par exemple sip:alice@192.168.1.20",
    "target.refused": "choisissez l'autre",
    "line_domain.why": (
        "Le serveur auprès duquel le numéro est composé : un nom ou une adresse, :port peut suivre."
    ),
    "line_domain.label": "Domaine",
    "line.why": "Le numéro de la ligne que le bouton appelle, sans préfixe.",
    "line.label": "Ligne",
    "prefix.why": (
        "Ce qui est composé avant le numéro pour que le poste décroche de lui-même : 3691 chez OVHcloud, si "
        "la ligne appelée a son mode intercom activé. Un - donne un appel ordinaire."
    ),
    "prefix.label": "Préfixe",
    "uri.why": "L'adresse SIP que le bouton appelle, telle quelle.",
    "uri.label": "Adresse SIP",
    "ring.why": (
        "Un vrai appel, comme le bouton le passe, avec le son dans les deux sens. Le relais ne bouge pas, "
        "quoi qu'on compose."
    ),
    "ring.try": "faire sonner la ligne",
    "ring.starting": (
        "Le poste sonne {ring} s au plus ; le portier raccroche {talk} s après la réponse, et Entrée plus tôt."
    ),
    "ring.registered": "enregistré",
    "ring.refused": "enregistrement refusé{status} : l'opérateur peut refuser l'appel aussi",
    "ring.unreachable": "pas de réponse du serveur d'enregistrement{status} ; on appelle quand même",
    "ring.calling": "  appel en cours",
    "ring.ringing": "  ça sonne",
    "ring.without_prefix": (
        "le numéro avec le préfixe a été refusé ({status}) : on appelle sans préfixe, à décrocher à la main. "
        "Le mode interphone de la ligne est peut-être désactivé, ou son numéro s'écrit autrement"
    ),
    "ring.answered": "décroché. Parlez ; composez {digit} sur le poste pour voir que la touche arrive",
    "ring.heard": "  on entend le poste",
    "ring.released": "  la touche est arrivée : la porte serait déverrouillée maintenant",
    "ring.no_sound": "! la carte son a fait défaut ; l'appel continue sans elle",
    "ring.hung_up": "Raccroché.",
    "ring.over": "Raccroché par le portier, comme annoncé.",
    "ring.far_end": "Le poste a raccroché.",
    "ring.failed": "l'appel a pris fin : {reason}{status}",
    # La fin
    "part.finish": "La configuration",
    "finish.same": "{file} dit déjà exactement cela.",
    "finish.label": "Votre choix",
    "finish.write": "écrire {file}",
    "finish.show": "montrer ce qui serait écrit",
    "finish.back": "revenir à la dernière question",
    "finish.leave": "quitter sans écrire",
    "finish.again": "rien n'est modifié, et aucune réponse n'est perdue : remédiez-y et choisissez encore 1, ou quittez par 4",
    "finish.written": "{file} est écrit",
    "finish.kept": "Le fichier tel qu'il était : {file}",
    "finish.group": "! {file} n'est pas lisible par le groupe {group}, au nom duquel le service le lit : "
    "sudo chgrp {group} {file} et sudo chmod g+r {file}",
    "next.restart": "Le portier le prendra à son prochain démarrage :",
    "next.label": "Maintenant",
    "next.done": "terminer",
    "next.check": "portier check {file}",
    "next.doctor": "portier doctor --config {file}",
    "end.left": "Tout reste en l'état : rien n'est modifié.",
    "end.input": "Les réponses s'arrêtent avant la dernière question : rien n'est modifié.",
    "end.interrupted": "Interrompu : rien n'est modifié.",
    "end.written": "La configuration est écrite.",
    # Le fichier
    "file.head": (
        "Configuration du portier, par portier setup.\n"
        "« portier config --reference » explique chaque clé, « portier check » trouve chaque faute."
    ),
    "file.lamps": (
        "\n# Voyants pour le visiteur ; enlevez le # devant ceux qui existent :\n"
        "# [lamps]\n# status = 23  # un voyant qui dit tout par son rythme\n"
    ),
}
