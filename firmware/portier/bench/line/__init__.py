"""The line that answers: the far end of the bench, as a second SIP user agent in its own process."""

from .agent import Agent
from .behaviour import RING_ONLY, SILENT, Answer, AnswerMode, Behaviour, CancelMode, Registrar, refuse
from .clock import Instant
from .digest import Challenge
from .events import Event, LineError, Received, What
from .g711 import Law
from .leg import KeyWay
from .message import MessageError
from .packets import KeyShape

__all__ = [
    "RING_ONLY",
    "SILENT",
    "Agent",
    "Answer",
    "AnswerMode",
    "Behaviour",
    "CancelMode",
    "Challenge",
    "Event",
    "Instant",
    "KeyShape",
    "KeyWay",
    "Law",
    "LineError",
    "MessageError",
    "Received",
    "Registrar",
    "What",
    "refuse",
]
