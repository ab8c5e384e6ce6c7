"""Liking: the button comes back to htmx, the page to everybody else."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.rate_limits import TooManyTries, count_try
from accounts.views.answers import too_many_requests
from discussions.forms.buttons import WishForm
from discussions.limits import LIKES
from discussions.services.likes import Standing
from discussions.services.likes import like_post as like_the_post
from discussions.services.likes import like_post_comment as like_the_comment
from discussions.services.refusals import NotAllowed
from discussions.views.answers import refuse
from discussions.views.post_cards import Like


@require_POST
@login_required
def like_post(request: HttpRequest, post_id: int) -> HttpResponse:
    """Like a post, or no longer."""
    return _answer(
        request,
        lambda on: like_the_post(person=request.user, post_id=post_id, on=on),
        key=f"post-{post_id}",
        back=f"/posts/{post_id}/",
    )


@require_POST
@login_required
def like_post_comment(request: HttpRequest, post_comment_id: int) -> HttpResponse:
    """Like a comment on a post, or no longer."""
    return _answer(
        request,
        lambda on: like_the_comment(person=request.user, post_comment_id=post_comment_id, on=on),
        key=f"comment-{post_comment_id}",
        back="/feed/",
    )


def _answer(request: HttpRequest, act: Callable[[bool], Standing], *, key: str, back: str) -> HttpResponse:
    form = WishForm(request.POST)
    if not form.is_valid():
        return refuse(form)
    try:
        count_try(LIKES, str(request.user.pk))
        standing = act(form.cleaned_data["on"])
    except TooManyTries as error:
        return too_many_requests(request, error.retry_after)
    except NotAllowed as error:
        raise Http404 from error
    if request.htmx:
        like = Like(key, request.path, standing.like_count, standing.is_liked, can_like=True)
        return render(request, "discussions/_like.html", {"like": like})
    return redirect(f"{form.cleaned_data['next'] or back}#{key}")
