"""Not wanting to hear from somebody, and taking that back."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from discussions.forms.buttons import ReturnForm, SwitchForm
from discussions.services import blocks
from discussions.views.answers import refuse


@require_POST
@login_required
def block(request: HttpRequest, username: str) -> HttpResponse:
    """Block a person, or unblock them; then back to the page where the button was."""
    mine = request.user.blocks.values("blocked_user")
    known = User.objects.filter(Q(is_active=True) | Q(pk__in=mine)).exclude(pk=request.user.pk)
    person = get_object_or_404(known, username=username)
    form, back = SwitchForm(request.POST), ReturnForm(request.POST)
    if not form.is_valid():
        return refuse(form)
    if form.cleaned_data["on"]:
        blocks.block(actor=request.user, person=person)
        sentence = _("You blocked %(name)s. Neither of you can write to or follow the other.")
    else:
        blocks.unblock(actor=request.user, person=person)
        sentence = _("You no longer block %(name)s.")
    messages.success(request, sentence % {"name": person.full_name})
    return redirect((back.is_valid() and back.cleaned_data["next"]) or person.url)
