"""Lines at an operator, in a scenario: each call goes as the intercom mode of the line that it is for."""

from __future__ import annotations

from portier.bench.fake_phone import FarLine
from portier.bench.line_mode import LineMode, Meeting, met
from portier.bench.scenario_part import Part
from portier.core.events import EndReason


class OperatorPart(Part):
    """The modes of lines by their numbers, and how calls to them go; all times count from the INVITE."""

    modes: dict[str, LineMode]
    prefix: str = "3691"
    refused_after_s: float = 0.2
    rings_after_s: float = 0.5
    by_itself_after_s: float = 0.7
    by_hand_after_s: float = 6.0
    talks_s: float = 5.0

    def line(self, uri: str) -> FarLine | None:
        """How a call to this address goes; None where it is no line of the operator's."""
        user = uri.removeprefix("sip:").partition("@")[0]
        match met(user, self.prefix, self.modes):
            case Meeting.UNKNOWN:
                return FarLine(ends_after_s=self.refused_after_s, reason=EndReason.UNKNOWN_NUMBER, status=404)
            case Meeting.RINGS:
                return self._answered(self.by_hand_after_s)
            case Meeting.ANSWERS:
                return self._answered(self.by_itself_after_s)
            case None:
                return None

    def _answered(self, after_s: float) -> FarLine:
        return FarLine(
            rings_after_s=self.rings_after_s, answers_after_s=after_s, ends_after_s=after_s + self.talks_s
        )
