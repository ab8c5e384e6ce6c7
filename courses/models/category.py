"""What a course is about."""

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class CategoryQuerySet(models.QuerySet["Category"]):
    def with_course_counts(self) -> "CategoryQuerySet":
        """Categories that have published courses, with how many: `count`."""
        published = models.Count("courses", filter=models.Q(courses__is_published=True))
        return self.annotate(count=published).filter(count__gt=0).order_by("name")


class Category(models.Model):
    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    icon = models.CharField(_("icon"), max_length=40, default="book", help_text=_("Name of an icon of the icon set."))

    objects = CategoryQuerySet.as_manager()

    class Meta:
        db_table = "categories"
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="one_category_per_name")]

    def __str__(self) -> str:
        return self.name
