"""The discussion of a course and of each of its lessons: lists of threads, and where one begins another."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.services.one_time_keys import KeyOfAnotherRequest
from courses.views.course import may_edit
from discussions.forms.comment import CommentForm, DiscussionForm
from discussions.limits import COMMENTS
from discussions.models import Comment
from discussions.models.comment_row import CommentRow, matching, newest, rows
from discussions.models.prepared_comments import find_discussion, read_places, read_threads
from discussions.services.comments import post_comment
from discussions.services.refusals import NotAllowed
from discussions.views.answers import has_room, render_form
from discussions.views.comment import find_card
from discussions.views.comment_cards import Thread, Viewer, card_of, lesson_label, thread_of

PAGE = 12  # threads, each with its first replies
FOUND = 30


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def course_discussion(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything that is said about a course."""
    course = find_discussion(request.user, slug)
    if course is None:
        raise Http404
    return _answer(request, course, here=f"{course.url}discussion/")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def lesson_discussion(request: HttpRequest, slug: str, lesson_id: str) -> HttpResponse:
    """What is said about one lesson: a page, and for the lesson's own page a part of it."""
    course = find_discussion(request.user, slug, lesson_id)
    if not (course and course.is_placed and (course.number or may_edit(request, course))):
        raise Http404
    return _answer(request, course, here=f"{course.url}lessons/{lesson_id}/discussion/", lesson_id=lesson_id)


def _answer(request: HttpRequest, course: Any, *, here: str, lesson_id: str = "") -> HttpResponse:
    if not course.is_open:
        messages.info(request, _("Enroll to join the discussion."))
        return redirect(course.url)
    label = (lesson_label(course.number) or _("this lesson")) if lesson_id else ""
    place = {"course": course, "lesson_id": lesson_id, "here": here, "lesson_label": label}
    viewer = Viewer(request.user, course, may_edit(request, course))
    if request.method == "POST":
        return _begin(request, viewer, place)
    return _show(request, viewer, place, None)


def _begin(request: HttpRequest, viewer: Viewer, place: dict[str, Any]) -> HttpResponse:
    """A new thread: for htmx a fresh form and the thread at the top of the list, otherwise its own page."""
    form = CommentForm(request.POST, may_ask=not viewer.is_staff)
    if form.is_valid() and has_room(form, COMMENTS, request.user):
        where = {"course": viewer.course, "lesson_id": place["lesson_id"]}
        try:
            pk = post_comment(author=request.user, **where, **form.cleaned_data)
        except KeyOfAnotherRequest:
            form.take_another_key()
        except NotAllowed as error:
            raise Http404 from error
        else:
            if not request.htmx:
                if form.cleaned_data.get("is_private"):
                    messages.success(request, _("The staff has your question. You are told when it is answered."))
                return redirect(f"/comments/{pk}/#comment-{pk}")
            cards = [find_card(pk, viewer, takes_focus=True)]
            context = {"form": CommentForm(may_ask=not viewer.is_staff), "cards": cards, **place}
            return render(request, "discussions/_posted.html", context)
    if request.htmx:
        form.fields["content"].widget.attrs["autofocus"] = True  # the button that was pressed is replaced
        return render_form(request, "discussions/_compose.html", place, form=form)
    return _show(request, viewer, place, form)


