"""Backups: whole or not there, beside a site at work."""

import errno
import os
import stat
import subprocess
import threading
import time
from io import StringIO

import pytest
from bson import BSON, ObjectId
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from courses.content import lessons, progress
from courses.models.locks import hold_both_stores, hold_learner
from courses.services.progress import complete_lesson
from learnflow.backup import folder, manifest, saving, uploads
from learnflow.backup.folder import whole_backups
from learnflow.mongo.collections import Snapshot, SnapshotLost
from tests.another_site import another_site
from tests.factories import CourseFactory, EnrollmentFactory, lesson_ids, text_body
from tests.learnflow import commands


@pytest.fixture(scope="module")
def shared(django_db_setup, django_db_blocker, tmp_path_factory):
    with django_db_blocker.unblock(), another_site(tmp_path_factory.mktemp("shared")) as site:
        yield site


@pytest.fixture
def site(shared):
    """A site of this module's tests; this process works with it."""
    with shared.entered():
        yield shared


def write_until(may_end, is_writing):
    """A transaction that writes, says so, and goes on until it may end."""
    with transaction.atomic():
        hold_both_stores()
        is_writing.set()
        may_end.wait(20)
    connection.close()


def back_up(place, *arguments):
    """The exit status, and what was said."""
    said = StringIO()
    try:
        call_command("backup", str(place), *arguments, stdout=said)
    except CommandError as error:
        return error.returncode, str(error)
    return 0, said.getvalue()


def test_backup_says_what_it_holds(origin):
    held = manifest.read(origin.folder)
    assert held.format == 1 and held.epoch == 0
    assert held.tables["enrollments"].rows == 2 and "search" not in held.tables["users"].columns
    assert held.collections == {
        "course_telemetry": 5,
        "lesson_revisions": 1,
        "lessons": 3,
        "progress": 2,
        "set_aside": 0,
    }
    assert held.servers.keys() == {"postgresql", "mongodb"} and "0001_initial" in held.migrations["courses"]
    assert sorted(name.split("/")[0] for name in held.uploads) == ["avatars", "lessons", "posts"]


def test_sessions_and_caches_are_not_in_it(origin):
    tables = manifest.read(origin.folder).tables
    assert not {"django_session", "usersessions_usersession", "cache", "rate_limits", "django_migrations"} & set(tables)


def test_checksum_is_what_sha256sum_reads(origin):
    subprocess.run(["sha256sum", "--check", "--quiet", "manifest.json.sha256"], cwd=origin.folder, check=True)


def test_nobody_else_may_read_it(origin):
    for path in [origin.folder, *origin.folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_only_the_newest_are_kept(site, tmp_path):
    assert back_up(tmp_path)[0] == 0
    assert back_up(tmp_path)[0] == 0
    first, second = whole_backups(tmp_path)
    code, said = back_up(tmp_path, "--keep", "2")
    assert code == 0 and f"Removed {first.name}" in said
    assert len(whole_backups(tmp_path)) == 2 and second in whole_backups(tmp_path)
    assert back_up(tmp_path, "--keep", "0")[0] == 2


def test_second_backup_at_the_same_time_is_refused(site, tmp_path):
    with folder.writing_backup(tmp_path):
        code, said = back_up(tmp_path)
    assert code == 2 and "Another backup" in said
    assert back_up(tmp_path)[0] == 0


def full_disk(*arguments):
    raise OSError(errno.ENOSPC, "No space left on device", "somewhere")


def lost_snapshot(*arguments):
    raise SnapshotLost


@pytest.mark.parametrize(
    ("door", "name", "broken", "said"),
    [
        (os, "fsync", full_disk, "the disk is full"),
        (Snapshot, "batches", lost_snapshot, "five minutes"),
        (uploads, "_blocks", full_disk, "the disk is full"),
    ],
)
def test_what_fails_leaves_no_backup(site, tmp_path, monkeypatch, door, name, broken, said):
    default_storage.save("lessons/film.webm", ContentFile(b"film"))
    with monkeypatch.context() as opened:
        opened.setattr(door, name, broken)
        code, sentence = back_up(tmp_path)
    assert code == 2 and said in sentence and "o backup was made" in sentence
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("learnflow")] == []


