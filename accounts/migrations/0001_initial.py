import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models

import accounts.models.fields
import accounts.models.user


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AuditLog",
            fields=[
                ("id", models.BigIntegerField(editable=False, primary_key=True, serialize=False)),
                ("user_id", models.BigIntegerField(editable=False, null=True, verbose_name="person")),
                (
                    "action",
                    models.CharField(
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
                        ],
                        editable=False,
                        max_length=40,
                        verbose_name="action",
                    ),
                ),
                ("resource_type", models.CharField(editable=False, max_length=60, verbose_name="kind of thing")),
                ("resource_id", models.CharField(editable=False, max_length=100, verbose_name="which one")),
                ("details", models.JSONField(default=dict, editable=False, verbose_name="details")),
                ("created_at", models.DateTimeField(editable=False, verbose_name="when")),
                ("previous_hash", models.CharField(editable=False, max_length=64)),
                ("hash", models.CharField(editable=False, max_length=64)),
            ],
            options={
                "verbose_name": "audit row",
                "verbose_name_plural": "audit log",
                "db_table": "audit_logs",
            },
        ),
        migrations.CreateModel(
            name="RateLimit",
            fields=[
                ("key", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("window_start", models.DateTimeField()),
                ("count", models.PositiveIntegerField()),
            ],
            options={
                "db_table": "rate_limits",
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("email", accounts.models.fields.CaselessEmailField(max_length=254, verbose_name="e-mail address")),
                (
                    "username",
                    accounts.models.fields.CaselessCharField(
                        help_text="Part of the address of your public page.",
                        max_length=30,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[a-zA-Z0-9_]{3,30}\\Z", "Use 3 to 30 letters (a-z), digits or underscores."
                            )
                        ],
                        verbose_name="username",
                    ),
                ),
                ("first_name", models.CharField(blank=True, default="", max_length=100, verbose_name="first name")),
                ("last_name", models.CharField(blank=True, default="", max_length=100, verbose_name="last name")),
                ("bio", models.TextField(blank=True, default="", max_length=2000, verbose_name="about you")),
                (
                    "avatar_url",
                    models.URLField(
                        blank=True,
                        default="",
                        max_length=500,
                        validators=[django.core.validators.URLValidator(schemes=["https"])],
                        verbose_name="picture address",
                    ),
                ),
                (
                    "avatar",
                    models.ImageField(
                        blank=True,
                        default="",
                        max_length=200,
                        upload_to=accounts.models.user.avatar_path,
                        verbose_name="picture",
                    ),
                ),
                (
                    "github_username",
                    models.CharField(
                        blank=True,
                        default="",
                        max_length=39,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[a-zA-Z0-9](?:-?[a-zA-Z0-9])*\\Z",
                                "Use letters, digits and single hyphens, as on GitHub.",
                            )
                        ],
                        verbose_name="GitHub username",
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[("learner", "Learner"), ("instructor", "Instructor"), ("admin", "Administrator")],
                        db_default="learner",
                        default="learner",
                        max_length=10,
                        verbose_name="role",
                    ),
                ),
                ("is_active", models.BooleanField(db_default=True, default=True, verbose_name="active")),
                ("is_blocked", models.BooleanField(db_default=False, default=False, verbose_name="blocked")),
                ("blocked_at", models.DateTimeField(blank=True, null=True, verbose_name="blocked at")),
                (
                    "blocked_reason",
                    models.CharField(blank=True, default="", max_length=500, verbose_name="reason for the block"),
                ),
                (
                    "leaderboard_visible",
                    models.BooleanField(db_default=True, default=True, verbose_name="show me on leaderboards"),
                ),
                ("time_zone", models.CharField(blank=True, default="", max_length=64, verbose_name="time zone")),
                ("language", models.CharField(blank=True, default="", max_length=12, verbose_name="language")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="joined"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        auto_now=True, db_default=django.db.models.functions.datetime.Now(), verbose_name="updated"
                    ),
                ),
                (
                    "search",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.contrib.postgres.search.SearchVector(
                            "username", "first_name", "last_name", config="simple"
                        ),
                        output_field=django.contrib.postgres.search.SearchVectorField(),
                    ),
                ),
            ],
            options={
                "verbose_name": "person",
                "verbose_name_plural": "people",
                "db_table": "users",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fields=["search"], name="users_search"),
                    models.Index(
                        condition=models.Q(("role", "learner"), _negated=True), fields=["role"], name="users_staff"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("email"),
                        name="one_person_per_email_address",
                        violation_error_message="This e-mail address is already in use.",
                    ),
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("username"),
                        name="one_person_per_username",
                        violation_error_message="This username is already taken.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("username__regex", "\\A[a-zA-Z0-9_]{3,30}\\Z")),
                        name="a_username_is_3_to_30_letters_digits_or_underscores",
                        violation_error_message="Use 3 to 30 letters (a-z), digits or underscores.",
                    ),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.LessThanOrEqual(
                            django.db.models.functions.text.Length("bio"), 2000
                        ),
                        name="a_bio_has_at_most_2000_characters",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["learner", "instructor", "admin"])),
                        name="a_role_is_learner_instructor_or_admin",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("blocked_at__isnull", False), ("is_blocked", True)),
                            models.Q(("blocked_at__isnull", True), ("blocked_reason", ""), ("is_blocked", False)),
                            _connector="OR",
                        ),
                        name="blocked_people_have_a_time_of_blocking",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditOrigin",
            fields=[
                (
                    "audit_log",
                    models.OneToOneField(
                        db_column="audit_log",
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="origin",
                        serialize=False,
                        to="accounts.auditlog",
                    ),
                ),
                ("ip_address", models.GenericIPAddressField(null=True, verbose_name="address")),
                ("user_agent", models.CharField(blank=True, default="", max_length=300, verbose_name="browser")),
            ],
            options={
                "db_table": "audit_origins",
            },
        ),
        migrations.AddIndex(
            model_name="auditlog",
            index=django.contrib.postgres.indexes.BrinIndex(fields=["created_at"], name="audit_logs_by_time"),
        ),
        migrations.AddIndex(
            model_name="auditlog",
            index=models.Index(
                models.F("user_id"),
                models.OrderBy(models.F("created_at"), descending=True),
                name="audit_logs_by_person",
            ),
        ),
        migrations.AddIndex(
            model_name="auditlog",
            index=models.Index(
                models.F("action"), models.OrderBy(models.F("created_at"), descending=True), name="audit_logs_by_action"
            ),
        ),
        migrations.AddIndex(
            model_name="auditlog",
            index=models.Index(fields=["resource_type", "resource_id"], name="audit_logs_by_resource"),
        ),
        migrations.AddIndex(
            model_name="ratelimit",
            index=models.Index(fields=["window_start"], name="rate_limits_by_age"),
        ),
    ]
