"""Whatever people write, wherever it is shown: nothing of it runs, asks another site, or passes for a part of the page.

Every page is opened twice: as it is, and without its content policy, so that what holds is the sanitizer's doing.
"""

import csv
from io import StringIO
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from accounts.models import User
from courses.markdown.sanitizing import MATH_ATTRIBUTES, MATH_TAGS, TEXT_TAGS
from discussions.markdown import write_up
from discussions.models import Comment, Kind, Notification, Report
from discussions.models.post import ALT_LIMIT, CAPTION_LIMIT, POST_COMMENT_LIMIT
from discussions.notification_email import MOST, compose
from discussions.services.comments import edit_comment
from discussions.services.following import follow
from discussions.services.messages import send
from discussions.services.moderation import hide
from discussions.services.reports import report
from tests.factories import CommentFactory, EnrollmentFactory, PostCommentFactory, PostFactory, UserFactory
from tests.payloads import PAYLOADS

pytestmark = pytest.mark.django_db(transaction=True)

# PostgreSQL has no NUL in its texts, and forms refuse it.
WRITTEN = [payload.replace("\0", "") for payload in PAYLOADS]
ATTRIBUTES = """
alt aria-label class colspan data-language datetime dir height href id lang loading open rel reversed role rowspan
scope span src start tabindex title type width
"""
# A function that nothing calls unless it was written to; and what it was called from.
CANARY = "window.canaries = []; window.canary = () => canaries.push(new Error().stack)"
LOOK = """([tags, attributes]) => {
    const problems = [], where = element => element.outerHTML.slice(0, 200)
    for (const element of document.querySelectorAll('*')) {
        for (const {name, value} of element.attributes) {
            if (/^(on|hx-on|data-hx-on|srcdoc|nonce|ping|attributionsrc)/i.test(name)) problems.push(where(element))
            if (!/^(xlink:)?(href|src|action|formaction|data|poster|background|hx-get|hx-post)$/i.test(name)) continue
            const {protocol, origin} = new URL(value, location)
            if (!['http:', 'https:', 'mailto:'].includes(protocol)) problems.push(where(element))
            if (!/href/.test(name) && origin !== location.origin) problems.push(where(element))
        }
        if (['IFRAME', 'OBJECT', 'EMBED', 'BASE', 'FRAME', 'APPLET', 'PORTAL', 'TEMPLATE'].includes(element.nodeName))
            problems.push(where(element))
    }
    for (const script of document.scripts)
        if (!script.src.startsWith(location.origin) && script.type !== 'application/json') problems.push(where(script))
    for (const form of document.forms)
        if (new URL(form.getAttribute('action') || '', location).origin !== location.origin) problems.push(where(form))
    for (const refresh of document.querySelectorAll('meta[http-equiv], style')) problems.push(where(refresh))
    const words = document.querySelectorAll('.lf-words')
    for (const element of document.querySelectorAll('.lf-words *')) {
        if (!tags.includes(element.localName)) problems.push(where(element))
        for (const {name} of element.attributes) if (!attributes.includes(name)) problems.push(name, where(element))
        if (element.id && !element.id.startsWith('lf-')) problems.push(where(element))
    }
    return {problems, canaries: window.canaries, words: words.length}
}"""
# Whoever moves over something, goes to it with the keyboard or presses it, must not start anything either.
TOUCH = """() => {
    for (const element of document.querySelectorAll('.lf-words *'))
        for (const kind of ['mouseover', 'mouseenter', 'pointerenter', 'focus', 'focusin', 'toggle', 'load', 'error'])
            element.dispatchEvent(new Event(kind))
}"""


def joined(limit):
    """All payloads, as many in each text as there is room for."""
    texts = [""]
    for payload in WRITTEN:
        if len(texts[-1]) + len(payload) + 2 > limit:
            texts.append("")
        texts[-1] += f"{payload[: limit - 2]}\n\n"
    return texts


@pytest.fixture
def villain(course):
    person = UserFactory(username="villain")
    EnrollmentFactory(user=person, course=course)
    return person


