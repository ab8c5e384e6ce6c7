"""Folders become drafts: their order, their lessons, and a word on every file."""

import os

import pytest

from courses.importing import CannotImport, Report, read_folder
from courses.importing.dialects.outline import natural_key, title_from_name
from tests.courses.folders import picture, read, sentences

COURSE = """
title: Knots
slug: knots
description: |
  Tie **well**.
category: Crafts
level: Intermediate
language: en
price: 12.5
currency: USD
objectives: [Tie a bowline, Untie it]
sections:
  - title: First
    lessons: [b.md, a.md]
  - title: Second
    lessons:
      - file: sub/c.md
        duration: 9
"""


def test_our_own_list_says_everything(tmp_path):
    pages = {name: f"---\ntitle: {name}\n---\nText.\n" for name in ("a.md", "b.md", "sub/c.md", "d.md")}
    draft, report = read(tmp_path, {"course.yaml": COURSE, **pages})
    assert (draft.format, draft.package, draft.slug, draft.title) == ("learnflow", "knots", "knots", "Knots")
    assert (draft.category, draft.level, str(draft.price), draft.currency) == ("Crafts", "intermediate", "12.50", "USD")
    assert draft.description == "Tie **well**." and draft.objectives == ["Tie a bowline", "Untie it"]
    order = [(section.title, [each.identifier for each in section.lessons]) for section in draft.sections]
    assert order == [("First", ["b.md", "a.md"]), ("Second", ["sub/c.md"]), ("More", ["d.md"])]
    assert draft.sections[1].lessons[0].duration == 9
    assert "d.md: No list names this page" in sentences(report)


def test_list_that_cannot_be_read_stops_the_import(tmp_path):
    with pytest.raises(CannotImport, match=r"course\.yaml can't be read: line 2"):
        read(tmp_path, {"course.yaml": "title: x\n  - : [", "a.md": "x"})


def test_list_that_is_no_list_stops_the_import(tmp_path):
    with pytest.raises(CannotImport, match="doesn't begin with fields"):
        read(tmp_path, {"course.yaml": "- x", "a.md": "x"})


def test_page_that_the_list_names_but_isnt_there_is_an_error(tmp_path):
    _, report = read(tmp_path, {"course.yaml": "sections: [{title: A, lessons: [gone.md]}]", "a.md": "x"})
    assert "error course.yaml: The list names “gone.md”" in sentences(report)


@pytest.mark.parametrize("line", ["level: expert", "price: -1", "price: much", "currency: euro", "colour: red"])
def test_field_of_the_list_that_makes_no_sense_is_named(tmp_path, line):
    draft, report = read(tmp_path, {"course.yaml": f"title: A\n{line}\n", "a.md": "x"})
    assert "warning course.yaml" in sentences(report)
    assert (draft.level, draft.price, draft.currency) == (None, None, None)


def test_front_matter_says_title_duration_language_type_and_notes(tmp_path):
    matter = "title: Titel\nduration: 25\nlang: de\npreview: true\nnotes: Langsam lesen.\n"
    draft, _ = read(tmp_path, {"a.md": f"---\n{matter}---\nText."})
    lesson = draft.lessons[0]
    assert (lesson.title, lesson.duration, lesson.language, lesson.is_preview) == ("Titel", 25, "de", True)
    assert lesson.notes == "Langsam lesen." and draft.language == "de"


def test_toml_front_matter_is_read_too(tmp_path):
    draft, _ = read(tmp_path, {"b.md": '+++\ntitle = "B"\nweight = 1\n+++\nx', "a.md": "+++\nweight = 2\n+++\nx"})
    assert [each.identifier for each in draft.lessons] == ["b.md", "a.md"]


def test_title_is_the_first_heading_when_nothing_else_says_it(tmp_path):
    draft, _ = read(tmp_path, {"a.md": "# The *title* {#t}\n\nText.", "03-my_page.md": "Text."})
    assert {each.title for each in draft.lessons} == {"The title", "My page"}
    assert draft.lessons[1].markdown == "Text.\n"


