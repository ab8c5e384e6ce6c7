"""What somebody reported, and what became of it."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import models
from django.db.models import Count, Max, Min, Q
from django.db.models.functions import Length, Now
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from courses.models import Course
from discussions.models.comment import Comment
from discussions.models.conversation import DirectMessage
from discussions.models.post import Post, PostComment

WORDS_LIMIT = 1_000
Target = Comment | Post | PostComment | DirectMessage | User
TARGETS: dict[str, type[Target]] = {
    "comment": Comment,
    "post": Post,
    "post_comment": PostComment,
    "message": DirectMessage,
    "person": User,
}
ONE_TARGET = Q()
for _target in TARGETS:
    ONE_TARGET |= Q(**{f"{each}__isnull": each != _target for each in TARGETS})


def target_name(target: Target) -> str:
    """What kind of thing it is, as reports call it."""
    return next(name for name, model in TARGETS.items() if isinstance(target, model))


class ReportQuerySet(models.QuerySet["Report"]):
    def handled_by(self, user: "User") -> "ReportQuerySet":
        """Reports this person decides: admins all, instructors those of others' comments in their courses."""
        if user.is_admin:
            return self
        # Who is reported doesn't decide about it, nor read who did.
        of_others = Q(comment__user=None) | ~Q(comment__user_id=user.pk)
        return self.filter(of_others, comment__course__in=Course.objects.editable_by(user))

    def of(self, target: Target) -> "ReportQuerySet":
        return self.filter(**{target_name(target): target})

    def listed(
        self, *, state: str, kind: str | None, course: int | None, after: int | None
    ) -> "models.QuerySet[Report, dict[str, Any]]":
        """What is reported, each thing once, the latest first: its id under the name of its kind, the others empty.

        With `reports`, how many; `reasons`; `since`, when the first came; and `last`, the latest, by which pages go on.
        """
        found = self.filter(state=state)
        if kind:
            found = found.filter(**{f"{kind}__isnull": False})
        if course:
            found = found.filter(comment__course=course)
        things = found.order_by().values(*(f"{name}_id" for name in TARGETS))
        counted = things.annotate(
            reports=Count("pk"),
            reasons=ArrayAgg("reason", distinct=True),
            since=Min("created_at"),
            last=Max("pk"),
        )
        return (counted.filter(last__lt=after) if after else counted).order_by("-last")

    def open(self) -> "ReportQuerySet":
        return self.filter(state=Report.State.OPEN)


class Report(models.Model):
    class Reason(models.TextChoices):
        SPAM = "spam", _("Spam or advertising")
        ABUSE = "abuse", _("Insult, harassment or threat")
        HARM = "harm", _("Dangerous or illegal")
        RIGHTS = "rights", _("Somebody else's work or personal data")
        OFF_TOPIC = "off_topic", _("Doesn't belong here")
        OTHER = "other", _("Something else")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        UPHELD = "upheld", _("Upheld")
        DISMISSED = "dismissed", _("Dismissed")

    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="reports")
    comment = models.ForeignKey(Comment, models.CASCADE, null=True, related_name="reports")
    post = models.ForeignKey(Post, models.CASCADE, null=True, related_name="reports")
    post_comment = models.ForeignKey(PostComment, models.CASCADE, null=True, related_name="reports")
    message = models.ForeignKey(DirectMessage, models.CASCADE, null=True, related_name="reports")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="reports_of")
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    words = models.TextField(_("what is wrong"), blank=True, default="")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN, db_default=State.OPEN)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    handled_at = models.DateTimeField(_("decided"), null=True, editable=False)
    created_at = models.DateTimeField(_("when"), db_default=Now(), editable=False)

    objects = ReportQuerySet.as_manager()

    class Meta:
        db_table = "reports"
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [
            models.CheckConstraint(condition=ONE_TARGET, name="a_report_is_of_exactly_one_thing"),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("words"), WORDS_LIMIT), name="a_report_has_at_most_1000_characters"
            ),
            models.CheckConstraint(
                condition=Q(state="open", handled_at=None) | (~Q(state="open") & Q(handled_at__isnull=False)),
                name="a_decided_report_has_a_time",
            ),
            *(
                models.UniqueConstraint(
                    fields=["reporter", target],
                    name=f"one_open_report_per_person_and_{target}",
                    condition=Q(state="open", **{f"{target}__isnull": False}),
                )
                for target in TARGETS
            ),
        ]
        indexes = [models.Index(fields=["-id"], name="reports_open", condition=Q(state="open"))]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
