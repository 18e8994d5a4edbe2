"""The intercom modes of the bench's lines: what each does with the prefix and without, at either far end."""

from __future__ import annotations

import pytest

from portier.bench.line import RING_ONLY, Agent, Answer, AnswerMode, Behaviour, What, refuse
from portier.bench.line.client import LineProcess
from portier.bench.line_mode import LineMode, Meeting, met
from portier.bench.operator_part import OperatorPart
from portier.core.events import EndReason

MODES = {"101": LineMode.OFF, "102": LineMode.PREFIXED, "103": LineMode.YES}
MEETINGS = [
    ("3691101", Meeting.UNKNOWN),
    ("101", Meeting.RINGS),
    ("3691102", Meeting.ANSWERS),
    ("102", Meeting.RINGS),
    ("3691103", Meeting.ANSWERS),
    ("103", Meeting.ANSWERS),
]


@pytest.mark.parametrize(("user", "meeting"), MEETINGS)
def test_off_refuses_the_prefix_prefixed_answers_it_and_yes_answers_every_call(
    user: str, meeting: Meeting
) -> None:
    assert met(user, "3691", MODES) is meeting


@pytest.mark.parametrize("user", ["", "3691", "36913691102", "104", "3691104", "3692102"])
def test_who_is_none_of_the_lines_has_no_mode(user: str) -> None:
    assert met(user, "3691", MODES) is None


def test_without_a_prefix_a_line_is_called_plainly() -> None:
    assert met("102", "", MODES) is Meeting.RINGS


def test_the_line_refuses_rings_and_answers_by_the_modes() -> None:
    answer = Answer(ring_s=0.1)
    behaviour = Behaviour(modes=MODES, answer=answer)
    wanted = {Meeting.UNKNOWN: refuse(404), Meeting.RINGS: RING_ONLY, Meeting.ANSWERS: answer}
    assert [behaviour.answer_for(user) for user, _ in MEETINGS] == [wanted[one] for _, one in MEETINGS]
    assert behaviour.answer_for("104").status == 404
    assert behaviour.answer_for("36919") is answer


def test_a_line_that_answers_nobody_does_so_in_every_mode() -> None:
    behaviour = Behaviour(modes=MODES, answer=refuse(486))
    assert [behaviour.answer_for(user).status for user, _ in MEETINGS] == [404, 486, 486, 486, 486, 486]


def test_a_telephone_that_is_named_goes_before_the_modes() -> None:
    assert Behaviour(modes=MODES, users={"102": refuse(486)}).answer_for("102").mode is AnswerMode.REFUSE


@pytest.mark.parametrize(("user", "meeting"), MEETINGS)
def test_a_scenario_s_operator_lets_calls_go_alike(user: str, meeting: Meeting) -> None:
    operator = OperatorPart(modes=MODES, by_itself_after_s=1.0, by_hand_after_s=4.0)
    line = operator.line(f"sip:{user}@pbx.example")
    assert line is not None
    if meeting is Meeting.UNKNOWN:
        assert (line.answers_after_s, line.status, line.reason) == (None, 404, EndReason.UNKNOWN_NUMBER)
    else:
        assert line.answers_after_s == (4.0 if meeting is Meeting.RINGS else 1.0)
    assert operator.line("sip:104@pbx.example") is None


def test_the_line_s_process_keeps_each_line_s_mode_and_takes_another() -> None:
    with LineProcess("--line", "101=off", "--line", "102=prefixed") as line, Agent() as caller:

        def calls(user: str) -> int:
            return caller.invite(f"sip:{user}@127.0.0.1:{line.port}", timeout_s=0.8)

        assert [calls(user) for user in ("3691101", "101", "3691102", "102")] == [404, 0, 200, 0]
        line.send("set_mode", line="101", mode="prefixed")
        line.send("set_mode", line="102", mode="sometimes")
        line.wait_for(What.REFUSED)
        assert calls("3691101") == 200
        assert calls("102") == 0
