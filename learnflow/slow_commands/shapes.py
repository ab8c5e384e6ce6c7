"""What a command looks like without its values: what was asked, never about whom.

Whatever isn't known to be harmless is left out: what can't be read as SQL ends the shape, and a name in a document of
MongoDB that might have come from a person is `*`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

LONGEST = 2_000
MOST_READ = 20_000  # of a statement; a value that is cut in two is still a value
DEEPEST, WIDEST = 12, 100

SQL_TOKEN = re.compile(
    r"""
    (?P<space>\s+|--[^\n]*)
  | (?P<unreadable>/\*)
  | (?P<value>
        [eE]'(?:[^'\\]|\\.|'')*(?:'|\Z)
      | (?:[bBxXnN]|[uU]&)?'(?:[^']|'')*(?:'|\Z)
      | \$(?P<tag>(?:[^\W\d]\w*)?)\$.*?(?:\$(?P=tag)\$|\Z)
      | %\(\w+\)[sbt] | %[sbt] | \$\d+
      | (?:\d|\.\d)[\w.]*
    )
  | (?P<name>"(?:[^"]|"")*(?:"|\Z))
  | (?P<word>[^\W\d][\w$]*)
  | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)
PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_$]{0,62}\Z")
LONG_NUMBER = re.compile(r"\d{5,}")  # in names of savepoints and cursors
LISTS = (
    (re.compile(r"\[\?(?:, ?\?)+\]"), "[?, …]"),
    (re.compile(r"\(\?(?:, ?\?)+\)"), "(?, …)"),
    (re.compile(r"(\(\?(?:, …)?\))(?:, ?\(\?(?:, …)?\))+"), r"\1, …"),
)


def shape_of_sql(sql: str) -> str:
    """One line, every value in it a `?`, and lists of values short."""
    shape = re.sub(" +", " ", "".join(_signs(sql[:MOST_READ]))).strip()
    for pattern, short in LISTS:
        shape = pattern.sub(short, shape)
    return _cut(shape) if len(sql) <= MOST_READ else _cut(f"{shape} …")


def _signs(sql: str) -> Iterator[str]:
    for found in SQL_TOKEN.finditer(sql):
        kind, text = found.lastgroup, found[0]
        if kind == "space":
            yield " "
        elif kind == "word":
            yield LONG_NUMBER.sub("?", text)
        elif kind == "name":
            name = text[1:-1]
            yield LONG_NUMBER.sub("?", name) if PLAIN_NAME.match(name) else "?"
        elif kind == "sign" and text.isascii():
            yield text
        elif kind == "unreadable":
            yield " …"
            return
        else:
            yield "?"


# --- MongoDB --------------------------------------------------------------------------------------

# What every command carries says nothing about what was asked.
CARRIED = {
    *("lsid", "txnNumber", "startTransaction", "autocommit", "apiVersion", "maxTimeMS", "comment"),
    *("writeConcern", "readConcern", "ordered", "bypassDocumentValidation", "cursor"),
}
# Below them stand names of fields, operators and stages; what stands below others is a value.
DESCRIBED = {"filter", "query", "q", "u", "update", "updates", "deletes", "pipeline", "sort", "projection", "fields"}
WRITES_VALUES = {
    *("$set", "$setOnInsert", "$unset", "$inc", "$mul", "$min", "$max", "$rename", "$currentDate", "$bit"),
    *("$push", "$pushAll", "$addToSet", "$pull", "$pullAll", "$pop"),
}
VALUES = {
    *("$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$all"),
    *("$literal", "$jsonSchema", "$comment", "$text", "$where", "$function", "$accumulator", "$regex"),
}
OPERATOR = re.compile(r"\$[A-Za-z]{1,40}\Z")
FIELD = re.compile(r"[A-Za-z_][A-Za-z_]{0,39}\Z")
COLLECTION = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,80}\Z")


def shape_of_document(command: Mapping[str, Any]) -> str:
    """A command of MongoDB as `find progress {filter: {user_id: ?}, projection: {lessons: ?}}`."""
    name = next(iter(command), "")
    on = command.get("collection") if name == "getMore" else command.get(name)
    named = f" {on}" if isinstance(on, str) and COLLECTION.match(on) else ""
    rest = {
        key: value
        for key, value in command.items()
        if key not in CARRIED and key not in (name, "collection") and not key.startswith("$")
    }
    parts = ", ".join(f"{_field(key)}: {_described(value, key)}" for key, value in rest.items())
    return _cut(f"{_field(name)}{named} {{{parts}}}" if parts else f"{_field(name)}{named}")


def _described(value: Any, key: str) -> str:
    """What stands below one key of a command."""
    if key not in DESCRIBED:
        return "[?]" if isinstance(value, list | tuple) else "?"
    if key in ("updates", "deletes") and isinstance(value, list | tuple):
        return _listed([_one_write(each) for each in value[:WIDEST]])
    if key == "u" or key == "update":
        return _update(value)
    return _shape(value, 0, is_filter=True)


def _one_write(write: Any) -> str:
    if not isinstance(write, Mapping):
        return "?"
    return f"{{{', '.join(f'{_field(key)}: {_described(value, key)}' for key, value in write.items())}}}"


def _update(value: Any) -> str:
    """Operators and stages; of a document that replaces another, nothing."""
    is_replacement = isinstance(value, Mapping) and not all(str(key).startswith("$") for key in value)
    return "?" if is_replacement else _shape(value, 0)


def _shape(value: Any, depth: int, *, is_filter: bool = False) -> str:
    """`is_filter` is said of documents whose keys are fields, though they stand below no operator."""
    if depth > DEEPEST:
        return "?"
    if isinstance(value, list | tuple):
        return _listed([_shape(each, depth + 1) for each in value[:WIDEST]])
    if not isinstance(value, Mapping):
        return "?"
    if not is_filter and not all(str(key).startswith("$") for key in value):
        return "?"
    return f"{{{', '.join(_entry(str(key), below, depth) for key, below in list(value.items())[:WIDEST])}}}"


def _entry(key: str, value: Any, depth: int) -> str:
    if not key.startswith("$"):
        return f"{_field(key)}: {_shape(value, depth + 1)}"
    operator = key if OPERATOR.match(key) else "*"
    if key in VALUES:
        return f"{operator}: {'[?]' if isinstance(value, list | tuple) else '?'}"
    if key in WRITES_VALUES and isinstance(value, Mapping):
        return f"{operator}: {{{', '.join(f'{_field(str(each))}: ?' for each in list(value)[:WIDEST])}}}"
    if isinstance(value, list | tuple):
        below = (_shape(each, depth + 1, is_filter=True) for each in value[:WIDEST])
        return f"{operator}: {_listed(list(below))}"
    return f"{operator}: {_shape(value, depth + 1, is_filter=True)}"


def _field(name: str) -> str:
    """A field's name; ids and numbers on the way to it, and whatever a person may have typed, are `*`."""
    return ".".join(part if FIELD.match(part) else "*" for part in name.split(".")[:8])


def _listed(shapes: list[str]) -> str:
    """Each shape once, in the order in which they were met."""
    return f"[{', '.join(dict.fromkeys(shapes))}]"


def _cut(shape: str) -> str:
    return shape if len(shape) <= LONGEST else f"{shape[: LONGEST - 2]} …"
