"""Pictures that no post names, and posts whose picture is gone."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from discussions.models import Post
from discussions.services.consistency.pictures import Pictures
from tests.courses.consistency.conftest import look
from tests.factories import A_PICTURE, PostFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def picture():
    """The name of a file that no post names yet."""
    return default_storage.save("posts/" + "a" * 32 + ".webp", ContentFile(A_PICTURE))


def test_a_picture_that_no_post_names_goes(picture, mends):
    assert look()["picture_unused"].examples[0].startswith(f"{picture}, uploaded 20")
    mends(picture_unused=1)
    assert not default_storage.exists(picture)


def test_a_picture_younger_than_the_grace_is_about_to_be_posted(picture):
    assert look(grace=timedelta(days=1)) == {}


def test_pictures_of_posts_stay(db):
    post = PostFactory()
    assert look(repair=True) == {} and default_storage.exists(post.image.name)


def test_a_picture_that_is_posted_meanwhile_stays(db):
    post = PostFactory()
    assert Pictures.unused.mend([(post.image.name,)]) == 0 and default_storage.exists(post.image.name)


def test_pictures_of_others_are_left_alone(db):
    for name in ("courses/picture.webp", "avatars/face.webp"):
        default_storage.save(name, ContentFile(A_PICTURE))
    assert look() == {}


def test_a_post_without_its_picture_is_told_and_left_to_a_person(db):
    post = PostFactory()
    default_storage.delete(post.image.name)
    found = look(repair=True)["picture_missing"]
    assert found.examples == [f"post {post.pk} names {post.image.name}: no such file"]
    assert (found.count, found.left) == (1, 1) and Post.objects.exists()
