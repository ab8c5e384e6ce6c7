"""A folder of Markdown, read into drafts: no database, no storage, nothing changed.

`read_folder` finds every page, decides which dialect they are written in (`dialects/`: one module each), turns them
into our Markdown, finds what they link to, and says item by item what became of each file. What writes the drafts to
the stores is `courses/services/imports.py`.
"""

from courses.importing.drafts import CourseDraft, FileDraft, LessonDraft, SectionDraft, Target
from courses.importing.reading import read_folder
from courses.importing.report import CannotImport, Remark, Report, Severity

__all__ = [
    "CannotImport",
    "CourseDraft",
    "FileDraft",
    "LessonDraft",
    "Remark",
    "Report",
    "SectionDraft",
    "Severity",
    "Target",
    "read_folder",
]
