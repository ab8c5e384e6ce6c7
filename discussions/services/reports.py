"""Reports: what somebody finds wrong, told to those who look after it, and what they decide."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from accounts.models import AuditAction, User
from accounts.services import audit
from discussions.models import Comment, DirectMessage, Post, PostComment, Report
from discussions.models.report import Target, target_name
from discussions.services.notifications import tell_of_decision
from discussions.services.refusals import NotAllowed


def reportable(name: str, *, reporter: User) -> QuerySet:
    """The things of one kind (as `TARGETS` calls it) that this person sees and may report: nothing of their own."""
    if name == "message":
        return DirectMessage.objects.filter(receiver=reporter).select_related("sender")
    if name == "person":
        return User.objects.filter(is_active=True).exclude(pk=reporter.pk)
    seen: dict[str, Any] = {"comment": Comment.objects, "post": Post.objects, "post_comment": PostComment.objects}
    return seen[name].visible_to(reporter).exclude(user_id=reporter.pk).select_related("user")


def hold(target: Target) -> None:
    """Keep others from changing what it stands below: every change touches that too, and it comes first."""
    if isinstance(target, Comment):
        Comment.objects.hold_thread(target.pk)
    if isinstance(target, PostComment):
        list(Post.objects.filter(pk=target.post_id).select_for_update(no_key=True).values_list("pk"))


def report(*, reporter: User, target: Target, reason: str, words: str) -> bool:
    """Tell the staff of it; False when this person did already, and nobody decided yet.

    Raises `NotAllowed` for what they don't see (by now), and for what is their own.
    """
    name = target_name(target)
    with transaction.atomic():
        hold(target)
        # Held, so that it is neither deleted nor hidden before the report of it stands.
        held = reportable(name, reporter=reporter).filter(pk=target.pk).select_for_update(of=("self",), no_key=True)
        if not held:
            raise NotAllowed
        _report, is_new = Report.objects.get_or_create(
            **{name: target},
            reporter=reporter,
            state=Report.State.OPEN,
            defaults={"reason": reason, "words": words},
        )
    return is_new


def dismiss(*, actor: User, target: Target) -> int:
    """Find nothing wrong with it: all open reports of it are decided; how many. Raises `NotAllowed`."""
    with transaction.atomic():
        number = _decide_as(actor, target, Report.State.DISMISSED)
        if number:
            resource = (target_name(target), target.pk)
            audit.record(
                actor=actor, action=AuditAction.REPORT_DISMISSED, resource=resource, details={"reports": number}
            )
    return number


def uphold(*, actor: User, target: Target) -> int:
    """Say that something was done about it: for people and messages, which can't be hidden. Raises `NotAllowed`."""
    return _decide_as(actor, target, Report.State.UPHELD)


def _decide_as(actor: User, target: Target, state: Report.State) -> int:
    if not Report.objects.handled_by(actor).of(target).exists():
        raise NotAllowed
    return decide(actor=actor, target=target, state=state)


def decide(*, actor: User, target: Target, state: Report.State) -> int:
    """Close all open reports of a thing, and tell who reported it; whether the actor may, the caller knows."""
    with transaction.atomic():
        found = list(Report.objects.open().of(target).order_by("pk").select_for_update(no_key=True))
        Report.objects.filter(pk__in=[each.pk for each in found]).update(
            state=state, handled_by=actor, handled_at=Now()
        )
        for each in found:
            each.state, each.handled_by = state, actor
            tell_of_decision(report=each)
    return len(found)
