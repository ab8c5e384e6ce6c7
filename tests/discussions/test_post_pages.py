"""One post: making it, looking at it, what is said of it, likes, changing and deleting it."""

from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.models import RateLimit
from discussions import limits
from discussions.models import Like, Post, PostComment, UserBlock
from discussions.views import posts
from tests.factories import PostCommentFactory, PostFactory, UserFactory

HTMX = {"HX-Request": "true"}


def upload(format="PNG", size=(40, 30), content=b""):
    written = BytesIO()
    Image.new("RGB", size, "red").save(written, format)
    return SimpleUploadedFile("My secret name.png", content or written.getvalue())


def form(**changes):
    return {"key": str(uuid4()), "picture": upload(), "alt": "A red card", "caption": "First!", **changes}


@pytest.fixture
def post(author):
    return PostFactory(user=author, caption="A **fine** scarf")


def test_a_picture_is_posted_written_anew(as_stranger, stranger):
    response = as_stranger.post("/posts/new/", form(picture=upload("JPEG", (2_000, 1_000))))
    post = Post.objects.get(user=stranger)
    assert response.status_code == 302 and response.url == f"/posts/{post.pk}/"
    assert (post.width, post.height) == (1_600, 800)
    with post.image.open() as stored, Image.open(stored) as picture:
        assert picture.format == "WEBP" and picture.size == (1_600, 800)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"alt": " "}, "Say in a few words what is to be seen."),
        ({"alt": "x" * 501}, "at most 500 characters"),
        ({"caption": "Kept " * 500}, "at most 2000 characters"),
        ({"picture": ""}, "Choose a picture."),
        ({"picture": upload(content=b"<svg xmlns='http://www.w3.org/2000/svg'/>")}, "Choose a JPEG, PNG, WebP or GIF"),
        ({"key": "x"}, "Send the form once more."),
    ],
)
def test_what_is_wrong_with_a_post_is_said_and_what_was_typed_stays(as_stranger, wrong, sentence):
    response = as_stranger.post("/posts/new/", form(caption="Kept words") | wrong)
    page = response.content.decode()
    assert response.status_code == 422 and sentence in page and "Kept" in page
    assert not Post.objects.exists()


def test_a_form_that_comes_back_says_that_the_picture_has_to_be_chosen_again(as_stranger):
    page = as_stranger.post("/posts/new/", form(alt="")).content.decode()
    assert "Choose the picture once more" in page
    assert "Choose the picture once more" not in as_stranger.get("/posts/new/").content.decode()


def test_too_many_posts_have_to_wait_and_keep_their_words(as_stranger, monkeypatch):
    monkeypatch.setattr(posts, "POSTS", limits.Limit("posts", 0, limits.POSTS.window))
    response = as_stranger.post("/posts/new/", form(caption="Kept words"))
    assert response.status_code == 429 and response["Retry-After"]
    assert "Kept words" in response.content.decode() and "Nothing is lost" in response.content.decode()
    assert not Post.objects.exists() and RateLimit.objects.exists()


def test_a_form_sent_twice_leads_to_the_same_post(as_stranger):
    key = str(uuid4())
    first, second = (as_stranger.post("/posts/new/", form(key=key)) for _ in range(2))
    assert first.url == second.url and Post.objects.count() == 1


def test_a_used_key_with_another_text_comes_back_with_a_fresh_one(as_stranger):
    key = str(uuid4())
    as_stranger.post("/posts/new/", form(key=key))
    response = as_stranger.post("/posts/new/", form(key=key, caption="Another"))
    page = response.content.decode()
    assert response.status_code == 422 and "Send the form once more." in page and key not in page
    assert Post.objects.count() == 1


def test_anybody_looks_at_a_post_and_visitors_are_asked_to_sign_in(visitor, post):
    PostCommentFactory(post=post, content="What *yarn*?")
    page = visitor.get(f"/posts/{post.pk}/").content.decode()
    assert "<strong>fine</strong>" in page and "<em>yarn</em>" in page and "Sign in" in page
    assert "lf-like-button" not in page and "<textarea" not in page
    assert visitor.post(f"/posts/{post.pk}/").url.startswith("/accounts/login/")


