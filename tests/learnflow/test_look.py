"""What every page's look relies on: icons, vendored files, templates without anything inline, colors one can read."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from courses.admin.category import ICONS
from courses.content.lesson_types import UnknownType, known_types

STATIC = settings.BASE_DIR / "static"
TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
PAGES = [path for path in TEMPLATES if path.suffix == ".html" and "email" not in path.parts]
SPRITE = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons.svg").read_text()))
TOKENS = dict(re.findall(r"(--lf-[\w-]+): light-dark\((#\w{6}, #\w{6})\)", (STATIC / "css" / "tokens.css").read_text()))
TEXTS = ["text", "muted", "accent", "accent-strong", "success", "warning", "danger"]
GROUNDS = ["bg", "surface", "sunken", "hover", "accent-soft"]
PAIRS = [
    *[(text, ground, 4.5) for text in TEXTS for ground in GROUNDS],
    *[(kind, f"{kind}-soft", 4.5) for kind in ("success", "warning", "danger")],
    *[("text", f"{kind}-soft", 4.5) for kind in ("success", "warning", "danger")],
    *[("accent", f"{kind}-soft", 4.5) for kind in ("success", "warning", "danger")],
    *[(f"code-{kind}", "code-ground", 4.5) for kind in ["keyword", "string", "number", "name", "comment", "deleted"]],
    *[("border-strong", ground, 3) for ground in ("bg", "surface", "accent-soft")],
    ("on-accent", "accent", 4.5),
    ("on-accent", "accent-strong", 4.5),
    ("text", "mark", 4.5),
    *[(medal, ground, 3) for medal in ("gold", "silver", "bronze") for ground in ("surface", "bg", "accent-soft")],
]


def named(path: Path) -> set[str]:
    """Icons that a template names: `…icons.svg' %}#name` or `{{ icons }}#name`, and what includes are given."""
    text = path.read_text()
    return {*re.findall(r"icons(?:\.svg' %\}| \}\})#([a-z0-9-]+)", text), *re.findall(r'\bicon="([a-z0-9-]+)"', text)}


def luminance(color: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_icon_that_a_template_names_is_in_the_sprite():
    missing = {path.name: named(path) - SPRITE for path in TEMPLATES if named(path) - SPRITE}
    assert not missing


def test_icons_of_categories_and_lesson_types_are_in_the_sprite():
    assert {*ICONS, UnknownType.icon, *(kind.icon for kind in known_types().values())} <= SPRITE


def test_vendored_files_bring_their_license_and_name_no_source_map():
    folders = [folder for folder in (STATIC / "vendor").iterdir() if folder.is_dir()]
    assert folders
    for folder in folders:
        assert re.search(r"-\d+\.\d+\.\d+$", folder.name)
        assert (folder / "LICENSE").is_file()
        for file in folder.rglob("*.*s"):
            assert b"sourceMappingURL" not in file.read_bytes(), file


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(settings.BASE_DIR / "templates")))
def test_template_holds_nothing_that_the_content_policy_forbids(path):
    text = path.read_text()
    assert not re.search(r"<style\b|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=\"|javascript:", text)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "ground", "least"), PAIRS)
def test_colors_keep_their_contrast(front, ground, least, theme):
    a, b = (luminance(TOKENS[f"--lf-{name}"].split(", ")[theme]) for name in (front, ground))
    assert (max(a, b) + 0.05) / (min(a, b) + 0.05) >= least
