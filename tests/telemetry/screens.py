"""Tables as they stand on a page, and whether the CSV that each offers says the same."""

import csv
from html.parser import HTMLParser


class Tables(HTMLParser):
    """By the id of each table's section: its heads, the exact values of its rows, and where its CSV is."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, dict] = {}
        self.table: dict = {}
        self.cell: dict | None = None
        self.is_head = False
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "section" and given.get("class") == "lf-figures":
            self.table = self.found[given["id"]] = {"heads": [], "rows": [], "csv": ""}
        elif not self.table:
            return  # the numbers of a chart
        elif tag == "a" and given.get("class") == "lf-csv":
            self.table["csv"] = given["href"]
        elif tag in {"thead", "tbody"}:
            self.is_head = tag == "thead"
        elif tag == "tr" and not self.is_head:
            self.table["rows"].append([])
        elif tag in {"th", "td"}:
            self.cell = {"text": "", "exact": given.get("data-exact")}

    def handle_data(self, data):
        if self.cell is not None:
            self.cell["text"] += data

    def handle_endtag(self, tag):
        if tag in {"th", "td"} and self.cell is not None:
            text = " ".join(self.cell["text"].split())
            said = text if self.cell["exact"] is None else self.cell["exact"]
            (self.table["heads"] if self.is_head else self.table["rows"][-1]).append(said)
            self.cell = None
        elif tag == "section":
            self.table = {}


def tables(response):
    """The tables of a page, by name."""
    return Tables(response.content.decode()).found


def csv_lines(response):
    """Heads and rows of a download, as text."""
    assert response.status_code == 200, response.status_code
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(response.getvalue().decode().splitlines(keepends=True)))


def assert_csv_says_the_same(client, page_url, name, *, also=0):
    """The CSV that a page offers for this table has the columns and exactly the values that the screen has; the rows.

    `also` is how many rows come in the CSV beyond the page that the screen shows.
    """
    table = tables(client.get(page_url))[name]
    heads, *rows = csv_lines(client.get(table["csv"]))
    units = (" (%)", " (seconds)")
    assert [next((head.removesuffix(unit) for unit in units if head.endswith(unit)), head) for head in heads] == table[
        "heads"
    ]
    shown = len(table["rows"])
    assert len(rows) == shown + also
    assert [[_unquoted(value) for value in row] for row in rows[:shown]] == table["rows"]
    return rows


def _unquoted(value):
    """Without the mark that keeps a spreadsheet from taking text for a formula."""
    return value[1:] if value[:1] == "'" and value[1:2] in tuple("=+-@") else value
