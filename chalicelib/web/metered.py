"""What a request costs of the database, for its log line.

The share of one request is what the process spent meanwhile: a Lambda process answers one request at a time. Where
one process answers several, as on one machine, each line tells of all of them.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.deps import Deps
from chalicelib.web.answers import Facts


@contextmanager
def metered(deps: Deps, facts: Facts) -> Iterator[None]:
    """Adds the units to the facts, whatever comes of the request."""
    before = deps.store.spent()
    try:
        yield
    finally:
        after = deps.store.spent()
        facts["read_units"] = after.reads - before.reads
        facts["write_units"] = after.writes - before.writes
