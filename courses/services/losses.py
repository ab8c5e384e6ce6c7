"""What was lost when one store was put back to an older point, told by the other one.

What check_stores finds as well (lessons and enrollments that are named in one store only) isn't repeated here; this is
what making the copies anew would wipe out, and what only the audit log still knows.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from courses.content import lessons
from courses.content.consistency import copies
from courses.services.consistency.homes import read_homes

PAGE, EXAMPLES = 1_000, 5
NEWEST_KNOWN = """
SELECT log.resource_id, max((log.details #>> '{new,version}')::bigint)
  FROM audit_logs log
 WHERE log.action = 'lesson_changed' AND log.created_at > %s AND log.resource_type = 'lesson'
   AND log.details #> '{new,version}' IS NOT NULL
   AND EXISTS (SELECT FROM course_lessons WHERE lesson_id = log.resource_id)
 GROUP BY log.resource_id ORDER BY log.resource_id
"""


@dataclass
class Loss:
    """One kind of thing that was lost: how many, and the first few."""

    title: str
    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, sentence: str) -> None:
        self.count += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(sentence)


def lost_progress(*, advance: Callable[[int], None]) -> Loss:
    """What progress documents say is completed and an older PostgreSQL doesn't; these documents are set aside.

    To be asked before the copies are made anew. Raises `ContentUnavailable`.
    """
    loss = Loss("enrollments lost completed lessons; their documents as they were are set aside for 90 days")
    after = copies.FIRST
    while homes := read_homes(after=after, limit=PAGE):
        documents = copies.get_copies(each.key for each in homes)
        ahead = []
        for home in homes:
            document = documents.get(home.key)
            if document and document.is_legible and (lost := document.completed_only_here(home.percents)):
                loss.add(f"person {home.user_id} in course {home.course_id}: lessons {', '.join(lost)}")
                ahead.append(document)
        copies.take_back(ahead, because="progress_ahead")
        advance(len(homes))
        after = homes[-1].key
    return loss


def lost_versions(*, since: datetime, advance: Callable[[int], None]) -> Loss:
    """Placed lessons that were changed since then, as the audit log says, and are at an earlier version now.

    Raises `ContentUnavailable`.
    """
    loss = Loss("lessons went back to an earlier version; the later texts are lost")
    with connection.cursor() as cursor:
        cursor.execute(NEWEST_KNOWN, [since])
        known = cursor.fetchall()
    for page in (known[at : at + PAGE] for at in range(0, len(known), PAGE)):
        standing = lessons.get_bodies(lesson_id for lesson_id, _version in page)
        for lesson_id, newest in page:
            lesson = standing.get(lesson_id)
            if lesson and lesson["version"] < newest:
                versions = f"at version {lesson['version']}, where {newest} had been written"
                loss.add(f"lesson {lesson_id} “{lesson['title']}” is {versions}")
        advance(len(page))
    return loss
