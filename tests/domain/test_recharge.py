"""The recharge's rule: when it begins, what each ending makes of it, what the limit allows. Both sides of each edge."""

from dataclasses import replace

import pytest

from chalicelib.domain.periods import HOUR
from chalicelib.domain.recharge import (
    ACTION_REQUIRED,
    BACKING_OFF,
    BLOCKED,
    BY_CARD,
    IDLE,
    LOOK,
    NO_PAYMENT_METHOD,
    PENDING,
    Recharge,
    Rule,
    cost_of,
    decided,
    declined,
    given_back,
    in_new_period,
    next_look,
    saved,
    settled,
    shown,
    told,
    told_without_card,
    with_card,
)

NOW = 1_000_000
RULE = Recharge(True, threshold=100, price=500, limit=5_000)
FLYING = replace(RULE, mode=PENDING, reserved=500, count=3, look_at=NOW + LOOK)


@pytest.mark.parametrize(
    ("reason", "recharge", "available", "begins"),
    [
        ("below the threshold", RULE, 99, True),
        ("at the threshold", RULE, 100, False),
        ("above it", RULE, 101, False),
        ("in debt", RULE, -1, True),
        ("a threshold of nothing is met by debt alone", replace(RULE, threshold=0), 0, False),
        ("and then it is", replace(RULE, threshold=0), -1, True),
        ("switched off", replace(RULE, enabled=False), 0, False),
        ("one is in flight", FLYING, 0, False),
        ("the bank waits for the customer", replace(FLYING, mode=ACTION_REQUIRED), 0, False),
        ("blocked", replace(RULE, mode=BLOCKED), 0, False),
        ("no card", replace(RULE, mode=NO_PAYMENT_METHOD), 0, False),
        ("the price is just what is left", replace(RULE, spent=4_500), 0, True),
        ("a cent less is left", replace(RULE, spent=4_501), 0, False),
        ("the limit is the price", replace(RULE, limit=500), 0, True),
        ("the limit is below it", replace(RULE, limit=499), 0, False),
        ("no limit at all", replace(RULE, limit=0), 0, False),
        ("backing off", replace(RULE, mode=BACKING_OFF, look_at=NOW + 1), 0, False),
        ("backed off", replace(RULE, mode=BACKING_OFF, look_at=NOW), 0, True),
    ],
)
def test_begins_below_the_threshold_where_nothing_is_in_its_way(
    reason: str, recharge: Recharge, available: int, begins: bool
) -> None:
    after = decided(recharge, available, NOW)

    assert (after.count == recharge.count + 1) == begins, reason
    if begins:
        assert (after.mode, after.reserved, after.look_at) == (PENDING, recharge.price, NOW + LOOK)
        assert decided(after, available, NOW) == after, "two never run"


def test_a_recharge_that_backed_off_and_is_not_needed_any_more_rests() -> None:
    waited = replace(RULE, mode=BACKING_OFF, look_at=NOW)

    assert decided(waited, 100, NOW) == RULE


def test_the_limit_is_told_once_in_a_period() -> None:
    reached = replace(RULE, spent=5_000)

    after = decided(reached, 0, NOW)

    assert [notice.id for notice in told(reached, after, "acme", 7, "eur")] == ["recharge_limit_reached:acme:7"]
    assert told(after, decided(after, 0, NOW), "acme", 7, "eur") == ()
    assert not in_new_period(after).told


def test_each_recharge_is_told_under_its_own_number() -> None:
    assert [notice.id for notice in told(RULE, decided(RULE, 0, NOW), "acme", 7, "eur")] == ["recharge_started:acme:1"]


def test_money_is_told_as_people_read_it() -> None:
    reached = replace(RULE, spent=4_750)

    [started] = told(RULE, decided(RULE, 0, NOW), "acme", 7, "eur")
    [limit] = told(reached, decided(reached, 0, NOW), "acme", 7, "eur")

    assert started.detail.startswith("5.00 EUR ")
    assert limit.detail.startswith("47.50 EUR of 50.00 EUR ")


BARE = replace(RULE, mode=NO_PAYMENT_METHOD)


@pytest.mark.parametrize(
    ("reason", "before", "after", "is_told"),
    [
        ("the first rule", None, BARE, True),
        ("the card was taken off", RULE, BARE, True),
        ("known before", BARE, replace(BARE, limit=9_000), False),
        ("switched on", replace(BARE, enabled=False), BARE, True),
        ("switched off", RULE, replace(BARE, enabled=False), False),
        ("a card is there", BARE, RULE, False),
    ],
)
def test_a_rule_in_force_without_a_card_is_told_once(
    reason: str, before: Recharge | None, after: Recharge, is_told: bool
) -> None:
    notices = told_without_card(before, after, "acme", 4)

    ids = [notice.id for notice in notices]
    assert ids == (["recharge_no_payment_method:acme:rule:4"] if is_told else []), reason


def test_what_is_really_charged_counts_and_the_next_is_expected_to_cost_the_same() -> None:
    after = settled(FLYING, charged=300, cost=595)

    assert (after.mode, after.spent, after.reserved, after.price) == (IDLE, 300, 0, 595)
    assert after.left_to_spend == 4_700


def test_a_new_period_has_the_whole_limit_but_for_what_is_reserved() -> None:
    after = in_new_period(replace(FLYING, spent=4_500, since=NOW - 9))

    assert (after.spent, after.reserved, after.left_to_spend, after.mode) == (0, 500, 4_500, PENDING)
    assert after.since is None


def test_a_limit_lowered_below_what_is_spent_leaves_nothing() -> None:
    assert replace(RULE, spent=6_000).left_to_spend == 0