def _show(request: HttpRequest, viewer: Viewer, place: dict[str, Any], form: CommentForm | None) -> HttpResponse:
    filters = DiscussionForm(request.GET)
    is_valid = filters.is_valid()
    words, is_private, order = filters.asked_words, filters.asks_for_private, filters.asked_order
    asked = {key: value for key, value in (("show", "private" if is_private else ""), ("q", words)) if value}
    if words:
        threads, last = _found(viewer, place["lesson_id"], is_private, words, filters.asked_after)
    else:
        asked |= {"order": order} if order != "newest" else {}
        asks = {"lesson_id": place["lesson_id"], "is_private": is_private, "order": order, "after": filters.asked_after}
        threads, last = _threads(viewer, **asks)
    is_unseen = bool(place["lesson_id"]) and not viewer.course.number
    context = {
        **place,
        "threads": threads,
        "filters": filters,
        "is_private": is_private,
        "order": order,
        "has_orders": not (words or is_private),
        "searched": _searched(words, threads) if words else "",
        "clear_url": f"{place['here']}?show=private" if is_private else place["here"],
        "next_url": f"{place['here']}?{urlencode({**asked, 'after': last})}" if last else "",
        "lesson_url": place["here"].removesuffix("discussion/") if place["lesson_id"] else "",
        "csv_url": f"{viewer.course.url}discussion/csv/" if viewer.is_staff and not place["lesson_id"] else "",
        **_empty(viewer, is_private=is_private, words=words, is_unseen=is_unseen),
    }
    form = form or CommentForm(initial={"is_private": is_private}, may_ask=not viewer.is_staff)
    shown = None if words or is_unseen or (is_private and viewer.is_staff) else form
    template = "discussions/_discussion.html" if request.htmx else "discussions/discussion.html"
    response = render_form(request, template, context | {"form": shown}, form=form)
    if not is_valid:
        response.status_code = 422
    return response


def _threads(viewer: Viewer, *, lesson_id: str, **asks: Any) -> tuple[list[Thread], int | None]:
    """A page of threads with their first replies in two queries, and the id after which the next page begins."""
    roots = read_threads(viewer.user, viewer.course, lesson_id=lesson_id, count=PAGE + 1, **asks)
    more, roots = len(roots) > PAGE, roots[:PAGE]
    wanted = [pk for root in roots for pk in root.first_replies or []]
    replies: dict[int, list[CommentRow]] = {}
    for row in read_places(viewer.user, wanted):
        replies.setdefault(row.root_id, []).append(row)
    labels = ["" if lesson_id else lesson_label(root.lesson_position) for root in roots]
    threads = [
        thread_of(root, replies.get(root.pk, []), viewer, lesson_label=label)
        for root, label in zip(roots, labels, strict=True)
    ]
    return threads, roots[-1].pk if more else None


def _found(
    viewer: Viewer, lesson_id: str, is_private: bool, words: str, after: int | None
) -> tuple[list[Thread], int | None]:
    """Comments with these words, newest first, each by itself."""
    here = {"course": viewer.course, "is_private": is_private} | ({"lesson_id": lesson_id} if lesson_id else {})
    visible = matching(Comment.objects.visible_to(viewer.user).filter(**here), words)
    visible = visible.filter(pk__lt=after) if after else visible
    found = rows(newest(visible, viewer.user, FOUND + 1), viewer.user)
    label = _("Show it in its thread")
    threads = [Thread([card_of(row, viewer)._replace(look=0)], label, f"/comments/{row.pk}/") for row in found[:FOUND]]
    return threads, found[FOUND - 1].pk if len(found) > FOUND else None


def _searched(words: str, threads: list[Thread]) -> str:
    if not threads:
        return _("Nothing found for “%(words)s”.") % {"words": words}
    return _("Comments with “%(words)s”, newest first.") % {"words": words}


def _empty(viewer: Viewer, *, is_private: bool, words: str, is_unseen: bool) -> dict[str, str]:
    """What an empty list says."""
    if is_unseen:
        text = _("Learners don't see this lesson yet; its discussion opens when it is published.")
        return {"empty_title": _("Not open yet"), "empty_text": text}
    if words:
        return {"empty_title": _("Nothing found"), "empty_text": _("Try fewer words, or only the beginning of one.")}
    if is_private and viewer.is_staff:
        text = _("What learners ask only you appears here, and among your questions of all courses.")
        return {"empty_title": _("No private questions"), "empty_text": text}
    if is_private:
        text = _("Ask the instructor something that only the two of you shall see.")
        return {"empty_title": _("You asked nothing privately"), "empty_text": text}
    text = _("Ask the first one: somebody else wonders about the same thing.")
    return {"empty_title": _("No questions yet"), "empty_text": text}
