"""Settings and URLs of a Django without middleware, with one view that says a constant: the least Django costs."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

SECRET_KEY = "the bare view signs nothing"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "bench.bare"


def constant(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Hello", headers={"Content-Length": "5"})


urlpatterns = [path("", constant)]
