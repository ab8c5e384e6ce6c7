from urllib.parse import quote_plus
from wsgiref.util import setup_testing_defaults

import pytest
from django.test.client import FakePayload

from learnflow.wsgi import Request, application

CHARSETS = ["rot13", "base64", "hex", "undefined", "idna", "punycode", "utf-7", "unicode_escape", "utf-16", "latin-1"]
TEXT = r"+AGE- \x00 \ud800 é"
BODY = f'--line\r\nContent-Disposition: form-data; name="q"\r\n\r\n{TEXT}\r\n--line--\r\n'.encode()


def environ(method, content_type):
    """What the web server hands over."""
    given = {
        "REQUEST_METHOD": method,
        "HTTP_HOST": "localhost",
        "PATH_INFO": "/healthz",
        "QUERY_STRING": f"q={quote_plus(TEXT)}",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(BODY)),
        "wsgi.input": FakePayload(BODY),
    }
    setup_testing_defaults(given)
    return given


@pytest.mark.parametrize("charset", CHARSETS)
def test_claimed_charset_changes_nothing(charset):
    assert Request(environ("GET", f"text/html; charset={charset}")).GET["q"] == TEXT
    assert Request(environ("POST", f"multipart/form-data; boundary=line; charset={charset}")).POST["q"] == TEXT


@pytest.mark.parametrize("charset", CHARSETS)
def test_page_answers_whatever_charset_is_claimed(charset):
    answers = []
    application(environ("GET", f"text/html; charset={charset}"), lambda status, headers: answers.append(status))
    assert answers == ["200 OK"]