def test_duration_is_estimated_from_the_words(tmp_path):
    draft, _ = read(tmp_path, {"long.md": "word " * 1_000, "short.md": "word"})
    assert [each.duration for each in draft.lessons] == [5, 1]


def test_files_are_in_their_natural_order_with_introductions_first(tmp_path):
    names = ["lesson 10.md", "lesson 9.md", "LICENSE.md", "README.md", "lesson 1.md"]
    draft, _ = read(tmp_path, dict.fromkeys(names, "x"))
    order = ["README.md", "lesson 1.md", "lesson 9.md", "lesson 10.md", "LICENSE.md"]
    assert [each.identifier for each in draft.lessons] == order


def test_folders_are_sections(tmp_path):
    draft, _ = read(tmp_path, {"b/1.md": "x", "a/1.md": "x", "top.md": "x", "fr/1.md": "x"})
    assert [section.title for section in draft.sections] == ["Lessons", "A", "B", "Français"]


def test_names_sort_and_read_naturally():
    assert sorted(["a10", "a9", "a1b"], key=natural_key) == ["a1b", "a9", "a10"]
    assert title_from_name("03-looping_data.md") == "Looping data"
    assert title_from_name("2024.md") == "2024"


def test_broken_front_matter_is_named_and_the_page_still_comes(tmp_path):
    draft, report = read(tmp_path, {"a.md": "---\ntitle: [x\n---\n# A\n\nText."})
    assert draft.lessons[0].title == "A"
    assert "error a.md:1: The front matter can't be read (line 2" in sentences(report)


@pytest.mark.parametrize("matter", ["- a\n- b", "just words", "a: &x [1]\nb: *x", "a: " + "[" * 3_000, "\x01: x"])
def test_front_matter_of_any_kind_does_no_harm(tmp_path, matter):
    draft, report = read(tmp_path, {"a.md": f"---\n{matter}\n---\nText."})
    assert draft.lessons[0].markdown == "Text.\n"
    assert "error a.md" in sentences(report)


def test_unused_fields_are_named(tmp_path):
    _, report = read(tmp_path, {"a.md": "---\nclass: x\n---\nText."})
    assert "info a.md: Fields of the front matter without a use here: class." in sentences(report)


def test_folder_that_isnt_one(tmp_path):
    with pytest.raises(CannotImport, match="is not a folder"):
        read_folder(tmp_path / "gone", Report())


def test_folder_without_pages(tmp_path):
    with pytest.raises(CannotImport, match="no Markdown file"):
        read(tmp_path, {"a.txt": "x"})


def test_nul_bytes_and_other_encodings_are_named(tmp_path):
    files = {
        "nul.md": b"a\0b",
        "latin.md": b"ok\ncaf\xe9",
        "wide.md": "größer".encode("utf-16"),
        "bom.md": b"\xef\xbb\xbf# T",
    }
    draft, report = read(tmp_path, files)
    texts = {each.identifier: each.markdown for each in draft.lessons}
    assert texts["nul.md"] == "ab\n" and texts["latin.md"] == "ok\ncafé\n" and texts["wide.md"] == "größer\n"
    assert "warning nul.md" in sentences(report) and "warning latin.md:2" in sentences(report)


def test_links_out_of_the_folder_are_not_followed(tmp_path):
    outside = tmp_path / "secret.md"
    outside.write_text("secret")
    course = tmp_path / "course"
    course.mkdir()
    (course / "leak.md").symlink_to(outside)
    (course / "up").symlink_to(tmp_path)
    (course / "loop.md").symlink_to(course / "loop.md")
    draft, report = read(course, {"a.md": "[x](../secret.md) ![y](../../../etc/passwd) [z](/etc/passwd)"})
    assert [each.identifier for each in draft.lessons] == ["a.md"]
    assert "secret" not in str(draft.files)
    assert "error leak.md: A link that leads out" in sentences(report)
    assert "error up: A link to a folder" in sentences(report)
    assert "error loop.md" in sentences(report)
    assert sentences(report).count("leads to nothing in the folder") == 3