@pytest.fixture
def written(course, author, learner, admin, villain):
    """Every payload in everything that can be written; the addresses at which somebody reads it: (person, address)."""
    lesson = course.placements.first().lesson_id
    private = CommentFactory(user=villain, course=course, content="?", is_private=True)
    for text in joined(4_900):
        CommentFactory(user=villain, course=course, lesson_id=lesson, content=text)
        CommentFactory(user=villain, parent=private, content=text)
    thread = CommentFactory(user=learner, course=course)
    reply_to(thread, learner, villain)
    write_to(learner, villain)
    posts = show_work(learner, villain)
    report_and_hide(admin, learner, villain)
    rename(learner)
    slug = f"/courses/{course.slug}"
    return [
        *(("learner", url) for url in pages_of(thread, learner)),
        ("learner", f"{slug}/discussion/"),
        ("learner", f"{slug}/discussion/?q=canary"),
        ("learner", f"{slug}/discussion/?{urlencode({'q': WRITTEN[0]})}"),
        ("learner", f"{slug}/lessons/{lesson}/discussion/"),
        ("learner", f"{slug}/lessons/{lesson}/"),
        ("author", f"{slug}/discussion/?show=private"),
        ("author", "/questions/"),
        ("author", f"/comments/{private.pk}/"),
        ("learner", f"/comments/{thread.pk + 1}/reply/"),
        ("learner", "/messages/"),
        ("learner", "/messages/villain/"),
        ("learner", "/messages/?q=canary"),
        ("learner", "/feed/"),
        ("learner", "/posts/?q=canary"),
        ("learner", f"/posts/?{urlencode({'q': WRITTEN[0]})}"),
        *(("learner", f"/posts/{pk}/") for pk in posts),
        ("learner", f"/people/?{urlencode({'q': 'canary'})}"),
        ("learner", "/people/villain/"),
        ("learner", "/people/learner/followers/"),
        ("learner", "/notifications/"),
        ("villain", f"/comments/{Comment.objects.filter(hidden_at__isnull=False).first().pk}/"),
        ("villain", f"/comments/{thread.pk + 1}/edit/"),
        ("admin", "/admin/discussions/report/"),
        *(("admin", f"/admin/discussions/report/{name}/{pk}/") for name, pk in reported()),
    ]


def reply_to(thread, learner, villain):
    """Every payload by itself, stored as the service stores it, and told of."""
    common = {"parent": thread, "course_id": thread.course_id, "user": villain}
    replies = [Comment(content=text, content_html=write_up(text).html, **common) for text in WRITTEN if text.strip()]
    Comment.objects.bulk_create(replies)
    told = {"user": learner, "actor": villain, "kind": Kind.REPLY}
    Notification.objects.bulk_create(
        Notification(comment=each, subject=f"comment {each.pk}", **told) for each in replies
    )


def pages_of(thread, reader):
    """The addresses of the pages of a thread."""
    seen = Comment.objects.visible_to(reader).filter(root=thread).order_by("path").values_list("pk", flat=True)
    return [f"/comments/{thread.pk}/", *(f"/comments/{thread.pk}/?after={last}" for last in list(seen)[49:-1:50])]


def write_to(learner, villain):
    follow(follower=villain, followed=learner)
    follow(follower=learner, followed=villain)
    for text in joined(1_900):
        send(sender=villain, receiver=learner, content=text, key=uuid4())


def show_work(learner, villain):
    """Posts and what is said of them; the ids of some."""
    posts = [
        PostFactory(user=villain, caption=caption, alt=alt)
        for caption, alt in zip(joined(CAPTION_LIMIT - 2), joined(ALT_LIMIT - 2), strict=False)
    ]
    for text in joined(POST_COMMENT_LIMIT - 2):
        PostCommentFactory(user=villain, post=posts[-1], content=text)
    return [posts[0].pk, posts[-1].pk]


def report_and_hide(admin, learner, villain):
    """Reports of comments with every payload, reasons for hiding some, and one edited into another."""
    comments = Comment.objects.filter(user=villain, is_private=False, parent=None)
    texts = [*joined(990)]
    for person, comment in zip([learner] * len(texts), comments, strict=False):
        report(reporter=person, target=comment, reason=Report.Reason.SPAM, words=texts.pop())
    report(reporter=learner, target=villain, reason=Report.Reason.OTHER, words=texts.pop())
    for comment, text in zip(Comment.objects.filter(user=villain).exclude(parent=None)[:5], joined(490), strict=False):
        hide(actor=admin, thing=comment, reason=text)
    edited = Comment.objects.filter(user=villain, parent=None, is_private=False).latest("pk")
    edit_comment(author=villain, comment_id=edited.pk, content="\n\n".join(WRITTEN[:60])[:4_900])


