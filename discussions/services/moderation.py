"""Taking from sight what somebody wrote, with a reason that its author reads, and bringing it back."""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from accounts.models import AuditAction, User
from accounts.services import audit
from discussions.models import Comment, Post, PostComment, Report
from discussions.models.report import target_name
from discussions.services.notifications import tell_of_hiding
from discussions.services.refusals import NotAllowed
from discussions.services.reports import decide, hold

HIDEABLE: dict[str, type[Comment | Post | PostComment]] = {
    "comment": Comment,
    "post": Post,
    "post_comment": PostComment,
}


def hideable(name: str, *, actor: User) -> QuerySet:
    """Things of one kind that this person may hide: comments the course's staff, posts and theirs administrators.

    Nothing of their own: what a colleague hid of it would be back with a click.
    """
    others = ~Q(user=actor) | Q(user=None)
    if name == "comment":
        return Comment.objects.moderated_by(actor).filter(others, deleted_at=None)
    return HIDEABLE[name].objects.filter(others) if actor.is_admin else HIDEABLE[name].objects.none()


def hide(*, actor: User, thing: Comment | Post | PostComment, reason: str) -> bool:
    """Take it from everybody's sight but its author's and the staff's; open reports of it are upheld by that.

    Its place stays, and what was answered to it. False when it was hidden already. Raises `NotAllowed`.
    """
    name = target_name(thing)
    mine = hideable(name, actor=actor).filter(pk=thing.pk)
    with transaction.atomic():
        hold(thing)
        changed = mine.filter(hidden_at=None).update(hidden_at=Now(), hidden_by=actor, hidden_reason=reason)
        if not changed:
            if not mine.exists():
                raise NotAllowed
            return False
        hidden = mine.get()
        _answers_no_more(hidden)
        tell_of_hiding(thing=hidden)
        decide(actor=actor, target=hidden, state=Report.State.UPHELD)
        details = {"author": hidden.user_id, "new": {"reason": reason}}
        audit.record(actor=actor, action=AuditAction.CONTENT_HIDDEN, resource=(name, thing.pk), details=details)
    return True


def unhide(*, actor: User, thing: Comment | Post | PostComment) -> bool:
    """Bring it back for everybody; False when it wasn't hidden. Raises `NotAllowed`."""
    name = target_name(thing)
    mine = hideable(name, actor=actor).filter(pk=thing.pk)
    with transaction.atomic():
        hold(thing)
        hidden = mine.select_for_update(of=("self",), no_key=True).first()
        if hidden is None:
            raise NotAllowed
        if not hidden.is_hidden:
            return False
        mine.update(hidden_at=None, hidden_by=None, hidden_reason="")
        details = {"author": hidden.user_id, "old": {"reason": hidden.hidden_reason}}
        audit.record(actor=actor, action=AuditAction.CONTENT_UNHIDDEN, resource=(name, thing.pk), details=details)
    return True


def _answers_no_more(thing: Comment | Post | PostComment) -> None:
    """An answer that nobody sees answers nothing, as when its author takes it back."""
    if isinstance(thing, Comment) and thing.is_answer:
        Comment.objects.filter(pk=thing.pk).update(is_answer=False)
        Comment.objects.filter(thread=thing).update(answered_at=None)
