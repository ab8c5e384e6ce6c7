"""What people are told of, and how they want to be told."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from courses.models import Course
from discussions.models.comment import Comment
from discussions.models.conversation import Conversation
from discussions.models.post import Post, PostComment

if TYPE_CHECKING:
    from accounts.models import User


class Kind(models.TextChoices):
    REPLY = "reply", _("Replies to what I wrote")
    MENTION = "mention", _("Mentions of me")
    PRIVATE_QUESTION = "private_question", _("Private questions and their answers")
    MESSAGE = "message", _("Messages")
    POST_COMMENT = "post_comment", _("Comments on my posts")
    FOLLOWER = "follower", _("New followers")
    LESSON = "lesson", _("New lessons in my courses")
    CERTIFICATE = "certificate", _("Certificates")
    PURCHASE = "purchase", _("Purchases")
    MODERATION = "moderation", _("Decisions about what I wrote or reported")


class Delivery(models.TextChoices):
    NOW = "now", _("On the site and by e-mail at once")
    DIGEST = "digest", _("On the site and in a daily e-mail")
    PAGE = "page", _("On the site only")
    OFF = "off", _("Not at all")


# What holds for who has chosen nothing.
USUAL = {
    Kind.REPLY: Delivery.DIGEST,
    Kind.MENTION: Delivery.NOW,
    Kind.PRIVATE_QUESTION: Delivery.NOW,
    Kind.MESSAGE: Delivery.NOW,
    Kind.POST_COMMENT: Delivery.PAGE,
    Kind.FOLLOWER: Delivery.PAGE,
    Kind.LESSON: Delivery.DIGEST,
    Kind.CERTIFICATE: Delivery.NOW,
    Kind.PURCHASE: Delivery.NOW,
    Kind.MODERATION: Delivery.NOW,
}


class NotificationQuerySet(models.QuerySet["Notification"]):
    def of(self, user: "User") -> "NotificationQuerySet":
        """This person's, as far as they may see today what each is about."""
        about = Q(comment=None) | Q(comment__in=Comment.objects.visible_to(user))
        about &= Q(post=None) | Q(post__in=Post.objects.visible_to(user))
        about &= Q(post_comment=None) | Q(post_comment__in=PostComment.objects.visible_to(user))
        about &= Q(course=None) | Q(course__in=Course.objects.visible_to(user))
        return self.filter(about, user=user)

    def unread(self) -> "NotificationQuerySet":
        return self.filter(read_at=None)


class Notification(models.Model):
    """One thing one person is told of; what it is about is named, never copied, and shown as far as it may be seen.

    `subject` names it in words ("comment 17", "conversation 3"): while one about it is unread, a second of the same
    kind isn't made, but counted in `times`.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications", db_index=False)
    kind = models.CharField(max_length=20, choices=Kind)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    subject = models.CharField(max_length=60)
    comment = models.ForeignKey(Comment, models.CASCADE, null=True, related_name="+")
    conversation = models.ForeignKey(Conversation, models.CASCADE, null=True, related_name="+")
    post = models.ForeignKey(Post, models.CASCADE, null=True, related_name="+")
    post_comment = models.ForeignKey(PostComment, models.CASCADE, null=True, related_name="+")
    course = models.ForeignKey(Course, models.CASCADE, null=True, related_name="+")
    lesson_id = models.CharField(max_length=24, blank=True, default="", db_default="")
    times = models.PositiveIntegerField(default=1, db_default=1)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    read_at = models.DateTimeField(null=True, editable=False)
    # When an e-mail is to tell of it; empty when none shall, or when one did.
    email_due_at = models.DateTimeField(null=True, editable=False)
    emailed_at = models.DateTimeField(null=True, editable=False)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        db_table = "notifications"
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="notification_kind_is_known"),
            models.UniqueConstraint(
                fields=["user", "kind", "subject"],
                name="one_unread_notification_per_person_kind_and_subject",
                condition=Q(read_at=None),
            ),
        ]
        indexes = [
            models.Index(F("user"), F("id").desc(), name="notifications_of_a_person"),
            models.Index(F("user"), F("id").desc(), name="notifications_unread", condition=Q(read_at=None)),
            models.Index(
                fields=["email_due_at"], name="notifications_to_mail", condition=Q(email_due_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.user_id}"


class NotificationSetting(models.Model):
    """How one person wants to be told of one kind of thing, where that isn't the usual."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notification_settings", db_index=False
    )
    kind = models.CharField(max_length=20, choices=Kind)
    delivery = models.CharField(max_length=10, choices=Delivery)

    class Meta:
        db_table = "notification_settings"
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="one_setting_per_person_and_kind"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="setting_kind_is_known"),
            models.CheckConstraint(condition=Q(delivery__in=Delivery.values), name="delivery_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.kind} {self.delivery}"
