"""What must agree about time: events, their sums, and what pages show of both."""

from learnflow.consistency import Examination
from telemetry.services.consistency import events, setup, standings, sums

# Events come before their sums, rows before what is summed from them.
EXAMINATIONS: tuple[Examination, ...] = (
    *setup.EXAMINATIONS,
    *events.EXAMINATIONS,
    *sums.EXAMINATIONS,
    *standings.EXAMINATIONS,
)
