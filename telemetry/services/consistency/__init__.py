"""What must agree about time: events, their sums, and what pages show of both."""

from learnflow.consistency import Examination

EXAMINATIONS: tuple[Examination, ...] = ()
