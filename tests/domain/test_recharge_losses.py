"""A recharge whose money came back blocks its rule, and gives the limit back what was refunded in the same period."""

from dataclasses import replace

import pytest

from chalicelib.domain.journal import begin
from chalicelib.domain.money import Money
from chalicelib.domain.recharge import Recharge, Rule
from chalicelib.domain.recharge_losses import with_loss
from tests.builders import NOW, OPENED, a_catalogue, a_purchase, a_state

PAID = a_purchase(id="r1", kind="recharge", state="paid", paid=Money(600, "eur"), at=OPENED - 9)
OWN = Recharge(True, threshold=10, price=600, limit=5_000, spent=1_200, count=1)
RULE = Rule("starter")
Blocks = tuple[str, ...]


def lose(lost: int, own: Recharge = OWN, rule: Rule = RULE, was: int = 0, at: int = NOW) -> tuple[Recharge, Rule, int]:
    """The recharge, the rule, and how many notices, after the purchase that had lost `was` lost `lost`."""
    before = replace(PAID, lost=was, refunded=was, paid_at=at)
    begun = begin(a_state(recharge=own, granted=100), NOW, a_catalogue())
    ends = replace(before, lost=lost, refunded=lost)
    change, after = with_loss(begun, rule, before, ends, ends)
    assert change.after.recharge
    return change.after.recharge, after, len(change.notices)


@pytest.mark.parametrize(
    ("reason", "was", "lost", "at", "spent"),
    [
        ("all of it", 0, 600, NOW, 600),
        ("a part", 0, 100, NOW, 1_100),
        ("a part more", 100, 150, NOW, 1_150),
        ("paid as the period began, reserved before", 0, 600, OPENED, 600),
        ("paid in an earlier period", 0, 600, OPENED - 1, 1_200),
        ("paid by a clock that goes ahead of ours", 0, 600, NOW + 99 * 86_400, 600),
        ("won: it counts again", 600, 0, NOW, 1_800),
        ("never below nothing", 0, 1_300, NOW, 0),
    ],
)
def test_refunded_money_is_given_back_to_the_limit_of_its_own_period(
    reason: str, was: int, lost: int, at: int, spent: int
) -> None:
    assert lose(lost, was=was, at=at)[0].spent == spent, reason


@pytest.mark.parametrize(
    ("reason", "before", "money", "then", "notices"),
    [
        ("refunded", ("idle", ()), (0, 600), ("blocked", ("r1",)), 1),
        ("refunded in part", ("idle", ()), (0, 1), ("blocked", ("r1",)), 1),
        ("backing off", ("backing_off", ()), (0, 600), ("blocked", ("r1",)), 1),
        ("in flight: not disturbed, but remembered", ("pending", ()), (0, 600), ("pending", ("r1",)), 0),
        ("waiting for the bank", ("action_required", ()), (0, 600), ("action_required", ("r1",)), 0),
        ("blocked by the card, too", ("blocked", ("card",)), (0, 600), ("blocked", ("card", "r1")), 0),
        ("blocked by another, too", ("blocked", ("r0",)), (0, 600), ("blocked", ("r0", "r1")), 0),
        ("won", ("blocked", ("r1",)), (600, 0), ("idle", ()), 0),
        ("won in part only", ("blocked", ("r1",)), (600, 1), ("blocked", ("r1",)), 0),
        ("won while one is in flight", ("pending", ("r1",)), (600, 0), ("pending", ()), 0),
        ("won, but the card blocks", ("blocked", ("card", "r1")), (600, 0), ("blocked", ("card",)), 0),
        ("won, but another one is lost", ("blocked", ("r1", "r2")), (600, 0), ("blocked", ("r2",)), 0),
        ("won after the rule was saved anew", ("idle", ()), (600, 0), ("idle", ()), 0),
        ("won, blocked by something else since", ("blocked", ("fault",)), (600, 0), ("blocked", ("fault",)), 0),
        ("nothing new", ("idle", ()), (600, 600), ("idle", ()), 0),
    ],
)
def test_what_is_lost_blocks_until_it_is_won(
    reason: str, before: tuple[str, Blocks], money: tuple[int, int], then: tuple[str, Blocks], notices: int
) -> None:
    """Mode and what blocks, before and then; the money that was lost, and is."""
    own, rule, told = lose(money[1], replace(OWN, mode=before[0]), replace(RULE, blocked_by=before[1]), money[0])

    assert (own.mode, rule.blocked_by, told) == (*then, notices), reason


@pytest.mark.parametrize(("at", "spent"), [(OPENED - 9, 600), (OPENED - 10, 1_200)])
def test_what_was_paid_before_a_subscription_cut_the_period_short_is_given_back_as_well(at: int, spent: int) -> None:
    assert lose(600, replace(OWN, since=OPENED - 9), at=at)[0].spent == spent


@pytest.mark.parametrize("lost", [600, 300, 100])
def test_what_is_back_and_about_to_go_again_lifts_nothing_and_frees_no_limit(lost: int) -> None:
    before = replace(PAID, lost=lost, paid_at=NOW)
    rule, own = replace(RULE, blocked_by=("r1",)), replace(OWN, mode="blocked")
    begun = begin(a_state(recharge=own, granted=100), NOW, a_catalogue())
    back, ends = replace(before, lost=0), replace(before, lost=300, refunded=300)

    first, still = with_loss(begun, rule, before, back, ends)
    second, then = with_loss(first, still, back, ends, ends)

    assert (first.after.recharge, still) == (own, rule)
    assert (second.after.recharge, then, second.notices) == (replace(own, spent=900), rule, ())


def test_an_account_without_a_rule_keeps_none() -> None:
    begun = begin(a_state(), NOW, a_catalogue())

    lost = replace(PAID, lost=600)
    assert with_loss(begun, RULE, PAID, lost, lost) == (begun, RULE)
