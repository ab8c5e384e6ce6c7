import io

import pytest
from django.core.exceptions import BadRequest

from learnflow.bodies import WholeBody, with_whole_bodies


def test_a_body_arrives_as_it_was_sent():
    body = WholeBody(io.BytesIO(b"one\ntwo\nsixNEXT REQUEST"), 11)
    assert body.read(2) == b"on" and body.read(0) == b""
    assert list(body) == [b"e\n", b"two\n", b"six"]
    assert body.read() == b""


@pytest.mark.parametrize("read", [WholeBody.read, lambda body: body.read(64), WholeBody.readlines])
def test_a_body_that_breaks_off_is_no_body(read):
    with pytest.raises(BadRequest):
        read(WholeBody(io.BytesIO(b"title=half a sent"), 100))


def test_a_connection_that_is_reset_is_a_bad_request():
    class Reset(io.BytesIO):
        def read(self, size=-1):
            raise ConnectionResetError

    with pytest.raises(BadRequest):
        WholeBody(Reset(), 100).read()


def test_what_claims_no_length_stays_as_it_is():
    stream = io.BytesIO(b"x")
    assert with_whole_bodies(lambda environ, start: [environ["wsgi.input"]])({"wsgi.input": stream}, None) == [stream]
