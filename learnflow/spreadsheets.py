"""Tables as files for spreadsheets, sent while they are read."""

import csv
from collections.abc import Iterable
from datetime import datetime
from itertools import chain
from typing import Any

from django.http import StreamingHttpResponse

# The wide ones are those of Chinese and Japanese keyboards, which spreadsheets there take for the same.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Line:
    """What csv writes to: every line goes straight on to the browser."""

    def write(self, line: str) -> str:
        return line


def csv_response(name: str, head: Iterable[Any], rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """A download named `<name>.csv`. `head` is in the language of whoever asked: nobody knows it any more while the
    rows go out."""
    writer = csv.writer(Line())
    lines = (writer.writerow(map(cell, row)) for row in chain([list(head)], rows))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def cell(value: Any) -> str:
    """A value as text that no spreadsheet takes for a formula; numbers stay numbers, also those below zero."""
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    text = str(value)
    is_formula = text.startswith(FORMULA) and not isinstance(value, int | float)
    return f"'{text}" if is_formula else text
