"""Stores that are damaged by hand, looked into, mended, and looked into again."""

from datetime import timedelta

import pytest
from django.conf import settings as stores

from courses.models import Enrollment
from courses.services.progress import complete_lesson
from learnflow import mongo
from learnflow.consistency import check
from learnflow.management.commands.check_stores import EXAMINATIONS
from tests.factories import lesson_ids


def look(*, repair=False, grace=timedelta(0), patience=timedelta(0)):
    """What differs now: {kind: finding}."""
    findings = check(EXAMINATIONS, repair=repair, grace=grace, patience=patience)
    return {each.kind.name: each for each in findings if each.count}


@pytest.fixture(autouse=True)
def _a_storage_of_its_own(settings, tmp_path):
    """Files that other tests uploaded are named by nothing any more."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def mends():
    """`mends(lesson_missing=2)`: exactly these differences are found, all are mended, and then none is left."""

    def check_it(**expected):
        found = look()
        assert {name: each.count for name, each in found.items()} == expected
        assert all(each.examples for each in found.values())
        mended = look(repair=True)
        assert {name: (each.count, each.mended) for name, each in mended.items()} == {
            name: (count, count) for name, count in expected.items()
        }
        assert look() == {}

    return check_it


@pytest.fixture
def enrollment(learner, course):
    """The learner's, with the first of three lessons done."""
    complete_lesson(learner=learner, course=course, lesson_id=lesson_ids(course)[0])
    return Enrollment.objects.get(user=learner)


@pytest.fixture
def documents(transactional_db):
    """The documents as somebody sees them who may do anything to them."""
    owner = mongo.connect(stores.MONGO_OWNER_URL)
    yield owner.get_default_database()
    owner.close()
