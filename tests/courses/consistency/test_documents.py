"""Documents that fail their validator: written past it, or before it."""

from datetime import datetime

import pytest
from bson import ObjectId
from django.db.models import F

from courses.content import evolution, lessons, progress
from courses.content.consistency import validity
from courses.models import Enrollment
from courses.services.consistency import documents as examined
from courses.services.lessons import change_lesson
from courses.services.progress import complete_lesson
from courses.services.projection import project_lagging
from courses.services.settling import mark_outline_changed, settle_lagging
from learnflow.consistency import check
from tests.courses.consistency.conftest import look
from tests.factories import EnrollmentFactory, lesson_ids, text_body, video_body

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lesson_id(course):
    return lesson_ids(course)[0]


@pytest.fixture
def damage(documents):
    """`damage("lessons", query, {"title": 7})` writes past the validator; None takes the field away."""

    def write(collection, query, fields):
        changed = {name: value for name, value in fields.items() if value is not None}
        gone = {name: "" for name, value in fields.items() if value is None}
        change = {name: each for name, each in (("$set", changed), ("$unset", gone)) if each}
        past_it = documents.command(
            "update", collection, updates=[{"q": query, "u": change}], bypassDocumentValidation=True
        )
        assert past_it["nModified"] == 1

    return write


def by_id(lesson_id):
    return {"_id": ObjectId(lesson_id)}


def is_valid(documents, collection):
    return documents.validate_collection(collection)["nNonCompliantDocuments"] == 0


def mended(kind):
    """Mends only this kind, and counts; then it is found no more."""
    examinations = [each for each in examined.EXAMINATIONS if each.kind.name == kind]
    [finding] = check(examinations, repair=True)
    assert finding.count and check(examinations)[0].count == 0
    return finding.mended


# --- Lessons --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "found", "expected"),
    [
        ("title", None, "Lesson 1"),
        ("title", "", "Lesson 1"),
        ("title", "x" * 300, "x" * 255),
        ("title", {"$gt": 1}, "Lesson 1"),
        ("type", 3, "text"),
        ("duration", 12.6, 13),
        ("duration", -4, 0),
        ("duration", 10**9, 6_000),
        ("duration", float("nan"), 0),
        ("duration", "ten", 0),
        ("language", ["en"], "en"),
        ("notes", None, ""),
        ("notes", "x" * 20_001, "x" * 20_000),
        ("notes_html", 1, ""),
        ("resources", "none", []),
        ("resources", [{"label": "Draft", "url": "/d"}, {"label": "no address"}, 5], [{"label": "Draft", "url": "/d"}]),
        ("course_id", "weaving", "the course"),
        ("version", None, 1),
        ("version", 0, 1),
        ("schema_version", "1", 1),
        ("source", {"format": "markdown"}, None),
        ("updated_by", "ada", None),
    ],
)
def test_a_wrong_field_of_a_lesson_is_mended_and_the_others_stay(
    course, lesson_id, damage, documents, field, found, expected
):
    before = documents.lessons.find_one(by_id(lesson_id))
    damage("lessons", by_id(lesson_id), {field: found})
    assert mended("invalid_lesson") == 1
    after = documents.lessons.find_one(by_id(lesson_id))
    assert after[field] == (course.pk if expected == "the course" else expected)
    beside = {field, "notes_html"} if field == "notes" else {field}
    assert {name for name in before if before[name] != after[name]} <= beside
    assert is_valid(documents, "lessons")


def test_a_lost_text_comes_from_the_newest_revision(author, lesson_id, damage, mends):
    change_lesson(actor=author, lesson_id=lesson_id, version=1, body=video_body(title="Film"))
    change_lesson(actor=author, lesson_id=lesson_id, version=2, body=text_body(title="Text"))
    damage("lessons", by_id(lesson_id), {"content": "gone"})
    mends(invalid_lesson=1)
    lesson = lessons.get_lesson(lesson_id)
    assert (lesson["title"], lesson["type"], lesson["version"]) == ("Text", "video", 3)
    assert lesson["content"]["video_id"] == "dQw4w9WgXcQ"


def test_a_text_that_is_nowhere_kept_is_stood_in_for(lesson_id, damage, mends):
    damage("lessons", by_id(lesson_id), {"content": None, "type": None})
    mends(invalid_lesson=1)
    lesson = lessons.get_lesson(lesson_id)
    assert (lesson["title"], lesson["type"]) == ("Lesson 1", "text")
    assert lesson["content"]["markdown"] == lesson["content"]["stand_in"]


