"""The catalogue: everything that is offered, read from its file once and checked whole.

Reading the file is the caller's job: `parse` takes its text. A plan that is gone from the file may still have
subscribers, so `plans.get` may answer None for an account's plan.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.domain.allowances import Allowance
from chalicelib.domain.meters import Meter, read_meter
from chalicelib.domain.packs import Pack, read_pack
from chalicelib.domain.plans import FREE, Plan, read_plan
from chalicelib.domain.prices import CURRENCY, Price
from chalicelib.domain.roles import MAY_BILL
from chalicelib.domain.tables import Problems, Table, note_repeats

__all__ = ["Allowance", "Catalogue", "CatalogueInvalid", "Meter", "Pack", "Plan", "Price", "parse"]


class CatalogueInvalid(Exception):
    """The catalogue's text has mistakes: all of them are in `problems`, each with its place."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Plans, meters and packs by id, in the file's order.

    `features` and `permissions` are closed lists. A failed renewal is forgiven for `grace_days`.
    """

    plans: Mapping[str, Plan]
    meters: Mapping[str, Meter]
    packs: Mapping[str, Pack]
    features: frozenset[str]
    restricted_features: frozenset[str]
    permissions: tuple[str, ...]
    grace_days: int
    currency: str
    tax_rate_highest_percent: int

    @property
    def free(self) -> Plan:
        return self.plans[FREE]

    @property
    def prices(self) -> list[Price]:
        """Every price that something is sold at."""
        of_plans = [price for plan in self.plans.values() for price in plan.prices.values()]
        return of_plans + [pack.price for pack in self.packs.values()]

    def price_of(self, lookup_key: str) -> tuple[Plan, Price] | None:
        """The plan that is sold under the lookup key, and at which price."""
        for plan in self.plans.values():
            for price in plan.prices.values():
                if price.lookup_key == lookup_key:
                    return plan, price
        return None


def parse(text: str) -> Catalogue:
    """The catalogue that the text describes; raises CatalogueInvalid with every mistake."""
    problems: Problems = {}
    try:
        catalogue = _read(Table(tomllib.loads(text), "", problems), problems)
    # Besides its own error tomllib lets through what Python says of huge integers and deep nesting.
    except (ValueError, RecursionError) as error:
        raise CatalogueInvalid([f"catalogue: is not TOML: {error}"]) from error
    _check(catalogue, problems)
    if problems:
        raise CatalogueInvalid([f"{place}: {said}" for place, said in problems.items()])
    return catalogue


def _read(root: Table, problems: Problems) -> Catalogue:
    currency = root.text("currency", CURRENCY, noun="three lower-case letters")
    features = root.words("features")
    known = None if "features" in problems else features
    meters = {each: read_meter(table, each) for each, table in root.table("meters").tables()}
    catalogue = Catalogue(
        plans={each: read_plan(table, each, currency, meters, known) for each, table in root.table("plans").tables()},
        meters=meters,
        packs={each: read_pack(table, each, currency) for each, table in root.table("packs").tables()},
        features=frozenset(features),
        restricted_features=frozenset(root.words("restricted_features", known)),
        permissions=root.words("permissions"),
        grace_days=root.integer("grace_days", 0, 60),
        currency=currency,
        tax_rate_highest_percent=root.integer("tax_rate_highest_percent", 0, 100),
    )
    root.close()
    return catalogue


def _check(catalogue: Catalogue, problems: Problems) -> None:
    note_repeats(problems, ((f"meters.{meter.id}.code", meter.code) for meter in catalogue.meters.values()))
    note_repeats(problems, ((f"plans.{plan.id}.rank", plan.rank) for plan in catalogue.plans.values()))
    note_repeats(problems, _lookup_keys(catalogue))
    if MAY_BILL not in catalogue.permissions:
        problems.setdefault("permissions", f'lacks "{MAY_BILL}": without it only owners could see to money and people')
    if FREE not in catalogue.plans and "plans" not in problems:
        problems.setdefault("plans.free", "is missing: every account starts on it")


def _lookup_keys(catalogue: Catalogue) -> list[tuple[str, str]]:
    of_plans = [
        (f"plans.{plan.id}.prices.{price.interval}.lookup_key", price.lookup_key)
        for plan in catalogue.plans.values()
        for price in plan.prices.values()
    ]
    of_packs = [(f"packs.{pack.id}.price.lookup_key", pack.price.lookup_key) for pack in catalogue.packs.values()]
    return of_plans + of_packs
