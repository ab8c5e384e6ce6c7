"""The drawn picture of a course that has none."""

import os
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from courses.faces import COMPOSITIONS, PALETTES, draw

SOME = [f"course-{number}" for number in range(60)]


def test_same_course_has_the_same_face_in_every_process():
    script = "from courses.faces import draw; print(draw('data', 'sql-for-builders'))"
    faces = {
        subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert faces == {draw("data", "sql-for-builders").encode() + b"\n"}


def test_courses_of_one_category_share_colors_but_not_pictures():
    faces = [draw("data", slug) for slug in SOME]
    grounds = {ElementTree.fromstring(face)[0].get("fill") for face in faces}
    assert grounds in [set(palette[:2]) for palette in PALETTES]
    assert len(set(faces)) == len(SOME)


def test_every_palette_and_composition_comes_up():
    grounds = {ElementTree.fromstring(draw(slug, "x"))[0].get("fill") for slug in SOME}
    assert all(grounds & set(palette[:2]) for palette in PALETTES)
    shapes = {len(ElementTree.fromstring(draw("data", slug))) for slug in SOME}
    assert len(shapes) >= len(COMPOSITIONS)


@pytest.mark.parametrize("slug", ["a", "x" * 120, "<script>", '"onload="', "ünïcode"])
def test_face_is_well_formed_small_and_without_words(slug):
    face = draw(slug, slug)
    root = ElementTree.fromstring(face)
    assert root.get("viewBox") == "0 0 320 180"
    assert len(face) < 10_000
    assert not [element for element in root.iter() if element.text or "script" in element.tag]


def test_sign_tells_the_category():
    assert draw("databases", "x") != draw("music", "x")
    assert "M9 6l-6 6 6 6" in draw("web-programming", "x")
    assert "M3 6c4-2" in draw("something-else", "x")
