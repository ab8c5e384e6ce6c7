"""People on leaderboards, quickly: with a standing that they would have come to by learning."""

import re

from django.utils import timezone

from courses.models import Enrollment
from telemetry.models import WeeklyStanding
from telemetry.models.standing import week_of
from tests.factories import UserFactory


def stand(course, percent=0, seconds=0, *, week=None, person=None, **fields):
    """Somebody who is so far in a course, in so much time; with `week`, that many lessons of it this week."""
    person = person or UserFactory(**fields)
    enrollment = Enrollment.objects.create(user=person, course=course, progress=percent, seconds_spent=seconds)
    if week is not None:
        monday = week_of(timezone.now())
        WeeklyStanding.objects.create(
            enrollment=enrollment, course=course, week=monday, lessons_completed=week, seconds_spent=seconds
        )
    return person


def lines(response):
    """The lines of a leaderboard as they are read out, without the head: "1 gold medal Ada Weaver 100% 0:10:00"."""
    page = re.sub(r'<span class="lf-avatar.*?</span>', "", response.content.decode())
    rows = re.findall(r"<tr.*?</tr>", page, re.S)[1:]
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]
