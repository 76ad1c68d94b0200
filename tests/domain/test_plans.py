"""Plans: what an account can be on, and who sells it."""

import pytest

from chalicelib.domain.catalogue import Allowance, parse
from tests.domain.small_catalogue import SMALL, changed, problems_of

ID = "1 to 32 of a-z, 0-9 and _, a letter first"


def test_what_is_left_out_has_its_plain_meaning():
    team = parse(SMALL).plans["team"]

    assert (team.contact_sales, team.contact_url, team.ends_to) == (False, None, "free")
    assert team.allowances["runs"] == Allowance(100, "credits", None)
    assert team.allowances["storage"].included is None
    assert "year" not in team.prices


def test_a_plan_sold_by_people_needs_no_price_and_may_end_in_restriction():
    people = '[plans.big]\nname="Big"\nrank=9\ncontact_url="https://example.com/x"\nends_to="restricted"\nfeatures=[]\n'
    seats = "seats = { per_seat = true, min = 9, max = 9 }\n[plans.big.allowances]\n"

    big = parse(SMALL + people + seats).plans["big"]

    assert (big.contact_sales, big.contact_url, big.ends_to) == (True, "https://example.com/x", "restricted")


def test_free_cannot_be_left_out_or_have_a_price():
    without = changed(("[plans.free]", "[plans.basic]"), ("[plans.free.allowances]", "[plans.basic.allowances]"))
    priced = changed(("[plans.free.allowances]", "[plans.free.prices]\n[plans.free.allowances]"))

    assert "plans.free: is missing: every account starts on it" in problems_of(without)
    assert problems_of(priced) == ["plans.free.prices: must be left out: Free is neither bought nor sold"]


def test_a_plan_without_a_price_must_say_who_sells_it():
    start = SMALL.index("[plans.team.prices]")
    end = SMALL.index("[plans.team.allowances]")

    assert problems_of(SMALL[:start] + SMALL[end:]) == [
        "plans.team.prices: must hold a price for a month or a year, or the plan a contact_url"
    ]


@pytest.mark.parametrize(
    ("reason", "old", "new", "problem"),
    [
        (
            "an unknown feature",
            '["login", "create"]',
            '["login", "fly"]',
            'plans.team.features[1]: "fly" is unknown; known are login, export, create',
        ),
        (
            "a feature twice",
            '["login", "create"]',
            '["login", "login"]',
            'plans.team.features[1]: "login" is listed twice',
        ),
        (
            "a feature that is no word",
            '["login", "create"]',
            '["login", 7]',
            f"plans.team.features[1]: must be {ID}, not 7",
        ),
        (
            "an unknown interval",
            "month = {",
            'week = { amount = 1, currency = "eur", lookup_key = "w", tax_behavior = "exclusive" }\nmonth = {',
            "plans.team.prices.week: is not known here; known are month, year",
        ),
        ("a rank for Free", "rank = 0", "rank = 2", "plans.free.rank: must be 0: nothing lies below Free"),
        ("a rank twice", "rank = 1", "rank = 0", "plans.team.rank: 0 is taken by plans.free.rank"),
        (
            "fewer seats than the minimum",
            "max = 9",
            "max = 1",
            "plans.team.seats.max: must not be below min, which is 2",
        ),
        ("no seat", "min = 2", "min = 0", "plans.team.seats.min: must be an integer from 1 to 100000, not 0"),
        (
            "a flag that is a number",
            "per_seat = true",
            "per_seat = 1",
            "plans.team.seats.per_seat: must be true or false, not 1",
        ),
        ("a flag left out", "per_seat = true, ", "", "plans.team.seats.per_seat: is missing: it must be true or false"),
        (
            "seats of nothing",
            "seats = { per_seat = true, min = 2, max = 9 }\n",
            "",
            "plans.team.seats: is missing: it must be a table",
        ),
        (
            "a free plan sold per seat",
            "per_seat = false",
            "per_seat = true",
            "plans.free.seats.per_seat: must be false: Free has no price",
        ),
        (
            "a free plan sold by people",
            'name = "Free"',
            'name = "Free"\ncontact_url = "https://example.com"',
            "plans.free.contact_url: must be left out: Free is neither bought nor sold",
        ),
        (
            "a way to people that is no address",
            'name = "Team"',
            'name = "Team"\ncontact_url = "mailto:x"',
            'plans.team.contact_url: must be an https address, at most 200 characters, not "mailto:x"',
        ),
        (
            "an unknown end",
            'name = "Team"',
            'name = "Team"\nends_to = "nowhere"',
            'plans.team.ends_to: must be free or restricted, not "nowhere"',
        ),
        ("an empty name", '"Team"', '""', 'plans.team.name: must be one line of text, at most 200 characters, not ""'),
        (
            "a name of two lines",
            '"Team"',
            '"Te\\nam"',
            'plans.team.name: must be one line of text, at most 200 characters, not "Te\nam"',
        ),
    ],
)
def test_a_mistake_in_a_plan_is_the_only_one_named(reason, old, new, problem):
    assert problems_of(changed((old, new))) == [problem], reason
