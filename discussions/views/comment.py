"""One comment: its page, answering it, changing and deleting one's own."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.services.one_time_keys import KeyOfAnotherRequest
from courses.views.course import may_edit
from discussions.forms.comment import EditForm, ReplyForm
from discussions.forms.lists import PageForm
from discussions.limits import COMMENTS, EDITS
from discussions.models import Comment
from discussions.models.comment_row import around, lesson_position, rows
from discussions.models.prepared_comments import read_thread
from discussions.services import comments
from discussions.services.comments import ThreadLocked
from discussions.services.refusals import NotAllowed
from discussions.views.answers import has_room, render_form
from discussions.views.comment_cards import Card, Viewer, card_of, cards_of, lesson_label
from discussions.views.unread import saw

PAGE = 50
READ_AND_WRITE = ["GET", "HEAD", "POST"]


@require_safe
@login_required
def comment(request: HttpRequest, comment_id: int) -> HttpResponse:
    """A thread from its root; or a reply with the way to it and what is below it."""
    found, viewer = find_comment(request, comment_id, with_lesson=True)
    form = PageForm(request.GET)
    is_valid = form.is_valid()
    is_root, after = found.pk == found.root_id, form.asked_after
    if is_root:
        shown = read_thread(request.user, found.pk, after, PAGE + 1)
    else:
        places = around(Comment.objects.standing_for(request.user), found, after)
        shown = rows(places[: PAGE + 1], request.user)
    more, shown = len(shown) > PAGE, shown[:PAGE]
    saw(request, comments=[each.pk for each in shown])
    context = {
        "course": found.course,
        "cards": cards_of(shown, viewer, target=0 if is_root else found.pk),
        **_way_to_lesson(found),
        "is_root": is_root,
        "is_private": found.is_private,
        "thread_url": f"/comments/{found.root_id}/",
        "next_url": f"?after={shown[-1].pk}" if more else "",
        "first_url": f"/comments/{found.pk}/" if after else "",
        "discussion_url": f"{found.course.url}discussion/" + ("?show=private" if found.is_private else ""),
    }
    return render(request, "discussions/comment.html", context, status=200 if is_valid else 422)


def _way_to_lesson(found: Any) -> dict[str, str]:
    if not found.lesson_position:
        return {}
    url = f"{found.course.url}lessons/{found.lesson_id}/"
    return {"lesson_url": url, "lesson_label": lesson_label(found.lesson_position)}


@require_http_methods(READ_AND_WRITE)
@login_required
def reply(request: HttpRequest, comment_id: int) -> HttpResponse:
    """Answer a comment: in its place for htmx, on a page of its own otherwise."""
    _parent, viewer = find_comment(request, comment_id)
    form = ReplyForm(request.POST if request.method == "POST" else None, auto_id=f"reply-{comment_id}-%s")
    if request.method == "POST" and form.is_valid() and has_room(form, COMMENTS, request.user):
        try:
            pk = comments.reply(author=request.user, parent_id=comment_id, **form.cleaned_data)
        except KeyOfAnotherRequest:
            form.take_another_key()
        except ThreadLocked:
            form.add_error(None, _("This thread was locked; only the staff can reply."))
        except NotAllowed as error:
            raise Http404 from error
        else:
            if not request.htmx:
                return redirect(f"/comments/{pk}/#comment-{pk}")
            card = find_card(pk, viewer, takes_focus=True)
            return render(request, "discussions/_replied.html", {"cards": [card], "parent_id": comment_id})
    return _render_words_form(request, form, find_card(comment_id, viewer), "reply", place=f"slot-{comment_id}")


@require_http_methods(READ_AND_WRITE)
@login_required
def edit_comment(request: HttpRequest, comment_id: int) -> HttpResponse:
    """Change one's own words."""
    found, viewer = find_comment(request, comment_id, mine=True)
    was = {"initial": {"content": found.content}, "auto_id": f"edit-{comment_id}-%s"}
    form = EditForm(request.POST if request.method == "POST" else None, **was)
    if request.method == "POST" and form.is_valid() and has_room(form, EDITS, request.user):
        try:
            comments.edit_comment(author=request.user, comment_id=comment_id, **form.cleaned_data)
        except NotAllowed as error:
            raise Http404 from error
        if not request.htmx:
            return redirect(f"/comments/{comment_id}/#comment-{comment_id}")
        response = render(
            request, "discussions/_comments.html", {"cards": [find_card(comment_id, viewer, takes_focus=True)]}
        )
        return _instead_of(response, f"place-{comment_id}")
    return _render_words_form(request, form, find_card(comment_id, viewer), "edit", place=f"edit-{comment_id}")


@require_http_methods(READ_AND_WRITE)
@login_required
def delete_comment(request: HttpRequest, comment_id: int) -> HttpResponse:
    """Ask, then wipe one's own words; what others replied stays."""
    found, viewer = find_comment(request, comment_id, mine=True)
    if request.method == "POST":
        try:
            comments.delete_comment(author=request.user, comment_id=comment_id)
        except NotAllowed as error:
            raise Http404 from error
        messages.success(request, _("Your comment is deleted."))
        return redirect(found.course.url + "discussion/" + ("?show=private" if found.is_private else ""))
    context = {"card": find_card(comment_id, viewer), "course": found.course}
    return render(request, "discussions/delete_comment.html", context)


def find_comment(
    request: HttpRequest, comment_id: int, *, mine: bool = False, with_lesson: bool = False
) -> tuple[Any, Viewer]:
    """A comment of which this person sees the words, or the place, and who they are to it; else 404.

    With its lesson it has `lesson_position`, None where learners don't see that.
    """
    comments = Comment.objects.standing_for(request.user)
    if mine:
        comments = Comment.objects.visible_to(request.user).filter(user=request.user)
    if with_lesson:
        comments = comments.annotate(lesson_position=lesson_position())
    columns = ("content", "lesson_id", "path", "root", "is_private", "user")
    columns += ("course__slug", "course__title", "course__instructor")
    found = get_object_or_404(comments.select_related("course").only(*columns), pk=comment_id)
    return found, Viewer(request.user, found.course, may_edit(request, found.course))


def find_card(comment_id: int, viewer: Viewer, **marks: Any) -> Card:
    """The comment as this person sees it now; 404 when it is gone meanwhile."""
    found = rows(Comment.objects.standing_for(viewer.user).filter(pk=comment_id), viewer.user)
    if not found:
        raise Http404
    return card_of(found[0], viewer, **marks)


def _render_words_form(request: HttpRequest, form: Any, card: Card, act: str, *, place: str) -> HttpResponse:
    """The form in its place, or on a page with the comment that it is about."""
    if not (card.is_mine if act == "edit" else card.can_reply or form.is_bound):
        raise Http404
    context = {
        "act": act,
        "action": f"/comments/{card.pk}/{act}/",
        "submit_label": _("Save") if act == "edit" else _("Reply"),
        "cancel_url": f"/comments/{card.pk}/",
        "in_place": place if request.htmx else "",
        "card": card,
    }
    form.fields["content"].widget.attrs["autofocus"] = True
    template = "discussions/_words_form.html" if request.htmx else "discussions/words_form.html"
    return render_form(request, template, context, form=form)


def _instead_of(response: HttpResponse, place: str) -> HttpResponse:
    """Tell htmx to put the answer in the place of a whole element."""
    response["HX-Retarget"] = f"#{place}"
    response["HX-Reswap"] = "outerHTML"
    return response
