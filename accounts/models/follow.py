"""Who follows whom."""

from django.conf import settings
from django.db import models
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Follow(models.Model):
    """One person follows another."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="following", db_index=False)
    user_followed = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="followers", db_index=False
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "follows"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "user_followed"],
                name="one_follow_per_pair_of_people",
                violation_error_message=_("You follow this person already."),
            ),
            models.CheckConstraint(condition=~models.Q(user=F("user_followed")), name="nobody_follows_themselves"),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="follows_of_a_person"),
            models.Index(fields=["user_followed", "-created_at", "-id"], name="followers_of_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} follows {self.user_followed_id}"
