"""What was remembered over a restart reaches the core of the whole station."""

from __future__ import annotations

import asyncio

from tests.unit.test_config_doors import WHOLE

from portier.app import Parts, Station
from portier.bench.fakes import FakeMemory
from portier.config import load, planned
from portier.core.states import Fire, Order, State


def test_a_lock_and_a_fire_alarm_that_were_remembered_are_there_at_the_start() -> None:
    memory = FakeMemory({"door.front.lock": "on", "fire": "on", "tamper": "on"})

    async def made() -> State:
        plan = planned.plan(load.from_text(WHOLE))
        station = Station(plan, Parts(memory=memory, remembered=memory.facts), lambda _: None)
        return station.runtime.state

    state = asyncio.run(made())
    assert state.orders == {"front": Order.LOCK}
    assert state.fire is Fire.OVER
    assert state.codes_barred
