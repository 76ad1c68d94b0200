"""What a wish leads to: one table of every pair of plans and intervals, and both sides of each boundary."""

import pytest

from chalicelib.domain.wishes import Decision, Refusal, Terms, Wish
from tests.domain.wishing import PERSONAL, TEAM, deciding, fields_of, subscription_to, word

SEATS = 10
LEFT_OUT = ("free", "personal", "enterprise")
"""Plans whose seats nobody chooses."""

# From what, to what: with one seat less, as many, and one more; one word where seats cannot be chosen.
TABLE = """
free       -      free       -      unchanged
free       -      personal   month  checkout
free       -      personal   year   checkout
free       -      team       month  checkout      checkout      checkout
free       -      team       year   checkout      checkout      checkout
free       -      business   month  checkout      checkout      checkout
free       -      business   year   checkout      checkout      checkout
free       -      enterprise -      contact_sales
personal   month  free       -      cancel
personal   month  personal   month  unchanged
personal   month  personal   year   now
personal   month  team       month  now           now           now
personal   month  team       year   now           now           now
personal   month  business   month  now           now           now
personal   month  business   year   now           now           now
personal   month  enterprise -      contact_sales
personal   year   free       -      cancel
personal   year   personal   month  period_end
personal   year   personal   year   unchanged
personal   year   team       month  mixed_change  mixed_change  mixed_change
personal   year   team       year   now           now           now
personal   year   business   month  mixed_change  mixed_change  mixed_change
personal   year   business   year   now           now           now
personal   year   enterprise -      contact_sales
team       month  free       -      cancel
team       month  personal   month  period_end
team       month  personal   year   period_end
team       month  team       month  period_end    unchanged     now
team       month  team       year   now           now           now
team       month  business   month  now           now           now
team       month  business   year   now           now           now
team       month  enterprise -      contact_sales
team       year   free       -      cancel
team       year   personal   month  period_end
team       year   personal   year   period_end
team       year   team       month  period_end    period_end    period_end
team       year   team       year   period_end    unchanged     now
team       year   business   month  mixed_change  mixed_change  mixed_change
team       year   business   year   now           now           now
team       year   enterprise -      contact_sales
business   month  free       -      cancel
business   month  personal   month  period_end
business   month  personal   year   period_end
business   month  team       month  period_end    period_end    period_end
business   month  team       year   period_end    period_end    period_end
business   month  business   month  period_end    unchanged     now
business   month  business   year   now           now           now
business   month  enterprise -      contact_sales
business   year   free       -      cancel
business   year   personal   month  period_end
business   year   personal   year   period_end
business   year   team       month  period_end    period_end    period_end
business   year   team       year   period_end    period_end    period_end
business   year   business   month  period_end    period_end    period_end
business   year   business   year   period_end    unchanged     now
business   year   enterprise -      contact_sales
enterprise month  free       -      cancel
enterprise month  personal   month  period_end
enterprise month  personal   year   period_end
enterprise month  team       month  period_end    period_end    period_end
enterprise month  team       year   period_end    period_end    period_end
enterprise month  business   month  period_end    period_end    period_end
enterprise month  business   year   period_end    period_end    period_end
enterprise month  enterprise -      unchanged
"""


def rows() -> list[tuple[str, Terms, Terms, str]]:
    """One for each cell: its name, the terms that are there, the terms that are wished for, and what comes of it."""
    found: list[tuple[str, Terms, Terms, str]] = []
    for line in TABLE.split("\n"):
        if line.strip():
            plan, interval, other, by, *outcomes = line.split()
            for more, outcome in zip((-1, 0, 1) if len(outcomes) > 1 else (0,), outcomes, strict=True):
                current = Terms(plan, interval, 1 if plan == "personal" else SEATS)
                found.append((f"{line} {more:+}", current, Terms(other, by, SEATS + more), outcome))
    return found


@pytest.mark.parametrize(("row", "current", "wished", "outcome"), rows(), ids=[row[0] for row in rows()])
def test_every_pair_of_plans_and_intervals(row: str, current: Terms, wished: Terms, outcome: str) -> None:
    interval = None if wished.interval == "-" else wished.interval
    wish = Wish(wished.plan, interval, None if wished.plan in LEFT_OUT else wished.seats)
    expected = Terms(wished.plan, interval, 1 if wished.plan == "personal" else wished.seats)

    found = deciding(wish, subscription_to(current))

    assert word(found) == outcome, row
    if outcome in ("now", "checkout"):
        assert found == Decision(outcome, terms=expected)
    if outcome == "period_end":
        assert found == Decision(outcome, after=expected)


