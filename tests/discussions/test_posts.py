"""Posting a picture and taking it back: the row and the file agree whatever happens."""

from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError

from accounts.models import RateLimit
from accounts.services.one_time_keys import KeyOfAnotherRequest
from discussions.models import Like, Notification, Post, PostComment, UserBlock
from discussions.services import posts as service
from discussions.services.likes import like_post
from discussions.services.posts import comment_on_post, create_post, delete_post, edit_post
from discussions.services.refusals import NotAllowed
from tests.factories import A_PICTURE, PostCommentFactory, PostFactory, UserFactory
from tests.races import at_once


def show(author, *, key=None, caption="", content=A_PICTURE):
    picture = ContentFile(content, name="picture.webp")
    return create_post(author=author, picture=picture, size=(4, 3), alt="A scarf", caption=caption, key=key or uuid4())


def files():
    try:
        return set(default_storage.listdir("posts")[1])
    except FileNotFoundError:
        return set()


@pytest.fixture
def stored():
    """`stored()`: the files that came since."""
    before = files()
    return lambda: files() - before


def test_a_post_keeps_its_picture_under_a_random_name_with_its_size(stranger, stored):
    post = Post.objects.get(pk=show(stranger, caption="My **first** scarf"))
    assert (post.width, post.height) == (4, 3) and "<strong>first</strong>" in post.caption_html
    assert {post.image.name} == {f"posts/{name}" for name in stored()}
    assert "picture" not in post.image.name


def test_a_form_sent_twice_makes_one_post_and_one_file(stranger, stored):
    key = uuid4()
    assert show(stranger, key=key) == show(stranger, key=key)
    assert Post.objects.count() == 1 and len(stored()) == 1


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_twice_at_once_makes_one_post_and_one_file(stored):
    author, key = UserFactory(), uuid4()
    first, second = at_once([lambda: show(author, key=key)] * 2)
    assert first == second == Post.objects.get().pk and len(stored()) == 1


def test_a_key_used_for_another_picture_makes_nothing(stranger, stored):
    key = uuid4()
    show(stranger, key=key)
    with pytest.raises(KeyOfAnotherRequest):
        show(stranger, key=key, content=A_PICTURE + b" ")
    assert Post.objects.count() == 1 and len(stored()) == 1


def test_a_picture_whose_row_is_refused_leaves_no_file(stranger, stored):
    with pytest.raises(DatabaseError):
        show(stranger, caption="x" * 3_000)
    assert not stored()


@pytest.mark.django_db(transaction=True)
def test_what_is_deleted_takes_its_file_and_all_that_was_said_with_it(stored):
    post = PostFactory()
    comment, fan = PostCommentFactory(post=post), UserFactory()
    like_post(person=fan, post_id=post.pk, on=True)
    delete_post(author=post.user, post_id=post.pk)
    assert not stored() and not Like.objects.exists() and not PostComment.objects.filter(pk=comment.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_the_file_stays_when_the_deletion_doesnt_come_to_pass(stored, monkeypatch):
    post = PostFactory()
    monkeypatch.setattr(Post, "delete", lambda self: (_ for _ in ()).throw(DatabaseError))
    with pytest.raises(DatabaseError):
        delete_post(author=post.user, post_id=post.pk)
    assert len(stored()) == 1


def test_only_its_author_changes_or_deletes_a_post(stranger, admin, db):
    post = PostFactory()
    for other in (stranger, admin):
        with pytest.raises(NotAllowed):
            edit_post(author=other, post_id=post.pk, alt="Mine", caption="")
        with pytest.raises(NotAllowed):
            delete_post(author=other, post_id=post.pk)
    edit_post(author=post.user, post_id=post.pk, alt="A wider scarf", caption="*New*")
    post.refresh_from_db()
    assert post.alt == "A wider scarf" and "<em>New</em>" in post.caption_html and post.edited_at


def test_whom_a_changed_caption_mentions_is_told_once(stranger, learner):
    post_id = show(stranger, caption="A scarf")
    for caption in ("Made with @learner", "Made with @learner, by hand"):
        edit_post(author=stranger, post_id=post_id, alt="A scarf", caption=caption)
    assert Notification.objects.get(post=post_id).user == learner
    assert RateLimit.objects.get(key__startswith="mentions:").count == 1


def test_a_comment_is_counted_and_a_second_of_the_same_form_is_the_first(stranger, db):
    post, key = PostFactory(), uuid4()
    for _ in range(2):
        comment_on_post(author=stranger, post_id=post.pk, content="Lovely", key=key)
    post.refresh_from_db()
    assert post.comment_count == post.comments.count() == 1


@pytest.mark.django_db(transaction=True)
def test_comments_at_once_are_all_counted():
    post, people = PostFactory(), [UserFactory() for _ in range(8)]
    at_once(lambda who=who: PostCommentFactory(post=post, user=who) for who in people)
    post.refresh_from_db()
    assert post.comment_count == 8


def test_nobody_comments_on_a_hidden_post_or_across_a_block(stranger, db):
    post = PostFactory()
    block = UserBlock.objects.create(user=post.user, blocked_user=stranger)
    with pytest.raises(NotAllowed):
        PostCommentFactory(post=post, user=stranger)
    block.delete()
    UserBlock.objects.create(user=stranger, blocked_user=post.user)
    with pytest.raises(NotAllowed):
        PostCommentFactory(post=post, user=stranger)
    UserBlock.objects.all().delete()
    Post.objects.update(hidden_at="2026-01-01T00:00Z", hidden_reason="Spam")
    with pytest.raises(NotAllowed):
        PostCommentFactory(post=post, user=stranger)


def test_only_its_author_takes_a_comment_back(stranger, db):
    comment = PostCommentFactory()
    for other in (stranger, comment.post.user):
        with pytest.raises(NotAllowed):
            service.delete_post_comment(author=other, post_comment_id=comment.pk)
    service.delete_post_comment(author=comment.user, post_comment_id=comment.pk)
    assert Post.objects.get(pk=comment.post_id).comment_count == 0


def test_hidden_posts_are_seen_by_their_author_and_admins_only(stranger, admin, db):
    post = PostFactory()
    PostCommentFactory(post=post, user=stranger)
    Post.objects.update(hidden_at="2026-01-01T00:00Z", hidden_reason="Spam")
    for person, sees in ((stranger, False), (post.user, True), (admin, True)):
        assert Post.objects.visible_to(person).exists() == sees
        assert PostComment.objects.visible_to(person).exists() == sees


def test_posts_of_people_without_an_account_are_gone(stranger, db):
    post = PostFactory()
    post.user.is_active = False
    post.user.save()
    assert not Post.objects.visible_to(stranger).exists()


def test_posts_are_found_by_the_beginnings_of_words(db):
    scarf = PostFactory(caption="Herringbone in blue", alt="A scarf")
    PostFactory(caption="A rug", alt="Red")
    assert list(Post.objects.matching("herring scar", of=10)) == [scarf]
    assert not Post.objects.matching("herring red", of=10) and not Post.objects.matching("'!&", of=10)