def test_a_comment_is_said_once_and_shown(as_stranger, post):
    typed = {"key": str(uuid4()), "content": "Lovely\r\n<script>alert(1)</script>"}
    first, second = (as_stranger.post(f"/posts/{post.pk}/", typed) for _ in range(2))
    comment = PostComment.objects.get()
    assert first.url == second.url == f"/posts/{post.pk}/?after={comment.pk - 1}#comment-{comment.pk}"
    page = as_stranger.get(first.url).content.decode()
    assert "Lovely" in page and "<script>alert" not in page and "1 comment" in page


@pytest.mark.parametrize("content", ["", "  ", "Kept " * 201])
def test_a_comment_that_is_wrong_comes_back(as_stranger, post, content):
    response = as_stranger.post(f"/posts/{post.pk}/", {"key": str(uuid4()), "content": content})
    assert response.status_code == 422 and not PostComment.objects.exists()
    assert content.strip() in response.content.decode()


def test_too_many_comments_have_to_wait(as_stranger, post, monkeypatch):
    monkeypatch.setattr(posts, "POST_COMMENTS", limits.Limit("post_comments", 0, limits.POSTS.window))
    response = as_stranger.post(f"/posts/{post.pk}/", {"key": str(uuid4()), "content": "Kept words"})
    assert response.status_code == 429 and "Kept words" in response.content.decode()


def test_many_comments_page_on_and_a_link_to_one_shows_it(as_stranger, post, monkeypatch):
    monkeypatch.setattr(posts, "COMMENTS", 2)
    made = [PostCommentFactory(post=post, user=UserFactory(), content=f"Said {number}.") for number in range(5)]
    first = as_stranger.get(f"/posts/{post.pk}/").context
    second = as_stranger.get(first["next_url"]).context
    assert [[card.pk for card in page["comments"]] for page in (first, second)] == [
        [made[0].pk, made[1].pk],
        [made[2].pk, made[3].pk],
    ]
    linked = as_stranger.get(made[4].get_absolute_url()).context
    assert [card.pk for card in linked["comments"]] == [made[4].pk] and linked["first_url"]


def test_a_link_to_one_of_few_comments_shows_them_all(as_stranger, post):
    made = [PostCommentFactory(post=post, user=UserFactory()) for _ in range(3)]
    assert len(as_stranger.get(made[2].get_absolute_url()).context["comments"]) == 3


def test_a_hidden_post_is_shown_to_its_author_with_the_reason(as_author, as_stranger, as_admin, post):
    Post.objects.update(hidden_at="2026-01-01T00:00Z", hidden_reason="An advertisement")
    for client in (as_author, as_admin):
        page = client.get(f"/posts/{post.pk}/").content.decode()
        assert "An advertisement" in page and "<textarea" not in page
    assert as_stranger.get(f"/posts/{post.pk}/").status_code == 404
    assert as_stranger.post(f"/posts/{post.pk}/", {"key": str(uuid4()), "content": "Hm"}).status_code == 404


def test_admins_find_how_to_hide_others_how_to_report(as_admin, as_stranger, as_author, post):
    comment = PostCommentFactory(post=post)
    hide = [f"/hide/post/{post.pk}/", f"/hide/post-comment/{comment.pk}/"]
    report = [f"/report/post/{post.pk}/", f"/report/post-comment/{comment.pk}/"]
    pages = [client.get(f"/posts/{post.pk}/").content.decode() for client in (as_admin, as_stranger, as_author)]
    assert [all(url in page for url in hide) for page in pages] == [True, False, False]
    assert [report[0] in page for page in pages] == [True, True, False]
    assert all(report[1] in page for page in pages)


def test_what_somebody_i_blocked_says_is_folded_and_offers_nothing(as_stranger, stranger, post):
    PostCommentFactory(post=post, user=post.user, content="Thanks")
    UserBlock.objects.create(user=stranger, blocked_user=post.user)
    page = as_stranger.get(f"/posts/{post.pk}/").content.decode()
    assert page.count("You blocked this person") == 2
    assert "lf-like-button" not in page and "<textarea" not in page


