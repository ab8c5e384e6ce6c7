"""What must agree in conversation: places in threads, kept counts, pictures."""

from discussions.services.consistency import counts, pictures, places
from learnflow.consistency import Examination

# Places first: replies are counted by the thread they stand in.
EXAMINATIONS: tuple[Examination, ...] = (*places.EXAMINATIONS, *counts.EXAMINATIONS, *pictures.EXAMINATIONS)
