"""What a comment takes from its parent, and the copies that the database keeps itself."""

from django.db import migrations

PLACES = """
-- Seven digits to the base of 36, so that the order of texts is the order of ids.
CREATE FUNCTION path_part(id bigint) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT string_agg(substr('0123456789abcdefghijklmnopqrstuvwxyz', (id / unit % 36)::int + 1, 1), '' ORDER BY unit DESC)
      FROM unnest(ARRAY[2176782336, 60466176, 1679616, 46656, 1296, 36, 1]::bigint[]) AS unit
);

CREATE FUNCTION take_the_comments_place() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    parent comments;
BEGIN
    IF NEW.parent_id IS NULL THEN
        NEW.root_id := NEW.id;
        NEW.depth := 0;
        NEW.path := path_part(NEW.id);
        NEW.asker_id := CASE WHEN NEW.is_private THEN NEW.user_id END;
        RETURN NEW;
    END IF;
    SELECT * INTO parent FROM comments WHERE id = NEW.parent_id FOR KEY SHARE;
    IF parent.id IS NULL THEN
        RAISE EXCEPTION 'there is no comment % to reply to', NEW.parent_id USING ERRCODE = 'foreign_key_violation';
    END IF;
    NEW.course_id := parent.course_id;
    NEW.lesson_id := parent.lesson_id;
    NEW.is_private := parent.is_private;
    NEW.asker_id := parent.asker_id;
    NEW.root_id := parent.root_id;
    -- Below the deepest place everything stands in one line: the path is part of an index.
    NEW.depth := least(parent.depth + 1, 20);
    NEW.path := left(parent.path, NEW.depth * 7) || path_part(NEW.id);
    RETURN NEW;
END $$;
CREATE TRIGGER take_the_comments_place BEFORE INSERT ON comments
    FOR EACH ROW EXECUTE FUNCTION take_the_comments_place();

CREATE FUNCTION keep_the_comments_place() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    parent comments;
BEGIN
    -- What was damaged may go back to where it belongs; nothing else moves.
    IF NEW.parent_id IS NOT DISTINCT FROM OLD.parent_id THEN
        IF NEW.parent_id IS NOT NULL THEN
            SELECT * INTO parent FROM comments WHERE id = NEW.parent_id;
        ELSE
            parent := OLD;
            parent.root_id := OLD.id;
            parent.depth := -1;
            parent.path := '';
        END IF;
        IF (NEW.course_id, NEW.lesson_id, NEW.is_private, NEW.root_id, NEW.depth, NEW.path) IS NOT DISTINCT FROM
           (parent.course_id, parent.lesson_id, parent.is_private, parent.root_id, least(parent.depth + 1, 20),
            left(parent.path, least(parent.depth + 1, 20) * 7) || path_part(NEW.id)) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'comment % stays where it was written', OLD.id USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER keep_the_comments_place
    BEFORE UPDATE OF course_id, lesson_id, parent_id, root_id, depth, path, is_private ON comments
    FOR EACH ROW
    WHEN ((OLD.course_id, OLD.lesson_id, OLD.parent_id, OLD.root_id, OLD.depth, OLD.path, OLD.is_private)
          IS DISTINCT FROM
          (NEW.course_id, NEW.lesson_id, NEW.parent_id, NEW.root_id, NEW.depth, NEW.path, NEW.is_private))
    EXECUTE FUNCTION keep_the_comments_place();
"""

VOTES = """
CREATE FUNCTION count_votes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was integer := CASE WHEN TG_OP <> 'INSERT' THEN OLD.vote_type ELSE 0 END;
    now_is integer := CASE WHEN TG_OP <> 'DELETE' THEN NEW.vote_type ELSE 0 END;
BEGIN
    IF was <> now_is THEN
        UPDATE comments
           SET upvotes = upvotes + (now_is = 1)::int - (was = 1)::int,
               downvotes = downvotes + (now_is = -1)::int - (was = -1)::int
         WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.comment_id ELSE NEW.comment_id END;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER count_votes AFTER INSERT OR DELETE OR UPDATE OF vote_type ON comment_votes
    FOR EACH ROW EXECUTE FUNCTION count_votes();
"""

