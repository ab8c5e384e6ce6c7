"""What an author types about a course."""

from datetime import timedelta
from hashlib import sha256
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf.locale import LANG_INFO
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from courses.models import Course
from courses.models.course import DESCRIPTION_LIMIT
from courses.pictures import picture_from

if TYPE_CHECKING:
    from django.core.files.base import ContentFile


def language_choices(current: str) -> list[tuple[str, str]]:
    """Every language by its own name; `current` is among them whatever it is."""
    known = {
        code: f"{info['name_local']} ({info['name']})" if info["name_local"] != info["name"] else info["name"]
        for code, info in LANG_INFO.items()
        if "name" in info
    }
    choices = sorted(known.items(), key=lambda choice: choice[1].casefold())
    return choices if not current or current in known else [(current, current), *choices]


class CourseForm(forms.ModelForm):
    """A course's own fields. Only admins say who teaches it; an author's new course is their own."""

    slug = forms.SlugField(
        label=_("Address"),
        max_length=120,
        required=False,
        help_text=_("The last part of the course's address; made from the title when empty."),
    )
    thumbnail = forms.FileField(
        label=_("Picture"),
        required=False,
        widget=forms.ClearableFileInput({"accept": "image/*"}),
        help_text=_("JPEG, PNG, WebP or GIF, up to 10 MB. Without one, the course gets a drawn picture."),
    )
    language = forms.ChoiceField(label=_("Language"))

    class Meta:
        model = Course
        fields = [
            "title", "slug", "summary", "description", "objectives", "category", "level", "language", "thumbnail",
            "instructor", "price", "currency", "is_leaderboard_public",
        ]  # fmt: skip
        widgets = {
            "summary": forms.TextInput(),
            "description": forms.Textarea({"rows": 14, "maxlength": DESCRIPTION_LIMIT, "dir": "auto"}),
            "objectives": forms.Textarea({"rows": 5, "dir": "auto"}),
        }

    def __init__(self, *arguments: Any, actor: User, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.actor = actor
        language = self.instance.language
        self.fields["language"].choices = language_choices(language)  # type: ignore[attr-defined]
        self.initial.setdefault("language", language)
        if actor.is_admin:
            teachers = User.objects.teaching_staff() | User.objects.filter(pk=self.instance.instructor_id)
            self.fields["instructor"].queryset = teachers.order_by("first_name", "last_name")  # type: ignore[attr-defined]
            self.initial.setdefault("instructor", actor.pk)
        else:
            del self.fields["instructor"]
            if self.instance.pk is None:
                self.instance.instructor = actor

    def clean_slug(self) -> str:
        slug, title = self.cleaned_data["slug"], self.cleaned_data.get("title", "")
        wanted = slug or slugify(title)[:110] or f"course-{sha256(title.encode()).hexdigest()[:6]}"
        is_taken = not slug and Course.objects.filter(slug=wanted).exclude(pk=self.instance.pk).exists()
        return f"{wanted}-{token_hex(3)}" if is_taken and not self.begun_just_now() else wanted

    def begun_just_now(self) -> Course | None:
        """The same course, begun by the same person within a minute: this is the second click of a double click."""
        drafts = Course.objects.editable_by(self.actor).filter(is_published=False, placements=None)
        just_now = timezone.now() - timedelta(minutes=1)
        return drafts.filter(title=self.cleaned_data.get("title"), created_at__gt=just_now).first()

    def clean_thumbnail(self) -> "ContentFile[bytes] | Any":
        picture = self.cleaned_data["thumbnail"]
        return picture_from(picture) if isinstance(picture, UploadedFile) else picture
