"""Lessons and progress in MongoDB. Nothing here knows a row of PostgreSQL."""

from courses.content import lessons, progress, set_aside
from learnflow import mongo

COLLECTIONS = (*lessons.COLLECTIONS, *progress.COLLECTIONS, *set_aside.COLLECTIONS)


def set_up() -> None:
    """Collections, validators and indexes of this app; called by its migrations, again and again if need be."""
    for collection, model, indexes in COLLECTIONS:
        mongo.ensure_collection(collection, model, indexes)
