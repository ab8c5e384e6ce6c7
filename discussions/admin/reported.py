"""One thing that was reported: what it says, where, who reported it and why; and what to do about it."""

from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from discussions.forms.moderation import HideForm
from discussions.models import Comment, PostComment, Report
from discussions.models.report import Target
from discussions.services import moderation, reports
from discussions.services.refusals import NotAllowed
from discussions.views.answers import render_form
from discussions.views.things import describe, things

READ_AND_WRITE = ["GET", "HEAD", "POST"]


@require_http_methods(READ_AND_WRITE)
def reported(request: HttpRequest, target: str, target_id: int) -> HttpResponse:
    """All that is to be known about it; hides it with the reason that is sent."""
    found, told = _find(request, target, target_id)
    thing = describe(found)
    form = HideForm(request.POST if request.method == "POST" else None)
    can_be_hidden = target in moderation.HIDEABLE and thing.author != request.user
    if request.method == "POST" and not can_be_hidden:
        raise Http404
    if request.method == "POST" and form.is_valid():
        _act(moderation.hide, actor=request.user, thing=found, **form.cleaned_data)
        messages.success(request, _("It is hidden, and its author is told why."))
        return redirect("admin:reported", target, target_id)
    context = {
        "title": _("Reported: %(what)s") % {"what": thing.label},
        "thing": thing,
        "context": _context(found),
        "reports": told,
        "is_open": any(each.state == Report.State.OPEN for each in told),
        "can_be_hidden": can_be_hidden,
        "target_id": target_id,
    }
    frame = admin.site.each_context(request)
    return render_form(request, "admin/discussions/reported.html", {**frame, **context}, form=form)


@require_POST
def dismiss(request: HttpRequest, target: str, target_id: int) -> HttpResponse:
    """Nothing is wrong with it."""
    found, _told = _find(request, target, target_id)
    _act(reports.dismiss, actor=request.user, target=found)
    messages.success(request, _("The reports are dismissed, and who reported is told."))
    return redirect("admin:discussions_report_changelist")


@require_POST
def uphold(request: HttpRequest, target: str, target_id: int) -> HttpResponse:
    """Something was done about it."""
    found, _told = _find(request, target, target_id)
    _act(reports.uphold, actor=request.user, target=found)
    messages.success(request, _("The reports are settled, and who reported is told."))
    return redirect("admin:discussions_report_changelist")


@require_POST
def show_again(request: HttpRequest, target: str, target_id: int) -> HttpResponse:
    """Bring back what was hidden."""
    found, _told = _find(request, target, target_id)
    if target not in moderation.HIDEABLE:
        raise Http404
    _act(moderation.unhide, actor=request.user, thing=found)
    messages.success(request, _("It can be seen again."))
    return redirect("admin:reported", target, target_id)


def _find(request: HttpRequest, target: str, target_id: int) -> tuple[Target, list[Report]]:
    """A thing and the reports of it that this person decides; 404 when there are none."""
    mine = Report.objects.handled_by(request.user).filter(**{f"{target}_id": target_id})
    told = list(mine.select_related("reporter", "handled_by").order_by("-pk")[:100])
    if not told:
        raise Http404
    return get_object_or_404(things(target), pk=target_id), told


def _act(act: Any, **arguments: Any) -> None:
    try:
        act(**arguments)
    except NotAllowed as error:
        raise Http404 from error


def _context(found: Target) -> Any:
    """What it answers: without that, words can't be judged."""
    if isinstance(found, Comment) and found.parent:
        return describe(found.parent)
    return describe(found.post) if isinstance(found, PostComment) else None