@pytest.mark.parametrize(
    ("reason", "rule", "card", "hard", "mode", "waits"),
    [
        ("the first", Rule("p"), "a", False, BACKING_OFF, HOUR),
        ("the second in a row", Rule("p", declines=1, declined=2, card="a"), "a", False, BACKING_OFF, 6 * HOUR),
        ("the third in a row", Rule("p", declines=2, declined=2, card="a"), "a", False, BLOCKED, None),
        ("the third, with one between that was paid", Rule("p", declines=2, declined=1, card="a"), "a", False,
         BACKING_OFF, HOUR),
        ("the first of another card", Rule("p", declines=2, declined=2, card="a"), "b", False, BACKING_OFF, HOUR),
        ("a hard one", Rule("p"), "a", True, BLOCKED, None),
    ],
)  # fmt: skip
def test_a_decline_backs_off_an_hour_then_six_and_blocks_at_the_third(
    reason: str, rule: Rule, card: str, hard: bool, mode: str, waits: int | None
) -> None:
    after, kept = declined(FLYING, rule, card, NOW, hard=hard)

    assert (after.mode, after.reserved) == (mode, 0), reason
    assert after.look_at == (None if waits is None else NOW + waits)
    assert (kept.card, kept.declined) == (card, FLYING.count)
    assert (kept.blocked_by == (BY_CARD,)) == (mode == BLOCKED)


@pytest.mark.parametrize(
    ("reason", "recharge", "rule", "card", "mode"),
    [
        ("the first card", replace(RULE, mode=NO_PAYMENT_METHOD), Rule("p"), "a", IDLE),
        ("none any more", RULE, Rule("p"), None, NO_PAYMENT_METHOD),
        ("the card that declined, again", replace(RULE, mode=BLOCKED), Rule("p", card="a", blocked_by=(BY_CARD,)), "a",
         BLOCKED),
        ("another card", replace(RULE, mode=BLOCKED), Rule("p", card="a", blocked_by=(BY_CARD,)), "b", IDLE),
        ("another card while it backs off", replace(RULE, mode=BACKING_OFF, look_at=NOW), Rule("p", card="a"), "b",
         IDLE),
        ("blocked by something else", replace(RULE, mode=BLOCKED), Rule("p", card="a", blocked_by=("r1",)), "b",
         BLOCKED),
        ("one in flight goes its way", FLYING, Rule("p"), "b", PENDING),
        ("and without a card, too", FLYING, Rule("p"), None, PENDING),
        ("nothing was wrong", RULE, Rule("p", card="a"), "b", IDLE),
    ],
)  # fmt: skip
def test_another_card_lifts_what_its_card_had_brought(
    reason: str, recharge: Recharge, rule: Rule, card: str | None, mode: str
) -> None:
    assert with_card(recharge, rule, card).mode == mode, reason


def test_saving_the_rule_keeps_what_was_spent_and_lets_one_in_flight_finish() -> None:
    wish = Recharge(False, threshold=7, price=1_000, limit=2_000)

    flying = saved(wish, replace(FLYING, spent=900), IDLE)
    blocked = saved(wish, replace(RULE, spent=900, mode=BLOCKED, count=4), IDLE)

    assert (flying.mode, flying.reserved, flying.spent, flying.enabled) == (PENDING, 500, 900, False)
    assert (flying.price, flying.limit, flying.threshold) == (1_000, 2_000, 7)
    assert (blocked.mode, blocked.spent, blocked.count) == (IDLE, 900, 4)


@pytest.mark.parametrize(
    ("reason", "recharge", "available", "state"),
    [
        ("all is well", RULE, 100, "idle"),
        ("nothing is left of the limit", replace(RULE, spent=5_000), 99, "limit_reached"),
        ("and enough credits", replace(RULE, spent=5_000), 100, "idle"),
        ("under way", FLYING, 0, "pending"),
        ("blocked", replace(RULE, mode=BLOCKED), 0, "blocked"),
        ("switched off while blocked", replace(RULE, mode=BLOCKED, enabled=False), 0, "blocked"),
        ("backing off", replace(RULE, mode=BACKING_OFF, look_at=NOW + 1), 0, "backing_off"),
        ("backed off and needed", replace(RULE, mode=BACKING_OFF, look_at=NOW), 0, "idle"),
    ],
)
def test_shows_the_limit_only_where_it_is_in_the_way(
    reason: str, recharge: Recharge, available: int, state: str
) -> None:
    assert shown(recharge, available, NOW) == state, reason


@pytest.mark.parametrize(
    ("reason", "recharge", "available", "look"),
    [
        ("nothing waits", RULE, 100, None),
        ("one in flight", FLYING, 0, NOW + LOOK),
        ("one in flight though switched off", replace(FLYING, enabled=False), 0, NOW + LOOK),
        ("backing off", replace(RULE, mode=BACKING_OFF, look_at=NOW + 9), 0, NOW + 9),
        ("backing off, switched off", replace(RULE, mode=BACKING_OFF, look_at=NOW + 9, enabled=False), 0, None),
        ("the limit is reached: the new period", replace(RULE, spent=5_000), 0, 77),
        ("a limit that no pack fits, ever", replace(RULE, limit=499), 0, None),
        ("blocked", replace(RULE, mode=BLOCKED), 0, None),
    ],
)
def test_somebody_looks_again_only_where_time_brings_something(
    reason: str, recharge: Recharge, available: int, look: int | None
) -> None:
    assert next_look(recharge, available, 77) == look, reason


def test_gives_back_what_was_reserved() -> None:
    assert given_back(FLYING).left_to_spend == 5_000


@pytest.mark.parametrize(("price", "percent", "cost"), [(500, 0, 500), (500, 19, 595), (501, 19, 597), (1, 27, 2)])
def test_tax_on_top_is_rounded_up(price: int, percent: int, cost: int) -> None:
    assert cost_of(price, percent) == cost
