"""Allowances: what a plan includes of a meter, and what happens beyond it.

An unlimited allowance is None, never a large number or -1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.domain.meters import Meter
from chalicelib.domain.tables import Table, shown

STOP, CREDITS, ALLOW = "stop", "credits", "allow"


@dataclass(frozen=True, slots=True)
class Allowance:
    """Included units per usage period (None: unlimited) and the policy beyond them.

    stop: refused. credits: paid with credits. allow: goes on, up to `up_to` units in all where it is given.
    """

    included: int | None
    policy: str
    up_to: int | None = None


def read_allowances(table: Table, meters: Mapping[str, Meter]) -> dict[str, Allowance]:
    """The allowances by meter; a plan may leave a meter out."""
    allowances: dict[str, Allowance] = {}
    for meter_id, each in table.tables():
        allowances[meter_id] = _read(each)
        if meter_id not in meters:
            table.note(meter_id, f"is no meter; meters are {', '.join(meters)}")
        elif allowances[meter_id].policy == CREDITS:
            _check_credits(each, meters[meter_id])
    return allowances


def _read(table: Table) -> Allowance:
    included = _read_included(table)
    policy = table.choice("policy", (STOP, CREDITS, ALLOW))
    up_to = table.integer("up_to", 1) if table.has("up_to") else None
    if up_to is not None and policy != ALLOW:
        table.note("up_to", f"must be left out: it belongs to the policy {shown(ALLOW)}")
    elif up_to is not None and (included is None or up_to <= included):
        table.note("up_to", "must be more than what is included")
    table.close()
    return Allowance(included, policy, up_to)


def _read_included(table: Table) -> int | None:
    if table.holds("included", "unlimited"):
        return None
    return table.integer("included", 0, noun='"unlimited" or an integer')


def _check_credits(table: Table, meter: Meter) -> None:
    if meter.kind == "gauge":
        table.note("policy", f"cannot be {shown(CREDITS)}: {meter.id} is a gauge")
    elif meter.credits_per_unit is None:
        table.note("policy", f"cannot be {shown(CREDITS)}: meters.{meter.id} has no credits_per_unit")
