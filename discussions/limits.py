"""How often one person may write, vote or follow: generous to people, narrow for programs."""

from datetime import timedelta

from accounts.rate_limits import Limit

COMMENTS = Limit("comments", 30, timedelta(minutes=10))
EDITS = Limit("edits", 60, timedelta(minutes=10))
VOTES = Limit("votes", 300, timedelta(minutes=10))
MESSAGES = Limit("messages", 60, timedelta(minutes=10))
POSTS = Limit("posts", 20, timedelta(hours=1))
POST_COMMENTS = Limit("post_comments", 60, timedelta(minutes=10))
LIKES = Limit("likes", 300, timedelta(minutes=10))
FOLLOWS = Limit("follows", 120, timedelta(hours=1))
MENTIONS = Limit("mentions", 100, timedelta(hours=1))  # who is told of them; the names stay links
REPORTS = Limit("reports", 30, timedelta(hours=1))