def test_what_was_killed_is_no_backup_and_is_removed_by_the_next(site, tmp_path):
    (site.media / "lessons").mkdir(parents=True, exist_ok=True)
    os.mkfifo(site.media / "lessons/endless")  # whoever reads it waits
    backups = tmp_path / "backups"
    process = commands.start("backup", str(backups), var_dir=tmp_path / "var", **site.variables)
    while process.poll() is None and not list(backups.glob("*.partial/media")):
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert len(list(backups.glob("*.partial"))) == 1 and whole_backups(backups) == []
    (site.media / "lessons/endless").unlink()
    assert back_up(backups)[0] == 0
    assert list(backups.glob("*.partial")) == [] and len(whole_backups(backups)) == 1


def test_lesson_whose_place_is_not_there_yet_is_left_out(site, tmp_path):
    course = CourseFactory(lessons=2)
    assert back_up(tmp_path)[0] == 0
    lessons.add_lesson(lesson_id=lessons.new_lesson_id(), course_id=course.pk, body=text_body(), author_id=None)
    lost = lessons.new_lesson_id()
    lessons.add_lesson(lesson_id=lost, course_id=course.pk, body=text_body(), author_id=None)
    with site.mongodb() as db:
        long_ago = {"$set": {"updated_at": course.created_at.replace(year=2020)}}
        db.lessons.update_one({"_id": ObjectId(lost)}, long_ago)
    assert back_up(tmp_path)[0] == 0
    before, after = (manifest.read(backup).collections["lessons"] for backup in whole_backups(tmp_path))
    assert after == before + 1, "what nobody places for a long time is a loss that somebody may still want to look at"


def test_file_replaced_meanwhile_is_in_it(site, tmp_path, monkeypatch):
    default_storage.save("avatars/old.webp", ContentFile(b"old"))
    begin = saving._begin_together

    def replaced_at_that_moment(rows, documents):
        default_storage.save("avatars/new.webp", ContentFile(b"new"))
        begin(rows, documents)
        default_storage.delete("avatars/old.webp")

    monkeypatch.setattr(saving, "_begin_together", replaced_at_that_moment)
    assert back_up(tmp_path)[0] == 0
    assert manifest.read(whole_backups(tmp_path)[0]).uploads.keys() >= {"avatars/new.webp", "avatars/old.webp"}


def test_file_that_was_still_growing_is_copied_once_more(site, tmp_path, monkeypatch):
    name = default_storage.save("lessons/film.webm", ContentFile(b"half of "))
    begin = saving._begin_together

    def complete_by_now(rows, documents):
        with open(default_storage.path(name), "ab") as file:
            file.write(b"a film")
        begin(rows, documents)

    monkeypatch.setattr(saving, "_begin_together", complete_by_now)
    assert back_up(tmp_path)[0] == 0
    backup = whole_backups(tmp_path)[0]
    assert (backup / "media" / name).read_bytes() == b"half of a film"
    manifest.verify(backup, manifest.read(backup), lambda number: None)


def test_nobody_acts_between_the_two_points_in_time(site, tmp_path, monkeypatch):
    course = CourseFactory(lessons=1)
    learner, [lesson_id] = EnrollmentFactory(course=course).user, lesson_ids(course)
    begin = Snapshot.begin

    def complete():
        complete_lesson(learner=learner, course=course, lesson_id=lesson_id)
        connection.close()

    act = threading.Thread(target=complete)

    def begin_a_little_later(snapshot):
        act.start()
        act.join(0.5)
        assert act.is_alive(), "it waits"
        begin(snapshot)

    monkeypatch.setattr(Snapshot, "begin", begin_a_little_later)
    assert back_up(tmp_path)[0] == 0
    act.join(20)
    assert progress.get_progress(user_id=learner.pk, course_id=course.pk)["completed_lessons"] == [lesson_id]
    backup = whole_backups(tmp_path)[0]
    documents = [BSON(each).decode() for each in manifest.documents_of(backup / "mongodb/progress.bson.gz")]
    [then] = [each for each in documents if each["user_id"] == learner.pk]
    assert then["completed_lessons"] == []


def test_long_transaction_is_waited_for_while_others_write(site, tmp_path, monkeypatch):
    """Somebody writes for a while; a backup waits for them, but keeps nobody else waiting for long."""
    monkeypatch.setattr(saving, "LONGEST_WAIT", "100ms")
    monkeypatch.setattr(saving, "PAUSE_SECONDS", 0.2)
    monkeypatch.setattr(saving, "TRIES", 1_000)
    enrollment = EnrollmentFactory()
    is_writing, may_end = threading.Event(), threading.Event()
    slow = threading.Thread(target=write_until, args=[may_end, is_writing])
    backup = threading.Thread(target=lambda: (back_up(tmp_path), connection.close()))
    slow.start()
    assert is_writing.wait(20)
    backup.start()
    waited = []
    for _ in range(20):
        began = time.monotonic()
        with transaction.atomic():
            hold_learner(enrollment.user_id)
        waited.append(time.monotonic() - began)
        time.sleep(0.05)
    assert backup.is_alive() and whole_backups(tmp_path) == []
    may_end.set()
    backup.join(30)
    slow.join(30)
    assert max(waited) < 4 and len(whole_backups(tmp_path)) == 1


