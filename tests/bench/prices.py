"""What work comes to in dollars: on-demand prices, which a deployment in another region or year should look up anew."""

from tests.bench.account import Cost
from tests.bench.figure import Figure

WRITES, READS = 0.625, 0.125
"""Dollars for a million request units."""
SOURCE = f"DynamoDB on demand, us-east-1: ${WRITES} a million WRU, ${READS} a million RRU; AWS price list of 2026-09-29"
MILLION = 1_000_000


def dollars(name: str, cost: Cost, events: int) -> Figure:
    """A million events, where so many of them took this much; what else AWS charges for is not in it."""
    each = (cost.writes * WRITES + cost.reads * READS) / MILLION / events
    return Figure(f"a million events, {name}", round(each * MILLION, 3), "dollars", source=SOURCE)
