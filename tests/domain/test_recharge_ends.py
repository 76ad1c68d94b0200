"""How a recharge ends: whoever goes on where one died makes of it what that one would have, but for the card of now."""

from dataclasses import replace

import pytest

from chalicelib.domain.charges import DECLINED, REFUSED_FOR_GOOD, Charge
from chalicelib.domain.credits import BY_RULE, Stop
from chalicelib.domain.journal import begin
from chalicelib.domain.money import Money
from chalicelib.domain.periods import DAY
from chalicelib.domain.recharge import (
    ACTION_REQUIRED,
    BACKING_OFF,
    BANK_WAITS,
    BLOCKED,
    IDLE,
    LIMIT_REACHED,
    NO_PAYMENT_METHOD,
    PENDING,
    Recharge,
    Rule,
)
from chalicelib.domain.recharge_ends import Ending, by_another_card, ending, granted, resumed, stopped, too_dear
from tests.builders import NOW, OPENED, a_catalogue, a_purchase, a_state

COST = Money(600, "eur")
OWN = Recharge(True, threshold=10, price=500, limit=5_000, reserved=500, count=3, mode=PENDING)
RULE = Rule("starter")
TRIED, OTHER = "cus_1:tried", "cus_1:other"
CHARGE = Charge("in_1", "open", COST, COST, Money(0, "eur"), payment="requires_payment_method", fingerprint="tried")
R3 = a_purchase(id="r3", kind=BY_RULE, credits=40, paid=COST)


def gone_on(stop: Stop, card: str | None, rule: Rule = RULE) -> Ending:
    found = resumed(OWN, rule, replace(R3, stop=stop), card, NOW)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("word", "tried", "card", "mode", "blocked_by"),
    [
        (LIMIT_REACHED, None, TRIED, IDLE, ()),
        (LIMIT_REACHED, None, OTHER, IDLE, ()),
        (LIMIT_REACHED, None, None, IDLE, ()),
        (BLOCKED, TRIED, TRIED, BLOCKED, ("fault",)),
        (BLOCKED, TRIED, OTHER, BLOCKED, ("fault",)),
        (BLOCKED, TRIED, None, BLOCKED, ("fault",)),
        (NO_PAYMENT_METHOD, TRIED, TRIED, NO_PAYMENT_METHOD, ()),
        (NO_PAYMENT_METHOD, TRIED, OTHER, IDLE, ()),
        (NO_PAYMENT_METHOD, TRIED, None, NO_PAYMENT_METHOD, ()),
        (NO_PAYMENT_METHOD, None, OTHER, IDLE, ()),
        (NO_PAYMENT_METHOD, None, None, NO_PAYMENT_METHOD, ()),
        (DECLINED, TRIED, TRIED, BACKING_OFF, ()),
        (DECLINED, TRIED, OTHER, IDLE, ()),
        (DECLINED, TRIED, None, BACKING_OFF, ()),
        (REFUSED_FOR_GOOD, TRIED, TRIED, BLOCKED, ("card",)),
        (REFUSED_FOR_GOOD, TRIED, OTHER, IDLE, ()),
        (REFUSED_FOR_GOOD, TRIED, None, BLOCKED, ("card",)),
    ],
)
def test_who_goes_on_ends_it_as_it_was_to_be_unless_another_card_is_there(
    word: str, tried: str | None, card: str | None, mode: str, blocked_by: tuple[str, ...]
) -> None:
    found = gone_on(Stop(word, "why", tried), card)

    assert (found.recharge.mode, found.rule.blocked_by, found.recharge.reserved) == (mode, blocked_by, 0)
    assert found.is_over


