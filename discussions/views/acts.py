"""What is done to a comment with one button: voting, and what staff do with threads."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.rate_limits import TooManyTries, count_try
from accounts.views.answers import too_many_requests
from discussions.forms.buttons import ReturnForm, SwitchForm, VoteForm
from discussions.limits import VOTES
from discussions.services import comments, votes
from discussions.services.refusals import NotAllowed
from discussions.views.answers import refuse
from discussions.views.comment import find_comment
from discussions.views.comment_cards import Vote


@require_POST
@login_required
def vote(request: HttpRequest, comment_id: int) -> HttpResponse:
    """Up, down, or neither again."""
    form = VoteForm(request.POST)
    _found, viewer = find_comment(request, comment_id)
    if not form.is_valid():
        return refuse(form)
    try:
        count_try(VOTES, str(request.user.pk))
        standing = votes.vote(voter=request.user, comment_id=comment_id, value=form.cleaned_data["value"])
    except TooManyTries as error:
        return too_many_requests(request, error.retry_after)
    except NotAllowed as error:
        raise Http404 from error
    if not request.htmx:
        return _back(request, comment_id)
    downvotes = standing.downvotes if viewer.is_staff else None
    shown = Vote(comment_id, standing.score, downvotes, standing.viewer_vote, can_vote=True)
    return render(request, "discussions/_vote.html", {"vote": shown})


@require_POST
@login_required
def pin(request: HttpRequest, comment_id: int) -> HttpResponse:
    """Keep a thread at the top, or no longer."""
    return _switch(request, comment_id, comments.pin)


@require_POST
@login_required
def answer(request: HttpRequest, comment_id: int) -> HttpResponse:
    """Mark a reply as the answer, or no longer."""
    return _switch(request, comment_id, comments.mark_answer)


@require_POST
@login_required
def answered(request: HttpRequest, comment_id: int) -> HttpResponse:
    """Say that a private question is answered, or isn't."""
    return _switch(request, comment_id, comments.mark_answered)


@require_POST
@login_required
def lock(request: HttpRequest, comment_id: int) -> HttpResponse:
    """Let only staff reply in a thread, or everybody again."""
    return _switch(request, comment_id, comments.lock)


def _switch(request: HttpRequest, comment_id: int, act: Callable[..., None]) -> HttpResponse:
    _found, viewer = find_comment(request, comment_id)
    if not viewer.is_staff:
        raise Http404
    form = SwitchForm(request.POST)
    if not form.is_valid():
        return refuse(form)
    try:
        act(actor=request.user, comment_id=comment_id, on=form.cleaned_data["on"])
    except NotAllowed as error:
        raise Http404 from error
    return _back(request, comment_id)


def _back(request: HttpRequest, comment_id: int) -> HttpResponse:
    """To the page on which the button was pressed, at the comment."""
    form = ReturnForm(request.POST)
    page = form.cleaned_data["next"] if form.is_valid() else ""
    return redirect(f"{page.partition('#')[0] or f'/comments/{comment_id}/'}#comment-{comment_id}")
