"""Time spent and measures, partitioned by month; roll-ups, standings, figures, slow commands."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

# The primary keys hold the column of the partition, and no foreign key is of Django's making: the database itself
# deletes with the person and the course. What falls into no month's partition falls into the last.
TIME_SPENT = """
CREATE TABLE telemetry (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    course_id bigint NOT NULL REFERENCES courses ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    lesson_id varchar(24) NOT NULL,
    day date NOT NULL,
    seconds_spent integer NOT NULL CHECK (seconds_spent >= 0),
    events integer NOT NULL CHECK (events >= 0),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT time_is_spent_on_24_hex_digits CHECK (lesson_id ~ '^[0-9a-f]{24}$'),
    PRIMARY KEY (user_id, course_id, lesson_id, day)
) PARTITION BY RANGE (day);
CREATE INDEX time_of_a_person ON telemetry (user_id, day);
CREATE INDEX time_in_a_course ON telemetry (course_id, day);
CREATE TABLE telemetry_of_other_months PARTITION OF telemetry DEFAULT;
"""
MEASURES = """
CREATE SEQUENCE user_metrics_id_seq;
CREATE TABLE user_metrics (
    recorded_at timestamptz NOT NULL DEFAULT now(),
    id bigint NOT NULL DEFAULT nextval('user_metrics_id_seq'),
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    metric_type varchar(50) NOT NULL,
    metric_value jsonb NOT NULL,
    day date NOT NULL,
    is_summed boolean NOT NULL DEFAULT false,
    CONSTRAINT a_measure_has_a_name_of_small_letters CHECK (metric_type ~ '^[a-z][a-z0-9_]{0,49}$'),
    PRIMARY KEY (recorded_at, id)
) PARTITION BY RANGE (recorded_at);
CREATE INDEX measures_of_a_person ON user_metrics (user_id, metric_type, day);
CREATE INDEX measures_not_summed ON user_metrics (id) WHERE NOT is_summed;
CREATE TABLE user_metrics_of_other_months PARTITION OF user_metrics DEFAULT;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("courses", "0010_times_are_copies"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CourseFigures",
            fields=[
                (
                    "course",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="courses.course",
                    ),
                ),
                ("learners", models.PositiveIntegerField(default=0)),
                ("completed", models.PositiveIntegerField(default=0)),
                ("cancelled", models.PositiveIntegerField(default=0)),
                ("mean_progress", models.DecimalField(decimal_places=2, default=0, max_digits=5)),
                ("median_seconds", models.PositiveIntegerField(null=True)),
                ("seconds_spent", models.BigIntegerField(default=0)),
                ("active_in_7_days", models.PositiveIntegerField(default=0)),
                ("active_in_30_days", models.PositiveIntegerField(default=0)),
                ("outline_version", models.BigIntegerField(default=0)),
                ("computed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("took_ms", models.PositiveIntegerField(default=0)),
            ],
            options={
                "db_table": "course_figures",
            },
        ),
        migrations.CreateModel(
            name="SiteDay",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("sign_ups", models.PositiveIntegerField(default=0)),
                ("enrollments", models.PositiveIntegerField(default=0)),
                ("cancellations", models.PositiveIntegerField(default=0)),
                ("completions", models.PositiveIntegerField(default=0)),
                ("lessons_completed", models.PositiveIntegerField(default=0)),
                ("active_people", models.PositiveIntegerField(default=0)),
                ("seconds_spent", models.BigIntegerField(default=0)),
                ("comments", models.PositiveIntegerField(default=0)),
                (
                    "marks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                (
                    "leaders",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                (
                    "leader_seconds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=list, size=None
                    ),
                ),
                ("computed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "site_days",
            },
        ),
        migrations.CreateModel(
            name="Rollup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("round", models.BigIntegerField(db_default=0, default=0)),
                ("watermark", models.BigIntegerField(db_default=0, default=0)),
                ("begun_at", models.DateTimeField(null=True)),
                ("held_until", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "rollups",
                "constraints": [models.CheckConstraint(condition=models.Q(("pk", 1)), name="there_is_one_rollup")],
            },
        ),
        migrations.CreateModel(
            name="SlowCommand",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "store",
                    models.CharField(choices=[("postgresql", "PostgreSQL"), ("mongodb", "MongoDB")], max_length=10),
                ),
                ("asked_by", models.CharField(max_length=200)),
                ("shape", models.CharField(max_length=4000)),
                ("shape_hash", models.CharField(max_length=32)),
                ("times", models.PositiveIntegerField(default=1)),
                ("total_ms", models.BigIntegerField(default=0)),
                ("longest_ms", models.PositiveIntegerField(default=0)),
                ("first_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("last_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "slow_commands",
                "indexes": [models.Index(fields=["-last_at"], name="slow_commands_by_time")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("store", "asked_by", "shape_hash"), name="one_row_per_store_asker_and_shape"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("store__in", ["postgresql", "mongodb"])), name="a_slow_command_has_a_store"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AggregatedMetric",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("metric_type", models.CharField(max_length=50)),
                ("values", models.JSONField()),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "aggregated_metrics",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "day", "metric_type"), name="one_sum_per_person_day_and_kind_of_measure"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CourseDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("enrollments", models.PositiveIntegerField(default=0)),
                ("cancellations", models.PositiveIntegerField(default=0)),
                ("completions", models.PositiveIntegerField(default=0)),
                ("lessons_completed", models.PositiveIntegerField(default=0)),
                ("active_learners", models.PositiveIntegerField(default=0)),
                ("seconds_spent", models.BigIntegerField(default=0)),
                (
                    "course",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="courses.course",
                    ),
                ),
            ],
            options={
                "db_table": "course_days",
                "indexes": [models.Index(fields=["day"], name="course_days_by_day")],
                "constraints": [models.UniqueConstraint(fields=("course", "day"), name="one_row_per_course_and_day")],
            },
        ),
        migrations.CreateModel(
            name="LeaderboardRung",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("board", models.CharField(blank=True, max_length=10)),
                ("points", models.DecimalField(decimal_places=2, max_digits=7)),
                ("seconds", models.PositiveIntegerField()),
                ("above", models.PositiveIntegerField()),
                ("outline_version", models.BigIntegerField()),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "course",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="courses.course",
                    ),
                ),
            ],
            options={
                "db_table": "leaderboard_rungs",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("course"),
                        models.F("board"),
                        django.db.models.expressions.CombinedExpression(models.F("points"), "*", models.Value(-1)),
                        models.F("seconds"),
                        name="one_rung_per_board_and_standing",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LessonDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("lesson_id", models.CharField(max_length=24)),
                ("day", models.DateField()),
                ("reached", models.PositiveIntegerField(default=0)),
                ("completed", models.PositiveIntegerField(default=0)),
                ("seconds_spent", models.BigIntegerField(default=0)),
                (
                    "course",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="courses.course",
                    ),
                ),
            ],
            options={
                "db_table": "lesson_days",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("course", "day", "lesson_id"), name="one_row_per_course_day_and_lesson"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LessonFigures",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("lesson_id", models.CharField(max_length=24)),
                ("reached", models.PositiveIntegerField(default=0)),
                ("completed", models.PositiveIntegerField(default=0)),
                ("mean_progress", models.DecimalField(decimal_places=2, default=0, max_digits=5)),
                ("median_seconds", models.PositiveIntegerField(null=True)),
                ("p90_seconds", models.PositiveIntegerField(null=True)),
                (
                    "course",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="courses.course",
                    ),
                ),
            ],
            options={
                "db_table": "lesson_figures",
                "indexes": [models.Index(fields=["mean_progress", "id"], name="lesson_figures_by_progress")],
                "constraints": [
                    models.UniqueConstraint(fields=("course", "lesson_id"), name="one_row_per_course_and_lesson")
                ],
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TIME_SPENT, "DROP TABLE telemetry")],
            state_operations=[
                migrations.CreateModel(
                    name="TimeSpent",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "user_id",
                                "course_id",
                                "lesson_id",
                                "day",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("lesson_id", models.CharField(max_length=24)),
                        ("day", models.DateField()),
                        ("seconds_spent", models.PositiveIntegerField()),
                        ("events", models.PositiveIntegerField()),
                        ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        (
                            "course",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="courses.course",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "db_table": "telemetry",
                        "indexes": [
                            models.Index(fields=["user", "day"], name="time_of_a_person"),
                            models.Index(fields=["course", "day"], name="time_in_a_course"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("lesson_id__regex", "^[0-9a-f]{24}$")),
                                name="time_is_spent_on_24_hex_digits",
                            )
                        ],
                    },
                ),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(MEASURES, "DROP TABLE user_metrics; DROP SEQUENCE user_metrics_id_seq")
            ],
            state_operations=[
                migrations.CreateModel(
                    name="UserMetric",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "recorded_at", "id", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("id", models.BigIntegerField(editable=False)),
                        ("metric_type", models.CharField(max_length=50)),
                        ("metric_value", models.JSONField()),
                        ("day", models.DateField()),
                        ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ("is_summed", models.BooleanField(db_default=False, default=False)),
                        (
                            "user",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "db_table": "user_metrics",
                        "indexes": [
                            models.Index(fields=["user", "metric_type", "day"], name="measures_of_a_person"),
                            models.Index(
                                condition=models.Q(("is_summed", False)), fields=["id"], name="measures_not_summed"
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("metric_type__regex", "^[a-z][a-z0-9_]{0,49}$")),
                                name="a_measure_has_a_name_of_small_letters",
                            )
                        ],
                    },
                ),
            ],
        ),
        migrations.CreateModel(
            name="WeeklyStanding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("week", models.DateField()),
                ("lessons_completed", models.PositiveIntegerField(db_default=0, default=0)),
                ("seconds_spent", models.PositiveIntegerField(db_default=0, default=0)),
                ("is_listed", models.BooleanField(db_default=True, default=True, editable=False)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "course",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="courses.course",
                    ),
                ),
                (
                    "enrollment",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="courses.enrollment",
                    ),
                ),
            ],
            options={
                "db_table": "weekly_standings",
                "indexes": [
                    models.Index(
                        models.F("course"),
                        models.F("week"),
                        django.db.models.expressions.CombinedExpression(
                            models.F("lessons_completed"), "*", models.Value(-1)
                        ),
                        models.F("seconds_spent"),
                        models.F("enrollment"),
                        condition=models.Q(("is_listed", True), ("lessons_completed__gt", 0)),
                        include=("lessons_completed",),
                        name="weekly_standings_in_order",
                    ),
                    models.Index(fields=["week"], name="weekly_standings_by_week"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("enrollment", "week"), name="one_standing_per_enrollment_and_week")
                ],
            },
        ),
    ]
