"""The showcase: pictures of people's work, what others say of them, and likes."""

import re
import secrets
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Length, Now
from django.db.models.lookups import LessThanOrEqual
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.search import prefix_query
from discussions.models.conversation import NOT_PARTED, UserBlock
from discussions.models.hiding import Hideable
from discussions.models.post_row import PostCommentRow, PostRow, columns_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

CAPTION_LIMIT = 2_000
POST_COMMENT_LIMIT = 1_000
ALT_LIMIT = 500
NO_END = 2**63 - 1
PLACEHOLDER = re.compile(r"%\((\w+)\)s")

# Whose newest post isn't among the newest of all those followed has no post on the page: of each person one post is
# looked at, and of no more people than the page has posts a page. As quick with ten thousand posts as with ten.
FEED = f"""
WITH last AS (
    SELECT followed.id, newest.id AS post_id
      FROM (SELECT f.user_followed_id AS id
              FROM follows f JOIN users u ON u.id = f.user_followed_id AND u.is_active
             WHERE f.user_id = %(viewer)s
               AND {NOT_PARTED.format(one="%(viewer)s", other="u.id")}
           ) AS followed
     CROSS JOIN LATERAL (SELECT p.id FROM posts p
                          WHERE p.user_id = followed.id AND p.id < %(before)s AND p.hidden_at IS NULL
                          ORDER BY p.id DESC LIMIT 1) AS newest
     ORDER BY newest.id DESC LIMIT %(limit)s
)
SELECT newest.id
  FROM last
 CROSS JOIN LATERAL (SELECT p.id FROM posts p
                      WHERE p.user_id = last.id AND p.id <= last.post_id AND p.hidden_at IS NULL
                      ORDER BY p.id DESC LIMIT %(limit)s) AS newest
 ORDER BY newest.id DESC LIMIT %(limit)s
"""


def picture_path(post: "Post", filename: str) -> str:
    """Where an uploaded picture is stored: a random name, for what people call their files is their own business."""
    return f"posts/{secrets.token_hex(16)}.webp"


class PostQuerySet(models.QuerySet["Post"]):
    def visible_to(self, user: "User | AnonymousUser") -> "PostQuerySet":
        """Posts of people who have an account; hidden ones only to their author and administrators."""
        if user.is_authenticated and user.is_admin:
            return self
        return self.filter(_is_shown_to(user))

    def feed_of(self, user: "User", *, before: int, limit: int) -> "PostQuerySet":
        """The newest posts, older than `before`, of those whom this person follows."""
        # RawSQL takes its values by place.
        values = {"viewer": user.pk, "before": before, "limit": limit}
        names = PLACEHOLDER.findall(FEED)
        newest = RawSQL(PLACEHOLDER.sub("%s", FEED), [values[name] for name in names])
        return self.filter(pk__in=newest).newest_first()

    def matching(self, text: str, *, of: int) -> "PostQuerySet":
        """Of the posts in whose caption or description every word of the text occurs, or begins one, the newest."""
        query = prefix_query(text)
        if query is None:
            return self.none()
        return self.filter(pk__in=self.filter(search=query).newest_first().values("pk")[:of]).newest_first()

    def before(self, post_id: int | None) -> "PostQuerySet":
        """Older than this one: paging by key."""
        return self.filter(pk__lt=post_id) if post_id else self

    def newest_first(self) -> "PostQuerySet":
        return self.order_by("-pk")

    def for_viewer(self, user: "User | AnonymousUser") -> "PostQuerySet":
        """Each with `is_liked` by this person, `is_folded` (they blocked its author) and `is_apart` (either did)."""
        return self.annotate(**_marks(user, Like.objects.filter(post=OuterRef("pk"))))

    def for_rows(self) -> models.QuerySet["Post", tuple[Any, ...]]:
        """The columns of a `PostRow`; needs `for_viewer`."""
        return self.values_list(*columns_of(PostRow))

    def rows(self) -> list[PostRow]:
        """These posts as lists show them, in one query; the last thing to ask of a list. Needs `for_viewer`."""
        return [PostRow(*row) for row in self.for_rows()]


def _is_shown_to(user: "User | AnonymousUser") -> Q:
    """Of somebody who has an account, and not hidden, but for its author."""
    unhidden = Q(hidden_at=None)
    if user.is_authenticated:
        unhidden |= Q(user_id=user.pk)
    return unhidden & Q(user__is_active=True)


