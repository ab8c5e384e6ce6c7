"""What is said about a course and its lessons, and who may read it.

A thread is a root and everything below it. What a reply takes from its parent (course, lesson, privacy, place in the
thread) a trigger writes when it is inserted, and nothing changes it afterwards.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Concat, Length, Now
from django.db.models.lookups import LessThanOrEqual
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from courses.models import Course, Enrollment
from discussions.models.comparisons import IsAmong
from discussions.models.hiding import Hideable
from learnflow.prepared import Prepared

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

COMMENT_LIMIT = 5_000
# A path has so many digits for each level, as `path_part` writes them; after the last of them comes this sign.
PLACE_DIGITS, BEYOND_DIGITS = 7, "{"


class ConfidenceOrder(models.Func):
    """The lower bound of what share of votes is up, were many more to come: the order "best".

    E. B. Wilson's score interval ("Probable inference, the law of succession, and statistical inference", 1927), one
    side of it, at 90 %: three of three is less sure than 95 of 100. Nobody's vote counts more than another's.
    """

    function = "confidence_order"
    output_field = models.FloatField()


@dataclass(frozen=True)
class Everybody:
    """All people of one role who may sign in, in the place of a person: whom the query around goes through."""

    role: Role
    pk = RawSQL('"users"."id"', (), models.BigIntegerField())
    is_authenticated = can_sign_in = True

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ADMIN

    @property
    def is_staff(self) -> bool:
        return self.role != Role.LEARNER


def readable_courses(user: "User | AnonymousUser") -> models.QuerySet[Course]:
    """Courses whose discussion this person may read and join: those they teach or run, and those they are taking."""
    if not (user.is_authenticated and user.can_sign_in):
        return Course.objects.none()
    if user.is_admin:
        return Course.objects.all()
    taken = Q(is_published=True, pk__in=Enrollment.objects.of(user).standing().values("course"))
    return Course.objects.filter(taken | Q(instructor_id=user.pk) if user.is_staff else taken)


class CommentQuerySet(models.QuerySet["Comment"]):
    def visible_to(self, user: "User | AnonymousUser") -> "CommentQuerySet":
        """Comments whose words this person may read: everything else that shows or counts comments begins here."""
        if not (user.is_authenticated and user.can_sign_in):
            return self.none()
        return self.filter(_is_in_reach(user) & _is_legible(user))

    def standing_for(self, user: "User | AnonymousUser") -> "CommentQuerySet":
        """The places of threads that this person sees: the visible, and those of removed ones that have replies.

        Each has `is_legible`; of the others nothing but their place may be shown.
        """
        if not (user.is_authenticated and user.can_sign_in):
            return self.none().annotate(is_legible=Value(False))
        return self.filter(_is_in_reach(user) & (_is_legible(user) | Exists(_words_below(user)))).annotate(
            is_legible=models.Case(models.When(_is_legible(user), then=True), default=False)
        )

    def readers_among(self, comment: "Comment", user_ids: Iterable[int]) -> set[int]:
        """Those of these people who may read this comment today, in one query: `visible_to` for each of them."""
        return {pk for (pk,) in READERS.rows(comment.pk, list(user_ids))}

    def hold_thread(self, comment_id: int) -> None:
        """Keep others from changing this comment's thread until the transaction ends.

        Whoever changes anything in a thread, but for votes, does this first: every change in it may touch its root.
        """
        root = self.filter(pk=comment_id).values("root")
        list(self.filter(pk=models.Subquery(root)).select_for_update(no_key=True).values_list("pk"))

    def moderated_by(self, user: "User | AnonymousUser") -> "CommentQuerySet":
        """Comments in discussions that this person looks after: pin, answer, lock, hide."""
        return self.filter(course__in=Course.objects.editable_by(user))

    def public(self) -> "CommentQuerySet":
        return self.filter(is_private=False)

    def private(self) -> "CommentQuerySet":
        return self.filter(is_private=True)

    def threads(self) -> "CommentQuerySet":
        """The roots."""
        return self.filter(parent=None)

    def with_vote_of(self, user: "User") -> "CommentQuerySet":
        """Each with `viewer_vote`: 1, -1, or None."""
        mine = models.FilteredRelation("votes", condition=Q(votes__user=user))
        return self.annotate(vote_of_viewer=mine, viewer_vote=F("vote_of_viewer__vote_type"))


def _is_in_reach(user: "User") -> Q:
    """In a discussion they may read, and public, or theirs, or asked of the staff they are."""
    if user.is_admin:
        return Q()
    privately = Q(is_private=False) | Q(asker_id=user.pk)
    if user.is_staff:
        privately |= _is_taught_by(user)
    return Q(IsAmong("course_id", readable_courses(user).values("pk"))) & privately


def _is_taught_by(user: "User") -> Q:
    """Without a join: joined to the courses, comments wouldn't come in the order of an index any more."""
    return Q(course__in=Course.objects.filter(instructor_id=user.pk).values("pk"))


def _is_legible(user: "User") -> Q:
    """Neither deleted nor, but for its author and the staff, hidden."""
    if user.is_admin:
        return Q(deleted_at=None)
    unhidden = Q(hidden_at=None) | Q(user_id=user.pk)
    if user.is_staff:
        unhidden |= _is_taught_by(user)
    return Q(deleted_at=None) & unhidden


def _words_below(user: "User") -> models.QuerySet["Comment"]:
    """Of the comments below an outer one, those whose words this person may read."""
    end = Concat(OuterRef("path"), Value(BEYOND_DIGITS))
    below = {"root": OuterRef("root"), "path__gt": OuterRef("path"), "path__lt": end}
    return Comment.objects.filter(_is_legible(user), **below)


