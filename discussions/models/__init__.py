"""Rows and their rules, one file a noun."""

from discussions.models.announcement import Announcement
from discussions.models.comment import Comment, CommentVote
from discussions.models.conversation import Conversation, DirectMessage, UserBlock
from discussions.models.notification import Delivery, Kind, Notification, NotificationSetting
from discussions.models.post import Like, Post, PostComment
from discussions.models.report import Report

__all__ = [
    "Announcement",
    "Comment",
    "CommentVote",
    "Conversation",
    "Delivery",
    "DirectMessage",
    "Kind",
    "Like",
    "Notification",
    "NotificationSetting",
    "Post",
    "PostComment",
    "Report",
    "UserBlock",
]
