"""Partitions are made by the application's role, which owns no table, through functions that do only that; weekly
standings follow completions; one row says how far the events are summed."""

from django.db import migrations

PARTITIONS = """
-- The months from that of `first` to that of `last`; how many were made. What had fallen beside them moves in.
CREATE FUNCTION make_month_partitions(parent text, first date, last date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    key text := CASE parent WHEN 'telemetry' THEN 'day' WHEN 'user_metrics' THEN 'recorded_at' END;
    month date := date_trunc('month', first)::date;
    following date;
    name text;
    made integer := 0;
BEGIN
    IF key IS NULL THEN
        RAISE EXCEPTION '% has no months', parent USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF last > first + 4000 THEN
        RAISE EXCEPTION 'too many months' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('partitions of ' || parent, 0));
    WHILE month <= last LOOP
        following := (month + interval '1 month')::date;
        name := format('%s_%s', parent, to_char(month, 'YYYY_MM'));
        IF to_regclass(name) IS NULL THEN
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name, parent);
            EXECUTE format(
                'WITH moved AS (DELETE FROM %I WHERE %I >= %L AND %I < %L RETURNING *) INSERT INTO %I SELECT * FROM moved',
                parent || '_of_other_months', key, month, key, following, name);
            EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                           parent, name, month, following);
            made := made + 1;
        END IF;
        month := following;
    END LOOP;
    RETURN made;
END $$;

-- Only of measures: time spent is kept. Months that ended before this day; their names.
CREATE FUNCTION drop_month_partitions(before date) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    name text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('partitions of user_metrics', 0));
    FOR name IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
         WHERE i.inhparent = 'user_metrics'::regclass AND c.relname ~ '^user_metrics_[0-9]{4}_[0-9]{2}$'
           AND to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month' <= before
         ORDER BY c.relname
    LOOP
        EXECUTE format('DROP TABLE %I', name);
        RETURN NEXT name;
    END LOOP;
END $$;
"""
NO_PARTITIONS = """
DROP FUNCTION make_month_partitions;
DROP FUNCTION drop_month_partitions;
"""

STANDINGS = """
-- Completions of this week, counted from the lessons themselves; what left an enrollment leaves its standing, too.
CREATE FUNCTION keep_weekly_standing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    monday date := date_trunc('week', now() AT TIME ZONE 'UTC')::date;
    which bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.enrollment_id ELSE NEW.enrollment_id END;
    counted integer;
BEGIN
    IF greatest(CASE WHEN TG_OP <> 'INSERT' THEN OLD.completed_at END,
                CASE WHEN TG_OP <> 'DELETE' THEN NEW.completed_at END) >= monday::timestamp AT TIME ZONE 'UTC' THEN
        -- Whoever writes both holds the enrollment first: one at a time counts, and nobody waits in a circle.
        PERFORM FROM enrollments WHERE id = which FOR NO KEY UPDATE;
        SELECT count(*) INTO counted FROM lesson_progress
         WHERE enrollment_id = which AND completed_at >= monday::timestamp AT TIME ZONE 'UTC';
        UPDATE weekly_standings SET lessons_completed = counted, updated_at = now()
         WHERE enrollment_id = which AND week = monday;
        IF NOT FOUND AND TG_OP <> 'DELETE' THEN
            INSERT INTO weekly_standings (enrollment_id, course_id, week, lessons_completed)
            SELECT id, course_id, monday, counted FROM enrollments WHERE id = which
                ON CONFLICT (enrollment_id, week)
                DO UPDATE SET lessons_completed = excluded.lessons_completed, updated_at = now();
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_weekly_standing AFTER INSERT OR DELETE OR UPDATE OF completed_at ON lesson_progress
    FOR EACH ROW EXECUTE FUNCTION keep_weekly_standing();

-- Of this week, what was completed before there were standings.
INSERT INTO weekly_standings (enrollment_id, course_id, week, lessons_completed)
SELECT e.id, e.course_id, this.monday, count(*)
  FROM (SELECT date_trunc('week', now() AT TIME ZONE 'UTC')::date AS monday) AS this
  JOIN lesson_progress p ON p.completed_at >= this.monday::timestamp AT TIME ZONE 'UTC'
  JOIN enrollments e ON e.id = p.enrollment_id
 GROUP BY e.id, this.monday;

-- Who isn't listed, or has left, must not be passed over one by one: so many may be at the top.
CREATE FUNCTION take_whether_a_standing_is_listed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT is_listed AND status <> 'cancelled' INTO NEW.is_listed
      FROM enrollments WHERE id = NEW.enrollment_id FOR NO KEY UPDATE;
    NEW.is_listed := coalesce(NEW.is_listed, false);
    RETURN NEW;
END $$;
CREATE TRIGGER take_whether_a_standing_is_listed BEFORE INSERT ON weekly_standings
    FOR EACH ROW EXECUTE FUNCTION take_whether_a_standing_is_listed();

CREATE FUNCTION list_standings_of_an_enrollment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE weekly_standings SET is_listed = NEW.is_listed AND NEW.status <> 'cancelled' WHERE enrollment_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER list_standings_of_an_enrollment AFTER UPDATE OF is_listed, status ON enrollments
    FOR EACH ROW
    WHEN ((OLD.is_listed AND OLD.status <> 'cancelled') IS DISTINCT FROM (NEW.is_listed AND NEW.status <> 'cancelled'))
    EXECUTE FUNCTION list_standings_of_an_enrollment();
"""
NO_STANDINGS = """
DROP TRIGGER list_standings_of_an_enrollment ON enrollments;
DROP FUNCTION list_standings_of_an_enrollment;
DROP TRIGGER take_whether_a_standing_is_listed ON weekly_standings;
DROP FUNCTION take_whether_a_standing_is_listed;
DROP TRIGGER keep_weekly_standing ON lesson_progress;
DROP FUNCTION keep_weekly_standing;
"""


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0001_initial")]

    operations = [
        migrations.RunSQL(PARTITIONS, NO_PARTITIONS),
        migrations.RunSQL(STANDINGS, NO_STANDINGS),
        migrations.RunSQL("INSERT INTO rollups (id) VALUES (1)", "DELETE FROM rollups"),
    ]
