"""A backup that is brought back, and everything that must not be."""

import errno
import gzip
import hashlib
import json
import os
import shutil
import signal
import time
from io import StringIO

import psycopg
import pytest
from bson import Int64
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from pymongo.errors import WriteError

from accounts.models import AuditAction, AuditLog, User
from accounts.services.audit import verify_chain
from courses.content import lessons, progress
from courses.models import Course, Enrollment, StoreEpoch
from courses.services.enrollment import enroll
from courses.services.lessons import add_lesson
from courses.services.progress import complete_lesson
from discussions.models import Comment
from learnflow.backup import target as unfinished
from learnflow.backup.tables import LEFT_OUT
from learnflow.consistency import check
from learnflow.database_roles import connected_as_owner
from learnflow.embedded.processes import free_port
from learnflow.management.commands.check_stores import EXAMINATIONS
from learnflow.mongo.collections import Beside
from tests.another_site import another_site
from tests.factories import CommentFactory, UserFactory, lesson_ids, text_body
from tests.learnflow import commands

# What a restore itself writes: the epoch, and that copies and outlines are to be made anew.
WRITTEN_ANEW = {"version", "projected_version", "outline_version", "settled_version", "seconds_spent", "last_activity"}
# The round after it finds what had just arrived.
SUMMED = ("rollups", "telemetry", "weekly_standings")
SHAPES = {
    "columns": "SELECT table_name, column_name, column_default, is_nullable, data_type, is_generated, is_identity "
    "FROM information_schema.columns WHERE table_schema = 'public'",
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated "
    "FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
    "triggers": "SELECT pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal",
    "functions": "SELECT pg_get_functiondef(p.oid) FROM pg_proc p WHERE pronamespace = 'public'::regnamespace",
    "types": "SELECT typname, typtype FROM pg_type WHERE typnamespace = 'public'::regnamespace",
    "rights": "SELECT grantee, table_name, privilege_type FROM information_schema.role_table_grants "
    "WHERE table_schema = 'public'",
}


@pytest.fixture(scope="module")
def restored(origin, django_db_blocker, tmp_path_factory):
    """A site that was empty until the backup was restored to it."""
    with another_site(tmp_path_factory.mktemp("restored")) as site:
        with site.entered():
            restore(origin.folder)
        yield site


@pytest.fixture
def inside(restored, django_db_blocker):
    with restored.entered():
        yield restored


@pytest.fixture
def copy_of_backup(origin, tmp_path):
    """A backup that a test may damage."""
    return shutil.copytree(origin.folder, tmp_path / origin.folder.name)


def restore(folder, *arguments):
    """The exit status, and what was said to it."""
    try:
        call_command("restore", str(folder), *arguments, stdout=StringIO())
    except CommandError as error:
        return error.returncode, str(error)
    except SystemExit as left:
        return left.code, ""
    return 0, ""


def everything(site):
    """Rows, documents and files, to be compared with what they are later."""
    files = {path: path.read_bytes() for path in site.media.rglob("*") if path.is_file()}
    return site.rows(), site.documents(), files


def shown(rows):
    return [{name: each for name, each in row.items() if name not in WRITTEN_ANEW} for row in rows]


# --- What comes back ------------------------------------------------------------------------------


def test_every_row_comes_back(origin, restored):
    before, after = origin.site.rows(), restored.rows()
    assert before.keys() == after.keys()
    told = after["audit_logs"].pop()
    assert told["action"] == AuditAction.STORES_RESTORED and told["resource_id"] == origin.folder.name
    # What was promised to the deletion has gone.
    assert len(before["pending_deletions"]) == 1 and after["pending_deletions"] == []
    for table in before.keys() - {*LEFT_OUT, "store_epoch", "pending_deletions", *SUMMED}:
        assert shown(after[table]) == shown(before[table]), table
    assert after["store_epoch"] == [{"id": 1, "epoch": 1}]
    assert after["django_session"] == []


def test_time_comes_back_and_goes_on(origin, restored, inside):
    """In months and beside them; what had arrived and wasn't summed is summed."""
    before, after = (
        sorted(each["seconds_spent"] for each in site.rows()["telemetry"]) for site in (origin.site, restored)
    )
    assert (before, after) == ([30, 90], [30, 120])
    assert max(Enrollment.objects.values_list("seconds_spent", flat=True)) == 150


