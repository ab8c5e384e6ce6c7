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
    twins,
    uploads,
    waiting,
)
from learnflow.consistency import Examination

# What others count on comes first: twins go before a unique index, collections come before documents, whole documents
# before what they say. Copies of progress come before percents: what PostgreSQL lost is still in them until they are
# written anew.
EXAMINATIONS: tuple[Examination, ...] = (
    *twins.EXAMINATIONS,
    *setup.EXAMINATIONS,
    *documents.EXAMINATIONS,
    *lessons.EXAMINATIONS,
    *revisions.EXAMINATIONS,
    *outlines.EXAMINATIONS,
    *settling.EXAMINATIONS,
    *uploads.EXAMINATIONS,
    *epoch.EXAMINATIONS,
    *progress.EXAMINATIONS,
    *enrollments.EXAMINATIONS,
    *counts.EXAMINATIONS,
    *waiting.EXAMINATIONS,
)
