"""A course as the catalogue knows it; its lessons are named by the outline."""

import re
from html import unescape
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchRank, SearchVectorField
from django.core.validators import MaxLengthValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.expressions import RawSQL
from django.db.models.functions import Length, Now
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from courses.models.card import Card, CourseLabels
from courses.models.category import Category
from courses.models.level import Level
from courses.models.search import course_query, headline

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

TITLE_LIMIT = 255
DESCRIPTION_LIMIT = 20_000
OBJECTIVES_LIMIT = 4_000
SUMMARY_LIMIT = 200
FIRST_PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.S)
FIRST_SENTENCE = re.compile(rf".{{20,{SUMMARY_LIMIT - 1}}}?[.!?…。؟](?=\s|$)")
RECOMMENDED = 20
# What somebody never took and doesn't teach: the most popular courses of each category that they learn in, and of all.
# Read from the top of an index each, in one list, so that it costs the same in a large catalogue.
NEVER_TAKEN = f"""
       SELECT c.id FROM courses c
        WHERE c.is_published AND c.instructor_id <> %s {{also}}
          AND NOT EXISTS (SELECT FROM enrollments e WHERE e.user_id = %s AND e.course_id = c.id)
        ORDER BY c.enrollment_count DESC, c.id DESC LIMIT {RECOMMENDED}
"""
WORTH_RECOMMENDING = f"""
SELECT near.id
  FROM (SELECT DISTINCT c.category_id FROM enrollments e JOIN courses c ON c.id = e.course_id
         WHERE e.user_id = %s AND e.status <> 'cancelled') AS mine
 CROSS JOIN LATERAL ({NEVER_TAKEN.format(also="AND c.category_id = mine.category_id")}) AS near
 UNION ({NEVER_TAKEN.format(also="")})
"""
UNSEEN_OF_INSTRUCTORS = ("search", "password", "last_login", "blocked_at", "created_at", "updated_at")

# The column of each sort, and whether the largest comes first; `id` decides between equals, in the same direction.
SORTS = {
    "popular": ("enrollment_count", True),
    "newest": ("published_at", True),
    "price": ("price", False),
    "short": ("duration_minutes", False),
}


