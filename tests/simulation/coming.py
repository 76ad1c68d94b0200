"""The lines of an entry that are not usage, done to the oracle: what came in, went back, or expired."""

from collections.abc import Mapping
from math import inf
from typing import Any

from chalicelib.adapters.dynamo.records import adjustment_from, purchase_from
from chalicelib.domain.journal import Entry, Line
from tests.simulation.ledger import Move
from tests.simulation.lots import Own
from tests.simulation.oracle import Account

Items = Mapping[str, Any]


def book(oracle: Account, entry: Entry, beside: Items) -> None:
    """All of them; `beside` are the items that were written with the entry."""
    for line in entry.lines:
        if line.kind != "usage":
            oracle.moves.append(Move(line.cause, line.credits))
            _book(oracle, entry, line, beside)


def _book(oracle: Account, entry: Entry, line: Line, beside: Items) -> None:
    kind, name = line.cause.split(":", 1)
    if line.kind == "expiry":
        assert oracle.lots.expire(name, entry.at) == -line.credits, f"{line} is not what was left"
    elif line.kind in ("refund", "dispute"):
        purchase = purchase_from(beside[f"B#{name}"])
        if line.credits < 0:
            oracle.lots.take(name, -line.credits)
        else:
            oracle.lots.come(Own(name, line.credits, purchase.at))
    elif line.kind == "adjustment":
        made = adjustment_from(beside[f"J#{name}"])
        oracle.once(line.cause, line.credits)
        if line.credits < 0:
            oracle.lots.take(name, -line.credits)
        else:
            oracle.lots.come(Own(name, line.credits, entry.at, made.expires_at or inf))
    else:
        assert line.kind == kind in ("purchase", "recharge"), f"{line} comes from nowhere"
        oracle.once(line.cause, line.credits)
        oracle.lots.come(Own(name, line.credits, entry.at))
