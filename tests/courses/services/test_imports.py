"""Imports write both stores, and writing again, or after a crash, comes out the same."""

from decimal import Decimal

import pytest
from django.core.files.storage import default_storage
from django.utils.module_loading import import_string

from accounts.models import AuditAction, AuditLog
from courses.content import lessons
from courses.importing import CannotImport
from courses.models import Category, Course
from courses.services import imported_lessons
from courses.services.deletions import work_off_deletions
from courses.services.imports import import_course
from courses.services.lessons import add_lesson, change_lesson
from courses.services.outline import add_section, remove_lesson
from learnflow.mongo import ContentUnavailable
from tests.courses.folders import picture, read, sentences
from tests.factories import CourseFactory, InstructorFactory, text_body

LIST = """
title: Knots
slug: knots
description: How to **tie** them.
category: Crafts
level: advanced
price: 5
objectives: [Tie, Untie]
sections:
  - title: First
    lessons: [a.md, b.md]
  - title: Second
    lessons: [c.md]
"""
FILES = {
    "course.yaml": LIST,
    "a.md": "---\ntitle: A\npreview: true\nduration: 7\n---\n[B](b.md#part) ![Rope](rope.png) [gone](x.md)",
    "b.md": "---\ntitle: B\nnotes: Read *slowly*.\nduration: 3\n---\n## Part",
    "c.md": "---\ntitle: C\nvideo: https://youtu.be/abcdefghijk\nduration: 2\n---\nWatch.",
    "rope.png": picture(),
}


@pytest.fixture
def folder(tmp_path):
    return tmp_path


@pytest.fixture
def bring(folder, author):
    """`bring({...})`: write these files into the folder and import it; the result, and the report under `.report`."""

    def bring(files=None, **options):
        draft, report = read(folder, files)
        result = import_course(**{"instructor": author, "draft": draft, "report": report} | options)
        result.report = report
        return result

    return bring


def bodies(course):
    placed = course.placements.order_by("position").values_list("lesson_id", flat=True)
    found = lessons.get_bodies(placed)
    return [found[each] for each in placed]


def outline(course):
    rows = course.placements.order_by("position").values_list("section__title", "lesson_id")
    titles = lessons.get_outline([lesson_id for _, lesson_id in rows])
    return [(section, titles[lesson_id]["title"]) for section, lesson_id in rows]


def test_course_comes_as_its_list_says(bring, author):
    course = bring(FILES).course
    assert (course.title, course.slug, course.level, course.price) == ("Knots", "knots", "advanced", Decimal(5))
    assert course.description_html == "<p>How to <strong>tie</strong> them.</p>\n"
    assert course.category.name == "Crafts" and course.objective_list == ["Tie", "Untie"]
    assert course.instructor == author and not course.is_published
    assert course.duration_minutes == 12
    assert outline(course) == [("First", "A"), ("First", "B"), ("Second", "C")]


def test_lessons_come_rendered_with_their_links_resolved(bring):
    a, b, c = bodies(bring(FILES).course)
    assert f'<a href="../{b["id"]}/#lf-part">B</a>' in a["content"]["html"]
    assert "<a>gone</a>" in a["content"]["html"]
    assert "(b.md#part)" in a["content"]["markdown"]
    assert b["notes_html"] == "<p>Read <em>slowly</em>.</p>\n"
    assert (c["type"], c["content"]["provider"], c["content"]["video_id"]) == ("video", "youtube", "abcdefghijk")


def test_pictures_are_stored(bring, visitor):
    a = bodies(bring(FILES).course)[0]
    (address,) = [link["to"] for link in a["content"]["links"] if link["href"] == "rope.png"]
    assert f'src="{address}" alt="Rope" width="4" height="3"' in a["content"]["html"]
    response = visitor.get(address)
    assert response.status_code == 200 and response["Content-Type"] == "image/png"
    response.close()


def test_previews_are_as_the_front_matter_says(bring):
    course = bring(FILES).course
    assert list(course.placements.order_by("position").values_list("is_preview", flat=True)) == [True, False, False]
    bring({"a.md": "---\ntitle: A\n---\nx"})
    assert not course.placements.filter(is_preview=True).exists()