class CourseQuerySet(models.QuerySet["Course"]):
    def published(self) -> "CourseQuerySet":
        return self.filter(is_published=True)

    def editable_by(self, user: "User | AnonymousUser") -> "CourseQuerySet":
        """Courses this person may change: an instructor their own, an admin all, anybody else none."""
        if not user.is_authenticated or not user.is_staff:
            return self.none()
        return self if user.is_admin else self.filter(instructor_id=user.pk)

    def visible_to(self, user: "User | AnonymousUser") -> "CourseQuerySet":
        """Published courses, and the drafts that this person may change."""
        if not user.is_authenticated or not user.is_staff:
            return self.published()
        return self if user.is_admin else self.filter(models.Q(is_published=True) | models.Q(instructor_id=user.pk))

    def enrolled(self, user: "User | AnonymousUser") -> "CourseQuerySet":
        """Courses in which this person is enrolled."""
        from courses.models.enrollment import Enrollment

        if not user.is_authenticated:
            return self.none()
        return self.filter(pk__in=Enrollment.objects.of(user).standing().values("course"))

    def for_page(self) -> "CourseQuerySet":
        """With category and instructor, without what no page shows: reading a time costs more than reading a text."""
        unseen = ["search", *(f"instructor__{name}" for name in UNSEEN_OF_INSTRUCTORS)]
        return self.select_related("category", "instructor").defer(*unseen)

    def cards(self) -> list[Card]:
        """The cards of these courses, read in one query; the last thing to ask of a list."""
        asked = [name for name in Card.ASKED if name in self.query.annotations]
        return [Card.of(row, asked) for row in self.for_cards()]

    def for_cards(self) -> models.QuerySet["Course", tuple[Any, ...]]:
        """The columns of a card, and what was asked for besides."""
        return self.values_list(*Card.COLUMNS, *(name for name in Card.ASKED if name in self.query.annotations))

    def taught_by(self, user: "User") -> "CourseQuerySet":
        return self.filter(instructor_id=user.pk).defer("search").order_by("title", "id")

    def recommended_to(self, user: "User") -> "CourseQuerySet":
        """Published courses they never took: first those of categories they learn in, then popular ones."""
        from courses.models.enrollment import Enrollment

        mine = Enrollment.objects.of(user).standing()
        is_near = models.Exists(mine.filter(course__category=models.OuterRef("category")))
        worth = RawSQL(WORTH_RECOMMENDING, [user.pk] * 5)
        return self.filter(pk__in=worth).order_by(is_near.desc(), "-enrollment_count", "-id")

    def with_progress_of(self, user: "User | AnonymousUser") -> "CourseQuerySet":
        """Each with `viewer_percent`: how far this person is, None where they aren't enrolled."""
        from courses.models.enrollment import Enrollment

        if not user.is_authenticated:
            return self
        mine = Enrollment.objects.of(user).standing().filter(course=models.OuterRef("pk"))
        return self.annotate(viewer_percent=models.Subquery(mine.values("progress")))

    def matching(self, text: str) -> "CourseQuerySet":
        """Courses in which every word occurs; those that no word is left of find nothing."""
        query = course_query(text)
        return self.filter(search=query) if query else self.none()

    def best_matches(self, text: str, *, of: int) -> "CourseQuerySet":
        """The `of` most popular matches, best rank first, with the matches marked in `headline_text`.

        Ranking all matches of a common word would read half the catalogue; among the most popular it stays flat.
        """
        query = course_query(text)
        if query is None:
            return self.none()
        popular = self.filter(search=query).most_enrolled().values("pk")[:of]
        ranked = self.filter(pk__in=popular).annotate(rank=SearchRank("search", query))
        return ranked.annotate(headline_text=headline("summary", query)).order_by("-rank", "-enrollment_count", "-id")

    def after(self, course_id: int, sort: str) -> "CourseQuerySet":
        """In the order of `sort`, what comes after this course: paging by key, the same cost at any depth."""
        column, descending = SORTS[sort]
        # Only of a course that everybody sees: what comes after a draft would tell its price.
        last = models.Subquery(self.model.objects.published().filter(pk=course_id).values(column)[:1])
        beyond, before = ("lt", "lte") if descending else ("gt", "gte")
        return self.filter(**{f"{column}__{before}": last}).filter(
            models.Q(**{f"{column}__{beyond}": last}) | models.Q(**{f"pk__{beyond}": course_id})
        )

    def sorted_by(self, sort: str) -> "CourseQuerySet":
        column, descending = SORTS[sort]
        sign = "-" if descending else ""
        return self.order_by(f"{sign}{column}", f"{sign}id")

    def counted_up_to(self, limit: int) -> int:
        """How many there are, but no more than `limit` are looked at."""
        return self.order_by()[:limit].count()

    def most_enrolled(self) -> "CourseQuerySet":
        return self.order_by("-enrollment_count", "-id")

    def newest(self) -> "CourseQuerySet":
        return self.order_by("-published_at", "-id")


