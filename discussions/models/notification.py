"""What people are told of, and how they want to be told."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.models import Course
from discussions.models.comment import Comment
from discussions.models.conversation import Conversation, UserBlock
from discussions.models.post import Post, PostComment

if TYPE_CHECKING:
    from accounts.models import User

KEPT = timedelta(days=180)


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

MAILED = (Delivery.NOW, Delivery.DIGEST)


class NotificationQuerySet(models.QuerySet["Notification"]):
    def of(self, user: "User") -> "NotificationQuerySet":
        """This person's, as far as they may see today what each is about, and of nobody they don't hear from."""
        # One by one: asked with IN, PostgreSQL would first collect everything that this person may see, and now and
        # then so it does when asked with EXISTS.
        sights = {"comment": Comment, "post": Post, "post_comment": PostComment, "course": Course}
        about = Q()
        for name, model in sights.items():
            seen = model.objects.visible_to(user).filter(pk=OuterRef(name)).values(is_seen=Value(True))
            about &= Q(**{name: None}) | Q(Subquery(seen, output_field=models.BooleanField()))
        parted = UserBlock.objects.between(user, OuterRef("actor"))
        return self.filter(about, ~Exists(parted), user=user)

    def unread(self) -> "NotificationQuerySet":
        return self.filter(read_at=None)

    def for_page(self) -> "NotificationQuerySet":
        """Newest first, with everything that a sentence about them names."""
        related = ("actor", "course", "comment", "post", "post_comment", "conversation__last_message")
        unseen = ("course__search", "course__description", "course__description_html", "course__objectives")
        unseen += ("actor__search", "actor__password", "actor__bio", "comment__search", "comment__content_html")
        unseen += ("conversation__last_message__search", "conversation__last_message__content_html")
        unseen += ("post__search", "post__caption_html", "post_comment__content_html")
        return self.select_related(*related).defer(*unseen).order_by("-created_at", "-id")

    def after(self, notification_id: int | None) -> "NotificationQuerySet":
        """Those older than this one, of the same list: its next page."""
        if notification_id is None:
            return self
        last = Subquery(self.order_by().filter(pk=notification_id).values("created_at")[:1])
        return self.filter(created_at__lte=last).filter(Q(created_at__lt=last) | Q(pk__lt=notification_id))

    def to_mail(self) -> "NotificationQuerySet":
        """Those of which an e-mail is due now."""
        return self.filter(email_due_at__lte=Now())

    def prune(self) -> int:
        """Delete those that were read long ago; returns how many."""
        return self.filter(read_at__lt=timezone.now() - KEPT).delete()[0]


class Notification(models.Model):
    """One thing one person is told of; what it is about is named, never copied, and shown as far as it may be seen.

    `subject` names it in words ("comment 17", "conversation 3"): while one about it is unread, a second of the same
    kind isn't made; messages and lessons are counted in `times`, and `created_at` is when the last of them came.
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
    # Since when the mail server hasn't taken it; the pauses between the tries grow with that time.
    email_failing_since = models.DateTimeField(null=True, editable=False)

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
            models.Index(F("user"), F("created_at").desc(), F("id").desc(), name="notifications_of_a_person"),
            models.Index(fields=["user"], name="notifications_unread", condition=Q(read_at=None)),
            models.Index(fields=["read_at"], name="notifications_read", condition=Q(read_at__isnull=False)),
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
