"""Not wanting to hear from somebody."""

from django.db import transaction
from django.db.models import Q

from accounts.models import Follow, User
from discussions.models import UserBlock
from discussions.models.locks import hold_pair
from discussions.services.notifications import read_from


def block(*, actor: User, person: User) -> bool:
    """Nothing of this person reaches the actor any more, what did counts as read, and neither follows the other.

    False when it was so before. What was sent while it was being done has arrived, nothing arrives afterwards.
    """
    each_other = Q(user=actor, user_followed=person) | Q(user=person, user_followed=actor)
    with transaction.atomic():
        hold_pair(actor.pk, person.pk)
        # Whoever follows holds their own row meanwhile.
        list(User.objects.filter(pk__in=[actor.pk, person.pk]).order_by("pk").select_for_update(no_key=True))
        _block, is_new = UserBlock.objects.get_or_create(user=actor, blocked_user=person)
        Follow.objects.filter(each_other).delete()
        read_from(reader=actor, sender=person)
    return is_new


def unblock(*, actor: User, person: User) -> bool:
    """Take a block back; who followed whom doesn't come back with it. False when there was none."""
    return bool(UserBlock.objects.filter(user=actor, blocked_user=person).delete()[0])
