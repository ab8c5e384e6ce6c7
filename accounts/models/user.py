"""A person."""

import secrets
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.core.validators import RegexValidator, URLValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length, Lower, Now
from django.db.models.lookups import LessThanOrEqual
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models.fields import CaselessCharField, CaselessEmailField, WebAddressField
from accounts.search import prefix_query

USERNAME_PATTERN = r"\A[a-zA-Z0-9_]{3,30}\Z"
BIO_LIMIT = 2_000


class Role(models.TextChoices):
    LEARNER = "learner", _("Learner")
    INSTRUCTOR = "instructor", _("Instructor")
    ADMIN = "admin", _("Administrator")


def avatar_path(user: "User", filename: str) -> str:
    """Where an uploaded picture is stored: a random name, for what people call their files is their own business."""
    return f"avatars/{secrets.token_hex(16)}.webp"


class UserQuerySet(models.QuerySet["User"]):
    def reachable(self):
        """People who may sign in: active and not blocked."""
        return self.filter(is_active=True, is_blocked=False)

    def admins(self):
        """People who can administer the platform today."""
        return self.reachable().filter(role=Role.ADMIN)

    def teaching_staff(self):
        """People who may be a course's instructor."""
        return self.reachable().filter(role__in=[Role.INSTRUCTOR, Role.ADMIN])

    def matching(self, text: str):
        """People in whose username or names every word of the text occurs, or begins one."""
        query = prefix_query(text)
        return self.filter(search=query) if query else self.none()


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def get_queryset(self):
        # The search vector is for WHERE only: every request loads its person and must not carry it along.
        return super().get_queryset().defer("search")

    def create_user(self, email: str, password: str | None = None, **fields):
        """Add a learner (unless another role is given), with an unusable password when none is given."""
        if not email:
            raise ValueError("A person needs an e-mail address.")
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields):
        """Add an administrator; what `createsuperuser` calls."""
        return self.create_user(email, password, **{**fields, "role": Role.ADMIN})

    def get_by_natural_key(self, email: str):
        """The person with this address, whatever its case."""
        return self.get(email=email)


class Introduction(NamedTuple):
    """What a page says of somebody; two that are equal look alike, so their HTML may be kept."""

    pk: int
    full_name: str
    url: str
    picture_url: str
    initials: str
    bio: str


def full_name_of(first_name: str, last_name: str, username: str) -> str:
    """First and last name, or the username of somebody who gave neither."""
    return f"{first_name} {last_name}".strip() or username


