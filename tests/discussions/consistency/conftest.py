"""The same looking and mending as for courses, and somebody who may damage what triggers keep."""

import psycopg
import pytest
from django.conf import settings

from tests.courses.consistency.conftest import _a_storage_of_its_own, look, mends

__all__ = ["_a_storage_of_its_own", "look", "mends"]


@pytest.fixture
def damage(transactional_db):
    """`damage("UPDATE …")`: by the owner of the tables, with the triggers asleep."""
    with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as owner:

        def execute(statement, *arguments):
            with owner.transaction():
                owner.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no table with checks to come can be altered
                for table in ("comments", "comment_votes", "direct_messages", "likes", "post_comments"):
                    owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                owner.execute(statement, arguments)
                for table in ("comments", "comment_votes", "direct_messages", "likes", "post_comments"):
                    owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

        yield execute