def test_what_people_said_comes_back_and_is_counted_once(origin, restored, inside):
    """Triggers rest while rows are put back, for what they did is in the rows; afterwards they are awake."""
    before, after = origin.site.rows(), restored.rows()
    talk = ("comments", "comment_votes", "conversations", "direct_messages", "posts", "post_comments", "likes",
            "notifications", "reports", "follows", "user_blocks", "one_time_keys")  # fmt: skip
    assert all(after[table] == before[table] and after[table] for table in talk)
    assert not [each.kind.name for each in check(EXAMINATIONS) if each.count]
    with transaction.atomic():
        thread = Comment.objects.get(upvotes=1)
        CommentFactory(user=thread.user, parent=thread)
        assert Comment.objects.get(pk=thread.pk).reply_count == 1
        transaction.set_rollback(True)


def test_every_document_comes_back(origin, restored):
    before, after = origin.site.documents(), restored.documents()
    assert before.keys() == after.keys()
    before["lessons"] = [each for each in before["lessons"] if each["title"] != "Lesson 4"]  # which had been taken out
    assert len(before["progress"]) == 2 and len(before["lesson_revisions"]) == 1
    for name in before:
        for document in (*before[name], *after[name]):
            if name == "progress":
                for name_of_copy in ("updated_at", "version", "lesson_times", "total_seconds_spent", "times_version"):
                    document.pop(name_of_copy, None)
        assert after[name] == before[name], name


def test_every_upload_comes_back(origin, restored):
    def files(site):
        return {path.relative_to(site.media): path.read_bytes() for path in site.media.rglob("*") if path.is_file()}

    assert files(restored) == files(origin.site)
    assert len(files(restored)) == 3


@pytest.mark.parametrize("what", SHAPES)
def test_tables_are_what_they_were(origin, restored, what):
    with origin.site.postgresql() as before, restored.postgresql() as after:
        assert sorted(after.execute(SHAPES[what])) == sorted(before.execute(SHAPES[what]))


def test_validators_and_indexes_are_what_they_were(origin, restored):
    with origin.site.mongodb() as before, restored.mongodb() as after:
        for name in before.list_collection_names():
            assert after[name].options() == before[name].options(), name
            assert after[name].index_information() == before[name].index_information(), name


def test_every_version_begins_with_the_new_epoch(inside):
    assert StoreEpoch.objects.get().epoch == 1
    for enrollment in Enrollment.objects.all():
        assert enrollment.version >> 40 == 1 and enrollment.projected_version == enrollment.version
        document = progress.get_progress(user_id=enrollment.user_id, course_id=enrollment.course_id)
        assert document["version"] == enrollment.version


def test_life_goes_on(inside):
    course, learner = Course.objects.get(), UserFactory()
    count = course.enrollment_count
    assert learner.pk > max(User.objects.exclude(pk=learner.pk).values_list("pk", flat=True))
    enroll(learner=learner, course=course)
    complete_lesson(learner=learner, course=course, lesson_id=lesson_ids(course)[0])
    course.refresh_from_db()
    assert course.enrollment_count == count + 1
    assert progress.get_progress(user_id=learner.pk, course_id=course.pk)["completed_lessons"] == lesson_ids(course)[:1]
    placement = add_lesson(actor=course.instructor, course=course, body=text_body())
    assert placement.position == 4 and lessons.get_lesson(placement.lesson_id)["version"] == 1


def test_audit_log_is_whole_and_still_append_only(inside):
    assert verify_chain() == []
    with pytest.raises(DatabaseError, match="denied"), transaction.atomic():
        AuditLog.objects.update(action="x")
    with inside.postgresql() as owner, pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        owner.execute("UPDATE audit_logs SET action = 'x'")


def test_rules_hold_after_it(inside):
    with pytest.raises(DatabaseError, match="progress_is_between_0_and_100"), transaction.atomic():
        Enrollment.objects.update(progress=101)
    with inside.mongodb() as db, pytest.raises(WriteError, match="failed validation"):
        db.lessons.insert_one({"title": 1})


