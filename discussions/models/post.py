"""The showcase: pictures of people's work, what others say of them, and likes."""

import secrets
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length, Now
from django.db.models.lookups import LessThanOrEqual
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from discussions.models.hiding import Hideable

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

CAPTION_LIMIT = 2_000
POST_COMMENT_LIMIT = 1_000
ALT_LIMIT = 500


def picture_path(post: "Post", filename: str) -> str:
    """Where an uploaded picture is stored: a random name, for what people call their files is their own business."""
    return f"posts/{secrets.token_hex(16)}.webp"


class PostQuerySet(models.QuerySet["Post"]):
    def visible_to(self, user: "User | AnonymousUser") -> "PostQuerySet":
        """Posts of people who have an account; hidden ones only to their author and administrators."""
        if user.is_authenticated and user.is_admin:
            return self
        unhidden = Q(hidden_at=None)
        if user.is_authenticated:
            unhidden |= Q(user_id=user.pk)
        return self.filter(unhidden, user__is_active=True)


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
            models.Index(fields=["user", "-id"], name="posts_of_a_person"),
            GinIndex(fields=["search"], name="posts_search"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("post", args=[self.pk])


class PostCommentQuerySet(models.QuerySet["PostComment"]):
    def visible_to(self, user: "User | AnonymousUser") -> "PostCommentQuerySet":
        """Comments on visible posts; hidden ones only to their author and administrators."""
        if user.is_authenticated and user.is_admin:
            return self
        unhidden = Q(hidden_at=None)
        if user.is_authenticated:
            unhidden |= Q(user_id=user.pk)
        return self.filter(unhidden, post__in=Post.objects.visible_to(user))


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
        return f"{reverse('post', args=[self.post_id])}#comment-{self.pk}"


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
