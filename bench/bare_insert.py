"""Settings and URLs of a Django without middleware, with one view that inserts what it is sent into MongoDB."""

import os
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from pymongo import MongoClient
from pymongo.collection import Collection

SECRET_KEY = "the bare view signs nothing"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "bench.bare_insert"
USE_TZ = True


@cache
def collection() -> Collection[dict[str, Any]]:
    """Made at its first use, so after the fork."""
    options: dict[str, Any] = {"maxPoolSize": 10, "w": "majority", "journal": True}
    client: MongoClient[dict[str, Any]] = MongoClient(os.environ["MONGO_URL"], **options)
    return client.get_default_database().bare


def insert(request: HttpRequest) -> HttpResponse:
    collection().insert_one({"sent": request.POST.dict(), "at": timezone.now()})
    return HttpResponse("Thanks", headers={"Content-Length": "6"})


urlpatterns = [path("", insert)]