def _readers(comment_id: int, user_ids: list[int]) -> models.QuerySet[User, tuple[int]]:
    may_read = Q(pk__in=[])
    for role in Role:
        words = Comment.objects.visible_to(Everybody(role)).filter(pk=comment_id)
        may_read |= Q(role=role) & Exists(words)
    among = RawSQL("users.id = ANY (%s)", (user_ids,), models.BooleanField())
    return User.objects.reachable().filter(among, may_read).values_list("pk")


READERS = Prepared(_readers, -1, [-2])


class Comment(Hideable):
    course = models.ForeignKey(Course, models.CASCADE, related_name="comments", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="comments",
        db_index=False,
        verbose_name=_("author"),
    )
    lesson_id = models.CharField(max_length=24, blank=True, default="", db_default="")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="replies")
    # Written by the trigger: the root (of a root: itself), the way to it, and who asked a private question.
    root = models.ForeignKey("self", models.CASCADE, null=True, editable=False, related_name="thread", db_index=False)
    depth = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    path = models.TextField(default="", db_default="", editable=False, db_collation="C")
    asker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", db_index=False
    )
    content = models.TextField(_("comment"))
    content_html = models.TextField(editable=False)
    is_private = models.BooleanField(_("private"), default=False, db_default=False)
    is_pinned = models.BooleanField(_("pinned"), default=False, db_default=False)
    is_answer = models.BooleanField(_("answer"), default=False, db_default=False)
    is_locked = models.BooleanField(_("locked"), default=False, db_default=False)
    # Of a root: when the staff answered it, or said that it is answered; empty again when the asker goes on.
    answered_at = models.DateTimeField(null=True, blank=True, editable=False)
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    upvotes = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    downvotes = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    score = models.GeneratedField(
        expression=F("upvotes") - F("downvotes"), output_field=models.IntegerField(), db_persist=True
    )
    best = models.GeneratedField(
        expression=ConfidenceOrder("upvotes", "downvotes"), output_field=models.FloatField(), db_persist=True
    )
    # Of a root: the replies of its thread that are neither deleted nor hidden.
    reply_count = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    search = models.GeneratedField(
        expression=SearchVector("content", config="simple"), output_field=SearchVectorField(), db_persist=True
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(auto_now=True, db_default=Now())

    objects = CommentQuerySet.as_manager()

    class Meta:
        db_table = "comments"
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        constraints = [
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=False, content="", content_html="")
                | Q(deleted_at__isnull=True, content__regex=r"\S"),
                name="a_comment_has_words_until_it_is_deleted",
            ),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("content"), COMMENT_LIMIT),
                name="a_comment_has_at_most_5000_characters",
            ),
            models.CheckConstraint(
                condition=Q(lesson_id__regex=r"^([0-9a-f]{24})?$"), name="comment_lesson_id_is_24_hex_digits"
            ),
            models.CheckConstraint(
                condition=Q(hidden_at__isnull=False) | Q(hidden_reason=""), name="only_hidden_comments_have_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | Q(is_pinned=False, is_locked=False, answered_at=None),
                name="only_whole_threads_are_pinned_locked_or_answered",
            ),
        ]
        indexes = [
            models.Index(
                F("course"), F("is_pinned").desc(), F("id").desc(), name="comments_newest",
                condition=Q(parent=None, is_private=False),
            ),
            models.Index(
                F("course"), F("is_pinned").desc(), F("best").desc(), F("id").desc(), name="comments_best",
                condition=Q(parent=None, is_private=False),
            ),
            models.Index(
                F("course"), F("lesson_id"), F("is_pinned").desc(), F("id").desc(), name="comments_newest_of_a_lesson",
                condition=Q(parent=None, is_private=False),
            ),
            models.Index(
                F("course"), F("lesson_id"), F("is_pinned").desc(), F("best").desc(), F("id").desc(),
                name="comments_best_of_a_lesson", condition=Q(parent=None, is_private=False),
            ),
            models.Index(
                F("course"), F("id").desc(), name="questions_unanswered",
                condition=Q(parent=None, is_private=True, answered_at=None),
            ),
            models.Index(
                F("course"), F("is_pinned").desc(), F("id").desc(), name="questions_of_a_course",
                condition=Q(parent=None, is_private=True),
            ),
            models.Index(F("id").desc(), name="questions_newest", condition=Q(parent=None, is_private=True)),
            models.Index(F("course"), F("id").desc(), name="comments_of_a_course"),
            models.Index(F("asker"), F("id").desc(), name="questions_of_a_person", condition=Q(asker__isnull=False)),
            models.Index(F("user"), F("id").desc(), name="comments_of_a_person"),
            models.Index(fields=["root", "path"], name="comments_of_a_thread"),
            GinIndex(fields=["search"], name="comments_search"),
            BrinIndex(fields=["created_at"], name="comments_by_time"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("comment", args=[self.pk])


class CommentVote(models.Model):
    """Up or down, by one person; the sums on the comment follow by trigger."""

    class Type(models.IntegerChoices):
        UP = 1, _("up")
        DOWN = -1, _("down")

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="votes", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="comment_votes")
    vote_type = models.SmallIntegerField(choices=Type)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "comment_votes"
        constraints = [
            models.UniqueConstraint(fields=["comment", "user"], name="one_vote_per_person_and_comment"),
            models.CheckConstraint(condition=Q(vote_type__in=[1, -1]), name="a_vote_is_up_or_down"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.vote_type:+d} {self.comment_id}"
