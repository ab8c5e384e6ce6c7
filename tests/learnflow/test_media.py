import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage


@pytest.fixture
def film(db):
    """A stored film of 100 bytes, 0 to 99; its address."""
    name = default_storage.save("lessons/film.mp4", ContentFile(bytes(range(100))))
    yield default_storage.url(name)
    default_storage.delete(name)


def body(response):
    return b"".join(response.streaming_content)


def test_a_stored_file_is_served_and_kept_by_the_browser(visitor, film):
    response = visitor.get(film)
    assert body(response) == bytes(range(100))
    assert response["Content-Type"] == "video/mp4" and "immutable" in response["Cache-Control"]


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        ("bytes=0-9", (bytes(range(10)), "bytes 0-9/100")),
        ("bytes=90-", (bytes(range(90, 100)), "bytes 90-99/100")),
        ("bytes=-5", (bytes(range(95, 100)), "bytes 95-99/100")),
        ("bytes=50-5000", (bytes(range(50, 100)), "bytes 50-99/100")),
        ("bytes=-5000", (bytes(range(100)), "bytes 0-99/100")),
    ],
)
def test_a_player_gets_the_range_it_asks_for(visitor, film, wanted, got):
    response = visitor.get(film, headers={"Range": wanted})
    assert response.status_code == 206
    assert (body(response), response["Content-Range"]) == got


@pytest.mark.parametrize("wanted", ["bytes=100-", "bytes=9-3"])
def test_a_range_that_is_not_there_is_refused(visitor, film, wanted):
    response = visitor.get(film, headers={"Range": wanted})
    assert (response.status_code, response["Content-Range"]) == (416, "bytes */100")


@pytest.mark.parametrize("wanted", ["bytes=-", "bytes=1-2,4-5", "lines=1-2", "nonsense"])
def test_a_range_that_makes_no_sense_gets_the_whole(visitor, film, wanted):
    response = visitor.get(film, headers={"Range": wanted})
    assert response.status_code == 200 and len(body(response)) == 100


def test_what_a_browser_could_run_is_only_downloaded(visitor):
    name = default_storage.save("lessons/page.html", ContentFile(b"<script>alert(1)</script>"))
    response = visitor.get(default_storage.url(name))
    body(response)
    default_storage.delete(name)
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    ["nothing.png", "", "lessons", "../secrets.json", "..%2fsecrets.json", "/etc/passwd", "a/../../secrets.json"],
)
def test_nothing_beside_the_stored_files_is_served(visitor, film, path):
    assert visitor.get(f"/media/{path}").status_code in (400, 404)