def test_a_like_answers_its_button_to_htmx_and_the_page_to_others(as_stranger, post):
    url = f"/posts/{post.pk}/like/"
    fragment = as_stranger.post(url, {"on": "1", "next": "/feed/"}, headers=HTMX).content.decode()
    assert f'id="like-post-{post.pk}"' in fragment and 'aria-pressed="true"' in fragment and 'value="0"' in fragment
    response = as_stranger.post(url, {"on": "0", "next": "/feed/"})
    assert response.url == f"/feed/#post-{post.pk}" and not Like.objects.exists()
    assert as_stranger.post(url, {"on": "1", "next": "//evil.example"}).url == f"/posts/{post.pk}/#post-{post.pk}"


def test_a_comment_is_liked_from_the_page(as_stranger, post):
    comment = PostCommentFactory(post=post)
    response = as_stranger.post(
        f"/post-comments/{comment.pk}/like/", {"on": "1", "next": f"/posts/{post.pk}/"}, headers=HTMX
    )
    assert f'id="like-comment-{comment.pk}"' in response.content.decode()
    comment.refresh_from_db()
    assert comment.like_count == 1


@pytest.mark.parametrize("fields", [{}, {"on": "2"}, {"on": ""}])
def test_a_like_without_a_wish_changes_nothing(as_stranger, post, fields):
    assert as_stranger.post(f"/posts/{post.pk}/like/", fields).status_code == 422
    assert as_stranger.get(f"/posts/{post.pk}/like/").status_code == 405


def test_ones_own_and_hidden_posts_cannot_be_liked(as_author, as_stranger, post):
    assert as_author.post(f"/posts/{post.pk}/like/", {"on": "1"}).status_code == 404
    Post.objects.update(hidden_at="2026-01-01T00:00Z")
    assert as_stranger.post(f"/posts/{post.pk}/like/", {"on": "1"}).status_code == 404


def test_liking_has_a_limit(as_stranger, post, monkeypatch):
    monkeypatch.setattr("discussions.views.likes.LIKES", limits.Limit("likes", 0, limits.LIKES.window))
    response = as_stranger.post(f"/posts/{post.pk}/like/", {"on": "1"})
    assert response.status_code == 429 and response["Retry-After"]


def test_the_author_edits_and_the_others_dont_find_the_page(as_author, as_stranger, post):
    url = f"/posts/{post.pk}/edit/"
    assert "A **fine** scarf" in as_author.get(url).content.decode()
    wrong = as_author.post(url, {"alt": "", "caption": "Kept words"})
    assert wrong.status_code == 422 and "Kept words" in wrong.content.decode()
    assert as_author.post(url, {"alt": "A scarf", "caption": "Changed"}).url == f"/posts/{post.pk}/"
    assert "edited" in as_stranger.get(f"/posts/{post.pk}/").content.decode()
    assert as_stranger.get(url).status_code == as_stranger.post(url, {"alt": "x"}).status_code == 404


def test_the_author_deletes_after_being_asked(as_author, as_stranger, as_admin, post):
    url = f"/posts/{post.pk}/delete/"
    assert "Delete this post?" in as_author.get(url).content.decode() and Post.objects.exists()
    assert as_stranger.post(url).status_code == as_admin.post(url).status_code == 404
    assert as_author.post(url).url == "/people/author/posts/" and not Post.objects.exists()
    assert as_author.post(url).status_code == 404


def test_a_comment_is_taken_back_after_being_asked(as_stranger, as_author, stranger, post):
    comment = PostCommentFactory(post=post, user=stranger, content="Oh *no*")
    url = f"/post-comments/{comment.pk}/delete/"
    assert "<em>no</em>" in as_stranger.get(url).content.decode()
    assert as_author.post(url).status_code == 404
    assert as_stranger.post(url).url == f"/posts/{post.pk}/" and not PostComment.objects.exists()
