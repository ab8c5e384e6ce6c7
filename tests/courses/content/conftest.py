"""Each test of the content module runs twice: on mongomock, which is fast, and on MongoDB itself, which is right."""

import mongomock
import mongomock.collection
import pytest

from courses.content import lessons, progress
from learnflow import mongo


class BulkOperationBuilder(mongomock.collection.BulkOperationBuilder):
    """pymongo hands `sort` to the builder, which mongomock 4.3 doesn't know."""

    def add_update(self, *args, sort=None, **options):
        return super().add_update(*args, **options)


@pytest.fixture(params=["mongomock", "mongodb"])
def store(request, monkeypatch):
    """The empty store behind the content module."""
    if request.param == "mongodb":
        return request.getfixturevalue("real_store")
    monkeypatch.setattr(mongomock.collection, "BulkOperationBuilder", BulkOperationBuilder)
    monkeypatch.setattr(mongo, "_client", mongomock.MongoClient(tz_aware=True))
    store = mongo.database()
    for collection, _model, indexes in (*lessons.COLLECTIONS, *progress.COLLECTIONS):
        for index in (each.document for each in indexes):
            if index.get("unique"):
                store[collection].create_index(list(index["key"].items()), unique=True)
    return store


@pytest.fixture
def real_store(document_store):
    """MongoDB itself, for what mongomock hasn't got."""
    return mongo.database()