class Course(CourseLabels, models.Model):
    slug = models.SlugField(_("address"), max_length=120, unique=True)
    title = models.CharField(_("title"), max_length=TITLE_LIMIT)
    summary = models.CharField(
        _("summary"),
        max_length=SUMMARY_LIMIT,
        blank=True,
        help_text=_("One sentence for the card; made from the description when empty."),
    )
    description = models.TextField(
        _("description"), blank=True, validators=[MaxLengthValidator(DESCRIPTION_LIMIT)], help_text=_("Markdown.")
    )
    description_html = models.TextField(editable=False, blank=True)
    objectives = models.TextField(
        _("what you will learn"),
        blank=True,
        validators=[MaxLengthValidator(OBJECTIVES_LIMIT)],
        help_text=_("One line each."),
    )
    category = models.ForeignKey(Category, models.PROTECT, related_name="courses", verbose_name=_("category"))
    level = models.CharField(_("level"), max_length=12, choices=Level.choices, default=Level.BEGINNER)
    duration_minutes = models.PositiveIntegerField(_("duration"), default=0, editable=False)
    language = models.CharField(
        _("language"),
        max_length=12,
        default="en",
        validators=[RegexValidator(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$", _("A language code, such as en or pt-BR."))],
    )
    thumbnail = models.ImageField(_("picture"), upload_to="courses/", blank=True)
    instructor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="teaching", verbose_name=_("instructor")
    )
    is_published = models.BooleanField(_("published"), default=False, editable=False)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    is_leaderboard_public = models.BooleanField(_("public leaderboard"), default=True)
    price = models.DecimalField(
        _("price"), max_digits=12, decimal_places=2, default=0, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        default="EUR",
        validators=[RegexValidator(r"^[A-Z]{3}$", _("Three capital letters, such as EUR."))],
    )
    enrollment_count = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    outline_version = models.BigIntegerField(default=0, db_default=0, editable=False)
    settled_version = models.BigIntegerField(default=0, db_default=0, editable=False)
    outline_marked_at = models.DateTimeField(db_default=Now(), editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(auto_now=True, db_default=Now(), editable=False)
    search = SearchVectorField(null=True, editable=False)

    objects = CourseQuerySet.as_manager()

    class Meta:
        db_table = "courses"
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        constraints = [
            models.CheckConstraint(condition=models.Q(price__gte=0), name="price_is_not_negative"),
            models.CheckConstraint(condition=models.Q(level__in=Level.values), name="course_level_is_known"),
            models.CheckConstraint(condition=models.Q(currency__regex=r"^[A-Z]{3}$"), name="currency_is_an_iso_code"),
            models.CheckConstraint(
                condition=models.Q(is_published=False) | models.Q(published_at__isnull=False),
                name="a_published_course_has_published_at",
            ),
            models.CheckConstraint(
                condition=models.lookups.LessThanOrEqual(Length("description"), DESCRIPTION_LIMIT),
                name="course_description_is_not_too_long",
            ),
        ]
        indexes = [
            GinIndex(fields=["search"], name="courses_search", fastupdate=False),
            models.Index(fields=["instructor"], name="courses_of_an_instructor"),
            models.Index(fields=["-published_at", "-id"], name="courses_newest", condition=models.Q(is_published=True)),
            models.Index(
                fields=["-enrollment_count", "-id"], name="courses_most_enrolled", condition=models.Q(is_published=True)
            ),
            models.Index(fields=["price", "id"], name="courses_by_price", condition=models.Q(is_published=True)),
            models.Index(
                fields=["duration_minutes", "id"], name="courses_by_duration", condition=models.Q(is_published=True)
            ),
            models.Index(
                fields=["category", "-enrollment_count", "-id"],
                name="courses_of_a_category",
                condition=models.Q(is_published=True),
            ),
            models.Index(
                fields=["level", "-enrollment_count", "-id"],
                name="courses_of_a_level",
                condition=models.Q(is_published=True),
            ),
            models.Index(
                fields=["id"],
                name="courses_unsettled",
                condition=models.Q(settled_version__lt=models.F("outline_version")),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("course", args=[self.slug])

    @property
    def category_slug(self) -> str:
        """For the face; needs the category."""
        return self.category.slug

    @property
    def language_name(self) -> str:
        """The language in its own words; its code when Django doesn't know it."""
        try:
            return str(get_language_info(self.language)["name_local"])
        except KeyError:
            return self.language

    @property
    def objective_list(self) -> list[str]:
        return [line.strip() for line in self.objectives.splitlines() if line.strip()]


def summary_of(html: str) -> str:
    """The first sentence of a rendered description as plain text, cut between words at 200 characters."""
    paragraph = FIRST_PARAGRAPH.search(html)
    text = " ".join(unescape(strip_tags(paragraph[1] if paragraph else html)).split())
    sentence = FIRST_SENTENCE.match(text)
    return sentence[0] if sentence else shorten(text, SUMMARY_LIMIT, placeholder="…")
