"""Plans: what an account can be on.

Free is the plan that needs no subscription: every account starts there, and most fall back to it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from chalicelib.domain.allowances import Allowance, read_allowances
from chalicelib.domain.meters import Meter
from chalicelib.domain.prices import MONTH, YEAR, Price, read_price
from chalicelib.domain.tables import Table

FREE, RESTRICTED = "free", "restricted"


@dataclass(frozen=True, slots=True)
class Plan:
    """A named offer; a plan of higher `rank` is an upgrade.

    A plan that is not priced per seat comes with `seats_max` seats. `contact_sales` plans are sold by people, at
    `contact_url`. When the plan ends its account goes to Free, or becomes restricted where `ends_to` says so.
    """

    id: str
    name: str
    rank: int
    contact_sales: bool
    contact_url: str | None
    prices: Mapping[str, Price]
    per_seat: bool
    seats_min: int
    seats_max: int
    allowances: Mapping[str, Allowance]
    features: frozenset[str]
    ends_to: str = FREE


def read_plan(
    table: Table, plan_id: str, currency: str, meters: Mapping[str, Meter], features: Collection[str] | None
) -> Plan:
    contact_url = _read_contact_url(table)
    seats = table.table("seats")
    plan = Plan(
        id=plan_id,
        name=table.text("name"),
        rank=table.integer("rank", 0, 99),
        contact_sales=contact_url is not None,
        contact_url=contact_url,
        prices=_read_prices(table.table("prices"), currency) if table.has("prices") else {},
        per_seat=seats.flag("per_seat"),
        seats_min=seats.integer("min", 1, 100_000),
        seats_max=seats.integer("max", 1, 100_000),
        allowances=read_allowances(table.table("allowances"), meters),
        features=frozenset(table.words("features", features)),
        ends_to=table.choice("ends_to", (FREE, RESTRICTED)) if table.has("ends_to") else FREE,
    )
    if plan.seats_max < plan.seats_min:
        seats.note("max", f"must not be below min, which is {plan.seats_min}")
    _check_offer(table, plan)
    seats.close()
    table.close()
    return plan


def _read_contact_url(table: Table) -> str | None:
    return table.text("contact_url", r"https://\S+", noun="an https address") if table.has("contact_url") else None


def _read_prices(table: Table, currency: str) -> dict[str, Price]:
    prices = {each: read_price(table.table(each), each, currency) for each in (MONTH, YEAR) if table.has(each)}
    table.close()
    return prices


def _check_offer(table: Table, plan: Plan) -> None:
    if plan.id != FREE:
        if not plan.prices and not plan.contact_sales:
            table.note("prices", "must hold a price for a month or a year, or the plan a contact_url")
        return
    if plan.rank:
        table.note("rank", "must be 0: nothing lies below Free")
    for key in ("prices", "contact_url"):
        if table.has(key):
            table.note(key, "must be left out: Free is neither bought nor sold")
    if plan.per_seat:
        table.note("seats.per_seat", "must be false: Free has no price")