# --- What is refused ------------------------------------------------------------------------------


def _rewrite(folder, change):
    """Change the manifest, and make its checksum right again."""
    document = json.loads((folder / "manifest.json").read_text())
    change(document)
    content = json.dumps(document).encode()
    (folder / "manifest.json").write_bytes(content)
    (folder / "manifest.json.sha256").write_text(f"{hashlib.sha256(content).hexdigest()}  manifest.json\n")


def _cut_off(folder):
    path = folder / "postgresql/users.copy.gz"
    path.write_bytes(path.read_bytes()[:-1])


def _turn_a_bit(folder):
    path = folder / "mongodb/lessons.bson.gz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _alter_an_upload(folder):
    path = folder / "media/lessons/film.webm"
    path.write_bytes(path.read_bytes()[::-1])


def _alter_the_manifest(folder):
    path = folder / "manifest.json"
    path.write_text(path.read_text().replace('"rows": 3', '"rows": 4'))


def _hold_fewer_rows(folder):
    path = folder / "postgresql/users.copy.gz"
    packed = gzip.compress(gzip.decompress(path.read_bytes()).split(b"\n", 1)[1])
    path.write_bytes(packed)
    file = {"size": len(packed), "sha256": hashlib.sha256(packed).hexdigest()}
    _rewrite(folder, lambda document: document["files"].update({"postgresql/users.copy.gz": file}))


def _lead_out(folder):
    (folder.parent / "outside").write_bytes(b"")
    file = {"size": 0, "sha256": hashlib.sha256().hexdigest()}
    _rewrite(folder, lambda document: document["files"].update({"media/../../outside": file}))


def _replace(folder, path, content):
    """Another content of a packed file, of the right size and checksum."""
    packed = gzip.compress(content)
    (folder / path).write_bytes(packed)
    file = {"size": len(packed), "sha256": hashlib.sha256(packed).hexdigest()}
    _rewrite(folder, lambda document: document["files"].update({path: file}))


def _wait_for_ever(folder):
    os.mkfifo(folder / "media/endless")
    file = {"size": 0, "sha256": hashlib.sha256().hexdigest()}
    _rewrite(folder, lambda document: document["files"].update({"media/endless": file}))


DAMAGES = {
    "users.copy.gz isn't whole": _cut_off,
    "lessons.bson.gz isn't what was written": _turn_a_bit,
    "film.webm isn't what was written": _alter_an_upload,
    "enrollments.copy.gz is missing": lambda folder: (folder / "postgresql/enrollments.copy.gz").unlink(),
    "other.copy.gz doesn't belong": lambda folder: (folder / "postgresql/other.copy.gz").touch(),
    "manifest.json isn't what was written": _alter_the_manifest,
    "manifest.json.sha256 is missing": lambda folder: (folder / "manifest.json.sha256").unlink(),
    "users.copy.gz holds": _hold_fewer_rows,
    "media/../../outside": _lead_out,
    "has format 2": lambda folder: _rewrite(folder, lambda document: document.update(format=2)),
    "courses 9999_tomorrow": lambda folder: _rewrite(
        folder, lambda document: document["migrations"]["courses"].append("9999_tomorrow")
    ),
    "media/endless isn't whole": _wait_for_ever,
    "what should be a document is none": lambda folder: _replace(folder, "mongodb/progress.bson.gz", bytes(1 << 20)),
    "what should be a document is none.": lambda folder: _replace(folder, "mongodb/lessons.bson.gz", b"\xff" * 64),
    "a document is cut off": lambda folder: _replace(folder, "mongodb/lessons.bson.gz", b"\x06\0\0\0\x01\x01"),
    "postgresql/../../outside.copy.gz is missing": lambda folder: _rewrite(
        folder, lambda document: document["tables"].update({"../../outside": {"columns": [], "rows": 0}})
    ),
}
UNREADABLE = {
    "not an object": lambda document: document.clear(),
    "a time that is none": lambda document: document.update(made_at="yesterday"),
    "a time somewhere": lambda document: document.update(made_at="2026-01-01T00:00:00"),
    "no time": lambda document: document.pop("made_at"),
    "no migrations": lambda document: document.pop("migrations"),
    "a negative size": lambda document: document["files"]["postgresql/users.copy.gz"].update(size=-1),
    "a file without a checksum": lambda document: document["files"]["postgresql/users.copy.gz"].pop("sha256"),
    "tables in a list": lambda document: document.update(tables=[]),
    "columns that are a number": lambda document: document["tables"]["users"].update(columns=1),
    "half a sequence": lambda document: document["sequences"].update(users_id_seq=[1]),
    "an epoch in words": lambda document: document.update(epoch="one"),
    "something else": lambda document: document.update(something_else=1),
}


