"""Addresses of conversation: discussions, messages, the showcase, notifications."""

from django.urls import path, register_converter

from discussions.views import (
    acts,
    blocks,
    comment,
    discussion,
    discussion_csv,
    feed,
    likes,
    messages,
    moderation,
    notifications,
    people,
    posts,
    questions,
    unsubscribe,
)


class HideKindConverter:
    """What staff may hide, as the code calls it, with hyphens."""

    regex = "comment|post|post-comment"

    def to_python(self, value: str) -> str:
        return value.replace("-", "_")

    def to_url(self, value: str) -> str:
        return value.replace("_", "-")


class ReportKindConverter(HideKindConverter):
    """What anybody may report."""

    regex = "comment|post|post-comment|message|person"


register_converter(HideKindConverter, "hide_kind")
register_converter(ReportKindConverter, "report_kind")

urlpatterns = [
    path("questions/", questions.questions, name="questions"),
    path("courses/<slug:slug>/discussion/", discussion.course_discussion, name="course_discussion"),
    path("courses/<slug:slug>/discussion/csv/", discussion_csv.discussion_csv, name="discussion_csv"),
    path(
        "courses/<slug:slug>/lessons/<lesson_id:lesson_id>/discussion/",
        discussion.lesson_discussion,
        name="lesson_discussion",
    ),
    path("comments/<int:comment_id>/", comment.comment, name="comment"),
    path("comments/<int:comment_id>/reply/", comment.reply, name="reply"),
    path("comments/<int:comment_id>/edit/", comment.edit_comment, name="edit_comment"),
    path("comments/<int:comment_id>/delete/", comment.delete_comment, name="delete_comment"),
    path("comments/<int:comment_id>/vote/", acts.vote, name="vote"),
    path("comments/<int:comment_id>/pin/", acts.pin, name="pin"),
    path("comments/<int:comment_id>/answer/", acts.answer, name="answer"),
    path("comments/<int:comment_id>/answered/", acts.answered, name="answered"),
    path("comments/<int:comment_id>/lock/", acts.lock, name="lock"),
    path("messages/", messages.messages, name="messages"),
    path("messages/<str:username>/", messages.conversation, name="conversation"),
    path("messages/<str:username>/new/", messages.new_messages, name="new_messages"),
    path("messages/<str:username>/mute/", messages.mute, name="mute"),
    path("people/<str:username>/block/", blocks.block, name="block"),
    path("report/<report_kind:target>/<int:target_id>/", moderation.report, name="report"),
    path("hide/<hide_kind:target>/<int:target_id>/", moderation.hide, name="hide"),
    path("unhide/<hide_kind:target>/<int:target_id>/", moderation.unhide, name="unhide"),
    path("notifications/", notifications.notifications, name="notifications"),
    path("notifications/read/", notifications.read_notifications, name="read_notifications"),
    path("notifications/settings/", notifications.notification_settings, name="notification_settings"),
    path("notifications/<int:notification_id>/open/", notifications.open_notification, name="open_notification"),
    path("notifications/unsubscribe/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
    path("feed/", feed.feed, name="feed"),
    path("posts/", feed.posts, name="posts"),
    path("posts/new/", posts.new_post, name="new_post"),
    path("posts/<int:post_id>/", posts.post, name="post"),
    path("posts/<int:post_id>/edit/", posts.edit_post, name="edit_post"),
    path("posts/<int:post_id>/delete/", posts.delete_post, name="delete_post"),
    path("posts/<int:post_id>/like/", likes.like_post, name="like_post"),
    path("post-comments/<int:post_comment_id>/like/", likes.like_post_comment, name="like_post_comment"),
    path("post-comments/<int:post_comment_id>/delete/", posts.delete_post_comment, name="delete_post_comment"),
    path("people/", people.people, name="people"),
    path("people/<str:username>/follow/", people.follow, name="follow"),
    path("people/<str:username>/followers/", people.followers, name="followers"),
    path("people/<str:username>/following/", people.following, name="following"),
    path("people/<str:username>/posts/", feed.person_posts, name="person_posts"),
]
