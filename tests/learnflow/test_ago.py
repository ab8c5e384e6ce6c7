"""Times are told in one unit."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import override

from learnflow.templatetags.ago import ago


@pytest.mark.parametrize(
    ("past", "words"),
    [
        ({"seconds": 0}, "now"),
        ({"minutes": 5, "seconds": 20}, "5 minutes ago"),
        ({"hours": 23, "minutes": 59}, "23 hours ago"),
        ({"days": 1, "hours": 9}, "1 day ago"),
        ({"days": 4, "hours": 17}, "4 days ago"),
        ({"days": 8}, "1 week ago"),
        ({"days": 800}, "2 years ago"),
    ],
)
def test_a_moment_is_told_in_one_unit(past, words):
    assert ago(timezone.now() - timedelta(**past)).replace("\xa0", " ") == words


def test_a_moment_is_told_in_the_language_of_the_reader():
    with override("de"):
        assert ago(timezone.now() - timedelta(days=4, hours=17)).replace("\xa0", " ") == "4 Tage her"