@pytest.mark.parametrize("said", DAMAGES)
def test_damaged_backup_is_refused_before_anything_is_touched(origin, copy_of_backup, said):
    before = everything(origin.site)
    DAMAGES[said](copy_of_backup)
    with origin.site.entered():
        code, sentence = restore(copy_of_backup, "--overwrite")
    assert code == 2 and said in sentence and len(sentence) < 500
    assert everything(origin.site) == before


@pytest.mark.parametrize("damage", UNREADABLE)
def test_manifest_that_nobody_writes_is_refused_in_a_sentence(origin, copy_of_backup, damage):
    _rewrite(copy_of_backup, UNREADABLE[damage])
    with origin.site.entered():
        code, sentence = restore(copy_of_backup, "--overwrite")
    assert code == 2 and ("isn't what LearnFlow writes" in sentence or "has format None" in sentence)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"[" * 100_000, b"\xff"])
def test_manifest_that_is_no_json_is_refused_in_a_sentence(origin, copy_of_backup, content):
    (copy_of_backup / "manifest.json").write_bytes(content)
    (copy_of_backup / "manifest.json.sha256").write_text(hashlib.sha256(content).hexdigest())
    with origin.site.entered():
        code, sentence = restore(copy_of_backup, "--overwrite")
    assert code == 2 and "isn't what LearnFlow writes" in sentence


def test_tables_of_something_else_are_not_dropped_unless_one_says_so(origin, target):
    """The owner's address may be that of another application's database."""
    with target.postgresql() as other:
        other.execute("CREATE TABLE invoices (id int); INSERT INTO invoices VALUES (1)")
    code, sentence = restore(origin.folder)
    assert code == 2 and "invoices" in sentence and "--overwrite" in sentence
    with target.postgresql() as other:
        assert list(other.execute("SELECT id FROM invoices"))


def test_what_isnt_finished_is_no_backup(copy_of_backup, origin):
    partial = copy_of_backup.rename(copy_of_backup.with_name(copy_of_backup.name + ".partial"))
    with origin.site.entered():
        assert restore(partial)[0] == 2
        assert restore(partial.parent)[0] == 2
        assert "no backup" in restore(partial.parent / "nowhere")[1]


@pytest.mark.parametrize("what", ["people", "documents in the collection lessons", "uploads"])
def test_nothing_is_replaced_unless_one_says_so(origin, target, what):
    if what == "people":
        UserFactory()
    elif what == "uploads":
        default_storage.save("lessons/mine.webm", ContentFile(b"film"))
    else:
        body = text_body()
        lessons.add_lesson(lesson_id=lessons.new_lesson_id(), course_id=1, body=body, author_id=None)
    before = everything(target)
    code, sentence = restore(origin.folder)
    assert code == 2 and what in sentence and "--overwrite" in sentence
    assert everything(target) == before


def test_running_site_is_refused(origin, target, monkeypatch):
    before = everything(target)
    monkeypatch.setattr("learnflow.backup.target.LEAVING_SECONDS", 0.1)
    with psycopg.connect(target.variables["DATABASE_URL"]):
        code, sentence = restore(origin.folder)
    assert code == 2 and "learnflow_app" in sentence and "stop LearnFlow" in sentence
    assert everything(target) == before


# --- What breaks off ------------------------------------------------------------------------------


class PowerFailure(BaseException):
    """Nothing catches this."""


