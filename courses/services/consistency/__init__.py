"""What the two stores must agree on about courses and progress: one examination a file."""

from learnflow.consistency import Examination

EXAMINATIONS: tuple[Examination, ...] = ()
