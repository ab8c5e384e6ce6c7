"""People, courses and enrollments to test with; they are made by the services, so they are as real ones are."""

from base64 import b64decode
from uuid import uuid4

import factory
from allauth.account.models import EmailAddress
from django.core.files.base import ContentFile
from django.db.models.functions import Now

from accounts.models import Role, User
from courses.content.lesson_types import get_type
from courses.models import Category, Course, Enrollment
from courses.services.courses import save_course
from courses.services.enrollment import enroll
from courses.services.lessons import add_lesson
from courses.services.progress import complete_lesson
from courses.services.publishing import publish
from discussions.models import Comment, Post, PostComment
from discussions.services.comments import post_comment, reply
from discussions.services.posts import comment_on_post, create_post

# One pixel, as WebP.
A_PICTURE = b64decode("UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAgA0JaQAA3AA/vuUAAA=")
PASSWORD = "correct horse battery staple"


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"person_{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.org")
    first_name = "Robin"
    last_name = factory.Sequence(lambda n: f"Meyer {n}")
    password = PASSWORD

    @classmethod
    def _create(cls, model_class, *args, **fields):
        user = model_class.objects.create_user(**fields)
        EmailAddress.objects.create(user=user, email=user.email.lower(), primary=True, verified=True)
        return user


class InstructorFactory(UserFactory):
    role = Role.INSTRUCTOR


class AdminFactory(UserFactory):
    role = Role.ADMIN


class CategoryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Category

    name = factory.Sequence(lambda n: f"Category {n}")
    slug = factory.Sequence(lambda n: f"category-{n}")


class CourseFactory(factory.django.DjangoModelFactory):
    """A published course with `lessons` texts in one section; `is_published=False` makes a draft."""

    class Meta:
        model = Course

    title = factory.Sequence(lambda n: f"Weaving {n}")
    slug = factory.Sequence(lambda n: f"weaving-{n}")
    description = "How to make **cloth** from thread."
    objectives = "Set up a loom\nRead a draft"
    category = factory.SubFactory(CategoryFactory)
    instructor = factory.SubFactory(InstructorFactory)

    @classmethod
    def _create(cls, model_class, *args, lessons=0, is_published=True, **fields):
        course = save_course(actor=fields["instructor"], course=model_class(**fields))
        for number in range(1, lessons + 1):
            add_lesson(actor=course.instructor, course=course, body=text_body(title=f"Lesson {number}"))
        if is_published and lessons:
            publish(actor=course.instructor, course=course)
        elif is_published:
            Course.objects.filter(pk=course.pk).update(is_published=True, published_at=Now())
        course.refresh_from_db()
        return course


class EnrollmentFactory(factory.django.DjangoModelFactory):
    """An enrollment whose learner has completed the first `done` lessons."""

    class Meta:
        model = Enrollment

    user = factory.SubFactory(UserFactory)
    course = factory.SubFactory(CourseFactory, lessons=2)

    @classmethod
    def _create(cls, model_class, *args, user, course, done=0, actor=None):
        enroll(learner=user, course=course, actor=actor)
        for lesson_id in lesson_ids(course)[:done]:
            complete_lesson(learner=user, course=course, lesson_id=lesson_id)
        return model_class.objects.get(user=user, course=course)


class CommentFactory(factory.django.DjangoModelFactory):
    """A thread in a course, or with `parent` a reply; with `is_private` a question to the staff."""

    class Meta:
        model = Comment

    user = factory.SubFactory(AdminFactory)
    content = factory.Sequence(lambda n: f"How do I set up a loom, again? ({n})")

    @classmethod
    def _create(cls, model_class, *args, user, content, parent=None, **fields):
        if parent:
            comment_id = reply(author=user, parent_id=parent.pk, content=content, key=uuid4())
        else:
            comment_id = post_comment(author=user, content=content, key=uuid4(), **fields)
        return model_class.objects.get(pk=comment_id)


class PostFactory(factory.django.DjangoModelFactory):
    """A picture in the showcase."""

    class Meta:
        model = Post

    user = factory.SubFactory(UserFactory)
    caption = "My **first** scarf."
    alt = "A striped scarf on a chair"

    @classmethod
    def _create(cls, model_class, *args, user, caption, alt):
        picture = ContentFile(A_PICTURE, name="picture.webp")
        post_id = create_post(author=user, picture=picture, size=(1, 1), alt=alt, caption=caption, key=uuid4())
        return model_class.objects.get(pk=post_id)


class PostCommentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PostComment

    user = factory.SubFactory(UserFactory)
    post = factory.SubFactory(PostFactory)
    content = "What yarn is it?"

    @classmethod
    def _create(cls, model_class, *args, user, post, content):
        comment_id = comment_on_post(author=user, post_id=post.pk, content=content, key=uuid4())
        return model_class.objects.get(pk=comment_id)


def text_body(*, title="A lesson", markdown="Some *text*.", duration=10, **fields):
    """What an author writes into a text lesson, as the services take it."""
    body = {
        "title": title,
        "type": "text",
        "duration": duration,
        "language": "en",
        "content": get_type("text").content_from({"markdown": markdown}, {}),
        "notes": "",
        "notes_html": "",
        "resources": [],
    }
    return body | fields


def video_body(*, title="A video", url="https://www.youtube.com/watch?v=dQw4w9WgXcQ", markdown="", **fields):
    """What an author writes into a video lesson."""
    content = get_type("video").content_from({"url": url, "markdown": markdown}, {})
    return text_body(title=title) | {"type": "video", "content": content} | fields


def lesson_ids(course):
    """The ids of a course's lessons, in order."""
    return list(course.placements.order_by("position").values_list("lesson_id", flat=True))
