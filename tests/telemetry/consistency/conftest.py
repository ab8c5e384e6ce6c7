"""Time that is damaged by hand, looked into, mended, and looked into again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.courses.consistency.conftest import _a_storage_of_its_own, documents, mends
from tests.factories import lesson_ids
from tests.telemetry.times import rolled_up, spend

__all__ = ["_a_storage_of_its_own", "documents", "mends"]


@pytest.fixture
def studious(transactional_db, learner, course):
    """A learner who has learned for 90 seconds on each of two days, on two lessons."""
    noon = timezone.now().replace(hour=12)
    for days in (1, 2):
        for number, lesson_id in enumerate(lesson_ids(course)[:2]):
            began = noon - timedelta(days=days, minutes=number)
            spend(learner, course, lesson_id, began=began, seconds=30 * (number + 1))
    rolled_up()
    return learner
