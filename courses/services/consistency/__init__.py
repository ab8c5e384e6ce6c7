"""What the two stores must agree on about courses and progress: one examination a file."""

from courses.services.consistency import (
    counts,
    documents,
    enrollments,
    epoch,
    lessons,
    outlines,
    progress,
    revisions,
    settling,
    setup,
    waiting,
)
from learnflow.consistency import Examination

# What others count on comes first: collections before documents, whole documents before what they say.
EXAMINATIONS: tuple[Examination, ...] = (
    *setup.EXAMINATIONS,
    *documents.EXAMINATIONS,
    *lessons.EXAMINATIONS,
    *revisions.EXAMINATIONS,
    *outlines.EXAMINATIONS,
    *settling.EXAMINATIONS,
    *epoch.EXAMINATIONS,
    *enrollments.EXAMINATIONS,
    *counts.EXAMINATIONS,
    *progress.EXAMINATIONS,
    *waiting.EXAMINATIONS,
)
