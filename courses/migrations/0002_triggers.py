"""Copies that the database keeps itself, and the rule that a lesson's section is of its course."""

from django.db import migrations

ENROLLMENT_COUNT = """
CREATE FUNCTION count_enrollments() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was integer := CASE WHEN TG_OP <> 'INSERT' AND OLD.status <> 'cancelled' THEN 1 ELSE 0 END;
    now_is integer := CASE WHEN TG_OP <> 'DELETE' AND NEW.status <> 'cancelled' THEN 1 ELSE 0 END;
BEGIN
    IF was <> now_is THEN
        UPDATE courses SET enrollment_count = enrollment_count + now_is - was
         WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.course_id ELSE NEW.course_id END;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER count_enrollments AFTER INSERT OR DELETE OR UPDATE OF status ON enrollments
    FOR EACH ROW EXECUTE FUNCTION count_enrollments();
"""

# Words as they stand, so that the beginning of a word finds it; English ones by their stem as well.
SEARCH = """
CREATE FUNCTION course_words(words text, language text) RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$
    SELECT to_tsvector('simple', words)
        || CASE WHEN language LIKE 'en%' THEN to_tsvector('english', words) ELSE ''::tsvector END
$$;
CREATE FUNCTION keep_course_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search :=
        setweight(course_words(NEW.title, NEW.language), 'A')
        || setweight(course_words((SELECT name FROM categories WHERE id = NEW.category_id), NEW.language), 'B')
        || setweight(to_tsvector('simple', (
               SELECT concat_ws(' ', first_name, last_name, username) FROM users WHERE id = NEW.instructor_id)), 'B')
        || setweight(course_words(concat_ws(' ', NEW.summary, NEW.description, NEW.objectives), NEW.language), 'C');
    RETURN NEW;
END $$;
CREATE TRIGGER keep_course_search
    BEFORE INSERT OR UPDATE OF title, summary, description, objectives, language, category_id, instructor_id ON courses
    FOR EACH ROW EXECUTE FUNCTION keep_course_search();

CREATE FUNCTION search_courses_of_category() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE courses SET category_id = category_id WHERE category_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER search_courses_of_category AFTER UPDATE OF name ON categories
    FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION search_courses_of_category();

CREATE FUNCTION search_courses_of_instructor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE courses SET instructor_id = instructor_id WHERE instructor_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER search_courses_of_instructor AFTER UPDATE OF first_name, last_name, username ON users
    FOR EACH ROW
    WHEN ((OLD.first_name, OLD.last_name, OLD.username) IS DISTINCT FROM (NEW.first_name, NEW.last_name, NEW.username))
    EXECUTE FUNCTION search_courses_of_instructor();
"""

SECTION_OF_ITS_COURSE = """
ALTER TABLE course_lessons ADD CONSTRAINT a_lesson_stands_in_a_section_of_its_course
    FOREIGN KEY (course_id, section_id) REFERENCES sections (course_id, id)
    ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [("courses", "0001_initial")]

    operations = [
        migrations.RunSQL(
            ENROLLMENT_COUNT, "DROP TRIGGER count_enrollments ON enrollments; DROP FUNCTION count_enrollments()"
        ),
        migrations.RunSQL(
            SEARCH,
            """
            DROP TRIGGER keep_course_search ON courses;
            DROP TRIGGER search_courses_of_category ON categories;
            DROP TRIGGER search_courses_of_instructor ON users;
            DROP FUNCTION keep_course_search, search_courses_of_category, search_courses_of_instructor, course_words;
            """,
        ),
        migrations.RunSQL(
            SECTION_OF_ITS_COURSE,
            "ALTER TABLE course_lessons DROP CONSTRAINT a_lesson_stands_in_a_section_of_its_course",
        ),
    ]
