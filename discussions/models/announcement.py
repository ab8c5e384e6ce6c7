"""New lessons that the learners of a course are still to be told of."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from courses.models import Course


class Announcement(models.Model):
    """Lessons that one course got; the worker goes through its enrollments, and `reached` says how far it is.

    Every step moves `reached` in the transaction that tells those learners: whichever worker goes on after a crash,
    nobody is told twice and nobody is left out. Lessons that come before the first step are told of together.
    """

    course = models.ForeignKey(Course, models.CASCADE, related_name="+")
    lesson_ids = ArrayField(models.CharField(max_length=24))
    reached = models.BigIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "announcements"
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        constraints = [
            models.UniqueConstraint(
                fields=["course"], name="one_announcement_per_course_that_has_not_begun", condition=Q(reached=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{len(self.lesson_ids)} of {self.course_id}"
