"""MongoDB as the tests see it: which commands were sent, and how to empty it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from pymongo import WriteConcern, monitoring

from learnflow import mongo

READS = {"find", "aggregate", "count", "distinct", "getMore"}
WRITES = {"insert", "update", "delete", "findAndModify", "bulkWrite"}


class Commands(monitoring.CommandListener):
    """Notes every command that a client of this process sends; registered before the first client is made."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.has_written = False

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name in READS | WRITES:
            self.sent.append(f"{event.command_name} {event.command[event.command_name]}")
        self.has_written |= event.command_name in WRITES

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """The commands sent within, as `find lessons`; read the list afterwards."""
        before, within = len(self.sent), []
        yield within
        within += self.sent[before:]


commands = Commands()
monitoring.register(commands)


def empty() -> None:
    """Delete every document; the collections keep their validators and indexes."""
    owner = mongo.connect(settings.MONGO_OWNER_URL)
    db = owner.get_default_database()
    for name in db.list_collection_names(filter={"type": "collection"}):
        if not name.startswith("system."):
            db[name].with_options(write_concern=WriteConcern(w=1, j=False)).delete_many({})
    owner.close()
    commands.has_written = False
    commands.sent.clear()
