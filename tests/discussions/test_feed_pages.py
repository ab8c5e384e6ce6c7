"""The feed, everybody's posts, one person's posts."""

import pytest

from accounts.services.people import block
from discussions.models import Post, UserBlock
from discussions.services.following import follow
from discussions.services.likes import like_post
from discussions.views import feed
from tests.factories import PostFactory, UserFactory


def page_of(client, url):
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def friend(stranger):
    friend = UserFactory(first_name="Ann", last_name="Loom")
    follow(follower=stranger, followed=friend)
    return friend


def test_the_feed_shows_posts_of_those_i_follow_newest_first(as_stranger, friend):
    PostFactory(user=friend, caption="The older one")
    PostFactory(user=friend, caption="The newer one")
    PostFactory(caption="Of somebody else")
    page = page_of(as_stranger, "/feed/")
    assert page.index("The newer one") < page.index("The older one")
    assert "Of somebody else" not in page and "Ann Loom" in page


def test_the_feed_pages_to_its_end_and_shows_each_post_once(as_stranger, friend, monkeypatch):
    others = UserFactory()
    follow(follower=friend, followed=others)
    made = [PostFactory(user=friend, caption=f"Piece {number}.") for number in range(feed.FEED_PAGE * 2 + 1)]
    url, seen = "/feed/", []
    while url:
        context = as_stranger.get(url).context
        seen += [card.pk for card in context["posts"]]
        url = context["next_url"]
    assert seen == [post.pk for post in reversed(made)]


def test_the_feed_leaves_out_what_is_hidden_and_who_is_blocked(as_stranger, stranger, friend):
    PostFactory(user=friend, caption="Seen")
    PostFactory(user=friend, caption="Hidden")
    Post.objects.filter(caption="Hidden").update(hidden_at="2026-01-01T00:00Z")
    page = page_of(as_stranger, "/feed/")
    assert "Seen" in page and "<p>Hidden" not in page
    for one, other in ((stranger, friend), (friend, stranger)):
        between = UserBlock.objects.create(user=one, blocked_user=other)
        assert "Seen" not in page_of(as_stranger, "/feed/")
        between.delete()


def test_the_feed_leaves_out_people_who_are_gone_and_marks_the_blocked(as_stranger, admin, friend):
    PostFactory(user=friend)
    block(actor=admin, person=friend, reason="Spam")
    assert "blocked</span>" in page_of(as_stranger, "/feed/")
    friend.refresh_from_db()
    friend.is_active = False
    friend.save()
    assert "Ann Loom" not in page_of(as_stranger, "/feed/")


def test_an_empty_feed_suggests_teachers_and_recent_posters_and_how_to_post(as_learner, learner, author):
    poster, followed, enemy = (PostFactory().user for _ in range(3))
    follow(follower=learner, followed=followed)
    Post.objects.filter(user=followed).delete()
    UserBlock.objects.create(user=enemy, blocked_user=learner)
    page = page_of(as_learner, "/feed/")
    assert "Nothing here yet" in page and "/posts/new/" in page
    assert page.index(f'href="/people/{author.username}/"') < page.index(f'href="/people/{poster.username}/"')
    for other in (followed, enemy, learner):
        assert f'href="/people/{other.username}/"' not in page


def test_the_feed_says_what_i_like(as_stranger, stranger, friend):
    liked, other = PostFactory(user=friend), PostFactory(user=friend)
    like_post(person=stranger, post_id=liked.pk, on=True)
    cards = {card.pk: card.like for card in as_stranger.get("/feed/").context["posts"]}
    assert cards[liked.pk].is_liked and cards[liked.pk].count == 1 and not cards[other.pk].is_liked


def test_pictures_bring_their_size_and_description(as_stranger, friend):
    PostFactory(user=friend, alt='A "striped" scarf')
    page = page_of(as_stranger, "/feed/")
    assert 'alt="A &quot;striped&quot; scarf" width="1" height="1"' in page


@pytest.mark.parametrize("url", ["/feed/?after=x", "/posts/?after=-1", "/people/author/posts/?after=1.5"])
def test_nonsense_in_an_address_shows_the_first_page(as_stranger, author, url):
    PostFactory(user=author)
    assert as_stranger.get(url).status_code == 422


def test_everybodys_posts_are_found_by_words_of_caption_and_description(as_stranger, db):
    PostFactory(caption="Herringbone", alt="A scarf")
    PostFactory(caption="Rug", alt="Red")
    assert page_of(as_stranger, "/posts/").count('class="lf-tile"') == 2
    found = page_of(as_stranger, "/posts/?q=herring+SCAR")
    assert "Herringbone" in found and "Rug" not in found
    assert "Nothing found for “&lt;b&gt;”" in page_of(as_stranger, "/posts/?q=<b>")


def test_search_results_page_on(as_stranger, stranger, monkeypatch):
    monkeypatch.setattr(feed, "PAGE", 2)
    for number in range(3):
        PostFactory(user=stranger, caption=f"Scarf {number}")
    first = as_stranger.get("/posts/?q=scarf").context
    second = as_stranger.get(first["next_url"]).context
    assert len(first["posts"]) == 2 and [card.excerpt for card in second["posts"]] == ["Scarf 0"]
    assert second["first_url"] == "/posts/?q=scarf" and not second["next_url"]


def test_posts_of_somebody_i_blocked_are_folded(as_stranger, stranger, author):
    PostFactory(user=author)
    UserBlock.objects.create(user=stranger, blocked_user=author)
    for url in ("/posts/", "/people/author/posts/"):
        assert "You blocked this person" in page_of(as_stranger, url)


def test_a_persons_posts_are_public_but_for_hidden_ones(visitor, as_author, author):
    PostFactory(user=author, caption="Shown")
    PostFactory(user=author, caption="Taken away")
    Post.objects.filter(caption="Taken away").update(hidden_at="2026-01-01T00:00Z")
    page = page_of(visitor, "/people/author/posts/")
    assert "Shown" in page and "Taken away" not in page
    assert "Taken away" in page_of(as_author, "/people/author/posts/")
    assert visitor.get("/people/nobody/posts/").status_code == 404