REPLIES = """
CREATE FUNCTION count_replies() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was integer := CASE WHEN TG_OP <> 'INSERT' AND OLD.parent_id IS NOT NULL
                         AND OLD.deleted_at IS NULL AND OLD.hidden_at IS NULL THEN 1 ELSE 0 END;
    now_is integer := CASE WHEN TG_OP <> 'DELETE' AND NEW.parent_id IS NOT NULL
                            AND NEW.deleted_at IS NULL AND NEW.hidden_at IS NULL THEN 1 ELSE 0 END;
BEGIN
    IF was <> now_is THEN
        UPDATE comments SET reply_count = reply_count + now_is - was
         WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.root_id ELSE NEW.root_id END;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER count_replies AFTER INSERT OR DELETE OR UPDATE OF deleted_at, hidden_at ON comments
    FOR EACH ROW EXECUTE FUNCTION count_replies();
"""

MESSAGES = """
CREATE FUNCTION refuse_messages_of_others() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM conversations c WHERE c.id = NEW.conversation_id
                      AND c.low_user_id = least(NEW.sender_id, NEW.receiver_id)
                      AND c.high_user_id = greatest(NEW.sender_id, NEW.receiver_id)) THEN
        RAISE EXCEPTION 'conversation % isn''t between these two', NEW.conversation_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse_messages_of_others BEFORE INSERT OR UPDATE OF conversation_id, sender_id, receiver_id
    ON direct_messages FOR EACH ROW EXECUTE FUNCTION refuse_messages_of_others();

CREATE FUNCTION note_new_messages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE conversations c
       SET low_unread = c.low_unread + s.to_low,
           high_unread = c.high_unread + s.to_high,
           last_message_id = greatest(c.last_message_id, s.last),
           last_at = CASE WHEN s.last >= coalesce(c.last_message_id, 0) THEN s.at ELSE c.last_at END
      FROM (SELECT conversation_id, max(id) AS last, max(created_at) AS at,
                   count(*) FILTER (WHERE NOT is_read AND receiver_id < sender_id) AS to_low,
                   count(*) FILTER (WHERE NOT is_read AND receiver_id > sender_id) AS to_high
              FROM added GROUP BY conversation_id) AS s
     WHERE c.id = s.conversation_id;
    RETURN NULL;
END $$;
CREATE TRIGGER note_new_messages AFTER INSERT ON direct_messages
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_new_messages();

CREATE FUNCTION note_read_messages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE conversations c
       SET low_unread = c.low_unread + s.to_low, high_unread = c.high_unread + s.to_high
      FROM (SELECT a.conversation_id,
                   sum(b.is_read::int - a.is_read::int) FILTER (WHERE a.receiver_id < a.sender_id) AS low,
                   sum(b.is_read::int - a.is_read::int) FILTER (WHERE a.receiver_id > a.sender_id) AS high
              FROM after a JOIN before b USING (id) WHERE a.is_read <> b.is_read
             GROUP BY a.conversation_id) AS counted
     CROSS JOIN LATERAL (SELECT coalesce(counted.low, 0) AS to_low, coalesce(counted.high, 0) AS to_high) AS s
     WHERE c.id = counted.conversation_id;
    RETURN NULL;
END $$;
CREATE TRIGGER note_read_messages AFTER UPDATE ON direct_messages
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION note_read_messages();

CREATE FUNCTION note_deleted_messages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE conversations c
       SET low_unread = c.low_unread - s.to_low,
           high_unread = c.high_unread - s.to_high,
           last_message_id = (SELECT max(id) FROM direct_messages m WHERE m.conversation_id = c.id)
      FROM (SELECT conversation_id,
                   count(*) FILTER (WHERE NOT is_read AND receiver_id < sender_id) AS to_low,
                   count(*) FILTER (WHERE NOT is_read AND receiver_id > sender_id) AS to_high
              FROM removed GROUP BY conversation_id) AS s
     WHERE c.id = s.conversation_id;
    RETURN NULL;
END $$;
CREATE TRIGGER note_deleted_messages AFTER DELETE ON direct_messages
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION note_deleted_messages();
"""