def rename(learner):
    """The villain's name and words about themselves, and those of people who follow the learner."""
    villain = User.objects.get(username="villain")
    limit = User._meta.get_field("first_name").max_length
    villain.first_name, villain.last_name = "'\"><img src=x onerror=canary()>", "<script>canary()</script>"
    villain.bio = joined(1_900)[0]
    villain.save()
    for payload in [payload for payload in WRITTEN if len(payload) <= limit and payload.strip()][::12]:
        person = UserFactory(first_name=payload, last_name="Canary", bio=payload)
        follow(follower=person, followed=learner)


def reported():
    """Targets of open reports as the queue names them."""
    for one in Report.objects.exclude(comment=None)[:2]:
        yield "comment", one.comment_id
    yield "person", User.objects.get(username="villain").pk


def test_nothing_that_people_write_runs(open_browser, course, author, learner, admin, villain, written):
    people = {"author": author, "learner": learner, "admin": admin, "villain": villain}
    for has_policy in (True, False):
        tabs = {name: watched(open_browser(person), has_policy=has_policy) for name, person in people.items()}
        words = sum(look(*tabs[name], url, has_policy=has_policy) for name, url in written)
        assert words > len(PAYLOADS) + 100
        read_mail(*tabs["learner"], learner)


def look(page, tries, url, *, has_policy):
    """Open the page and see that nothing in it runs or shouldn't be there; how many pieces of writing it shows."""
    answer = page.goto(url)
    assert answer.status == 200, (url, answer.status)
    assert ("content-security-policy" in answer.headers) is has_policy
    if "/lessons/" in url and not url.endswith("/discussion/"):
        page.locator("#discussion").scroll_into_view_if_needed()
        page.locator(".lf-words").first.wait_for()
    return examine(page, tries, url)


def examine(page, tries, where):
    page.evaluate(TOUCH)
    found = page.evaluate(LOOK, [sorted(TEXT_TAGS | MATH_TAGS), sorted({*ATTRIBUTES.split(), *MATH_ATTRIBUTES})])
    assert (found["problems"], found["canaries"], tries) == ([], [], []), where
    return found["words"]


def read_mail(page, tries, learner):
    """E-mails that tell of every reply, as a program without a policy of its own would show them."""
    rows = list(Notification.objects.of(learner).for_page())
    assert len(rows) > len(PAYLOADS)
    for start in range(0, len(rows), MOST):
        message = compose(learner, learner.email, rows[start : start + MOST], name="one")
        assert "canary.invalid" not in message.subject and "\n" not in message.subject
        page.set_content(message.alternatives[0].content)
        examine(page, tries, "an e-mail")


def watched(page, *, has_policy):
    """The page, and a list of what was tried in it: questions asked of the reader, requests to elsewhere."""
    tries = []
    page.add_init_script(CANARY)
    page.on("dialog", lambda dialog: (tries.append(dialog.message), dialog.dismiss()))
    page.on("popup", lambda popup: tries.append(popup.url))
    page.on("request", lambda request: tries.append(request.url) if "canary.invalid" in request.url else None)
    page.route("**/*canary.invalid/**", lambda route: route.abort())
    if not has_policy:
        page.route("**/*", without_policy)
    return page, tries


def without_policy(route):
    if route.request.resource_type != "document":
        return route.fallback()
    answer = route.fetch()
    headers = {name: value for name, value in answer.headers.items() if name != "content-security-policy"}
    return route.fulfill(response=answer, headers=headers)


def test_a_spreadsheet_takes_no_comment_for_a_formula(course, author, villain, sign_in):
    for text in [
        "=1+1",
        "+1",
        "-1",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        '=HYPERLINK("//canary.invalid/","press")',
        '"=1',
        "a\n=1",
    ]:
        CommentFactory(user=villain, course=course, content=text)
    User.objects.filter(pk=villain.pk).update(first_name="=1+1", last_name="@x")
    answer = sign_in(author).get(f"/courses/{course.slug}/discussion/csv/")
    text = answer.getvalue().decode()
    assert answer["Content-Type"].startswith("text/csv") and "attachment" in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    cells = [cell for row in csv.reader(StringIO(text)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert "'=1+1" in cells
