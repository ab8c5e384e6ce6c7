"""What makes the audit log append-only: its trigger, its hash chains and its sequence.

The trigger runs with its owner's rights, because the application's role may insert only the writer's columns and may
not touch the sequence. It takes the id after the lock of its chain, so that ids grow along each chain.
"""

from django.db import migrations

FORWARDS = """
CREATE SEQUENCE audit_logs_id_seq AS bigint OWNED BY audit_logs.id;

ALTER TABLE audit_logs ALTER COLUMN details SET DEFAULT '{}'::jsonb;

CREATE FUNCTION audit_log_chain(person bigint) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (coalesce(person, 0) % 64)::integer;

-- Its body is text, which PostgreSQL doesn't tie to the columns: a later migration may still alter them.
-- Numbers and JSON arrays, not joined text: otherwise ('ab', 'c') and ('a', 'bc') would have one hash.
CREATE FUNCTION audit_log_hash(entry audit_logs) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
SELECT encode(sha256(convert_to(jsonb_build_array(
    entry.previous_hash, entry.id, entry.user_id, entry.action, entry.resource_type, entry.resource_id, entry.details,
    extract(epoch FROM entry.created_at)
)::text, 'UTF8')), 'hex')
$$;

CREATE FUNCTION audit_log_append() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
DECLARE
    chain integer := public.audit_log_chain(NEW.user_id);
BEGIN
    PERFORM pg_advisory_xact_lock(20160000 + chain);
    NEW.previous_hash := coalesce((
        SELECT earlier.hash FROM public.audit_logs earlier
        WHERE public.audit_log_chain(earlier.user_id) = chain
        ORDER BY earlier.id DESC LIMIT 1
    ), '');
    NEW.id := nextval('public.audit_logs_id_seq');
    NEW.created_at := clock_timestamp();
    NEW.hash := public.audit_log_hash(NEW);
    RETURN NEW;
END
$$;

CREATE FUNCTION audit_log_refuse_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'audit_logs is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER audit_logs_append BEFORE INSERT ON audit_logs
FOR EACH ROW EXECUTE FUNCTION audit_log_append();

CREATE TRIGGER audit_logs_refuse_change BEFORE UPDATE OR DELETE ON audit_logs
FOR EACH ROW EXECUTE FUNCTION audit_log_refuse_change();

CREATE INDEX audit_logs_by_chain ON audit_logs (audit_log_chain(user_id), id DESC);

-- Two rows can't follow the same one, even under an isolation level that doesn't see the row just committed.
CREATE UNIQUE INDEX audit_log_chains_never_fork ON audit_logs (audit_log_chain(user_id), previous_hash);
"""

BACKWARDS = """
DROP INDEX audit_log_chains_never_fork;
DROP INDEX audit_logs_by_chain;
DROP TRIGGER audit_logs_refuse_change ON audit_logs;
DROP TRIGGER audit_logs_append ON audit_logs;
DROP FUNCTION audit_log_refuse_change();
DROP FUNCTION audit_log_append();
DROP FUNCTION audit_log_hash(audit_logs);
DROP FUNCTION audit_log_chain(bigint);
ALTER TABLE audit_logs ALTER COLUMN details DROP DEFAULT;
DROP SEQUENCE audit_logs_id_seq;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
