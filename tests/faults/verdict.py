"""What the site has lost, done twice or in the wrong order: the clients' journal against what the stores say."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from tests.faults.journal import REST_SECONDS, Entry, Journal, Outcome
from tests.faults.picture import MISSING, Picture, Row

LOST = "acknowledged acts lost"
TWICE = "applied twice"
DISORDER = "in wrong order"
REFUSED_YET_DONE = "refused and yet done"
BEYOND = "more time than there was"
PROMISED = "pages that promise what's missing"
DIFFERENT = "stores that differ"
FOUND = "found by check_stores"
FAILED = "answered with status 500"
KINDS = (LOST, TWICE, DISORDER, REFUSED_YET_DONE, BEYOND, PROMISED, DIFFERENT, FOUND, FAILED)

# The audit row that the transaction of each act leaves. The row of an edit comes after the document, which is its home:
# an edit without an answer may stand without it.
ACTIONS = {
    "complete": "lesson_completed",
    "undo": "lesson_reopened",
    "enroll": "enrolled",
    "unenroll": "unenrolled",
    "add": "lesson_created",
    "reuse": "lesson_created",
    "remove": "lesson_deleted",
    "reorder": "lesson_moved",
    "begin course": "course_created",
    "delete course": "course_deleted",
    "section": "course_changed",
    "edit": "lesson_changed",
}
LONGEST_BEAT = 30  # seconds
ROUNDING = 0.001
MAY_BE_REPEATED = {"reorder"}  # to put things in the same order again changes nothing and leaves a row


@dataclass(frozen=True)
class Loss:
    kind: str
    sentence: str


def losses(journal: Journal, picture: Picture) -> Iterator[Loss]:
    """Everything by which the stores contradict the journal."""
    for sentence in journal.contradictions:
        yield Loss(LOST, sentence)
    yield from _states(journal, picture)
    yield from _audited(journal, picture)
    yield from _alternating(picture)
    yield from _texts(journal, picture)
    yield from _beats(journal, picture)
    for entry in journal.failures():
        yield Loss(FAILED, f"{entry.act} {entry.key}")


def _states(journal: Journal, picture: Picture) -> Iterator[Loss]:
    """Every thing is in a state that its owner's journal allows."""
    for thing, belief in journal.beliefs.items():
        actual = picture.state_of(thing)
        if actual is not MISSING and actual not in belief.values:
            yield Loss(LOST, f"{' '.join(thing)} is {actual}, its journal says {belief.values}")


def _audited(journal: Journal, picture: Picture) -> Iterator[Loss]:
    """Every acknowledged act has left its row in the audit log, once, and in the order in which its client acted."""
    rows = _rows_by_act(picture)
    last: dict[str, int] = defaultdict(int)
    for key, sent in journal.acts().items():
        if sent[0].act not in ACTIONS:
            continue
        act, found = sent[0].act, rows.get((key, ACTIONS[sent[0].act]), [])
        said = f"{act} {key} of {' '.join(sent[0].thing)}"
        is_acknowledged = sent[-1].outcome == Outcome.ACKNOWLEDGED
        is_unsure = any(entry.outcome == Outcome.UNKNOWN for entry in sent)
        if is_acknowledged and not found and not (act == "edit" and is_unsure):
            yield Loss(LOST, f"{said} left no row in the audit log")
        if len(found) > 1 and act not in MAY_BE_REPEATED:
            yield Loss(TWICE, f"{said} left {len(found)} rows in the audit log")
        if found and not is_acknowledged and not is_unsure:
            yield Loss(REFUSED_YET_DONE, said)
        if found and is_acknowledged:
            if found[0].id < last[sent[0].client]:
                yield Loss(DISORDER, f"{said} stands in the audit log before what its client did earlier")
            last[sent[0].client] = found[0].id


def _rows_by_act(picture: Picture) -> dict[tuple[str, str], list[Row]]:
    """The rows of the audit log by the act that left them and its action."""
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in picture.audit:
        found[row.browser, row.action].append(row)
    return found


def _alternating(picture: Picture) -> Iterator[Loss]:
    """Nobody completes a lesson that is completed, or takes back what isn't."""
    verbs = {"lesson_completed": "completed", "lesson_reopened": "reopened"}
    acts: dict[tuple[int, str], list[Row]] = defaultdict(list)
    for row in picture.audit:
        if row.action in verbs:
            acts[row.user_id, row.resource_id].append(row)
    for (user, lesson), rows in acts.items():
        for before, after in pairwise(rows):
            if before.action == after.action:
                yield Loss(TWICE, f"user {user} {verbs[after.action]} lesson {lesson} twice, by {after.browser}")
        if rows[0].action == "lesson_reopened":
            yield Loss(DISORDER, f"user {user} reopened lesson {lesson} before completing it")


def _beats(journal: Journal, picture: Picture) -> Iterator[Loss]:
    """What counts was told, and lies between the opening of its page and the moment in which it was told last."""
    told = [sent for sent in journal.acts().values() if sent[0].act == "beat"]
    known = set()
    for sent in told:
        _, person, beat_id, opened = sent[0].thing
        known.add(key := f"{picture.people[person]}:{beat_id}")
        latest = max(each.ended + (REST_SECONDS if each.outcome == Outcome.UNKNOWN else 0) for each in sent)
        event = picture.events.get(key)
        if event and not (
            float(opened) - ROUNDING <= event["started_at"].timestamp() < event["ended_at"].timestamp() <= latest
            and (event["ended_at"] - event["started_at"]).total_seconds() <= LONGEST_BEAT
        ):
            yield Loss(BEYOND, f"beat {key} of a page opened at {opened}, told until {latest}, is {event}")
    learners = {picture.people[sent[0].thing[1]] for sent in told}
    for key, event in picture.events.items():
        if event["user_id"] in learners and key not in known:
            yield Loss(BEYOND, f"nobody told beat {key}")


def _texts(journal: Journal, picture: Picture) -> Iterator[Loss]:
    """Every text that was acknowledged is among its lesson's versions, once, and they follow the journal's order."""
    edits: dict[str, list[list[Entry]]] = defaultdict(list)
    for sent in journal.acts().values():
        if sent[0].act == "edit" and sent[0].thing[1] in picture.lessons:
            edits[sent[0].thing[1]].append(sent)
    for lesson, acts in edits.items():
        said = picture.words(lesson)
        last = 0
        for sent in acts:
            versions = [version for version, word in said.items() if word == sent[0].value]
            is_acknowledged = sent[-1].outcome == Outcome.ACKNOWLEDGED
            if is_acknowledged and not versions:
                yield Loss(LOST, f"the text {sent[0].value} of lesson {lesson} is in none of its versions")
            if len(versions) > 1:
                yield Loss(TWICE, f"the text {sent[0].value} is lesson {lesson} at {versions}")
            if versions and all(entry.outcome in (Outcome.REFUSED, Outcome.UNSENT) for entry in sent):
                yield Loss(REFUSED_YET_DONE, f"the text {sent[0].value} of lesson {lesson}")
            if is_acknowledged and versions:
                if versions[0] < last:
                    yield Loss(DISORDER, f"the text {sent[0].value} of lesson {lesson} came before an earlier one")
                last = versions[0]
