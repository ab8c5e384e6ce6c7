"""Three real courses, whole: every file a lesson, every picture there or named, no dialect in the page."""

import copy
import re
from functools import cache
from html.parser import HTMLParser

import pytest
from django.core.files.storage import default_storage

from courses.content import lessons
from courses.importing import Report, Severity, read_folder
from courses.markdown import render
from courses.services.imports import import_course
from courses.services.publishing import publish
from tests.courses.folders import REAL, real_folder, sentences

DIALECT = re.compile(r":::|\{% |\{\{|<[A-Z]\w+|&lt;[A-Z]\w+|\{: |\{#|\[\[|markdown=|hfoption|\\\\\(|\ufdd0")
CODE = re.compile(r"<pre.*?</pre>|<code.*?</code>", re.DOTALL)
NAMED_PICTURE = re.compile(r"(?:!\[[^\]]*\]\(|src=[\"'])([^\"')\s]+)")


@cache
def _read(name):
    report = Report()
    return read_folder(real_folder(name), report), report


@pytest.fixture(params=REAL)
def name(request):
    return request.param


@pytest.fixture
def read():
    """`read(name)`: (draft, report) of a real course, as if read just now."""
    return lambda name: copy.deepcopy(_read(name))


def pages_in(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.suffix in {".md", ".mdx"})


class Pictures(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.sources = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.sources.append(dict(attrs)["src"])


def test_every_file_is_a_lesson(name, read):
    draft, report = read(name)
    assert sorted(lesson.identifier for lesson in draft.lessons) == pages_in(real_folder(name))
    assert draft.format == REAL[name] and report.count(Severity.ERROR) == 0


def test_nothing_of_the_dialect_is_left(name, read):
    for lesson in read(name)[0].lessons:
        text = CODE.sub("", render(lesson.markdown))
        found = DIALECT.search(text)
        assert found is None, (lesson.identifier, text[max(0, found.start() - 60) : found.end() + 60])


def test_every_picture_is_there_or_named(name, read):
    draft, report = read(name)
    for lesson in draft.lessons:
        for target in NAMED_PICTURE.findall(lesson.markdown):
            link = lesson.links.get(target)
            is_there = link is not None and link.file in draft.files
            assert is_there or target[:120] in sentences(report), (lesson.identifier, target)


def test_course_comes_whole_is_published_and_comes_again_unchanged(name, read, author, sign_in, mongo_commands):
    draft, report = read(name)
    course = import_course(instructor=author, draft=draft, report=report).course
    publish(actor=author, course=course)
    outline = list(course.placements.order_by("position").values_list("lesson_id", "section__title", "position"))
    assert len(outline) == len(pages_in(real_folder(name)))
    for lesson_id, *_ in outline:
        page = sign_in(author).get(f"{course.url}lessons/{lesson_id}/")
        assert page.status_code == 200
        for source in Pictures(page.content.decode()).sources:
            assert not source.startswith("/media/") or default_storage.exists(source.removeprefix("/media/"))
    with mongo_commands() as sent:
        again = import_course(instructor=author, draft=draft, report=report)
    assert (again.added, again.changed, again.vanished) == ([], [], []) and len(again.unchanged) == len(outline)
    assert not [command for command in sent if command.startswith(("insert", "update", "delete"))]
    after = course.placements.order_by("position").values_list("lesson_id", "section__title", "position")
    assert list(after) == outline


def test_arabic_lessons_are_right_to_left(read, author, sign_in):
    draft, report = read("opensource_guide")
    draft.sections = [section for section in draft.sections if section.title == "العربيّة"]
    for lesson in draft.lessons:
        lesson.links = {}
    course = import_course(instructor=author, draft=draft, report=report).course
    assert course.placements.count() == 3
    for lesson_id in course.placements.values_list("lesson_id", flat=True):
        page = sign_in(author).get(f"{course.url}lessons/{lesson_id}/").content.decode()
        assert '<div lang="ar" dir="rtl">' in page


def test_carpentries_order_and_durations_are_those_of_the_course(read):
    draft, _ = read("carpentries_python-novice-gapminder")
    episodes = next(section for section in draft.sections if section.title == "Episodes")
    assert episodes.lessons[0].identifier == "episodes/01-run-quit.md" and len(episodes.lessons) == 20
    assert [lesson.duration for lesson in episodes.lessons[:3]] == [15, 20, 20]
    assert "Allen Lee" in draft.description and "CC-BY 4.0" in draft.description


def test_hugging_face_questions_are_all_there(read):
    draft, _ = read("huggingface_course_mdx")
    assert sum(lesson.markdown.count('<ol type="A">') for lesson in draft.lessons) == 21
    assert [section.title for section in draft.sections] == ["1. Transformer models", "2. Using 🤗 Transformers"]


def test_every_list_of_the_real_courses_has_its_lessons_named(read):
    _, report = read("huggingface_course_mdx")
    assert sentences(report).count("warning chapters/en/_toctree.yml: The list names") > 50


def test_lessons_stand_in_mongodb_as_they_were_read(read, author):
    draft, report = read("opensource_guide")
    course = import_course(instructor=author, draft=draft, report=report).course
    found = lessons.get_bodies(course.placements.values_list("lesson_id", flat=True))
    stored = {body["source"]["identifier"]: body["content"]["markdown"] for body in found.values()}
    assert stored == {lesson.identifier: lesson.markdown for lesson in draft.lessons}