def test_pipe_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe.md")
    _, report = read(tmp_path, {"a.md": "x"})
    assert "error pipe.md: This is no ordinary file." in sentences(report)


def test_page_that_is_too_long_is_named(tmp_path):
    draft, report = read(tmp_path, {"a.md": "x", "long.md": "word " * 20_000, "huge.md": "x" * (1024 * 1024 + 1)})
    assert [each.identifier for each in draft.lessons] == ["a.md"]
    assert "error long.md: The text has" in sentences(report)
    assert "error huge.md: The file is larger than 1 MB." in sentences(report)


def test_hidden_files_are_left_alone(tmp_path):
    draft, _ = read(tmp_path, {"a.md": "x", ".git/b.md": "x", ".hidden.md": "x", "node_modules/c.md": "x"})
    assert len(draft.lessons) == 1


def test_links_between_pages_are_found_however_they_are_written(tmp_path):
    body = (
        "[1](sub/b.md#part) [2](/sub/b) [3](sub/b/) [4](./sub/../sub/b.md) [5](b) [6](sub/b.html) [7](#here)\n\n## Here"
    )
    draft, _ = read(tmp_path, {"a.md": body, "sub/b.md": "## Part\n\n[a](../a.md)"})
    links = draft.lessons[0].links
    assert {target.lesson for target in links.values()} == {"sub/b.md"} and len(links) == 6
    assert links["sub/b.md#part"].anchor == "part"
    assert draft.lessons[1].links["../a.md"].lesson == "a.md"


def test_anchor_is_found_although_generators_differ(tmp_path):
    draft, report = read(tmp_path, {"a.md": "## What's new?\n\n[x](#what-s-new) [y](#gone)"})
    assert draft.lessons[0].links["#what-s-new"].anchor == "whats-new"
    assert "“#gone” leads to no heading" in sentences(report)


def test_broken_links_are_named_with_their_line(tmp_path):
    draft, report = read(tmp_path, {"a.md": "---\ntitle: A\n---\n\nSee [x](gone.md)."})
    assert "warning a.md:5: “gone.md” leads to nothing" in sentences(report)
    assert draft.lessons[0].links["gone.md"].lesson == ""


def test_pictures_are_stored_by_their_content(tmp_path):
    body = '![A](fig/a.png) ![B](<fig/b copy.PNG>) <img src="fig/a.png">'
    draft, _ = read(tmp_path, {"a.md": body, "fig/a.png": picture(), "fig/b copy.PNG": picture()})
    assert len(draft.files) == 1
    name = draft.lessons[0].links["fig/a.png"].file
    assert name.startswith("imported/") and name.endswith("-4x3.png")
    assert draft.lessons[0].links["fig/b%20copy.PNG"].file == name


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"])
def test_pictures_are_written_anew(tmp_path, kind):
    draft, _ = read(tmp_path, {"a.md": "![A](a.png)", "a.png": picture(kind) + b"<script>"})
    (file,) = draft.files.values()
    assert b"<script>" not in file.data
    assert file.name.endswith((".png", ".jpg", ".gif", ".webp"))


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        ("a.png", b"<svg onload='alert(1)'/>", "SVG"),
        ("a.png", b"not a picture", "can't be read"),
        ("a.png", picture()[:40], "can't be read"),
        ("a.zip", b"MZ\x90", "isn't what the name says"),
        ("a.csv", b"a\0b", "isn't what the name says"),
        ("a.exe", b"MZ", "Files of the kind “.exe”"),
        ("a.html", b"<script>", "Files of the kind “.html”"),
        ("a.webm", b"no film", "isn't what the name says"),
    ],
)
def test_files_that_are_not_taken_are_named(tmp_path, name, content, reason):
    draft, report = read(tmp_path, {"page.md": f"[x]({name})", name: content})
    assert not draft.files and draft.lessons[0].links[name].file == ""
    assert f"warning page.md:1: {name}" in sentences(report) and reason in sentences(report)


