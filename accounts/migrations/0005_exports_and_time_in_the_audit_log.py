"""Exports, rebuilt times and pruning in the audit log; what its pages and the count of sign-ups are read by."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_follows_and_one_time_keys"),
    ]

    operations = [
        migrations.AlterField(
            model_name="auditlog",
            name="action",
            field=models.CharField(
                choices=[
                    ("sign_up", "Signed up"),
                    ("sign_in", "Signed in"),
                    ("sign_in_failed", "Failed to sign in"),
                    ("sign_out", "Signed out"),
                    ("password_change", "Changed the password"),
                    ("password_reset", "Reset the password"),
                    ("email_confirmed", "Confirmed the e-mail address"),
                    ("role_change", "Changed a role"),
                    ("block", "Blocked a person"),
                    ("unblock", "Unblocked a person"),
                    ("course_created", "Created a course"),
                    ("course_changed", "Changed a course"),
                    ("course_published", "Published a course"),
                    ("course_unpublished", "Unpublished a course"),
                    ("course_deleted", "Deleted a course"),
                    ("lesson_created", "Created a lesson"),
                    ("lesson_changed", "Changed a lesson"),
                    ("lesson_deleted", "Deleted a lesson"),
                    ("lesson_moved", "Moved a lesson"),
                    ("enrolled", "Enrolled"),
                    ("unenrolled", "Unenrolled"),
                    ("progress_reset", "Reset the progress"),
                    ("lesson_completed", "Completed a lesson"),
                    ("lesson_reopened", "Reopened a lesson"),
                    ("course_completed", "Completed a course"),
                    ("import_done", "Imported a course"),
                    ("content_hidden", "Removed what somebody wrote"),
                    ("content_unhidden", "Brought back what somebody wrote"),
                    ("report_dismissed", "Dismissed a report"),
                    ("data_exported", "Exported data"),
                    ("time_rebuilt", "Rebuilt times from their events"),
                    ("pruned", "Deleted what had expired"),
                    ("stores_mended", "Mended a difference between the stores"),
                    ("stores_restored", "Restored a backup"),
                ],
                editable=False,
                max_length=40,
                verbose_name="action",
            ),
        ),
        migrations.RemoveIndex(model_name="auditlog", name="audit_logs_by_resource"),
        migrations.AddIndex(
            model_name="auditlog",
            index=models.Index(
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="audit_logs_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="auditlog",
            index=models.Index(
                models.F("resource_type"),
                models.F("resource_id"),
                models.OrderBy(models.F("created_at"), descending=True),
                name="audit_logs_of_a_resource",
            ),
        ),
        migrations.AddIndex(model_name="user", index=models.Index(fields=["created_at"], name="users_by_joining")),
    ]
