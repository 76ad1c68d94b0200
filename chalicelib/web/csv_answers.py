"""Lists as CSV, for who asks so by Accept; the cursor of the next page is in the header Next-Cursor."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

from chalicelib.web.call import Answer, Call


def wants_csv(call: Call) -> bool:
    """Whether CSV is what the caller names first."""
    accept = call.header("accept") or ""
    return accept.partition(",")[0].partition(";")[0].strip().lower() == "text/csv"


def as_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], cursor: str | None = None) -> Answer:
    """One line for each row, under a line of the columns' names."""
    text = StringIO()
    table = csv.writer(text)
    table.writerow(columns)
    table.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    on = {} if cursor is None else {"Next-Cursor": cursor}
    return Answer(text.getvalue(), headers={"Content-Type": "text/csv; charset=utf-8", **on})


def _cell(value: Any) -> Any:
    # A spreadsheet takes a text that begins like this for a formula, and runs it.
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value
