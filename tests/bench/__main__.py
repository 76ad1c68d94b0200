"""`make bench`: every figure against its budget, as a table and in build/bench.json; fails if one does not hold.

With DYNAMODB_URL set, what our calculator says of single-item operations is compared with what that DynamoDB says.
"""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from tests.bench.big import big_figures
from tests.bench.confirmed import confirmed
from tests.bench.figure import Figure
from tests.bench.figures import figures
from tests.bench.many import many_figures
from tests.bench.timed import timed_figures

RESULT = Path(__file__).parents[2] / "build" / "bench.json"


def main() -> int:
    """0 if every figure holds, else 1."""
    url = os.environ.get("DYNAMODB_URL")
    found = [*figures(), *many_figures(), *big_figures(), *timed_figures(), *(confirmed(url) if url else ())]
    print(table(found))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(as_json(found), encoding="utf-8")
    return 0 if all(figure.holds for figure in found) else 1


def as_json(found: list[Figure]) -> str:
    """The figures as the file holds them."""
    return json.dumps([{**asdict(figure), "holds": figure.holds} for figure in found], indent=2) + "\n"


def table(found: list[Figure]) -> str:
    """The figures for a reader."""
    width = max(len(figure.name) for figure in found)
    rows = [f"{figure.name:<{width}}  {figure.value:>8g}  {limit(figure):>8}  {verdict(figure)}" for figure in found]
    sources = dict.fromkeys(figure.source for figure in found if figure.source)
    return "\n".join([f"{'':<{width}}  {'measured':>8}  {'at most':>8}", *rows, *sources])


def limit(figure: Figure) -> str:
    return "" if figure.budget is None else f"{figure.budget:g}"


def verdict(figure: Figure) -> str:
    if figure.budget is None:
        return figure.unit
    return f"{figure.unit:<17}  {'holds' if figure.holds else 'DOES NOT HOLD'}"


if __name__ == "__main__":
    sys.exit(main())