def test_import_leaves_an_audit_row(bring, author):
    course = bring(FILES).course
    row = AuditLog.objects.get(action=AuditAction.IMPORT_DONE)
    assert (row.user_id, row.resource_id) == (author.pk, str(course.pk))
    assert row.details["new"] == {
        "format": "learnflow", "package": "knots", "added": 3, "changed": 0, "unchanged": 0, "vanished": 0
    }  # fmt: skip


def test_importing_again_changes_nothing(bring):
    first = bring(FILES)
    stood = bodies(first.course)
    second = bring()
    assert second.unchanged == ["a.md", "b.md", "c.md"] and not second.added and not second.changed
    assert bodies(second.course) == stood
    assert Course.objects.count() == 1


def test_changed_file_is_a_new_revision_of_the_same_lesson(bring):
    course = bring(FILES).course
    before = bodies(course)
    result = bring({"b.md": "---\ntitle: B2\n---\n## Part\n\nNew."})
    after = bodies(course)
    assert result.changed == ["b.md"] and result.unchanged == ["a.md", "c.md"]
    assert [each["id"] for each in before] == [each["id"] for each in after]
    assert (after[1]["title"], after[1]["version"]) == ("B2", 2)
    assert lessons.get_revision(after[1]["id"], 1)["body"]["title"] == "B"


def test_list_that_changed_moves_lessons_and_fields(bring):
    bring(FILES)
    changed = LIST.replace("[a.md, b.md]", "[b.md]").replace("[c.md]", "[c.md, a.md]").replace("Knots", "Hitches")
    course = bring({"course.yaml": changed}).course
    assert outline(course) == [("First", "B"), ("Second", "C"), ("Second", "A")]
    assert course.title == "Hitches" and course.slug == "knots"


def test_section_that_the_list_renamed_leaves_no_empty_one(bring):
    bring(FILES)
    course = bring({"course.yaml": LIST.replace("title: Second", "title: Last")}).course
    assert list(course.sections.order_by("position").values_list("title", flat=True)) == ["First", "Last"]


def test_what_the_author_added_stays(bring, author):
    course = bring(FILES).course
    section = add_section(actor=author, course=course, title="Mine")
    add_lesson(actor=author, course=course, section=section, body=text_body(title="My own"))
    bring({"b.md": "---\ntitle: B\n---\nNew."})
    assert outline(course) == [("First", "A"), ("First", "B"), ("Second", "C"), ("Mine", "My own")]


def test_edit_stays_while_the_file_is_as_it_was(bring, author):
    course = bring(FILES).course
    lesson = bodies(course)[1]
    change_lesson(actor=author, lesson_id=lesson["id"], version=1, body={**lessons.body_of(lesson), "title": "Mine"})
    assert bring().unchanged == ["a.md", "b.md", "c.md"]
    assert bodies(course)[1]["title"] == "Mine"


def test_edit_is_kept_as_a_revision_when_the_file_changed_too(bring, author):
    course = bring(FILES).course
    lesson = bodies(course)[1]
    change_lesson(actor=author, lesson_id=lesson["id"], version=1, body={**lessons.body_of(lesson), "title": "Mine"})
    result = bring({"b.md": "---\ntitle: Theirs\n---\nNew."})
    assert bodies(course)[1]["title"] == "Theirs"
    assert lessons.get_revision(lesson["id"], 2)["body"]["title"] == "Mine"
    assert "warning b.md: The lesson was edited here" in sentences(result.report)


def test_vanished_file_is_named_and_its_lesson_stays(bring, folder):
    course = bring(FILES).course
    (folder / "b.md").unlink()
    result = bring({"course.yaml": LIST.replace("a.md, b.md", "a.md")})
    assert result.vanished == ["b.md"] and "warning b.md: The file is gone" in sentences(result.report)
    assert ("First", "B") in outline(course)


