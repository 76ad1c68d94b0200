"""Packs: credits as they are sold."""

from pathlib import Path

import pytest

import chalicelib
from chalicelib.domain.catalogue import parse
from chalicelib.domain.money import Money
from tests.domain.small_catalogue import changed, problems_of


def test_the_shipped_packs_are_the_promised_ones_and_cost_what_they_say():
    packs = parse((Path(chalicelib.__file__).parent / "catalogue.toml").read_text()).packs.values()

    assert [(pack.id, pack.credits, pack.price.money) for pack in packs] == [
        ("starter", 1_000_000, Money(500, "eur")),
        ("standard", 2_500_000, Money(1_000, "eur")),
        ("pro", 7_000_000, Money(2_500, "eur")),
        ("enterprise", 15_000_000, Money(5_000, "eur")),
    ]
    assert {pack.price.tax_behavior for pack in packs} == {"inclusive"}
    assert {pack.price.interval for pack in packs} == {"once"}


@pytest.mark.parametrize(
    ("reason", "old", "new", "problem"),
    [
        (
            "a pack without credits",
            "credits = 1_000\n",
            "",
            "packs.starter.credits: is missing: it must be an integer from 1 to 9007199254740991",
        ),
        (
            "a pack of no credits",
            "credits = 1_000\n",
            "credits = 0\n",
            "packs.starter.credits: must be an integer from 1 to 9007199254740991, not 0",
        ),
    ],
)
def test_a_mistake_in_a_pack_is_the_only_one_named(reason, old, new, problem):
    assert problems_of(changed((old, new))) == [problem], reason
