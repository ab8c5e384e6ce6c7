"""Addresses of time, leaderboards, analytics and reports."""

from typing import Any

urlpatterns: list[Any] = []
