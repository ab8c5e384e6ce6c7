"""What staff hid: everything that people write in public can be taken from sight, with a reason its author reads."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

REASON_LIMIT = 500


class Hideable(models.Model):
    hidden_at = models.DateTimeField(_("hidden"), null=True, blank=True, editable=False)
    hidden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name=_("hidden by"),
    )
    hidden_reason = models.CharField(_("reason"), max_length=REASON_LIMIT, blank=True, default="", editable=False)

    class Meta:
        abstract = True

    @property
    def is_hidden(self) -> bool:
        return self.hidden_at is not None
