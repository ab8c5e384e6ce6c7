"""The audit log, and from where its acts came."""

from collections.abc import Iterable

from django.contrib.postgres.indexes import BrinIndex
from django.db import connection, models
from django.db.models import F
from django.utils.translation import gettext_lazy as _


class AuditAction(models.TextChoices):
    SIGN_UP = "sign_up", _("Signed up")
    SIGN_IN = "sign_in", _("Signed in")
    SIGN_IN_FAILED = "sign_in_failed", _("Failed to sign in")
    SIGN_OUT = "sign_out", _("Signed out")
    PASSWORD_CHANGE = "password_change", _("Changed the password")
    PASSWORD_RESET = "password_reset", _("Reset the password")
    EMAIL_CONFIRMED = "email_confirmed", _("Confirmed the e-mail address")
    ROLE_CHANGE = "role_change", _("Changed a role")
    BLOCK = "block", _("Blocked a person")
    UNBLOCK = "unblock", _("Unblocked a person")
    COURSE_CREATED = "course_created", _("Created a course")
    COURSE_CHANGED = "course_changed", _("Changed a course")
    COURSE_PUBLISHED = "course_published", _("Published a course")
    COURSE_UNPUBLISHED = "course_unpublished", _("Unpublished a course")
    COURSE_DELETED = "course_deleted", _("Deleted a course")
    LESSON_CREATED = "lesson_created", _("Created a lesson")
    LESSON_CHANGED = "lesson_changed", _("Changed a lesson")
    LESSON_DELETED = "lesson_deleted", _("Deleted a lesson")
    LESSON_MOVED = "lesson_moved", _("Moved a lesson")
    ENROLLED = "enrolled", _("Enrolled")
    UNENROLLED = "unenrolled", _("Unenrolled")
    PROGRESS_RESET = "progress_reset", _("Reset the progress")
    LESSON_COMPLETED = "lesson_completed", _("Completed a lesson")
    LESSON_REOPENED = "lesson_reopened", _("Reopened a lesson")
    COURSE_COMPLETED = "course_completed", _("Completed a course")
    IMPORT_DONE = "import_done", _("Imported a course")
    CONTENT_HIDDEN = "content_hidden", _("Removed what somebody wrote")
    CONTENT_UNHIDDEN = "content_unhidden", _("Brought back what somebody wrote")
    REPORT_DISMISSED = "report_dismissed", _("Dismissed a report")
    DATA_EXPORTED = "data_exported", _("Exported data")
    TIME_REBUILT = "time_rebuilt", _("Rebuilt times from their events")
    PRUNED = "pruned", _("Deleted what had expired")
    STORES_MENDED = "stores_mended", _("Mended a difference between the stores")
    STORES_RESTORED = "stores_restored", _("Restored a backup")


# Of an index whose first column this is, one step for each of its values: there are few, and rows by the million.
KINDS = """
WITH RECURSIVE kinds AS (
    (SELECT resource_type AS kind FROM audit_logs ORDER BY resource_type LIMIT 1)
     UNION ALL
    SELECT (SELECT resource_type FROM audit_logs WHERE resource_type > kind ORDER BY resource_type LIMIT 1)
      FROM kinds WHERE kind IS NOT NULL
)
SELECT kind FROM kinds WHERE kind IS NOT NULL
"""


class AuditLogQuerySet(models.QuerySet["AuditLog"]):
    def kinds(self) -> list[str]:
        """The kinds of things that acts were done to, in the order of the alphabet."""
        with connection.cursor() as cursor:
            cursor.execute(KINDS)
            return [kind for (kind,) in cursor.fetchall()]

    def newest_first(self) -> "AuditLogQuerySet":
        return self.order_by("-created_at", "-id")

    def after(self, entry_id: int | None) -> "AuditLogQuerySet":
        """Those older than this row: the next page, newest first."""
        if entry_id is None:
            return self
        last = models.Subquery(AuditLog.objects.filter(pk=entry_id).values("created_at")[:1])
        return self.filter(created_at__lte=last).filter(models.Q(created_at__lt=last) | models.Q(pk__lt=entry_id))

    def page(self, size: int, *, among: Iterable[models.Q] = ()) -> list["AuditLog"]:
        """The newest of these rows with their origin; of `among`, those to which one of them applies.

        Each of `among` is read by its own index and no further than the page is long.
        """
        apart = [self.filter(each).newest_first().values("pk", "created_at")[:size] for each in among]
        if not apart:
            return list(self.newest_first().select_related("origin")[:size])
        together = apart[0].union(*apart[1:]) if apart[1:] else apart[0]
        chosen = [row["pk"] for row in together.order_by("-created_at", "-pk")[:size]]
        return list(AuditLog.objects.filter(pk__in=chosen).newest_first().select_related("origin"))


class AuditLog(models.Model):
    """One act of one person. Written only by `accounts.services.audit.record`, never changed.

    A trigger gives the row its id, time and place in the hash chain of its person (64 chains, by user id).
    """

    id = models.BigIntegerField(primary_key=True, editable=False)
    # No foreign key: when a person is erased their rows stay, and no row here may be updated for it.
    user_id = models.BigIntegerField(_("person"), null=True, editable=False)
    action = models.CharField(_("action"), max_length=40, choices=AuditAction, editable=False)
    resource_type = models.CharField(_("kind of thing"), max_length=60, editable=False)
    resource_id = models.CharField(_("which one"), max_length=100, editable=False)
    details = models.JSONField(_("details"), default=dict, editable=False)
    created_at = models.DateTimeField(_("when"), editable=False)
    previous_hash = models.CharField(max_length=64, editable=False)
    hash = models.CharField(max_length=64, editable=False)

    objects = AuditLogQuerySet.as_manager()

    class Meta:
        db_table = "audit_logs"
        verbose_name = _("audit row")
        verbose_name_plural = _("audit log")
        indexes = [
            BrinIndex(fields=["created_at"], name="audit_logs_by_time"),
            models.Index(F("created_at").desc(), F("id").desc(), name="audit_logs_newest"),
            models.Index(F("user_id"), F("created_at").desc(), name="audit_logs_by_person"),
            models.Index(F("action"), F("created_at").desc(), name="audit_logs_by_action"),
            models.Index(F("resource_type"), F("resource_id"), F("created_at").desc(), name="audit_logs_of_a_resource"),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.resource_type} {self.resource_id}"


class AuditOrigin(models.Model):
    """From where an act came. Apart from the log, because this must be erasable and the log must not."""

    audit_log = models.OneToOneField(
        AuditLog, on_delete=models.PROTECT, primary_key=True, related_name="origin", db_column="audit_log"
    )
    ip_address = models.GenericIPAddressField(_("address"), null=True)
    user_agent = models.CharField(_("browser"), max_length=300, blank=True, default="")

    class Meta:
        db_table = "audit_origins"

    def __str__(self) -> str:
        return self.ip_address or "-"
