"""The showcase: posting a picture, what is said of it, and taking both back."""

import hashlib
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.files.storage import Storage
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from accounts.services.one_time_keys import once
from discussions.markdown import newly_mentioned, write_up
from discussions.models import Post, PostComment, UserBlock
from discussions.models.post import picture_path
from discussions.services.notifications import tell_of_post, tell_of_post_comment
from discussions.services.refusals import NotAllowed

if TYPE_CHECKING:
    from django.core.files.base import ContentFile

    from accounts.models import User


def create_post(
    *, author: "User", picture: "ContentFile[bytes]", size: tuple[int, int], alt: str, caption: str, key: UUID
) -> int:
    """Show a picture that was written anew, `size` pixels wide and high; the id of the post.

    Raises OSError when the picture can't be stored, and `KeyOfAnotherRequest`.
    """
    digest = hashlib.sha256(picture.read()).hexdigest()

    def act() -> int:
        # The file before the row that names it: after a crash there is a file too many, never a post without one.
        picture.seek(0)
        storage = _storage()
        name = storage.save(picture_path(Post(), ""), picture)
        try:
            return _insert_post(author, name, size, alt, caption)
        except BaseException:
            storage.delete(name)
            raise

    return once(person=author, key=key, sent=["post", digest, alt, caption], act=act)


def _insert_post(author: "User", name: str, size: tuple[int, int], alt: str, caption: str) -> int:
    words = write_up(caption)
    width, height = size
    post = Post.objects.create(
        user=author, image=name, width=width, height=height, alt=alt, caption=caption, caption_html=words.html
    )
    tell_of_post(post=post, mentioned=words.mentioned)
    return post.pk


def edit_post(*, author: "User", post_id: int, alt: str, caption: str) -> None:
    """Describe one's picture otherwise; the picture stays, for others have said what they think of it.

    Those who are newly mentioned are told. Raises `NotAllowed`.
    """
    words = write_up(caption)
    mine = Post.objects.filter(pk=post_id, user=author)
    with transaction.atomic():
        post = mine.select_for_update(no_key=True).first()
        if post is None:
            raise NotAllowed
        mine.update(alt=alt, caption=caption, caption_html=words.html, edited_at=Now(), updated_at=Now())
        tell_of_post(post=post, mentioned=newly_mentioned(words, before=post.caption))


def delete_post(*, author: "User", post_id: int) -> None:
    """Take one's post back, with its picture and all that was said of it. Raises `NotAllowed`."""
    with transaction.atomic():
        post = Post.objects.select_for_update().filter(pk=post_id, user=author).first()
        if post is None:
            raise NotAllowed
        storage, name = post.image.storage, str(post.image.name)
        post.delete()
        transaction.on_commit(lambda: storage.delete(name))


def comment_on_post(*, author: "User", post_id: int, content: str, key: UUID) -> int:
    """Say something about a post; the id of the comment.

    Raises `NotAllowed` when the post is hidden, or when either of the two has blocked the other, and
    `KeyOfAnotherRequest`.
    """

    def act() -> int:
        # Held, so that it is neither deleted nor hidden before this stands.
        post = open_posts(commenter=author).select_for_update(of=("self",), no_key=True).filter(pk=post_id).first()
        if post is None:
            raise NotAllowed
        words = write_up(content)
        comment = PostComment.objects.create(post=post, user=author, content=content, content_html=words.html)
        tell_of_post_comment(comment=comment, mentioned=words.mentioned)
        return comment.pk

    return once(person=author, key=key, sent=["post comment", post_id, content], act=act)


def delete_post_comment(*, author: "User", post_comment_id: int) -> None:
    """Take back what one said about a post. Raises `NotAllowed`."""
    with transaction.atomic():
        # The post first, as everybody does who changes what is said of it: its count follows.
        list(Post.objects.filter(comments=post_comment_id).select_for_update(no_key=True).values_list("pk"))
        if not PostComment.objects.filter(pk=post_comment_id, user=author).delete()[0]:
            raise NotAllowed


def open_posts(*, commenter: "User") -> QuerySet[Post]:
    """Posts that this person may comment on: not hidden, and neither has blocked the other."""
    apart = UserBlock.objects.between(commenter, OuterRef("user"))
    return Post.objects.filter(~Exists(apart), hidden_at=None, user__is_active=True)


def _storage() -> Storage:
    return Post._meta.get_field("image").storage