def break_in(monkeypatch, thing, name, *, after):
    """Let this method of a class do its work, or not, and fail."""
    original = getattr(thing, name)

    def broken(self, *arguments):
        after(original, self, *arguments)
        raise PowerFailure

    monkeypatch.setattr(thing, name, broken)


def one_collection_only(original, beside, names):
    original(beside, list(names)[:1])


def test_what_breaks_off_between_the_stores_closes_the_site_until_it_is_done_again(
    origin, target, monkeypatch, settings
):
    before = shown(origin.site.rows()["enrollments"])
    UserFactory(username="somebody")
    with monkeypatch.context() as door:
        break_in(door, Beside, "take_places", after=one_collection_only)
        with pytest.raises(PowerFailure):
            restore(origin.folder, "--overwrite")
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(target.variables["DATABASE_URL"])
    with pytest.raises(CommandError, match=r"restore --overwrite"):
        call_command("migrate", verbosity=0)
    settings.PORT, said = free_port(), StringIO()
    with pytest.raises(SystemExit):
        call_command("up", stdout=StringIO(), stderr=said)
    assert "restore --overwrite" in said.getvalue()
    assert restore(origin.folder, "--overwrite") == (0, "")
    assert shown(target.rows()["enrollments"]) == before
    assert not User.objects.filter(username="somebody").exists()
    call_command("migrate", verbosity=0)


def full_disk(*arguments):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_disk_that_refuses_changes_nothing(origin, target, monkeypatch):
    UserFactory(username="somebody")
    before = target.rows(), target.documents()
    with monkeypatch.context() as door:
        door.setattr(Beside, "take_places", full_disk)
        code, sentence = restore(origin.folder, "--overwrite")
    assert code == 2 and "No space left" in sentence and "one store was replaced" in sentence
    with monkeypatch.context() as door:
        door.setattr(Beside, "fill", full_disk)
        code, sentence = restore(origin.folder, "--overwrite")
    assert code == 2 and "No space left" in sentence
    assert target.documents() == before[1]


@pytest.mark.parametrize("sign", ["documents", "tables"])
def test_killed_restore_leaves_the_old_site_and_can_be_done_again(origin, target, sign):
    UserFactory(username="somebody")
    before = target.rows(), target.documents()
    connection.close()
    connection.close_pool()
    process = commands.start(
        "restore", str(origin.folder), "--overwrite", var_dir=target.media.parent / "var", **target.variables
    )
    with target.mongodb() as db:
        while process.poll() is None and not has_begun(db, target, sign):
            time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    said, _ = process.communicate()
    assert process.returncode == -signal.SIGKILL, said
    documents = {name: each for name, each in target.documents().items() if not name.startswith("restoring_")}
    assert (target.rows(), documents) == before
    assert User.objects.get().username == "somebody"
    assert restore(origin.folder, "--overwrite") == (0, "")
    assert User.objects.filter(username="learner").exists()
    assert not any(name.startswith("restoring_") for name in target.documents())


def has_begun(db, target, sign):
    if sign == "documents":
        return any(name.startswith("restoring_") for name in db.list_collection_names())
    # From another database, for whoever is connected to this one would keep it from beginning.
    with psycopg.connect(target.variables["DATABASE_OWNER_URL"], dbname="postgres") as aside:
        last = "SELECT query FROM pg_stat_activity WHERE datname = %s AND query ~ '^(CREATE TABLE|ALTER|COPY|INSERT)'"
        return aside.execute(last, [target.name]).fetchone() is not None


def test_what_broke_off_is_not_done_by_half(origin, target):
    with connected_as_owner():
        unfinished.close("a backup")
    code, sentence = restore(origin.folder, "--overwrite", "--only", "postgresql")
    assert code == 2 and "still to be done" in sentence
    assert restore(origin.folder, "--overwrite", "--only", "mongodb")[0] in (0, 1)
    assert User.objects.count() == 0


