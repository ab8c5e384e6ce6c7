import pytest
from django.db import connection


def ready(client):
    response = client.get("/readyz")
    return response.status_code, response.json()


def heard_of_a_worker():
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")


@pytest.mark.django_db(transaction=True)
def test_with_everything_up_the_site_is_ready(visitor):
    heard_of_a_worker()
    status, answer = ready(visitor)
    assert (status, answer["status"]) == (200, "ready")
    assert answer["postgresql"]["ms"] >= 0 and answer["mongodb"]["ms"] >= 0


def test_without_a_worker_it_is_degraded(visitor):
    status, answer = ready(visitor)
    assert (status, answer["status"], answer["worker"]) == (200, "degraded", {"ok": False})


def test_without_mongodb_it_is_degraded(visitor, mongodb_is_away):
    heard_of_a_worker()
    with mongodb_is_away():
        status, answer = ready(visitor)
    assert (status, answer["status"], answer["mongodb"]) == (200, "degraded", {"ok": False})


def test_the_process_says_that_it_lives(visitor):
    assert visitor.get("/healthz").content == b"alive\n"


@pytest.mark.parametrize("url", ["/healthz", "/readyz"])
def test_nobody_keeps_the_answer(visitor, url):
    assert "no-store" in visitor.get(url)["Cache-Control"]