@pytest.mark.parametrize("crash_at", range(1, 12))
def test_crash_in_the_middle_is_healed_by_importing_again(bring, monkeypatch, crash_at):
    calls = iter(range(1, 1_000))

    def or_crash(step):
        def stepped(*args, **options):
            if next(calls) == crash_at:
                raise RuntimeError("the power went out")
            return step(*args, **options)

        return stepped

    with monkeypatch.context() as door, pytest.raises(RuntimeError):
        for module, name in (
            ("courses.services.imports", "_store"),
            ("courses.services.lessons", "place_lesson"),
            ("courses.services.imports", "add_section"),
            ("courses.services.imports", "arrange"),
            ("courses.content.lessons", "add_lesson"),
            ("courses.services.imports", "settle_outlines"),
            ("courses.services.imports", "save_course"),
        ):
            door.setattr(f"{module}.{name}", or_crash(import_string(f"{module}.{name}")))
        bring(FILES)
    course = bring().course
    assert outline(course) == [("First", "A"), ("First", "B"), ("Second", "C")]
    assert len(lessons.find_imported(course.pk, format="learnflow", package="knots")) == 3
    assert Course.objects.count() == 1 and course.duration_minutes == 12


def test_lesson_taken_out_comes_back_under_another_id(bring, author):
    course = bring(FILES).course
    taken_out = course.placements.order_by("position").first()
    remove_lesson(actor=author, placement=taken_out)
    bring()
    work_off_deletions()
    assert outline(course) == [("First", "A"), ("First", "B"), ("Second", "C")]
    assert bring().unchanged == ["a.md", "b.md", "c.md"]
    assert not course.placements.filter(lesson_id=taken_out.lesson_id).exists()


def test_file_that_a_crash_cut_off_is_written_anew(bring):
    a = bodies(bring(FILES).course)[0]
    name = next(link["to"] for link in a["content"]["links"] if link["href"] == "rope.png").removeprefix("/media/")
    with open(default_storage.path(name), "r+b") as file:
        file.truncate(5)
    bring()
    with default_storage.open(name) as file:
        assert len(file.read()) > 5


def test_address_of_another_persons_course_is_refused(bring):
    CourseFactory(slug="knots")
    with pytest.raises(CannotImport, match="belongs to another course"):
        bring(FILES)


def test_address_of_a_course_made_by_hand_is_refused(bring, author):
    CourseFactory(slug="knots", instructor=author, lessons=1)
    with pytest.raises(CannotImport, match="belongs to another course"):
        bring(FILES)


def test_other_address_makes_another_course(bring):
    first = bring(FILES).course
    second = bring(slug="more-knots").course
    assert second.pk != first.pk and second.slug == "more-knots"
    assert not {each["id"] for each in bodies(first)} & {each["id"] for each in bodies(second)}


def test_somebody_elses_import_is_refused(bring):
    bring(FILES)
    with pytest.raises(CannotImport, match="belongs to another course"):
        bring(instructor=InstructorFactory())


def test_category_is_found_whatever_its_case(bring):
    crafts = Category.objects.create(name="CRAFTS", slug="handwork")
    assert bring(FILES).course.category == crafts


def test_folder_without_a_list_leaves_the_courses_fields_alone(bring, author):
    course = bring({"a.md": "# A\n\nText that is long enough to describe the course."}).course
    assert course.category.name == "General" and "long enough" in course.description
    Course.objects.filter(pk=course.pk).update(title="Renamed", description="Mine")
    again = bring({"a.md": "# A\n\nOther text."}).course
    assert (again.title, again.description) == ("Renamed", "Mine")


def test_nothing_is_promised_when_mongodb_is_away(bring, mongodb_is_away):
    with mongodb_is_away(), pytest.raises(ContentUnavailable):
        bring(FILES)
    assert not Course.objects.filter(placements__isnull=False).exists()
    assert bring().added == ["a.md", "b.md", "c.md"]


def test_lesson_saved_meanwhile_is_not_overwritten(bring, author, monkeypatch):
    course = bring(FILES).course
    lesson = bodies(course)[1]

    def late(**options):
        edited = {**lessons.body_of(lesson), "title": "Mine"}
        change_lesson(actor=author, lesson_id=lesson["id"], version=1, body=edited)
        return change_lesson(**options)

    monkeypatch.setattr(imported_lessons, "change_lesson", late)
    result = bring({"b.md": "---\ntitle: Theirs\n---\nNew."})
    assert bodies(course)[1]["title"] == "Mine"
    assert "error b.md: Somebody saved the lesson meanwhile" in sentences(result.report)
