"""Addresses of time, leaderboards, analytics and reports."""

from django.urls import path

from telemetry.views import beats, leaderboard

urlpatterns = [
    path("telemetry/beats/", beats.beats, name="beats"),
    path("courses/<slug:slug>/leaderboard/", leaderboard.leaderboard, name="leaderboard"),
]
