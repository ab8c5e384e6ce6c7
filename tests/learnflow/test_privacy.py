import pytest

from courses.forms.lesson_editor import _resource
from tests.factories import PASSWORD


def test_a_page_of_somebody_signed_in_is_kept_by_no_shared_cache(as_learner):
    assert as_learner.get("/dashboard/")["Cache-Control"] == "private, no-cache"


def test_what_is_the_same_for_everybody_may_be_kept(as_learner):
    assert "public" in as_learner.get("/faces/science/sky.svg")["Cache-Control"]


@pytest.mark.parametrize(
    "elsewhere", ["http://localhost/", "//evil.example", "https://evil.example", "/\\evil.example"]
)
def test_signing_in_leads_to_no_other_site(visitor, learner, elsewhere):
    typed = {"login": learner.email, "password": PASSWORD, "next": elsewhere}
    assert visitor.post("/accounts/login/", typed)["Location"] == "/dashboard/"


def test_signing_in_leads_on_within_the_site(visitor, learner):
    typed = {"login": learner.email, "password": PASSWORD, "next": "/courses/"}
    assert visitor.post("/accounts/login/", typed)["Location"] == "/courses/"


@pytest.mark.parametrize("url", ["//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_a_resource_leads_to_no_address_in_disguise(url):
    with pytest.raises(Exception, match="no web address"):
        _resource(f"Look | {url}")