def test_a_table_that_leaves_no_pair_out() -> None:
    plans = [("personal", "month"), ("personal", "year"), ("team", "month"), ("team", "year")]
    paid = [*plans, ("business", "month"), ("business", "year")]
    ends = [("free", "-"), ("enterprise", "-")]

    pairs = {tuple(line.split()[:4]) for line in TABLE.split("\n") if line.strip()}

    start = [("free", "-"), *paid, ("enterprise", "month")]
    assert pairs == {(*one, *other) for one in start for other in [*paid, *ends]}


@pytest.mark.parametrize(
    ("why", "wish", "outcome"),
    [
        ("the plan's least", Wish("team", seats=2), "period_end"),
        ("one below it", Wish("team", seats=1), "invalid"),
        ("the plan's most", Wish("team", seats=100), "now"),
        ("one above it", Wish("team", seats=101), "invalid"),
        ("the other plan's least", Wish("business", seats=5), "now"),
        ("one below that", Wish("business", seats=4), "invalid"),
        ("the other plan's most", Wish("business", seats=500), "now"),
        ("one above that", Wish("business", seats=501), "invalid"),
        ("the one seat of a plan that comes with one", Wish("personal", seats=1), "period_end"),
        ("more of them", Wish("personal", seats=2), "invalid"),
        ("a plan that nobody offers", Wish("gold"), "unknown_plan"),
        ("an interval that nobody offers", Wish("team", interval="week"), "not_for_sale"),
    ],
)
def test_the_first_and_the_last_number_of_seats(why: str, wish: Wish, outcome: str) -> None:
    assert word(deciding(wish, subscription_to(TEAM))) == outcome, why


@pytest.mark.parametrize("seats", [0, -1, 2**53])
def test_numbers_that_no_plan_has_are_refused_with_the_field(seats: int) -> None:
    for current in (TEAM, PERSONAL, Terms("free", None, 1)):
        wish = Wish(None if current == TEAM else "team", seats=seats)

        assert fields_of(deciding(wish, subscription_to(current))) == ["seats"]


@pytest.mark.parametrize(
    ("why", "wish", "active", "outcome"),
    [
        ("as many as members", Wish(seats=3), 3, "period_end"),
        ("one less than members", Wish(seats=2), 3, "seats_in_use"),
        ("a plan with one seat for its one member", Wish("personal"), 1, "period_end"),
        ("a plan with one seat for two", Wish("personal"), 2, "seats_in_use"),
        ("a higher plan, as many as members", Wish("business", seats=6), 6, "now"),
        ("a higher plan, one less", Wish("business", seats=6), 7, "seats_in_use"),
        ("to Free, whoever is there", Wish("free"), 5, "cancel"),
        ("what is there, though more are members", Wish(seats=5), 9, "unchanged"),
    ],
)
def test_seats_that_members_hold_are_not_given_up(why: str, wish: Wish, active: int, outcome: str) -> None:
    assert word(deciding(wish, subscription_to(TEAM), active=active)) == outcome, why


def test_a_refusal_names_the_number_of_members() -> None:
    found = deciding(Wish(seats=2), subscription_to(TEAM), active=4)

    assert isinstance(found, Refusal)
    assert "4 members" in found.detail


def test_a_mixed_change_names_the_two_steps() -> None:
    found = deciding(Wish("business", "month"), subscription_to(Terms("team", "year", 5)))

    assert isinstance(found, Refusal)
    assert found.detail == "first change to business by the year, then from year to month"


@pytest.mark.parametrize(
    ("why", "current", "wish", "terms"),
    [
        ("the interval and the seats stay", Terms("team", "year", 7), Wish("business"), Terms("business", "year", 7)),
        ("but not below the least", Terms("team", "month", 3), Wish("business"), Terms("business", "month", 5)),
        ("a plan with seats of its own brings the least", PERSONAL, Wish("team"), Terms("team", "month", 2)),
        ("the plan and the seats stay", TEAM, Wish(interval="year"), Terms("team", "year", 5)),
        ("the plan and the interval stay", Terms("team", "year", 5), Wish(seats=6), Terms("team", "year", 6)),
    ],
)
def test_what_is_left_out_stays_as_it_is(why: str, current: Terms, wish: Wish, terms: Terms) -> None:
    assert deciding(wish, subscription_to(current)) == Decision("now", terms), why
