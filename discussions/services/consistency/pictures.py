"""Pictures of posts: every file that a post names is there, and every file is named by one."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from django.core.files.storage import default_storage
from django.utils import timezone

from courses.services.consistency.uploads import written
from discussions.models import Post
from discussions.services.consistency.batches import BATCH, batches, estimate
from learnflow.consistency import Difference, Key, Kind

FOLDER = "posts"


def _stored() -> set[str]:
    """The files of posts, by their names in storage."""
    try:
        return {f"{FOLDER}/{name}" for name in default_storage.listdir(FOLDER)[1]}
    except FileNotFoundError:  # nobody has posted anything yet
        return set()


def _unnamed(names: Sequence[str]) -> Iterator[str]:
    """Those of these files that no post names, asked for a batch at a time."""
    for start in range(0, len(names), BATCH):
        batch = names[start : start + BATCH]
        named = set(Post.objects.filter(image__in=batch).values_list("image", flat=True))
        yield from (name for name in batch if name not in named)


def _delete(keys: Sequence[Key]) -> int:
    """A name is random and given once: what no post names once its writer is done, none will."""
    unused = list(_unnamed([str(name) for (name,) in keys]))
    there = [name for name in unused if default_storage.exists(name)]
    for name in there:
        default_storage.delete(name)
    return len(there)


class Pictures:
    """What stands in the storage belongs to a post, and what a post shows is in the storage."""

    title = "Pictures of posts"
    is_passing = False
    unused = Kind(
        name="picture_unused",
        title="a picture in the folder of posts that no post names",
        remedy="delete the file",
        mend=_delete,
    )
    missing = Kind(
        name="picture_missing",
        title="a post names a picture that isn't in the storage",
        remedy="put the file back from a backup, or let its author delete the post",
        mend=None,
    )
    kinds: Sequence[Kind] = (unused, missing)

    def size(self) -> int:
        return estimate("posts")

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        # Files before names: what is posted meanwhile isn't among them.
        files, latest = _stored(), timezone.now() - grace
        for name in _unnamed(sorted(files)):
            since = written(name)
            if since and since <= latest:
                yield Difference(self.unused, (name,), f"{name}, uploaded {since:%F %T} UTC: no post names it")
        for batch in batches("posts"):
            for post_id, name in Post.objects.filter(pk__in=batch).order_by("pk").values_list("pk", "image"):
                if name not in files and _is_missing(post_id, name):
                    yield Difference(self.missing, (post_id,), f"post {post_id} names {name}: no such file")
            advance(len(batch))


def _is_missing(post_id: int, name: str) -> bool:
    """Also not there when one looks once more; a post that was deleted meanwhile took its picture with it."""
    return not default_storage.exists(name) and Post.objects.filter(pk=post_id).exists()


EXAMINATIONS = (Pictures(),)
