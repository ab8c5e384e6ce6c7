"""Conversations of two people, their messages, and who doesn't want to hear from whom."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, OuterRef, Q
from django.db.models.functions import Length, Now
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.models import User

MESSAGE_LIMIT = 2_000
# `UserBlock.objects.between` for statements written by hand: neither of the two, by their ids, has blocked the other.
NOT_PARTED = """
    NOT EXISTS (SELECT FROM user_blocks b WHERE b.user_id = {one} AND b.blocked_user_id = {other})
AND NOT EXISTS (SELECT FROM user_blocks b WHERE b.user_id = {other} AND b.blocked_user_id = {one})
"""


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def of(self, user: "User") -> "ConversationQuerySet":
        """Conversations this person is one of the two in."""
        return self.filter(Q(low_user_id=user.pk) | Q(high_user_id=user.pk))

    def between(self, one: "User", other: "User") -> "ConversationQuerySet":
        low, high = sorted((one.pk, other.pk))
        return self.filter(low_user_id=low, high_user_id=high)


class Conversation(models.Model):
    """Two people, the one with the lower id first. `last_…` and the unread counts are kept by a trigger on messages."""

    low_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    high_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    last_message = models.ForeignKey(
        "DirectMessage", models.SET_NULL, null=True, editable=False, related_name="+", db_index=False
    )
    last_at = models.DateTimeField(db_default=Now(), editable=False)
    low_unread = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    high_unread = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    low_muted_at = models.DateTimeField(null=True, editable=False)
    high_muted_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        db_table = "conversations"
        constraints = [
            models.UniqueConstraint(fields=["low_user", "high_user"], name="one_conversation_per_pair_of_people"),
            models.CheckConstraint(
                condition=Q(low_user__lt=F("high_user")), name="the_lower_id_of_a_conversation_comes_first"
            ),
        ]
        indexes = [
            models.Index(fields=["low_user", "-last_at", "-id"], name="conversations_of_the_low"),
            models.Index(fields=["high_user", "-last_at", "-id"], name="conversations_of_the_high"),
            models.Index(
                fields=["low_user"], name="conversations_unread_low", condition=Q(low_unread__gt=0, low_muted_at=None)
            ),
            models.Index(
                fields=["high_user"],
                name="conversations_unread_high",
                condition=Q(high_unread__gt=0, high_muted_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.low_user_id} and {self.high_user_id}"


class DirectMessage(models.Model):
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="messages", db_index=False)
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    receiver = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    content = models.TextField(_("message"))
    content_html = models.TextField(editable=False)
    is_read = models.BooleanField(default=False, db_default=False, editable=False)
    read_at = models.DateTimeField(null=True, editable=False)
    search = models.GeneratedField(
        expression=SearchVector("content", config="simple"), output_field=SearchVectorField(), db_persist=True
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "direct_messages"
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.CheckConstraint(condition=~Q(sender=F("receiver")), name="nobody_writes_to_themselves"),
            models.CheckConstraint(condition=Q(content__regex=r"\S"), name="a_message_has_words"),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("content"), MESSAGE_LIMIT),
                name="a_message_has_at_most_2000_characters",
            ),
            models.CheckConstraint(
                condition=Q(is_read=False, read_at=None) | Q(is_read=True, read_at__isnull=False),
                name="a_read_message_has_read_at",
            ),
        ]
        indexes = [
            models.Index(fields=["conversation", "-id"], name="messages_of_a_conversation"),
            models.Index(fields=["conversation", "receiver"], name="messages_unread", condition=Q(is_read=False)),
            models.Index(fields=["sender", "-id"], name="messages_sent"),
            models.Index(fields=["receiver", "-id"], name="messages_received"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class UserBlockQuerySet(models.QuerySet["UserBlock"]):
    def between(self, one: "User", other: "User | OuterRef") -> "UserBlockQuerySet":
        """Blocks of either by the other."""
        return self.filter(Q(user=one, blocked_user=other) | Q(user=other, blocked_user=one))


class UserBlock(models.Model):
    """One person doesn't want to hear from another. (An administrator's block is `users.is_blocked`.)"""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="blocks", db_index=False)
    blocked_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="blocked_by")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = UserBlockQuerySet.as_manager()

    class Meta:
        db_table = "user_blocks"
        constraints = [
            models.UniqueConstraint(fields=["user", "blocked_user"], name="one_block_per_pair_of_people"),
            models.CheckConstraint(condition=~Q(user=F("blocked_user")), name="nobody_blocks_themselves"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} blocked {self.blocked_user_id}"
