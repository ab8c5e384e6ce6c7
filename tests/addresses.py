"""Every address of LearnFlow, and a small world in which each of them leads somewhere."""

from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from uuid import uuid4

from allauth.usersessions.models import UserSession
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.functions import Now
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User
from accounts.services.people import block
from courses.services.lessons import add_lesson, change_lesson
from courses.services.outline import set_placement
from courses.tasks import project_what_lags
from discussions.models import Comment, DirectMessage, Notification, Post
from discussions.models.report import target_name
from discussions.services.messages import send
from discussions.services.reports import report
from discussions.unsubscribe_tokens import token_for
from tests.factories import (
    AdminFactory,
    CommentFactory,
    CourseFactory,
    EnrollmentFactory,
    InstructorFactory,
    PostCommentFactory,
    PostFactory,
    UserFactory,
    text_body,
)

PEOPLE = ("visitor", "stranger", "learner", "other", "author", "colleague", "admin", "blocked")


@dataclass
class World:
    """Who is in their browser, and what the parameters of addresses are, for each thing an address may lead to."""

    clients: dict[str, Client]
    things: dict[str, dict[str, Any]]

    def parameters(self, name: str, what: str = "") -> dict[str, Any]:
        found = self.things[""] | self.things.get(_model(name), {}) | (self.things.get(what, {}) if what else {})
        return {parameter: found[parameter] for parameter in parameters(name)}

    def url(self, name: str, what: str = "") -> str:
        """Where the address of this name leads: to the course, or to `what`."""
        return reverse(name, kwargs=self.parameters(name, what))

    def ask(self, person: str, method: str, url: str, **options: Any) -> Any:
        """One request, after which everything in PostgreSQL and in the browser is as before."""
        client = self.clients[person]
        cookies = SimpleCookie(client.cookies)
        try:
            with transaction.atomic():
                response = client.generic(method, url, **options)
                if response.streaming:
                    b"".join(response)  # to its end, so that its file is closed
                transaction.set_rollback(True)
        finally:
            client.cookies = cookies
        return response


def url_names(resolver: URLResolver | None = None, namespace: str = ""):
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            within = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from url_names(pattern, within)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield f"{namespace}{pattern.name}"


def parameters(name: str) -> set[str]:
    """The parameters that this address takes."""
    *namespaces, short = name.split(":")
    resolver = get_resolver()
    for namespace in namespaces:
        resolver = resolver.namespace_dict[namespace][1]
    return set(resolver.reverse_dict.getlist(short)[0][0][0][1])


def _model(name: str) -> str:
    """`admin:accounts_user_change` leads to an `accounts_user`."""
    return name.removeprefix("admin:").rpartition("_")[0]