def test_site_that_never_rests_is_said(site, tmp_path, monkeypatch):
    monkeypatch.setattr(saving, "LONGEST_WAIT", "20ms")
    monkeypatch.setattr(saving, "PAUSE_SECONDS", 0.0)
    is_writing, may_end = threading.Event(), threading.Event()
    writer = threading.Thread(target=write_until, args=[may_end, is_writing])
    writer.start()
    assert is_writing.wait(20)
    code, said = back_up(tmp_path)
    may_end.set()
    writer.join(30)
    assert code == 2 and "writing all the time" in said


def test_store_that_is_away_is_said(site, tmp_path, settings):
    settings.MONGO_URL = "mongodb://127.0.0.1:9/learnflow"
    settings.MONGO_ANSWER_TIMEOUT_MS = 300
    code, said = back_up(tmp_path)
    assert code == 2 and "MongoDB doesn't answer" in said
    assert whole_backups(tmp_path) == []


# --- Where it is written to -----------------------------------------------------------------------


def test_links_that_look_like_backups_lead_nowhere(site, tmp_path):
    """Neither what they lead to nor the next backup suffers from them."""
    elsewhere, backups = tmp_path / "elsewhere", tmp_path / "backups"
    elsewhere.mkdir()
    (elsewhere / "manifest.json").write_text("{}")
    backups.mkdir()
    for name in ("learnflow-20200101T000000Z", "learnflow-20200102T000000Z.partial"):
        (backups / name).symlink_to(elsewhere)
    (backups / "learnflow-by-hand.partial").mkdir()
    for _ in range(2):
        code, said = back_up(backups, "--keep", "1")
        assert code == 0 and "learnflow-2020" not in said
    assert len(list(backups.glob("learnflow-2020*"))) == 2 and (elsewhere / "manifest.json").exists()
    assert len(whole_backups(backups)) == 1 and (backups / "learnflow-by-hand.partial").is_dir()


def test_a_link_in_place_of_the_lock_is_not_followed(site, tmp_path):
    precious, backups = tmp_path / "precious", tmp_path / "backups"
    precious.write_text("kept")
    backups.mkdir()
    (backups / folder.LOCK).symlink_to(precious)
    assert back_up(backups)[0] == 2
    assert precious.read_text() == "kept"


def test_a_backup_does_not_lie_among_the_uploads(site, tmp_path):
    """It would be in the next one, and anybody could fetch it."""
    (tmp_path / "link").symlink_to(site.media)
    for place in (site.media, site.media / "backups", tmp_path / "link/backups"):
        code, said = back_up(place)
        assert code == 2 and "among the uploads" in said
    assert not (site.media / "backups").exists()


def test_what_cannot_be_removed_is_said_beside_a_whole_backup(site, tmp_path, monkeypatch):
    def refuse(path, **options):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    assert back_up(tmp_path)[0] == 0
    with monkeypatch.context() as opened:
        opened.setattr(folder.shutil, "rmtree", refuse)
        told = StringIO()
        call_command("backup", str(tmp_path), "--keep", "1", stdout=StringIO(), stderr=told)
    assert "The backup is whole" in told.getvalue() and "Permission denied" in told.getvalue()
    assert back_up(tmp_path)[0] == 0 and len(whole_backups(tmp_path)) == 2


def test_files_of_any_name_are_in_it(site, tmp_path):
    names = {"a b.png", "ü.png", "two\nlines.png", "back\\slash.png", "-rf", ".hidden", "x" * 255, "no \udcff text.png"}
    (site.media / "lessons").mkdir(exist_ok=True)
    for name in names:
        (site.media / "lessons" / name).write_bytes(b"a picture")
    assert back_up(tmp_path)[0] == 0
    backup = whole_backups(tmp_path)[0]
    held = manifest.read(backup)
    manifest.verify(backup, held, lambda number: None)
    assert held.uploads.keys() >= {f"lessons/{name}" for name in names}
    for name in names:
        (site.media / "lessons" / name).unlink()
