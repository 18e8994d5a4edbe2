"""The way to a line's intercom mode in the operator's customer area, for who has no key of its API.

Source: the operator's guide "Gérer le mode intercom de votre ligne". Its names of menus are in French.
"""

from __future__ import annotations

PREFIX = "3691"
"""What the operator's intercom mode is called by, before a line's number."""

FRENCH = (
    "dans l'espace client : Téléphonie, la ligne appelée, Gestion des appels, Double appel et Intercom, "
    "cocher « Activer le mode Intercom avec préfixe 3691 » (plusieurs lignes à la fois sont possibles), "
    "valider ; puis vérifier qu'aucun renvoi ni messagerie ne prend l'appel"
)
ENGLISH = (
    'in the customer area: "Téléphonie", the line that is called, "Gestion des appels", "Double appel et '
    'Intercom", tick "Activer le mode Intercom avec préfixe 3691" (several lines at once are possible), '
    "confirm; then see that no forward and no voicemail takes the call"
)
BOTH = f"{ENGLISH}. En français : {FRENCH}"