def test_a_lesson_of_which_everything_is_gone_is_mended(course, lesson_id, documents, mends):
    documents.command("delete", "lessons", deletes=[{"q": by_id(lesson_id), "limit": 1}])
    documents.command("insert", "lessons", documents=[by_id(lesson_id)], bypassDocumentValidation=True)
    mends(invalid_lesson=1)
    lesson = lessons.get_lesson(lesson_id)
    assert (lesson["title"], lesson["version"], lesson["course_id"]) == ("Lesson 1", 1, course.pk)
    assert lesson["created_at"] == ObjectId(lesson_id).generation_time
    course.refresh_from_db()
    assert course.duration_minutes == 20


def test_a_version_that_is_gone_follows_the_newest_revision(author, lesson_id, damage, mends):
    change_lesson(actor=author, lesson_id=lesson_id, version=1, body=text_body())
    change_lesson(actor=author, lesson_id=lesson_id, version=2, body=text_body())
    damage("lessons", by_id(lesson_id), {"version": "three"})
    mends(invalid_lesson=1)
    assert lessons.get_lesson(lesson_id)["version"] == 3


def test_the_original_is_set_aside(lesson_id, damage, documents, mends):
    damage("lessons", by_id(lesson_id), {"notes": 5, "mood": "sunny"})
    mends(invalid_lesson=1)
    [kept] = documents.set_aside.find()
    assert (kept["collection"], kept["because"]) == ("lessons", "invalid_lesson")
    assert (kept["document"]["_id"], kept["document"]["notes"]) == (ObjectId(lesson_id), 5)
    assert lessons.get_lesson(lesson_id)["mood"] == "sunny"


def test_the_report_says_which_fields_are_wrong_and_what_stands_in_them(lesson_id, damage):
    damage("lessons", by_id(lesson_id), {"duration": -1, "title": None, "notes": ["a long story"] * 5})
    [example] = look()["invalid_lesson"].examples
    assert example.startswith(f"{lesson_id}, title: missing; duration: -1; notes: ['a long story', 'a lo")
    assert example.endswith("…") and len(example) < 140


def test_a_lesson_that_somebody_mends_meanwhile_is_not_written_over(lesson_id, damage, documents, monkeypatch):
    damage("lessons", by_id(lesson_id), {"notes": 5})
    set_aside = validity.set_aside

    def mend_first(*arguments, **options):
        set_aside(*arguments, **options)
        documents.lessons.update_one(by_id(lesson_id), {"$set": {"title": "Mine", "notes": "My own"}})

    monkeypatch.setattr(validity, "set_aside", mend_first)
    finding = look(repair=True)["invalid_lesson"]
    assert (finding.count, finding.mended) == (1, 0)
    lesson = lessons.get_lesson(lesson_id)
    assert (lesson["title"], lesson["notes"]) == ("Mine", "My own")


def test_a_lesson_of_nobody_is_mended_before_it_is_judged(documents, mends):
    documents.command("insert", "lessons", documents=[{"_id": "strange"}], bypassDocumentValidation=True)
    mends(invalid_lesson=1, lesson_unplaced=1)
    assert documents.lessons.count_documents({}) == 0


def test_the_worker_settles_a_course_with_damaged_lessons(author, course, lesson_id, damage, revision):
    damage("lessons", by_id(lesson_id), {"duration": "ten", "title": None})
    damage("lesson_revisions", revision, {"body": "gone"})
    mark_outline_changed([course.pk])
    assert settle_lagging() == 1
    course.refresh_from_db()
    assert course.duration_minutes == 20


@pytest.mark.parametrize(
    ("field", "found"),
    [("title", None), ("type", None), ("content", "x"), ("duration", "ten"), ("language", ["en"])],
)
def test_a_damaged_lesson_keeps_no_page_of_its_course_away(
    learner, course, lesson_id, damage, as_learner, as_author, field, found
):
    EnrollmentFactory(user=learner, course=course)
    damage("lessons", by_id(lesson_id), {field: found})
    page = f"/courses/{course.slug}/lessons/{lesson_id}/"
    answer = as_learner.get(page)
    assert answer.status_code == 503 and "unavailable for the moment" in answer.content.decode()
    assert as_learner.get(f"/courses/{course.slug}/").status_code == 200
    assert as_learner.post(f"{page}complete/").status_code == 302
    assert as_author.get(f"/admin/courses/course/{course.pk}/outline/").status_code == 200
    assert as_author.get(f"/admin/courses/course/{course.pk}/lessons/reuse/").status_code == 200


