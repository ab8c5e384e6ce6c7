"""One post: making it, what is said of it, changing it, taking it back."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.services.one_time_keys import KeyOfAnotherRequest
from discussions.forms.lists import PageForm
from discussions.forms.post import DescriptionForm, PostCommentForm, PostForm
from discussions.limits import EDITS, POST_COMMENTS, POSTS
from discussions.models import Post, PostComment
from discussions.models.post_row import PostRow
from discussions.models.prepared_posts import COMMENTS, comments_on, post_of
from discussions.services import posts as service
from discussions.services.refusals import NotAllowed
from discussions.views.answers import has_room, render_form
from discussions.views.post_cards import post_card, post_comment_card
from discussions.views.unread import saw

READ_AND_WRITE = ["GET", "HEAD", "POST"]


@require_http_methods(READ_AND_WRITE)
@login_required
def new_post(request: HttpRequest) -> HttpResponse:
    """Show a picture of one's work."""
    if request.method != "POST":
        return render(request, "discussions/new_post.html", {"form": PostForm()})
    form = PostForm(request.POST, request.FILES)
    if form.is_valid() and has_room(form, POSTS, request.user) and (written := form.written_anew()):
        picture, size = written
        given = {name: form.cleaned_data[name] for name in ("alt", "caption", "key")}
        try:
            post_id = service.create_post(author=request.user, picture=picture, size=size, **given)
            return redirect("post", post_id)
        except KeyOfAnotherRequest:
            form.take_another_key()
        except OSError:
            form.add_error("picture", _("The picture can't be stored just now. Try again in a few minutes."))
    return render_form(request, "discussions/new_post.html", {}, form=form)


@require_http_methods(READ_AND_WRITE)
def post(request: HttpRequest, post_id: int) -> HttpResponse:
    """One post and what is said of it; who is signed in may say something."""
    row = _row(request, post_id)
    if request.method != "POST":
        saw(request, post=row.pk)
        return _show(request, row, PostCommentForm())
    if not request.user.is_authenticated:
        return redirect_to_login(f"/posts/{row.pk}/")
    form = PostCommentForm(request.POST)
    if form.is_valid() and has_room(form, POST_COMMENTS, request.user):
        try:
            comment_id = service.comment_on_post(author=request.user, post_id=row.pk, **form.cleaned_data)
            return redirect(PostComment(pk=comment_id, post_id=row.pk).get_absolute_url())
        except KeyOfAnotherRequest:
            form.take_another_key()
        except NotAllowed as error:
            raise Http404 from error
    return _show(request, row, form)


def _row(request: HttpRequest, post_id: int) -> PostRow:
    row = post_of(request.user, post_id)
    if row is None:
        raise Http404
    return row


def _show(request: HttpRequest, row: PostRow, form: PostCommentForm) -> HttpResponse:
    place = PageForm(request.GET)
    place.is_valid()
    card = post_card(row, request.user, is_first=True)
    # Where all fit on one page, a link to one of them shows the others too.
    after = place.asked_after if row.comment_count > COMMENTS else None
    found = comments_on(row.pk, request.user, after=after)
    context = {
        "card": card,
        "comments": [post_comment_card(each, request.user, is_open=not card.is_hidden) for each in found[:COMMENTS]],
        "next_url": f"{card.url}?after={found[COMMENTS - 1].pk}#comments" if len(found) > COMMENTS else "",
        "next_label": _("Later comments"),
        "first_url": f"{card.url}#comments" if after else "",
        "first_label": _("The first comments"),
    }
    return render_form(request, "discussions/post.html", context, form=form)


@require_http_methods(READ_AND_WRITE)
@login_required
def edit_post(request: HttpRequest, post_id: int) -> HttpResponse:
    """Change what stands beside one's picture."""
    mine = get_object_or_404(Post.objects.filter(user=request.user), pk=post_id)
    initial = {"alt": mine.alt, "caption": mine.caption}
    form = DescriptionForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid() and has_room(form, EDITS, request.user):
        try:
            service.edit_post(author=request.user, post_id=mine.pk, **form.cleaned_data)
        except NotAllowed as error:
            raise Http404 from error
        return redirect(mine)
    return render_form(request, "discussions/edit_post.html", {"post": mine}, form=form)


@require_http_methods(READ_AND_WRITE)
@login_required
def delete_post(request: HttpRequest, post_id: int) -> HttpResponse:
    """Say what goes, then take the post back."""
    mine = get_object_or_404(Post.objects.filter(user=request.user), pk=post_id)
    if request.method != "POST":
        return render(request, "discussions/delete_post.html", {"post": mine})
    try:
        service.delete_post(author=request.user, post_id=mine.pk)
    except NotAllowed as error:
        raise Http404 from error
    messages.success(request, _("Your post is deleted."))
    return redirect("person_posts", request.user.username)


@require_http_methods(READ_AND_WRITE)
@login_required
def delete_post_comment(request: HttpRequest, post_comment_id: int) -> HttpResponse:
    """Ask, then take the comment back."""
    mine = get_object_or_404(PostComment.objects.filter(user=request.user), pk=post_comment_id)
    if request.method != "POST":
        return render(request, "discussions/delete_post_comment.html", {"comment": mine})
    try:
        service.delete_post_comment(author=request.user, post_comment_id=mine.pk)
    except NotAllowed as error:
        raise Http404 from error
    messages.success(request, _("Your comment is deleted."))
    return redirect("post", mine.post_id)