POSTS = """
CREATE FUNCTION count_new_like() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE posts SET like_count = like_count + 1 WHERE id = NEW.post_id;
    UPDATE post_comments SET like_count = like_count + 1 WHERE id = NEW.post_comment_id;
    RETURN NULL;
END $$;
CREATE TRIGGER count_new_like AFTER INSERT ON likes FOR EACH ROW EXECUTE FUNCTION count_new_like();

-- All of a post go at once, and one row that is updated thousands of times in a transaction becomes slow.
CREATE FUNCTION count_removed_likes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE posts p SET like_count = p.like_count - s.number
      FROM (SELECT post_id, count(*) AS number FROM removed GROUP BY post_id) AS s WHERE p.id = s.post_id;
    UPDATE post_comments c SET like_count = c.like_count - s.number
      FROM (SELECT post_comment_id, count(*) AS number FROM removed GROUP BY post_comment_id) AS s
     WHERE c.id = s.post_comment_id;
    RETURN NULL;
END $$;
CREATE TRIGGER count_removed_likes AFTER DELETE ON likes
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_removed_likes();

CREATE FUNCTION count_post_comments() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was integer := CASE WHEN TG_OP <> 'INSERT' AND OLD.hidden_at IS NULL THEN 1 ELSE 0 END;
    now_is integer := CASE WHEN TG_OP <> 'DELETE' AND NEW.hidden_at IS NULL THEN 1 ELSE 0 END;
BEGIN
    IF was <> now_is THEN
        UPDATE posts SET comment_count = comment_count + now_is - was
         WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.post_id ELSE NEW.post_id END;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER count_post_comments AFTER INSERT OR DELETE OR UPDATE OF hidden_at ON post_comments
    FOR EACH ROW EXECUTE FUNCTION count_post_comments();
"""

DIGESTS = """
-- The next time it is seven in the morning somewhere; a zone that PostgreSQL doesn't know counts as UTC, for whoever
-- writes something must not be refused because of the settings of somebody who is told of it.
CREATE FUNCTION next_digest_at(zone text) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
DECLARE
    here timestamp;
BEGIN
    BEGIN
        here := now() AT TIME ZONE zone;
    EXCEPTION WHEN invalid_parameter_value THEN
        zone := 'UTC';
        here := now() AT TIME ZONE zone;
    END;
    RETURN (date_trunc('day', here - interval '7 hours') + interval '1 day 7 hours') AT TIME ZONE zone;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("discussions", "0001_initial")]

    operations = [
        migrations.RunSQL(
            PLACES,
            """
            DROP TRIGGER take_the_comments_place ON comments;
            DROP TRIGGER keep_the_comments_place ON comments;
            DROP FUNCTION take_the_comments_place, keep_the_comments_place, path_part;
            """,
        ),
        migrations.RunSQL(VOTES, "DROP TRIGGER count_votes ON comment_votes; DROP FUNCTION count_votes()"),
        migrations.RunSQL(REPLIES, "DROP TRIGGER count_replies ON comments; DROP FUNCTION count_replies()"),
        migrations.RunSQL(
            MESSAGES,
            """
            DROP TRIGGER refuse_messages_of_others ON direct_messages;
            DROP TRIGGER note_new_messages ON direct_messages;
            DROP TRIGGER note_read_messages ON direct_messages;
            DROP TRIGGER note_deleted_messages ON direct_messages;
            DROP FUNCTION refuse_messages_of_others, note_new_messages, note_read_messages, note_deleted_messages;
            """,
        ),
        migrations.RunSQL(
            POSTS,
            """
            DROP TRIGGER count_new_like ON likes;
            DROP TRIGGER count_removed_likes ON likes;
            DROP TRIGGER count_post_comments ON post_comments;
            DROP FUNCTION count_new_like, count_removed_likes, count_post_comments;
            """,
        ),
        migrations.RunSQL(DIGESTS, "DROP FUNCTION next_digest_at"),
    ]
