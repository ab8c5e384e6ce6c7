"""A video to watch: on YouTube or Vimeo, or a file of our own; captions and a transcript beside it."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django import forms
from django.core.files.storage import default_storage
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel

from courses.content.lesson_types.definition import Content, LessonType
from courses.content.lesson_types.text import Link, MarkdownField, render_with_links

YOUTUBE_HOSTS = {"youtube.com", "www.youtube.com", "m.youtube.com", "www.youtube-nocookie.com"}
YOUTUBE_ID = re.compile(r"[A-Za-z0-9_-]{11}")
VIMEO_HOSTS = {"vimeo.com", "www.vimeo.com", "player.vimeo.com"}
VIMEO_ID = re.compile(r"/(?:video/)?(\d{6,12})(?:/([0-9a-f]{6,16}))?/?")


class Captions(BaseModel):
    """A WebVTT file in our storage; `language` is a language code."""

    file: str
    language: str = "en"
    label: str = ""


class VideoContent(Content):
    url: str = ""
    provider: str = ""
    video_id: str = ""
    file: str = ""
    captions: list[Captions] = []
    markdown: str = ""
    html: str = ""
    links: list[Link] = []


def parse_video_url(url: str) -> tuple[str, str]:
    """(provider, id) of a YouTube or Vimeo address; ValueError for anything else.

    The page's iframe is built from the id alone, so nothing else of the address reaches it.
    """
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").lower()
    if parts.scheme not in {"http", "https"}:
        raise ValueError("not a web address")
    if host == "youtu.be":
        candidate = parts.path.strip("/")
    elif host in YOUTUBE_HOSTS:
        last = parts.path.rstrip("/").rsplit("/", 1)[-1]
        candidate = parse_qs(parts.query).get("v", [last])[0]
    elif host in VIMEO_HOSTS and (found := VIMEO_ID.fullmatch(parts.path)):
        private = found[2] or parse_qs(parts.query).get("h", [""])[0]
        return "vimeo", f"{found[1]}?h={private}" if re.fullmatch(r"[0-9a-f]{6,16}", private) else found[1]
    else:
        raise ValueError("neither YouTube nor Vimeo")
    if not YOUTUBE_ID.fullmatch(candidate):
        raise ValueError("no video in this address")
    return "youtube", candidate


class VideoForm(forms.Form):
    url = forms.URLField(label=_("Address at YouTube or Vimeo"), required=False, assume_scheme="https", max_length=500)
    video_file = forms.FileField(label=_("or a video file (MP4 or WebM)"), required=False)
    captions_file = forms.FileField(label=_("Captions (WebVTT)"), required=False)
    captions_language = forms.CharField(label=_("Language of the captions"), required=False, max_length=12)
    markdown = MarkdownField(label=_("Transcript or notes"), required=False)

    def clean_url(self) -> str:
        url = self.cleaned_data["url"]
        if url:
            try:
                parse_video_url(url)
            except ValueError as error:
                raise forms.ValidationError(_("Give the address of a video at YouTube or Vimeo.")) from error
        return url

    def clean_video_file(self) -> Any:
        upload = self.cleaned_data["video_file"]
        if upload and video_suffix(upload.read(16)) is None:
            raise forms.ValidationError(_("This is neither an MP4 nor a WebM video."))
        return upload

    def clean_captions_file(self) -> Any:
        upload = self.cleaned_data["captions_file"]
        if upload and not are_captions(upload.read(16)):
            raise forms.ValidationError(_("A WebVTT file begins with the word WEBVTT."))
        return upload


def video_suffix(beginning: bytes) -> str | None:
    """`.mp4` or `.webm` by the file's first bytes, whatever its name says; None for anything else."""
    if beginning[4:8] == b"ftyp":
        return ".mp4"
    return ".webm" if beginning.startswith(b"\x1a\x45\xdf\xa3") else None


def are_captions(beginning: bytes) -> bool:
    """Whether a file begins as WebVTT does, with or without the mark of UTF-8."""
    return beginning.removeprefix(b"\xef\xbb\xbf").startswith(b"WEBVTT")


class VideoLesson(LessonType):
    slug = "video"
    label = _("Video")
    icon = "play-circle"
    template = "courses/lesson_types/video.html"
    model = VideoContent
    form = VideoForm

    def prepare(self, raw: dict[str, Any]) -> dict[str, Any]:
        content = self.read(raw)
        assert isinstance(content, VideoContent)
        tracks = [{"url": default_storage.url(each.file), **each.model_dump()} for each in content.captions]
        return {
            "content": content,
            "file_url": default_storage.url(content.file) if content.file else "",
            "embed": embed_of(content),
            "tracks": tracks,
        }

    def content_from(self, cleaned: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
        """The files among `cleaned` are names in our storage by now (`video_file`, `captions_file`)."""
        provider, video_id = parse_video_url(cleaned["url"]) if cleaned["url"] else ("", "")
        links = before.get("links", [])
        captions = before.get("captions", [])
        if cleaned.get("captions_file"):
            language = cleaned.get("captions_language") or "en"
            others = [each for each in captions if each.get("language") != language]
            captions = [*others, {"file": cleaned["captions_file"], "language": language, "label": language}]
        return {
            **before,
            "url": cleaned["url"],
            "provider": provider,
            "video_id": video_id,
            "file": "" if provider else cleaned.get("video_file") or before.get("file", ""),
            "captions": captions,
            "markdown": cleaned["markdown"],
            "html": render_with_links(cleaned["markdown"], links),
            "links": links,
        }

    def problems(self, raw: dict[str, Any]) -> list[str]:
        if raw.get("video_id") or raw.get("file"):
            return []
        return [gettext("The lesson has no video.")]


def embed_of(content: VideoContent) -> dict[str, str] | None:
    """Where the iframe points and which words its player speaks; None for a file."""
    if content.provider == "youtube" and YOUTUBE_ID.fullmatch(content.video_id):
        url = f"https://www.youtube-nocookie.com/embed/{content.video_id}?enablejsapi=1&rel=0"
        return {"provider": "youtube", "url": url, "start": "&start="}
    if content.provider == "vimeo" and re.fullmatch(r"\d{6,12}(\?h=[0-9a-f]{6,16})?", content.video_id):
        joint = "&" if "?" in content.video_id else "?"
        url = f"https://player.vimeo.com/video/{content.video_id}{joint}dnt=1"
        return {"provider": "vimeo", "url": url, "start": "#t="}
    return None


TYPE = VideoLesson()