def test_downloads_keep_their_name(tmp_path):
    draft, _ = read(tmp_path, {"a.md": "[x](data/my%20data.csv)", "data/my data.csv": "a,b\n1,2\n"})
    (name,) = draft.files
    assert name.startswith("imported/") and name.endswith("/my_data.csv")


def test_files_that_no_page_names_are_named(tmp_path):
    _, report = read(tmp_path, {"a.md": "x", "data.csv": "a,b"})
    assert "info data.csv: No page links to this file" in sentences(report)


def test_video_of_the_folder_comes_with_its_captions(tmp_path):
    matter = "type: video\nvideo: film.webm\ncaptions: film.vtt\nlang: en\n"
    film = b"\x1a\x45\xdf\xa3" + b"x" * 40
    draft, _ = read(tmp_path, {"a.md": f"---\n{matter}---\nText.", "film.webm": film, "film.vtt": "WEBVTT\n"})
    lesson = draft.lessons[0]
    assert lesson.type == "video" and lesson.video_file.endswith("/film.webm")
    assert lesson.captions[0]["language"] == "en" and lesson.captions[0]["file"].endswith("/film.vtt")
    assert draft.files[lesson.video_file].source.name == "film.webm"


def test_video_elsewhere_is_named_by_its_address(tmp_path):
    draft, _ = read(tmp_path, {"a.md": "---\nvideo: https://youtu.be/abcdefghijk\n---\nText."})
    assert (draft.lessons[0].type, draft.lessons[0].video) == ("video", "https://youtu.be/abcdefghijk")


@pytest.mark.parametrize("video", ["gone.mp4", "https://evil.example/x.mp4", "javascript:alert(1)"])
def test_video_that_cannot_be_shown_is_an_error_and_a_text(tmp_path, video):
    draft, report = read(tmp_path, {"a.md": f"---\ntype: video\nvideo: {video}\n---\nText."})
    assert draft.lessons[0].type == "text" and "error a.md" in sentences(report)


def test_checksum_changes_with_what_makes_the_lesson(tmp_path):
    first, _ = read(tmp_path, {"a.md": "![A](a.png)", "a.png": picture()})
    same, _ = read(tmp_path)
    other, _ = read(tmp_path, {"a.png": picture(size=(9, 9))})
    assert first.lessons[0].checksum == same.lessons[0].checksum != other.lessons[0].checksum


@pytest.mark.parametrize(
    ("field", "text", "limit"),
    [
        ("description", "a" * 20_001, "20,000"),
        ("objectives", "[" + "a" * 4_001 + "]", "4,000"),
        ("title", "a" * 256, "255"),
    ],
)
def test_what_there_is_no_room_for_is_said(tmp_path, field, text, limit):
    _draft, report = read(tmp_path, {"course.yaml": f"{field}: {text}\n", "a.md": "# A\n\nText."})
    assert f"The field “{field}” has more than {limit} characters; the rest was left out." in sentences(report)


def test_notes_there_is_no_room_for_are_named_with_their_page(tmp_path):
    listed = "sections:\n- lessons:\n  - {file: a.md, notes: " + "a" * 20_001 + "}\n"
    draft, report = read(tmp_path, {"course.yaml": listed, "a.md": "# A\n\nText."})
    assert len(draft.lessons[0].notes) == 20_000 and "warning a.md: The field “notes”" in sentences(report)


def test_resource_with_an_endless_address_is_named(tmp_path):
    banner = '<CourseFloatingBanner notebooks={[{label: "Long", value: "https://x.org/' + "a" * 2_000 + '"}]} />'
    draft, report = read(tmp_path, {"a.mdx": f"# A\n\n{banner}\n\nText."})
    assert draft.lessons[0].resources == [] and "“Long” is too long" in sentences(report)