def test_invalid_documents_are_found_span_by_span(course, documents, damage, monkeypatch):
    monkeypatch.setattr(validity, "SPAN", 2)
    for lesson_id in lesson_ids(course):
        damage("lessons", by_id(lesson_id), {"notes": 5})
    assert look()["invalid_lesson"].count == 3


# --- Revisions ------------------------------------------------------------------------------------


@pytest.fixture
def revision(author, lesson_id, documents):
    """The first version of a lesson that is at its second."""
    change_lesson(actor=author, lesson_id=lesson_id, version=1, body=text_body(title="Second"))
    return {"_id": documents.lesson_revisions.find_one()["_id"]}


@pytest.mark.parametrize(
    ("field", "found", "expected"),
    [
        ("author_id", "ada", None),
        ("schema_version", "one", 1),
        ("body.title", 7, "Version 1, lost"),
        ("body.duration", 3.3, 3),
        ("body.notes", None, ""),
        ("body", None, "Version 1, lost"),
        ("body", "Lesson 1", "Version 1, lost"),
    ],
)
def test_a_wrong_field_of_a_revision_is_mended(revision, damage, documents, mends, field, found, expected):
    damage("lesson_revisions", revision, {field: found})
    mends(invalid_revision=1)
    after = documents.lesson_revisions.find_one(revision)
    if field == "body":
        assert after["body"]["title"] == expected
    else:
        inside, name = (after["body"], field.removeprefix("body.")) if "." in field else (after, field)
        assert inside[name] == expected
    assert is_valid(documents, "lesson_revisions")


def test_a_valid_part_of_a_revision_stays(revision, damage, documents, mends):
    damage("lesson_revisions", revision, {"body.resources": 1})
    mends(invalid_revision=1)
    body = documents.lesson_revisions.find_one(revision)["body"]
    assert (body["title"], body["content"]["markdown"], body["resources"]) == ("Lesson 1", "Some *text*.", [])


@pytest.mark.parametrize("fields", [{"lesson_id": 5}, {"lesson_id": "a lesson"}, {"version": "1"}, {"version": None}])
def test_a_revision_that_does_not_say_of_what_goes_and_is_stood_in_for(
    lesson_id, revision, damage, documents, fields, mends
):
    damage("lesson_revisions", revision, fields)
    found = look()
    assert found["invalid_revision"].count == 1 and found["revision_missing"].count == 1
    look(repair=True)
    assert look() == {} and documents.lesson_revisions.find_one(revision) is None
    assert documents.set_aside.count_documents({"because": "invalid_revision"}) == 1
    assert lessons.get_revision(lesson_id, 1)["body"]["title"] == "Version 1, lost"


# --- Progress -------------------------------------------------------------------------------------


@pytest.fixture
def remembered(learner, course, lesson_id):
    """A learner who has completed a lesson and watched another; what finds the document."""
    complete_lesson(learner=learner, course=course, lesson_id=lesson_id)
    of = {"user_id": learner.pk, "course_id": course.pk}
    progress.remember_position(**of, lesson_id=lesson_ids(course)[1], seconds=73)
    return of


@pytest.mark.parametrize(
    ("field", "found", "expected"),
    [
        ("positions", "none", {}),
        ("positions", {"a": 1.5, "b": "x", "c": 7, "d": True}, {"a": 1, "c": 7}),
        ("last_lesson", "nowhere", None),
        ("attempts", [], {}),
    ],
)
def test_a_wrong_field_at_home_in_progress_is_mended(remembered, damage, documents, mends, field, found, expected):
    before = documents.progress.find_one(remembered)
    damage("progress", remembered, {field: found})
    mends(invalid_progress=1)
    after = documents.progress.find_one(remembered)
    assert after == {**before, field: expected}


@pytest.mark.parametrize(
    ("field", "found", "expected"),
    [("lesson_times", None, {}), ("total_seconds_spent", -1, 0), ("times_version", "new", -1)],
)
def test_wrong_times_are_mended_and_older_than_any(remembered, damage, documents, mends, field, found, expected):
    before = documents.progress.find_one(remembered)
    damage("progress", remembered, {field: found})
    mends(invalid_progress=1)
    assert documents.progress.find_one(remembered) == {**before, field: expected, "times_version": -1}


