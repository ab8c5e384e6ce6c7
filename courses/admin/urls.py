"""Addresses of authoring, below those of the course they are about; all behind the admin site's door."""

from collections.abc import Callable

from django.contrib.admin import AdminSite
from django.http import HttpResponse
from django.urls import URLPattern, path, register_converter
from django.urls.converters import IntConverter

import courses.urls  # noqa: F401 (registers the converter `lesson_id`)
from courses.admin import details, drafts, history, lesson, outline, placements, publishing, revisions


class VersionConverter(IntConverter):
    """A version of a lesson; MongoDB's numbers end where Python's don't."""

    regex = "[1-9][0-9]{0,8}"


register_converter(VersionConverter, "version")


def authoring_urls(site: AdminSite) -> list[URLPattern]:
    """What `CourseAdmin` adds to its list; the names of Django's own pages stay as Django expects them."""

    def at(address: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
        return path(address, site.admin_view(view), name=name)

    one, section, place = "<int:course_id>/", "<int:course_id>/sections/<int:section_id>/", "<int:course_id>/lessons/"
    place += "<lesson_id:lesson_id>/"
    return [
        at("add/", details.add, "courses_course_add"),
        at("preview/", drafts.preview, "preview_markdown"),
        at(f"{one}change/", details.change, "courses_course_change"),
        at(f"{one}delete/", details.delete, "courses_course_delete"),
        at(f"{one}history/", history.history, "courses_course_history"),
        at(f"{one}picture/", drafts.upload_picture, "upload_picture"),
        at(f"{one}publish/", publishing.publishing, "course_publishing"),
        at(f"{one}publish/now/", publishing.publish, "publish_course"),
        at(f"{one}publish/undo/", publishing.unpublish, "unpublish_course"),
        at(f"{one}outline/", outline.outline, "course_outline"),
        at(f"{one}outline/arrange/", outline.arrange, "arrange_outline"),
        at(f"{one}sections/add/", outline.add_section, "add_section"),
        at(f"{section}rename/", outline.rename_section, "rename_section"),
        at(f"{section}delete/", outline.delete_section, "delete_section"),
        at(f"{section}move/", outline.move_section, "move_section"),
        at(f"{one}lessons/reuse/", placements.reuse, "reuse_lesson"),
        at(f"{one}lessons/add/<slug:kind>/", lesson.add, "add_lesson"),
        at(place, lesson.edit, "edit_lesson"),
        at(f"{place}preview/", drafts.preview_lesson, "preview_lesson"),
        at(f"{place}move/", placements.move, "move_lesson"),
        at(f"{place}mark/", placements.mark, "mark_lesson"),
        at(f"{place}duplicate/", placements.duplicate, "duplicate_lesson"),
        at(f"{place}remove/", placements.remove, "remove_lesson"),
        at(f"{place}versions/", revisions.revisions, "lesson_revisions"),
        at(f"{place}versions/<version:version>/", revisions.revision, "lesson_revision"),
        at(f"{place}versions/<version:version>/restore/", revisions.restore, "restore_revision"),
    ]
