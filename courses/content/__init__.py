"""Lessons and progress in MongoDB. Nothing here knows a row of PostgreSQL."""

from courses.content import lessons, progress
from learnflow import mongo


def set_up() -> None:
    """Collections, validators and indexes of this app; called by its migrations, again and again if need be."""
    for collection, model, indexes in (*lessons.COLLECTIONS, *progress.COLLECTIONS):
        mongo.ensure_collection(collection, model, indexes)