@pytest.mark.parametrize(
    "fields",
    [
        {"version": "7"},
        {"version": None},
        {"completed_lessons": ["all"]},
        {"completed_lessons": None},
        {"lessons": {"a": "100"}},
        {"updated_at": "yesterday", "lessons": 3},
    ],
)
def test_what_is_copied_into_progress_is_copied_anew(remembered, damage, documents, fields):
    before = documents.progress.find_one(remembered)
    damage("progress", remembered, fields)
    assert mended("invalid_progress") == 1
    after = documents.progress.find_one(remembered)
    assert {**after, "updated_at": 0} == {**before, "updated_at": 0}
    assert isinstance(after["updated_at"], datetime) and look() == {}


def test_progress_that_does_not_say_whose_it_is_goes_and_is_copied_anew(remembered, damage, documents):
    damage("progress", remembered, {"user_id": "learner"})
    found = look(repair=True)
    assert found["invalid_progress"].mended == 1 and look() == {}
    document = documents.progress.find_one(remembered)
    assert document["version"] == Enrollment.objects.get().version and len(document["completed_lessons"]) == 1
    assert documents.set_aside.find_one()["document"]["user_id"] == "learner"


def test_a_learner_completes_a_lesson_while_their_progress_is_mended(
    learner, course, remembered, damage, documents, monkeypatch
):
    damage("progress", remembered, {"positions": "none"})
    set_aside = validity.set_aside

    def complete_first(*arguments, **options):
        set_aside(*arguments, **options)
        # The validator refuses what this copies, as long as the positions are what they are.
        complete_lesson(learner=learner, course=course, lesson_id=lesson_ids(course)[1])

    monkeypatch.setattr(validity, "set_aside", complete_first)
    assert look(repair=True)["invalid_progress"].mended == 1
    assert look() == {}
    assert len(documents.progress.find_one(remembered)["completed_lessons"]) == 2


@pytest.mark.parametrize("fields", [{"positions": "none"}, {"attempts": None}])
def test_damaged_progress_holds_up_nobody(learner, course, remembered, damage, as_learner, caplog, fields):
    """Neither the learner, nor the copies of others that the worker writes."""
    other = EnrollmentFactory(course=course)
    damage("progress", remembered, fields)
    complete_lesson(learner=learner, course=course, lesson_id=lesson_ids(course)[1])
    page = f"/courses/{course.slug}/lessons/{lesson_ids(course)[1]}/"
    assert as_learner.get(page).status_code == 200
    assert as_learner.post(f"{page}position/", {"seconds": 5}).status_code == 204
    Enrollment.objects.update(version=F("version") + 1)
    assert project_lagging() == 1
    assert list(Enrollment.objects.lagging().values_list("user", flat=True)) == [learner.pk]
    assert other.user_id != learner.pk and "damaged progress" in caplog.text


@pytest.mark.parametrize("last_lesson", [None, 7, ["all"]])
def test_a_dashboard_does_without_the_last_lesson(remembered, damage, as_learner, last_lesson):
    damage("progress", remembered, {"last_lesson": last_lesson})
    assert as_learner.get("/dashboard/").status_code == 200


def test_a_copy_without_a_version_holds_up_nobody(learner, course, remembered, damage):
    EnrollmentFactory(course=course)
    damage("progress", remembered, {"version": None})
    Enrollment.objects.update(version=F("version") + 1)
    assert project_lagging() == 1


# --- Earlier shapes -------------------------------------------------------------------------------


@pytest.fixture
def notes_are_called_remarks(documents, monkeypatch):
    """A release in which the field `notes` of lessons is called `remarks`, and the one before still runs."""
    step = evolution.Step(
        reads=("notes",),
        change=lambda body: {"remarks": body["notes"]},
        keep=lambda body: {"notes": body["remarks"]},
    )
    monkeypatch.setattr(evolution, "STEPS", (step,))


def test_a_damaged_lesson_of_an_earlier_shape_keeps_what_is_valid_in_it(
    lesson_id, damage, documents, notes_are_called_remarks
):
    damage("lessons", by_id(lesson_id), {"duration": "ten", "notes": "Bring a loom."})
    assert mended("invalid_lesson") == 1
    after = documents.lessons.find_one(by_id(lesson_id))
    assert (after["duration"], after["remarks"], after["notes"]) == (0, "Bring a loom.", "Bring a loom.")
    assert after["schema_version"] == 2