def build(course, author, learner, stranger, sign_in, visitor):
    """The course, a draft, a paid one, special lessons, and everybody in their browser."""
    draft = CourseFactory(instructor=author, slug="draft", lessons=1, is_published=False)
    elsewhere = CourseFactory(slug="elsewhere", lessons=1, instructor=InstructorFactory(username="colleague"))
    CourseFactory(instructor=author, slug="paid", price=49, lessons=1)
    quiet = CourseFactory(instructor=author, slug="quiet", lessons=1, is_leaderboard_public=False)
    preview = add_lesson(actor=author, course=course, body=text_body(title="Preview"), is_preview=True)
    hidden = add_lesson(actor=author, course=course, body=text_body(title="Hidden"))
    set_placement(actor=author, placement=hidden, is_preview=False, is_published=False)
    first = course.placements.first()
    change_lesson(actor=author, lesson_id=first.lesson_id, version=1, body=text_body(title="Revised"))
    other, admin = UserFactory(username="other"), AdminFactory(username="head")
    blocked = UserFactory(username="blocked")
    EnrollmentFactory(user=other, course=elsewhere)
    EnrollmentFactory(user=learner, course=draft, actor=admin)
    EnrollmentFactory(user=learner, course=quiet)
    EnrollmentFactory(user=blocked, course=course)
    staff = [sign_in(each) for each in (author, elsewhere.instructor, admin)]
    clients = [visitor, *map(sign_in, (stranger, learner, other)), *staff, sign_in(blocked)]
    block(actor=admin, person=blocked, reason="Spam")
    post, hidden_post = PostFactory(user=author), PostFactory(user=author)
    Post.objects.filter(pk=hidden_post.pk).update(hidden_at=Now(), hidden_reason="Spam")
    said = _said(course, draft, author, learner)
    remark = PostCommentFactory(post=post, user=learner)
    session = UserSession.objects.create(user=learner, ip="127.0.0.1", user_agent="", session_key="key")
    send(sender=author, receiver=learner, content="Between us", key=uuid4())
    project_what_lags.defer(timestamp=0)
    return World(
        clients=dict(zip(PEOPLE, clients, strict=True)),
        things={
            "": {
                "slug": "weaving",
                "category": course.category.slug,
                "username": "author",
                "path": default_storage.save("courses/picture.png", ContentFile(b"png")),
                "pk": session.pk,
                "uidb36": "1",
                "key": "wrong",
                "kind": "text",
                "table": "days",
                "version": 1,
                "app_label": "courses",
                "content_type_id": ContentType.objects.get_for_model(course).pk,
                "object_id": course.pk,
                "notification_id": _told(learner),
                "token": token_for(learner.pk, ["reply"]),
                "post_id": post.pk,
                "post_comment_id": remark.pk,
                **_comment(said["thread"]),
                **_place(first),
            },
            "draft": {"slug": "draft", **_comment(said["draft"]), **_place(draft.placements.get())},
            "instructor's": _comment(said["instructor's"]),
            "private": {**_comment(said["private"]), "notification_id": _told(author)},
            "forged": {"token": token_for(learner.pk, ["reply"]).replace("reply", "message")},
            "my question": _comment(said["question"]),
            "hidden comment": _comment(said["hidden"]),
            "paid": {"slug": "paid"},
            "private leaderboard": {"slug": "quiet"},
            "preview": _place(preview),
            "hidden": _place(hidden),
            "hidden post": {"post_id": hidden_post.pk},
            **_reported(said, post, author, learner),
            "blocked person": {"username": "blocked"},
            "nobody": {"username": "nobody_here"},
            "correspondent": {"username": "learner"},
            "draft's learner": {"slug": "draft", "username": "learner"},
            "accounts_user": {"object_id": learner.pk},
            "account_emailaddress": {"object_id": learner.emailaddress_set.get().pk},
            "usersessions_usersession": {"object_id": session.pk},
            "courses_category": {"object_id": course.category_id},
            "procrastinate_procrastinatejob": {"object_id": ProcrastinateJob.objects.get().pk},
        },
    )


def _said(course, draft, author, learner):
    """The ids of what was said: by the learner, by the author, at the draft, and what a classmate asked privately."""
    classmate = UserFactory(username="classmate")
    EnrollmentFactory(user=classmate, course=course)
    comments = {
        "thread": CommentFactory(course=course, user=learner),
        "instructor's": CommentFactory(course=course, user=author),
        "draft": CommentFactory(course=draft, user=author),
        "private": CommentFactory(course=course, user=classmate, is_private=True),
        "question": CommentFactory(course=course, user=learner, is_private=True),
        "hidden": CommentFactory(course=course, user=classmate),
    }
    Comment.objects.filter(pk=comments["hidden"].pk).update(hidden_at=Now(), hidden_reason="Spam")
    return {name: comment.pk for name, comment in comments.items()}


def _told(person):
    return Notification.objects.filter(user=person).latest("pk").pk


def _comment(comment_id):
    return {"comment_id": comment_id, "target": "comment", "target_id": comment_id}


def _reported(said, post, author, learner):
    """What else can be reported; that comment and that post were."""
    classmate, thread = User.objects.get(username="classmate"), Comment.objects.get(pk=said["thread"])
    for target in (thread, post):
        report(reporter=classmate, target=target, reason="spam", words="")
    message = DirectMessage.objects.get(sender=author, receiver=learner)
    remark = post.comments.get()
    things = {"showcased": post, "remark": remark, "message": message, "person": learner}
    return {what: {"target": target_name(thing), "target_id": thing.pk} for what, thing in things.items()}


def _place(placement):
    return {
        "course_id": placement.course_id,
        "section_id": placement.section_id,
        "lesson_id": placement.lesson_id,
    }
