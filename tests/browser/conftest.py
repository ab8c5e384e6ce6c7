"""A real browser before a real web server, on this session's stores."""

import os
from pathlib import Path

import pytest

from tests.signing_in import session_key_of
from tests.sites import running_site

CHROMIUM = Path("/usr/bin/chromium")
STORES = ("DATABASE_URL", "MONGO_URL", "SECRET_KEY")
# A page that answers 4xx or 5xx on purpose, or a network taken away, makes the browser say so.
EXPECTED = (
    "Failed to load resource: the server responded with a status of",
    "Failed to load resource: net::ERR_INTERNET_DISCONNECTED",
    "htmx:afterRequest, ",
    "htmx:sendError, ",
)


@pytest.fixture(scope="package")
def site(django_db_setup, tmp_path_factory):
    """The address of the site."""
    with running_site({name: os.environ[name] for name in STORES}, tmp_path_factory.mktemp("site")) as address:
        yield address


@pytest.fixture(scope="package")
def chromium():
    """One browser for all tests; it runs an event loop in this thread, which Django must not mind."""
    if not CHROMIUM.exists() and not os.environ.get("CI"):
        pytest.skip(f"{CHROMIUM} is missing")
    from playwright.sync_api import sync_playwright

    with pytest.MonkeyPatch.context() as variables, sync_playwright() as playwright:
        variables.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_browser(site, chromium):
    """`open_browser(person)`: a page of a new browser in which this person is signed in, or nobody.

    Whatever the console complains of, also on behalf of the content policy, fails the test at its end.
    """
    contexts, complaints = [], []

    def note(message):
        if message.type in {"error", "warning"} and not message.text.startswith(EXPECTED):
            complaints.append(f"{message.text} at {message.page.url if message.page else ''}")

    def open_page(person=None, *, script=True, theme="light", width=1440):
        context = chromium.new_context(
            base_url=site,
            java_script_enabled=script,
            color_scheme=theme,
            viewport={"width": width, "height": 900},
            reduced_motion="reduce",
        )
        context.set_default_timeout(15_000)
        context.on("console", note)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        contexts.append(context)
        if person:
            context.add_cookies([{"name": "sessionid", "value": session_key_of(person), "url": site}])
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