@pytest.mark.parametrize("name", ["back\\slash.webm", "no \udcff text.webm", "x" * 255, "-rf"])
def test_files_of_any_name_come_back(copy_of_backup, target, name):
    (copy_of_backup / "media/lessons" / name).write_bytes(b"a film")
    file = {"size": 6, "sha256": hashlib.sha256(b"a film").hexdigest()}
    _rewrite(copy_of_backup, lambda document: document["files"].update({f"media/lessons/{name}": file}))
    assert restore(copy_of_backup) == (0, "")
    assert (target.media / "lessons" / name).read_bytes() == b"a film"


def test_an_impossible_version_does_not_use_up_the_epochs(origin, target):
    """Counting on from it would leave 64 bits: all versions would be below zero, and no copy written any more."""
    with target.mongodb() as db:
        db.progress.insert_one(
            {"user_id": 1, "course_id": 1, "version": Int64(2**63 - 1)}, bypass_document_validation=True
        )
    StoreEpoch.objects.update(epoch=2**23 - 1)
    assert restore(origin.folder, "--overwrite") == (0, "")
    assert StoreEpoch.objects.get().epoch == 1
    assert all(each >= 1 << 40 for each in Enrollment.objects.values_list("version", flat=True))


def test_damaged_upload_is_replaced(origin, target):
    (target.media / "lessons").mkdir(parents=True)
    (target.media / "lessons/film.webm").write_bytes(bytes(4000 * 256))
    (target.media / "lessons/mine.webm").write_bytes(b"mine")
    assert restore(origin.folder, "--overwrite") == (0, "")
    assert (target.media / "lessons/film.webm").read_bytes() == bytes(range(256)) * 4000
    assert (target.media / "lessons/mine.webm").read_bytes() == b"mine", "what nobody names is no concern of a backup"


def test_a_dry_run_says_whether_the_backup_is_whole_and_changes_nothing(origin, target, copy_of_backup):
    before, said = everything(target), StringIO()
    call_command("restore", str(copy_of_backup), "--dry-run", stdout=said)
    assert "is whole: " in said.getvalue() and "3 uploads" in said.getvalue()
    (copy_of_backup / "mongodb" / "lessons.bson.gz").unlink()
    assert restore(copy_of_backup, "--dry-run")[0] == 2
    assert everything(target) == before


def test_no_number_is_given_twice(origin, target):
    """What knows a person by a number that the backup doesn't know yet must not take a later one for them."""
    assert restore(origin.folder) == (0, "")
    late = [UserFactory().pk for _ in range(3)]
    assert restore(origin.folder, "--overwrite") == (0, "")
    assert not User.objects.filter(pk__in=late).exists()
    assert UserFactory().pk > max(late)


def test_one_role_may_do_everything(origin, target, tmp_path):
    alone = {"DATABASE_URL": target.variables["DATABASE_OWNER_URL"], "MONGO_URL": target.variables["MONGO_OWNER_URL"]}
    variables = {"SECRET_KEY": "x" * 50, "MEDIA_ROOT": str(target.media), "LOG_LEVEL": "WARNING", **alone}
    connection.close_pool()
    code, said = commands.run("restore", str(origin.folder), var_dir=tmp_path / "var", **variables)
    assert code == 0 and "the stores agree" in said, said
    code, said = commands.run("backup", str(tmp_path / "backups"), var_dir=tmp_path / "var", **variables)
    assert code == 0 and "Saved" in said, said


def test_what_fails_afterwards_says_that_the_stores_are_replaced(origin, target, monkeypatch):
    def refuse():
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as door:
        door.setattr("learnflow.backup.restoring._bring_up_to_date", refuse)
        code, sentence = restore(origin.folder)
    assert code == 2 and "was restored, but" in sentence and "manage.py migrate" in sentence
    assert User.objects.filter(username="learner").exists()


# --- What is older --------------------------------------------------------------------------------


def test_backup_of_older_tables_is_brought_up_to_date(origin, target, tmp_path):
    with origin.site.entered():
        call_command("migrate", "courses", "0004", verbosity=0)
        call_command("backup", str(tmp_path), stdout=StringIO())
        call_command("migrate", verbosity=0)
    assert restore(tmp_path) == (0, "")
    with target.postgresql() as owner:
        applied = {name for (name,) in owner.execute("SELECT name FROM django_migrations WHERE app = 'courses'")}
    assert "0005_schema_versions" in applied
