"""The stores, and the cast: an author teaches, a learner is enrolled, a stranger is signed in, a visitor is not."""

import shutil
from contextlib import contextmanager
from functools import partial

import psycopg
import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client, TransactionTestCase
from pymongo import MongoClient

from courses import content
from courses.views import catalogue
from courses.views.outline import forget_outlines
from learnflow import embedded, mongo
from telemetry import events
from tests import addresses, documents, stores
from tests.factories import AdminFactory, CourseFactory, EnrollmentFactory, InstructorFactory, UserFactory


@pytest.fixture(scope="session")
def document_store():
    """This session's database in MongoDB, with validators and indexes."""
    stores.create_document_database(settings.SESSION)
    content.set_up()
    events.set_up()
    yield
    mongo.client().close()


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker, document_store):
    """This session's tables, made by the owner; everything else connects as the application's role."""
    stores.create_tables(settings.SESSION)
    with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as owner, django_db_blocker.unblock():
        TransactionTestCase._fixture_teardown = partial(empty_tables, owner, keep=tables_with_rows(owner))
        yield
        connection.close_pool()


def empty_tables(owner, *, keep):
    """Empty the tables after a test that commits; what migrations filled stays.

    The application's role may not TRUNCATE, so it is done by the owner. Sequences go on: whoever still remembers an
    earlier test by an id must not take a later one for it.
    """
    names = tables_with_rows(owner) - keep
    if names:
        owner.execute(f"TRUNCATE {', '.join(sorted(names))} CASCADE")


def tables_with_rows(owner):
    found = owner.execute("""
        SELECT quote_ident(relname) FROM pg_class
         WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
    """)
    return {name for (name,) in found}


def pytest_unconfigure(config):
    """Leave nothing: no databases, no files, and no servers unless another session uses them."""
    stores.drop(settings.SESSION)
    shutil.rmtree(settings.VAR_DIR, ignore_errors=True)
    embedded.release()


@pytest.fixture(autouse=True)
def _a_fresh_start():
    """No test finds documents, a remembered outage or a remembered outline of an earlier one."""
    yield
    if documents.commands.has_written:
        documents.empty()
    mongo.breaker.reset()
    forget_outlines()
    catalogue.CATEGORIES.forget()
    catalogue.TOTAL.forget()


@pytest.fixture(autouse=True)
def _an_empty_cache(request):
    if "db" in request.fixturenames or "transactional_db" in request.fixturenames:
        request.getfixturevalue("_django_db_helper")
        cache.clear()


@pytest.fixture
def mongo_commands():
    """`with mongo_commands() as sent:` notes the commands that MongoDB gets, as `find lessons`."""
    return documents.commands.counted


@pytest.fixture
def mongodb_is_away(monkeypatch):
    """`with mongodb_is_away():` this process meets a MongoDB that doesn't answer, and quickly, to keep tests short."""

    @contextmanager
    def away():
        with MongoClient("127.0.0.1", 9, timeoutMS=300) as nobody, monkeypatch.context() as door:
            door.setattr(mongo, "_client", nobody)
            yield
        mongo.breaker.reset()

    return away


@pytest.fixture
def budget(django_assert_max_num_queries, mongo_commands):
    """`with budget(postgresql=8, mongodb=2):` fails when more is asked of a store, and says what."""

    @contextmanager
    def within(*, postgresql, mongodb):
        with mongo_commands() as sent, django_assert_max_num_queries(postgresql) as queries:
            yield queries
        assert len(sent) <= mongodb, sent

    return within


@pytest.fixture
def author(db):
    return InstructorFactory(username="author", first_name="Ada", last_name="Weaver")


@pytest.fixture
def course(author):
    """A published course with three lessons."""
    return CourseFactory(instructor=author, title="Weaving for everyone", slug="weaving", lessons=3)


@pytest.fixture
def learner(course):
    learner = UserFactory(username="learner", first_name="Lee", last_name="Park")
    EnrollmentFactory(user=learner, course=course)
    return learner


@pytest.fixture
def stranger(db):
    return UserFactory(username="stranger")


@pytest.fixture
def admin(db):
    return AdminFactory(username="chief")


@pytest.fixture
def sign_in():
    """`sign_in(person)`: a browser in which this person is signed in."""

    def client_of(person):
        client = Client()
        client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
        # As signing in on the page does.
        UserSession.objects.create(user=person, ip="127.0.0.1", session_key=client.session.session_key)
        return client

    return client_of


@pytest.fixture
def visitor(db):
    """A browser in which nobody is signed in."""
    return Client()


@pytest.fixture
def as_author(author, sign_in):
    return sign_in(author)


@pytest.fixture
def as_learner(learner, sign_in):
    return sign_in(learner)


@pytest.fixture
def as_stranger(stranger, sign_in):
    return sign_in(stranger)


@pytest.fixture
def as_admin(admin, sign_in):
    return sign_in(admin)


@pytest.fixture
def world(course, author, learner, stranger, sign_in, visitor):
    """Everybody in their browser, in a world where every address leads somewhere."""
    return addresses.build(course, author, learner, stranger, sign_in, visitor)
