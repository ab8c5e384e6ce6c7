"""What a seed repeats, and what an answer means."""

import pytest

from tests.faults import killing
from tests.faults.clients import Answer, outcome_of
from tests.faults.journal import Outcome


class Nowhere:
    """A site at which nothing happens."""

    def __init__(self):
        self.pauses = []

    def tend(self):
        pass

    def tend_for(self, seconds):
        self.pauses.append(seconds)

    def note(self, event):
        pass


def test_seed_repeats_the_choice_of_kills(monkeypatch):
    monkeypatch.setattr(killing, "GONE_SECONDS", (0, 0))

    def story_of(seed):
        site, struck = Nowhere(), []

        def near(site, choose):
            struck.append(("near", choose.random()))
            return True

        def far(site, choose):
            struck.append(("far", choose.random()))
            return True

        monkeypatch.setattr(killing, "KINDS", {near: 1, far: 3})
        killing.strike(site, 20, seed, kinds=[near, far])
        return struck, site.pauses

    assert story_of("7") == story_of("7") != story_of("8")


@pytest.mark.parametrize(
    ("status", "location", "outcome"),
    [
        (302, "/courses/weaving/", Outcome.ACKNOWLEDGED),
        (302, "/accounts/login/?next=/courses/weaving/", Outcome.REFUSED),
        (200, "", Outcome.REFUSED),
        (404, "", Outcome.REFUSED),
        (409, "", Outcome.REFUSED),
        (500, "", Outcome.UNKNOWN),
        (503, "", Outcome.UNKNOWN),
    ],
)
def test_only_an_answer_that_leads_on_acknowledges(status, location, outcome):
    assert outcome_of(Answer(status, location, ""), "/courses/weaving/") == outcome
