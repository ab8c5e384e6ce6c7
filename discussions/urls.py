"""Addresses of conversation: discussions, messages, the showcase, notifications."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
