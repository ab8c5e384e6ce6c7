"""Who is on leaderboards, beside their progress and time: a copy of what people decide about themselves."""

import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

# Whoever enrolls waits for somebody who hides themselves at that moment, and is seen by them or sees it.
LISTED = """
CREATE FUNCTION take_whether_one_is_listed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT leaderboard_visible AND is_active AND NOT is_blocked INTO NEW.is_listed
      FROM users WHERE id = NEW.user_id FOR SHARE;
    NEW.is_listed := coalesce(NEW.is_listed, false);
    RETURN NEW;
END $$;
CREATE TRIGGER take_whether_one_is_listed BEFORE INSERT OR UPDATE OF user_id, is_listed ON enrollments
    FOR EACH ROW EXECUTE FUNCTION take_whether_one_is_listed();

CREATE FUNCTION list_enrollments_of_a_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE enrollments e SET is_listed = NEW.leaderboard_visible AND NEW.is_active AND NOT NEW.is_blocked
      FROM (SELECT id FROM enrollments WHERE user_id = NEW.id ORDER BY id FOR NO KEY UPDATE) AS mine
     WHERE e.id = mine.id;
    RETURN NULL;
END $$;
CREATE TRIGGER list_enrollments_of_a_person AFTER UPDATE OF leaderboard_visible, is_active, is_blocked ON users
    FOR EACH ROW
    WHEN ((OLD.leaderboard_visible AND OLD.is_active AND NOT OLD.is_blocked)
          IS DISTINCT FROM (NEW.leaderboard_visible AND NEW.is_active AND NOT NEW.is_blocked))
    EXECUTE FUNCTION list_enrollments_of_a_person();

UPDATE enrollments e SET is_listed = false FROM users u
 WHERE u.id = e.user_id AND NOT (u.leaderboard_visible AND u.is_active AND NOT u.is_blocked);
"""
NOT_LISTED = """
DROP TRIGGER list_enrollments_of_a_person ON users;
DROP TRIGGER take_whether_one_is_listed ON enrollments;
DROP FUNCTION list_enrollments_of_a_person;
DROP FUNCTION take_whether_one_is_listed;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0008_enrollments_in_order"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="enrollment",
            name="enrollments_by_standing",
        ),
        migrations.AddField(
            model_name="enrollment",
            name="is_listed",
            field=models.BooleanField(db_default=True, default=True, editable=False),
        ),
        migrations.AddIndex(
            model_name="enrollment",
            index=models.Index(
                fields=["course", "-progress", "seconds_spent", "id"],
                include=("is_listed", "status"),
                name="enrollments_by_standing",
            ),
        ),
        migrations.RunSQL(LISTED, NOT_LISTED),
        migrations.AddIndex(
            model_name="enrollment",
            index=models.Index(
                models.F("course"),
                django.db.models.expressions.CombinedExpression(models.F("progress"), "*", models.Value(-1)),
                models.F("seconds_spent"),
                models.F("id"),
                condition=models.Q(
                    ("is_listed", True), ("progress__gt", 0), models.Q(("status", "cancelled"), _negated=True)
                ),
                include=("progress",),
                name="enrollments_ranked",
            ),
        ),
        migrations.AddIndex(
            model_name="enrollment",
            index=models.Index(fields=["course", "-last_activity", "-id"], name="enrollments_by_activity"),
        ),
        migrations.AddIndex(
            model_name="enrollment",
            index=models.Index(fields=["course", "-seconds_spent", "-id"], name="enrollments_by_time"),
        ),
    ]