def _marks(user: "User | AnonymousUser", likes: "models.QuerySet[Like]") -> dict[str, Any]:
    """What a viewer has to do with a post or a comment on one."""
    if not user.is_authenticated:
        return dict.fromkeys(("is_liked", "is_folded", "is_apart"), Value(False))
    return {
        "is_liked": Exists(likes.filter(user=user)),
        "is_folded": Exists(UserBlock.objects.filter(user=user, blocked_user=OuterRef("user"))),
        "is_apart": Exists(UserBlock.objects.between(user, OuterRef("user"))),
    }


class Post(Hideable):
    """A picture of somebody's work. `like_count` and `comment_count` are kept by triggers."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="posts", db_index=False)
    # Its size is asked for when it is written anew, never of the stored file: a page would open each.
    image = models.ImageField(_("picture"), upload_to=picture_path, max_length=200)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    alt = models.CharField(_("description of the picture"), max_length=ALT_LIMIT)
    caption = models.TextField(_("caption"), blank=True, default="")
    caption_html = models.TextField(editable=False, blank=True, default="")
    like_count = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    comment_count = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    search = models.GeneratedField(
        expression=SearchVector("caption", "alt", config="simple"), output_field=SearchVectorField(), db_persist=True
    )
    edited_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(auto_now=True, db_default=Now())

    objects = PostQuerySet.as_manager()

    class Meta:
        db_table = "posts"
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        constraints = [
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("caption"), CAPTION_LIMIT),
                name="a_caption_has_at_most_2000_characters",
            ),
            models.CheckConstraint(condition=Q(alt__regex=r"\S"), name="a_picture_is_described"),
            models.CheckConstraint(
                condition=Q(hidden_at__isnull=False) | Q(hidden_reason=""), name="only_hidden_posts_have_a_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], include=["hidden_at"], name="posts_of_a_person"),
            GinIndex(fields=["search"], name="posts_search"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("post", args=[self.pk])


class PostCommentQuerySet(models.QuerySet["PostComment"]):
    def visible_to(self, user: "User | AnonymousUser") -> "PostCommentQuerySet":
        """Comments on visible posts, of people who have an account; hidden ones to their author and administrators."""
        if user.is_authenticated and user.is_admin:
            return self
        return self.filter(_is_shown_to(user), post__in=Post.objects.visible_to(user))

    def for_viewer(self, user: "User | AnonymousUser") -> "PostCommentQuerySet":
        """Each with what `PostQuerySet.for_viewer` says of posts."""
        return self.annotate(**_marks(user, Like.objects.filter(post_comment=OuterRef("pk"))))

    def for_rows(self) -> models.QuerySet["PostComment", tuple[Any, ...]]:
        """The columns of a `PostCommentRow`; needs `for_viewer`."""
        return self.values_list(*columns_of(PostCommentRow))

    def rows(self) -> list[PostCommentRow]:
        """These comments as a page shows them, in one query. Needs `for_viewer`."""
        return [PostCommentRow(*row) for row in self.for_rows()]


class PostComment(Hideable):
    post = models.ForeignKey(Post, models.CASCADE, related_name="comments", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="post_comments")
    content = models.TextField(_("comment"))
    content_html = models.TextField(editable=False)
    like_count = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = PostCommentQuerySet.as_manager()

    class Meta:
        db_table = "post_comments"
        verbose_name = _("comment on a post")
        verbose_name_plural = _("comments on posts")
        constraints = [
            models.CheckConstraint(condition=Q(content__regex=r"\S"), name="a_post_comment_has_words"),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("content"), POST_COMMENT_LIMIT),
                name="a_post_comment_has_at_most_1000_characters",
            ),
            models.CheckConstraint(
                condition=Q(hidden_at__isnull=False) | Q(hidden_reason=""),
                name="only_hidden_post_comments_have_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["post", "id"], name="post_comments_of_a_post")]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    def get_absolute_url(self) -> str:
        # The page of comments that begins with this one: the first of many may end before it.
        return f"{reverse('post', args=[self.post_id])}?after={self.pk - 1}#comment-{self.pk}"


class Like(models.Model):
    """One person likes a post or a comment on one; the counts follow by trigger."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="likes")
    post = models.ForeignKey(Post, models.CASCADE, null=True, related_name="likes", db_index=False)
    post_comment = models.ForeignKey(PostComment, models.CASCADE, null=True, related_name="likes", db_index=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "likes"
        constraints = [
            models.CheckConstraint(
                condition=Q(post=None, post_comment__isnull=False) | Q(post__isnull=False, post_comment=None),
                name="a_like_is_of_exactly_one_thing",
            ),
            models.UniqueConstraint(fields=["post", "user"], name="one_like_per_person_and_post"),
            models.UniqueConstraint(fields=["post_comment", "user"], name="one_like_per_person_and_post_comment"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} likes {self.post_id or self.post_comment_id}"
