"""Lists of people, and what the viewer has to do with each of them."""

from typing import TYPE_CHECKING, Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import RawSQL

from accounts.models import Follow, User
from courses.models import Course, Enrollment
from discussions.models.conversation import UserBlock
from discussions.models.post import Post
from discussions.models.post_row import AUTHOR, PersonRow

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

MATCHES = 200  # of which the best are shown
RECENT_POSTS = 100
COUNTED = 1_000
FOLLOWERS = f"SELECT count(*) FROM (SELECT FROM follows WHERE user_followed_id = users.id LIMIT {COUNTED + 1}) AS f"
FOLLOWED = f"SELECT count(*) FROM (SELECT FROM follows WHERE user_id = users.id LIMIT {COUNTED + 1}) AS f"


def with_standing(people: QuerySet[User], viewer: "User | AnonymousUser") -> QuerySet[User]:
    """Each with `follower_count` and `followed_count` (up to 1,001), and what they are to the viewer.

    `is_followed` by the viewer, `is_shunned` (the viewer blocked them), `is_apart` (either blocked the other).
    """
    people = people.annotate(follower_count=RawSQL(FOLLOWERS, []), followed_count=RawSQL(FOLLOWED, []))
    if not viewer.is_authenticated:
        return people.annotate(is_followed=Value(False), is_shunned=Value(False), is_apart=Value(False))
    shunned = UserBlock.objects.filter(user=viewer, blocked_user=OuterRef("pk"))
    return people.annotate(is_shunned=Exists(shunned), **_marks(viewer, "pk"))


def find_people(text: str, *, viewer: User, limit: int) -> list[PersonRow]:
    """People in whose names every word occurs or begins one: whoever is called just so, whom one follows, the others.

    However many match, no more than 200 are looked at.
    """
    people = User.objects.reachable()
    is_exact = Q(username=text.strip())
    matches = people.matching(text).values("pk")[:MATCHES]
    found = people.filter(Q(pk__in=matches) | is_exact).annotate(**_marks(viewer, "pk"))
    ordered = found.annotate(is_exact=is_exact).order_by(F("is_exact").desc(), F("is_followed").desc(), "username")
    return _rows(ordered[:limit])


def suggest_people(*, viewer: User, limit: int) -> list[PersonRow]:
    """Whom one could follow: who teaches one's courses, then who posted lately."""
    mine = Enrollment.objects.of(viewer).standing().values("course")
    teaches = Exists(Course.objects.published().filter(pk__in=mine, instructor=OuterRef("pk")))
    lately = Post.objects.filter(hidden_at=None).newest_first().values("user")[:RECENT_POSTS]
    others = User.objects.reachable().exclude(pk=viewer.pk).annotate(teaches=teaches, **_marks(viewer, "pk"))
    found = others.filter(Q(teaches=True) | Q(pk__in=lately), is_followed=False, is_apart=False)
    return _rows(found.order_by("-teaches", "username")[:limit])


def followers_of(person: User, *, viewer: User, after: int | None, limit: int) -> list[PersonRow]:
    """Who follows somebody, those who began last first, beginning after the follow of this number."""
    return _follows(Follow.objects.filter(user_followed=person), "user", viewer, after, limit)


def followed_by(person: User, *, viewer: User, after: int | None, limit: int) -> list[PersonRow]:
    """Whom somebody follows, in the same order."""
    return _follows(Follow.objects.filter(user=person), "user_followed", viewer, after, limit)


def _follows(follows: QuerySet[Follow], side: str, viewer: User, after: int | None, limit: int) -> list[PersonRow]:
    follows = follows.filter(**{f"{side}__is_active": True}).annotate(**_marks(viewer, side))
    if after:
        last = Follow.objects.filter(pk=after).values("created_at")[:1]
        follows = follows.filter(created_at__lte=last).filter(Q(created_at__lt=last) | Q(pk__lt=after))
    return _rows(follows.order_by("-created_at", "-pk")[:limit], side)


def _marks(viewer: User, person: str) -> dict[str, Any]:
    return {
        "is_followed": Exists(Follow.objects.filter(user=viewer, user_followed=OuterRef(person))),
        "is_apart": Exists(UserBlock.objects.between(viewer, OuterRef(person))),
    }


def _rows(found: QuerySet[Any], side: str = "") -> list[PersonRow]:
    """The rows of people, or of follows with the person on one side of them."""
    person = [f"{side}_id", *(f"{side}__{name}" for name in AUTHOR)] if side else ["pk", *AUTHOR]
    return [PersonRow(*row) for row in found.values_list(*person, "is_followed", "is_apart", "pk")]
