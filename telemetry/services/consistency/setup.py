"""The collection of events has the validator and the indexes that this version of the code counts on."""

from courses.services.consistency.setup import Setup
from telemetry import events

EXAMINATIONS = (Setup("Collection of events", events.COLLECTIONS),)
