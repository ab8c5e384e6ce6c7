"""Reporting what is wrong, and, for staff, taking it from sight."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from discussions.forms.moderation import HideForm, ReportForm
from discussions.limits import REPORTS
from discussions.services import moderation, reports
from discussions.services.refusals import NotAllowed
from discussions.views.answers import has_room, render_form
from discussions.views.things import describe

READ_AND_WRITE = ["GET", "HEAD", "POST"]


@require_http_methods(READ_AND_WRITE)
@login_required
def report(request: HttpRequest, target: str, target_id: int) -> HttpResponse:
    """Tell the staff what is wrong with something that one sees."""
    found = get_object_or_404(reports.reportable(target, reporter=request.user), pk=target_id)
    thing = describe(found)
    form = ReportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and has_room(form, REPORTS, request.user):
        try:
            is_new = reports.report(reporter=request.user, target=found, **form.cleaned_data)
        except NotAllowed as error:
            raise Http404 from error
        thanks = _("Thank you. The staff will look at it, and you are told what they decide.")
        messages.success(request, thanks if is_new else _("You have reported this already; the staff will look at it."))
        return redirect(thing.url)
    return render_form(request, "discussions/report.html", {"thing": thing}, form=form)


@require_http_methods(READ_AND_WRITE)
@login_required
def hide(request: HttpRequest, target: str, target_id: int) -> HttpResponse:
    """Ask for the reason, and take it from sight."""
    found = get_object_or_404(moderation.hideable(target, actor=request.user).select_related("user"), pk=target_id)
    thing = describe(found)
    form = HideForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            moderation.hide(actor=request.user, thing=found, **form.cleaned_data)
        except NotAllowed as error:
            raise Http404 from error
        messages.success(request, _("It is hidden, and its author is told why."))
        return redirect(thing.url)
    return render_form(request, "discussions/hide.html", {"thing": thing, "target_id": target_id}, form=form)


@require_POST
@login_required
def unhide(request: HttpRequest, target: str, target_id: int) -> HttpResponse:
    """Bring it back."""
    found = get_object_or_404(moderation.hideable(target, actor=request.user), pk=target_id)
    try:
        moderation.unhide(actor=request.user, thing=found)
    except NotAllowed as error:
        raise Http404 from error
    messages.success(request, _("It can be seen again."))
    return redirect(found.get_absolute_url())
