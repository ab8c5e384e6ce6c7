import pytest

from accounts.origin import client_address, current_origin, origin_of


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "198.51.100.7", "203.0.113.9"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "1.1.1.1, 198.51.100.7", "198.51.100.7"),
        (2, "1.1.1.1, 198.51.100.7, 10.0.0.1", "198.51.100.7"),
        (2, "198.51.100.7", "203.0.113.9"),
        (1, "", "203.0.113.9"),
        (1, "nonsense", None),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_only_what_trusted_proxies_wrote_is_believed(rf, settings, proxies, forwarded, address):
    settings.TRUSTED_PROXY_COUNT = proxies
    request = rf.get("/", headers={"x-forwarded-for": forwarded}, REMOTE_ADDR="203.0.113.9")
    assert client_address(request) == address


def test_a_unix_socket_has_no_address(rf):
    assert client_address(rf.get("/", REMOTE_ADDR="")) is None


def test_a_long_user_agent_is_cut(rf):
    assert len(origin_of(rf.get("/", headers={"user-agent": "x" * 5000})).user_agent) == 300


def test_no_request_no_origin():
    assert current_origin() is None