ENDINGS: dict[str, Ending | None] = {
    "it would pass the limit": too_dear(OWN, RULE, CHARGE, "starter"),
    "a debt at Stripe": too_dear(OWN, RULE, replace(CHARGE, due=Money(9_000, "eur")), "starter"),
    "a fault at Stripe": stopped(OWN, RULE, BLOCKED, "why"),
    "no card": stopped(OWN, RULE, NO_PAYMENT_METHOD, "why"),
    "the card was taken off": ending(OWN, RULE, replace(CHARGE, refusal="resource_missing"), TRIED, NOW),
    "void at Stripe": ending(OWN, RULE, replace(CHARGE, status="void"), TRIED, NOW),
    "declined": ending(OWN, RULE, replace(CHARGE, refusal="insufficient_funds"), TRIED, NOW),
    "refused for good": ending(OWN, RULE, replace(CHARGE, refusal="stolen_card"), TRIED, NOW),
    "nobody confirmed it": ending(
        replace(OWN, mode=ACTION_REQUIRED, look_at=NOW), RULE, replace(CHARGE, payment="requires_action"), TRIED, NOW
    ),
}


@pytest.mark.parametrize("reason", ENDINGS)
def test_its_stop_says_all_that_it_takes_to_end_it_alike(reason: str) -> None:
    found = ENDINGS[reason]
    assert found is not None
    found = by_another_card(found, TRIED, TRIED)
    assert found.stop is not None

    assert gone_on(found.stop, TRIED) == found


@pytest.mark.parametrize("reason", ENDINGS)
def test_the_card_in_its_stop_is_the_one_that_was_tried_and_not_that_of_now(reason: str) -> None:
    found = ENDINGS[reason]
    assert found is not None

    stops = [by_another_card(found, TRIED, card).stop for card in (TRIED, OTHER, None)]

    assert [stop and stop.card for stop in stops] == [TRIED] * 3


@pytest.mark.parametrize(("pack", "price"), [("starter", 600), ("pro", 500)])
def test_the_exact_cost_is_what_the_next_one_is_expected_to_cost_if_it_is_the_same_pack(pack: str, price: int) -> None:
    rule = Rule(pack)
    found = too_dear(OWN, rule, CHARGE, "starter")
    assert found.stop

    assert (found.recharge.price, gone_on(found.stop, TRIED, rule).recharge.price) == (price, price)


def test_a_recharge_that_nobody_began_to_drop_is_not_resumed() -> None:
    assert resumed(OWN, RULE, R3, TRIED, NOW) is None


@pytest.mark.parametrize("card", [TRIED, None])
def test_one_that_waits_for_the_bank_is_not_over_while_no_other_card_is_there(card: str | None) -> None:
    found = ending(OWN, RULE, replace(CHARGE, payment="requires_action"), TRIED, NOW)
    assert found is not None

    found = by_another_card(found, TRIED, card)

    assert (found.recharge.mode, found.recharge.look_at, found.stop) == (ACTION_REQUIRED, NOW + BANK_WAITS, None)


@pytest.mark.parametrize(
    ("reason", "paid_at", "since", "spent"),
    [
        ("in this period", NOW, None, 1_600),
        ("as it began", OPENED, None, 1_600),
        ("a second before: that period's money", OPENED - 1, None, 1_000),
        ("by a clock that goes ahead of ours", NOW + 40 * DAY, None, 1_600),
        ("in the part that a subscription cut off", OPENED - 1, OPENED - 9, 1_600),
        ("as that part began", OPENED - 9, OPENED - 9, 1_600),
        ("before that part", OPENED - 10, OPENED - 9, 1_000),
    ],
)
@pytest.mark.parametrize("rule", [RULE, None], ids=["in flight", "given up before"])
def test_what_was_charged_counts_in_the_period_in_which_it_was_paid(
    reason: str, paid_at: int, since: int | None, spent: int, rule: Rule | None
) -> None:
    begun = begin(a_state(recharge=replace(OWN, spent=1_000, since=since)), NOW, a_catalogue())

    change, _ = granted(begun, replace(R3, paid_at=paid_at), replace(CHARGE, paid=COST), (), rule)

    own = change.after.recharge
    assert own
    assert (own.spent, change.after.granted) == (spent, 40), reason
