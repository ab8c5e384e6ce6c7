"""Every address of LearnFlow, app by app."""

from django.contrib import admin
from django.urls import include, path

from learnflow import errors, health, learner_story, media, person_story, views

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.not_found
handler500 = errors.server_error

urlpatterns = [
    path("", views.home, name="home"),
    path("dashboard/", views.dashboard, name="dashboard"),
    path("people/<str:username>/", views.person, name="person"),
    path("reports/people/<str:username>/", person_story.person_story, name="person_story"),
    path("faces/<slug:category>/<slug:slug>.svg", views.face, name="face"),
    path("media/<path:path>", media.media, name="media"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path(
        "courses/<slug:slug>/analytics/learners/<str:username>/",
        learner_story.learner_story,
        name="learner_story",
    ),
    path(
        "courses/<slug:slug>/analytics/learners/<str:username>.csv",
        learner_story.learner_story_csv,
        name="learner_story_csv",
    ),
    path("", include("courses.urls")),
    path("", include("accounts.urls")),
    path("", include("discussions.urls")),
    path("", include("telemetry.urls")),
    path("admin/", admin.site.urls),
]
