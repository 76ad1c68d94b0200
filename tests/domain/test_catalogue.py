"""The catalogue: what the file says is what is offered, and no mistake in it gets through."""

from pathlib import Path

import pytest

import chalicelib
from chalicelib.domain.catalogue import parse
from tests.domain.small_catalogue import SMALL, changed, problems_of

SHIPPED = (Path(chalicelib.__file__).parent / "catalogue.toml").read_text()
ID = "1 to 32 of a-z, 0-9 and _, a letter first"


def test_the_shipped_file_offers_the_five_plans_upwards_from_free():
    catalogue = parse(SHIPPED)

    plans = list(catalogue.plans.values())
    assert [plan.id for plan in plans] == ["free", "personal", "team", "business", "enterprise"]
    assert [plan.rank for plan in plans] == sorted(plan.rank for plan in plans)
    assert catalogue.free is plans[0]
    assert [plan.id for plan in plans if plan.contact_sales] == ["enterprise"]
    assert [plan.id for plan in plans if set(plan.prices) == {"month", "year"}] == ["personal", "team", "business"]
    assert all(set(plan.allowances) == set(catalogue.meters) for plan in plans)
    assert all(catalogue.restricted_features <= plan.features for plan in plans)


def test_only_enrichments_are_paid_with_credits_and_only_storage_is_a_gauge():
    catalogue = parse(SHIPPED)

    assert [meter.id for meter in catalogue.meters.values() if meter.credits_per_unit] == ["enrichments"]
    assert [meter.id for meter in catalogue.meters.values() if meter.kind == "gauge"] == ["storage"]
    assert {plan.allowances["enrichments"].policy for plan in catalogue.plans.values()} == {"credits"}


@pytest.mark.parametrize(
    ("reason", "old", "new"),
    [
        ("the dearest price", "4_900", "99_999_999"),
        ("the cheapest price", "4_900", "1"),
        ("the largest allowance", "included = 10,", "included = 9007199254740991,"),
        ("an allowance of nothing", "included = 10,", "included = 0,"),
        ("the latest warning", "warning_percent = 90", "warning_percent = 99"),
        ("the earliest warning", "warning_percent = 90", "warning_percent = 1"),
        ("no grace", "grace_days = 7", "grace_days = 0"),
        ("the longest name", '"Team"', f'"{"T" * 200}"'),
        ("the longest id", "[packs.starter]", f"[packs.{'s' * 32}]"),
        ("as many seats as the minimum", "max = 9", "max = 2"),
        ("the last code", 'code = "b"', 'code = "h"'),
    ],
)
def test_what_is_just_within_its_bounds_is_taken(reason, old, new):
    assert parse(changed((old, new))), reason


def test_every_mistake_is_listed_at_once():
    text = changed(
        ("4_900", "49.0"),
        ('"gauge"', '"dial"'),
        ("grace_days = 7\n", ""),
        ('500, currency = "eur"', "500, currency = 1"),
    )

    assert [problem.split(":")[0] for problem in problems_of(text)] == [
        "meters.storage.kind",
        "plans.team.prices.month.amount",
        "packs.starter.price.currency",
        "grace_days",
    ]


@pytest.mark.parametrize(
    ("reason", "old", "new", "problem"),
    [
        (
            "an unknown feature for the restricted",
            'restricted_features = ["login", "export"]',
            'restricted_features = ["sleep"]',
            'restricted_features[0]: "sleep" is unknown; known are login, export, create',
        ),
        (
            "an unknown key",
            'unit = "MB"',
            'unit = "MB"\ncolour = "red"',
            "meters.storage.colour: is not known here; "
            "known are code, credits_per_unit, kind, name, unit, warning_percent",
        ),
        (
            "a table nobody knows",
            "[plans.free]",
            "[seats]\nx = 1\n[plans.free]",
            "seats: is not known here; known are "
            "currency, features, grace_days, meters, packs, permissions, plans, restricted_features, "
            "tax_rate_highest_percent",
        ),
        ("an id in capitals", "[packs.starter]", "[packs.Starter]", f"packs.Starter: is no id: an id is {ID}"),
        ("an id of 33 letters", "[packs.starter]", f"[packs.{'s' * 33}]", f"packs.{'s' * 33}: is no id: an id is {ID}"),
        ("endless grace", "grace_days = 7", "grace_days = 61", "grace_days: must be an integer from 0 to 60, not 61"),
        (
            "no permission to see to money",
            '["billing"]',
            '["refunds"]',
            'permissions: lacks "billing": without it only owners could see to money and people',
        ),
        (
            "permissions that are one word",
            '["billing"]',
            '"billing"',
            'permissions: must be a list of words, not "billing"',
        ),
        (
            "features that are no list",
            '["login", "export", "create"]',
            "{}",
            "features: must be a list of words, not a table",
        ),
        (
            "a name of 201 characters",
            '"Runs"',
            f'"{"R" * 201}"',
            f'meters.runs.name: must be one line of text, at most 200 characters, not "{"R" * 60}"',
        ),
        (
            "packs that are no table",
            '[packs.starter]\nname = "Starter"',
            '[[packs]]\nname = "Starter"',
            "packs: must be a table, not a list",
        ),
    ],
)
def test_a_mistake_in_the_file_is_the_only_one_named(reason, old, new, problem):
    assert problems_of(changed((old, new))) == [problem], reason


def test_what_is_missing_is_not_called_a_repeat_too():
    start, end = SMALL.index("month = {"), SMALL.index("[plans.team.allowances]")
    without_prices = f"{SMALL[:start]}month = 5\n{SMALL[end:]}".replace("price = {", "price = 5 # {")

    assert problems_of(changed(("rank = 1\n", ""))) == [
        "plans.team.rank: is missing: it must be an integer from 0 to 99"
    ]
    assert problems_of(without_prices) == [
        "plans.team.prices.month: must be a table, not 5",
        "packs.starter.price: must be a table, not 5",
    ]


def test_plans_that_are_no_table_are_one_mistake():
    start, end = SMALL.index("[plans.free]"), SMALL.index("[packs.starter]")

    assert problems_of("plans = 5\n" + SMALL[:start] + SMALL[end:]) == ["plans: must be a table, not 5"]


@pytest.mark.parametrize(
    ("reason", "text", "said"),
    [
        ("a line that is no TOML", SMALL.replace('unit = "MB"', "unit MB"), "at line 19"),
        ("a plan twice", SMALL + "[plans.team]\n", "at line 47"),
        ("an integer that Python will not read", "currency = " + "9" * 5_000, "integer"),
        ("tables in tables without end", "currency = " + "[" * 50_000, "catalogue: is not TOML"),
        ("an empty file", "", "missing"),
    ],
)
def test_what_cannot_be_read_at_all_is_refused_with_its_line(reason, text, said):
    assert said in problems_of(text)[0], reason


@pytest.mark.parametrize("wrong", ["-1", "true", '""', "{}", "1.5", "2026-11-20"])
def test_no_value_of_the_shipped_file_can_be_swapped_for_a_wrong_one_unseen(wrong):
    lines = SHIPPED.splitlines()
    values = [number for number, line in enumerate(lines) if " = " in line and not line.startswith("#")]

    for number in values:
        name = lines[number].split(" = ")[0]
        spoilt = [*lines[:number], f"{name} = {wrong}", *lines[number + 1 :]]

        assert problems_of("\n".join(spoilt)), lines[number]