class User(AbstractBaseUser):
    """Somebody with an account. What they may do follows from `role`, and from not being blocked."""

    email = CaselessEmailField(_("e-mail address"), max_length=254)
    username = CaselessCharField(
        _("username"),
        max_length=30,
        validators=[RegexValidator(USERNAME_PATTERN, _("Use 3 to 30 letters (a-z), digits or underscores."))],
        help_text=_("Part of the address of your public page."),
    )
    first_name = models.CharField(_("first name"), max_length=100, blank=True, default="")
    last_name = models.CharField(_("last name"), max_length=100, blank=True, default="")
    bio = models.TextField(_("about you"), max_length=BIO_LIMIT, blank=True, default="")
    avatar_url = WebAddressField(
        _("picture address"), max_length=500, blank=True, default="", validators=[URLValidator(schemes=["https"])]
    )
    avatar = models.ImageField(_("picture"), upload_to=avatar_path, max_length=200, blank=True, default="")
    github_username = models.CharField(
        _("GitHub username"),
        max_length=39,
        blank=True,
        default="",
        validators=[
            RegexValidator(
                r"\A[a-zA-Z0-9](?:-?[a-zA-Z0-9])*\Z", _("Use letters, digits and single hyphens, as on GitHub.")
            )
        ],
    )
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.LEARNER, db_default=Role.LEARNER)
    is_active = models.BooleanField(_("active"), default=True, db_default=True)
    is_blocked = models.BooleanField(_("blocked"), default=False, db_default=False)
    blocked_at = models.DateTimeField(_("blocked at"), null=True, blank=True)
    blocked_reason = models.CharField(_("reason for the block"), max_length=500, blank=True, default="")
    leaderboard_visible = models.BooleanField(_("show me on leaderboards"), default=True, db_default=True)
    # Empty means the site's own zone and language, so that changing those reaches everybody who never chose.
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, default="")
    language = models.CharField(_("language"), max_length=12, blank=True, default="")
    created_at = models.DateTimeField(_("joined"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("updated"), auto_now=True, db_default=Now())
    search = models.GeneratedField(
        expression=SearchVector("username", "first_name", "last_name", config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["username"]

    class Meta:
        db_table = "users"
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="one_person_per_email_address",
                violation_error_message=_("This e-mail address is already in use."),
            ),
            models.UniqueConstraint(
                Lower("username"),
                name="one_person_per_username",
                violation_error_message=_("This username is already taken."),
            ),
            models.CheckConstraint(
                condition=Q(username__regex=USERNAME_PATTERN),
                name="a_username_is_3_to_30_letters_digits_or_underscores",
                violation_error_message=_("Use 3 to 30 letters (a-z), digits or underscores."),
            ),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("bio"), BIO_LIMIT),
                name="a_bio_has_at_most_2000_characters",
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="a_role_is_learner_instructor_or_admin"),
            models.CheckConstraint(
                condition=Q(is_blocked=True, blocked_at__isnull=False)
                | Q(is_blocked=False, blocked_at__isnull=True, blocked_reason=""),
                name="blocked_people_have_a_time_of_blocking",
            ),
        ]
        indexes = [
            GinIndex(fields=["search"], name="users_search"),
            models.Index(fields=["role"], name="users_staff", condition=~Q(role="learner")),
            models.Index(fields=["created_at"], name="users_by_joining"),
        ]

    def __str__(self) -> str:
        return self.full_name

    def get_absolute_url(self) -> str:
        return self.url

    @property
    def url(self) -> str:
        """The address of this person's public page."""
        return reverse("person", args=[self.username])

    @property
    def full_name(self) -> str:
        """First and last name, or the username of somebody who gave neither."""
        return full_name_of(self.first_name, self.last_name, self.username)

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.first_name or self.username

    @property
    def initials(self) -> str:
        """One or two capital letters, shown where there is no picture."""
        letters = [name[0] for name in (self.first_name, self.last_name) if name] or [self.username[0]]
        return "".join(letters).upper()

    @property
    def picture_url(self) -> str:
        """The address of the uploaded picture, else of the linked one, else an empty string."""
        return self.avatar.url if self.avatar else self.avatar_url

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of this person; the site's own when they chose none, or one that nobody knows any more."""
        try:
            return ZoneInfo(self.time_zone or settings.TIME_ZONE)
        except (KeyError, ValueError, OSError):
            return ZoneInfo(settings.TIME_ZONE)

    @property
    def introduction(self) -> Introduction:
        return Introduction(self.pk, self.full_name, self.url, self.picture_url, self.initials, self.bio)

    @property
    def can_sign_in(self) -> bool:
        """Whether the right password lets this person in."""
        return self.is_active and not self.is_blocked

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ADMIN and self.can_sign_in

    @property
    def is_instructor(self) -> bool:
        return self.role == Role.INSTRUCTOR and self.can_sign_in

    @property
    def is_staff(self) -> bool:
        """Whether this person may enter the admin site: instructors see only their own courses there."""
        return self.role in (Role.INSTRUCTOR, Role.ADMIN) and self.can_sign_in

    @property
    def is_superuser(self) -> bool:
        return self.is_admin

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Administrators may do everything, instructors what concerns courses; which rows, the QuerySets say."""
        return self.is_admin or (self.is_instructor and perm.startswith("courses."))

    def has_perms(self, perm_list, obj: object = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_admin or (self.is_instructor and app_label == "courses")
