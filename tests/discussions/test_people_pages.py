"""Finding people, following them, who follows whom, and what a public page offers."""

import pytest

from accounts.models import Follow
from accounts.services.people import block
from discussions import limits
from discussions.models import UserBlock, people
from discussions.services import following
from discussions.services.following import follow
from discussions.views import people as views
from discussions.views.post_cards import follow_of
from tests.factories import PostFactory, UserFactory

HTMX = {"HX-Request": "true"}


def names(response):
    return [person.follow.username for person in response.context["people"]]


def test_people_are_found_by_the_beginnings_of_their_names(as_stranger, author, learner):
    assert names(as_stranger.get("/people/?q=wea+ad")) == ["author"]
    assert names(as_stranger.get("/people/?q=LEAR")) == ["learner"]
    assert names(as_stranger.get("/people/?q=%25")) == names(as_stranger.get("/people/")) == []
    assert "Nobody found for “zzz”" in as_stranger.get("/people/?q=zzz").content.decode()


def test_whoever_is_called_just_so_comes_first_then_whom_one_follows(as_stranger, stranger, db):
    made = {name: UserFactory(username=name) for name in ("loom_a", "loom_z", "loom")}
    follow(follower=stranger, followed=made["loom_z"])
    assert names(as_stranger.get("/people/?q=loom")) == ["loom", "loom_z", "loom_a"]


def test_of_many_namesakes_as_many_are_looked_at_as_can_be_shown(as_stranger, monkeypatch, db):
    monkeypatch.setattr(people, "MATCHES", 2)
    monkeypatch.setattr(views, "FOUND", 1)
    for number in range(4):
        UserFactory(username=f"loom_{number}")
    response = as_stranger.get("/people/?q=loom")
    assert len(names(response)) == 1 and "add another word" in response.content.decode()


def test_people_who_cannot_sign_in_are_not_found(as_stranger, admin, author):
    block(actor=admin, person=author, reason="Spam")
    UserFactory(username="weaver", is_active=False)
    assert names(as_stranger.get("/people/?q=weaver")) == []


def test_following_answers_its_button_to_htmx_and_the_page_to_others(as_stranger, author):
    fragment = as_stranger.post("/people/author/follow/", {"on": "1"}, headers=HTMX).content.decode()
    assert f'id="follow-{author.pk}"' in fragment and "Unfollow" in fragment and "follower" not in fragment
    counted = as_stranger.post("/people/author/follow/", {"on": "0", "counts": "1"}, headers=HTMX).content.decode()
    assert "0 followers" in counted and "btn-primary" in counted
    assert as_stranger.post("/people/author/follow/", {"on": "1"}).url == "/people/author/"
    assert as_stranger.post("/people/author/follow/", {"on": "1", "next": "/feed/"}).url == "/feed/"
    assert Follow.objects.count() == 1


def test_wrong_ways_to_follow(as_stranger, stranger, author):
    url = "/people/author/follow/"
    assert as_stranger.get(url).status_code == 405
    assert as_stranger.post(url, {"on": "yes"}).status_code == 422
    assert as_stranger.post("/people/stranger/follow/", {"on": "1"}).status_code == 404
    assert as_stranger.post("/people/nobody/follow/", {"on": "1"}).status_code == 404
    UserBlock.objects.create(user=author, blocked_user=stranger)
    assert as_stranger.post(url, {"on": "1"}).status_code == 404
    assert not Follow.objects.exists()


def test_whoever_follows_as_many_as_one_can_is_told(as_stranger, author, monkeypatch):
    monkeypatch.setattr(following, "MOST_FOLLOWED", 0)
    response = as_stranger.post("/people/author/follow/", {"on": "1"}, headers=HTMX)
    assert response.status_code == 422 and "Unfollow somebody first." in response.content.decode()
    page = as_stranger.post("/people/author/follow/", {"on": "1"}, follow=True)
    assert "Unfollow somebody first." in page.content.decode()


def test_following_has_a_limit(as_stranger, author, monkeypatch):
    monkeypatch.setattr(views, "FOLLOWS", limits.Limit("follows", 0, limits.FOLLOWS.window))
    assert as_stranger.post("/people/author/follow/", {"on": "1"}).status_code == 429


def test_followers_and_followed_page_on_newest_first(as_stranger, author, monkeypatch):
    monkeypatch.setattr(views, "PAGE", 2)
    fans = [UserFactory() for _ in range(3)]
    for fan in fans:
        follow(follower=fan, followed=author)
        follow(follower=author, followed=fan)
    for url in ("/people/author/followers/", "/people/author/following/"):
        first = as_stranger.get(url)
        second = as_stranger.get(first.context["next_url"])
        assert names(first) + names(second) == [fan.username for fan in reversed(fans)]
        assert not second.context["next_url"] and second.context["first_url"] == url
        assert as_stranger.get(f"{url}?after=x").status_code == 422


def test_a_public_page_says_who_follows_and_what_was_shown(visitor, as_stranger, stranger, author):
    follow(follower=stranger, followed=author)
    PostFactory(user=author, caption="The first scarf")
    for client in (visitor, as_stranger):
        page = client.get("/people/author/").content.decode()
        assert "1 follower" in page and "follows 0" in page and "The first scarf" in page
    assert "Unfollow" in page
    assert "Unfollow" not in visitor.get("/people/author/").content.decode()


def test_ones_own_page_offers_nothing_to_do_to_oneself(as_author):
    page = as_author.get("/people/author/").content.decode()
    for word in ("Follow<", "Write a message", "/block/", "/report/"):
        assert word not in page


def test_writing_is_offered_to_those_who_may(as_learner, as_stranger, author):
    assert "/messages/author/" in as_learner.get("/people/author/").content.decode()
    assert "/messages/author/" not in as_stranger.get("/people/author/").content.decode()


def test_a_public_page_offers_to_block_to_unblock_and_to_report(as_stranger, stranger, author):
    page = as_stranger.get("/people/author/").content.decode()
    assert 'formaction="/people/author/block/"' in page and f"/report/person/{author.pk}/" in page
    UserBlock.objects.create(user=stranger, blocked_user=author)
    page = as_stranger.get("/people/author/").content.decode()
    assert "Unblock" in page and "/follow/" not in page


@pytest.mark.parametrize(("count", "words"), [(1_000, "1,000 followers"), (1_001, "1,000+ followers")])
def test_many_followers_are_not_counted_to_the_last(author, stranger, count, words):
    author.follower_count, author.followed_count, author.is_followed, author.is_apart = count, 0, False, False
    assert follow_of(author, stranger).followers_label == words
