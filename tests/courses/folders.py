"""Folders to import: small ones made on the spot, and the real courses where they are."""

import os
from pathlib import Path

import pytest

from courses.importing import Report, read_folder

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("SHARED_CONTENT") or ROOT.parent / "shared" / "content")
REAL = {
    "carpentries_python-novice-gapminder": "sandpaper",
    "opensource_guide": "jekyll",
    "huggingface_course_mdx": "mdx",
}


def real_folder(name):
    """A real course; skipped where it is absent, but never in CI, where the test then fails."""
    folder = SHARED / "markdown" / name
    if not folder.is_dir() and not os.environ.get("CI"):
        pytest.skip(f"{folder} is absent; SHARED_CONTENT names the folder that holds it")
    return folder


def write(folder, files):
    """Write files (text or bytes by path) into a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def read(folder, files=None):
    """(draft, report) of a folder with these files."""
    report = Report()
    return read_folder(write(folder, files or {}), report), report


def sentences(report):
    return "\n".join(f"{remark.severity} {remark}" for remark in report.remarks)


def picture(kind="PNG", size=(4, 3)):
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    Image.new("RGB", size, "teal").save(out, kind)
    return out.getvalue()
