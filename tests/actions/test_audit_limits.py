"""What an audit waits for, what it takes for settled, and what it still looks at where it cannot see all."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.actions.adjust_credits import adjust_credits
from chalicelib.actions.asking import Asker
from chalicelib.actions.audit import audit
from chalicelib.actions.recharge import pursue
from chalicelib.actions.settle_checkout import settle_checkout
from chalicelib.domain.findings import Finding
from chalicelib.domain.payments import ON_ITS_WAY
from chalicelib.domain.periods import HOUR
from chalicelib.errors import StripeUnavailable, UnknownAccount
from infra.local.stripe.state import copied
from tests.actions.auditing import (
    Life,
    a_hold,
    a_hold_left_over,
    a_recharge_left_behind,
    granted_once_more,
    granted_to_nobody,
    other_seats,
    paid_and_nobody_came,
    written_down_as_paid,
)
from tests.actions.life import bought
from tests.actions.recharging import PRO, a_rule, going, spend
from tests.actions.refunding import known, paid_with, refunded
from tests.actions.world import KEY, Died, dying_after


def codes(findings: list[Finding]) -> list[str]:
    return sorted({each.code for each in findings})


JUST_IN_TIME: list[tuple[str, Callable[[Life], object], int]] = [
    ("an hour after a hold has expired", a_hold, 2 * HOUR),
    ("an hour after a recharge was to be looked at", lambda life: a_rule(life.world, threshold=10 * PRO), 60 + HOUR),
    ("ten minutes after a pack was paid", lambda life: bought(life.world), ON_ITS_WAY - 5),
]


@pytest.mark.parametrize(("when", "begin_it", "seconds"), JUST_IN_TIME, ids=[row[0] for row in JUST_IN_TIME])
def test_what_may_still_come_is_waited_for(
    life: Life, when: str, begin_it: Callable[[Life], object], seconds: int
) -> None:
    begin_it(life)
    life.world.clock.move_to(life.world.clock.now() + seconds)

    assert life.found() == [], when


def test_a_recharge_that_is_paid_and_not_granted_yet_is_on_its_way(life: Life) -> None:
    a_rule(life.world, threshold=10 * PRO)
    message = going(life.world)
    assert message
    save, real = dying_after(life.world.deps.store.save_purchase), life.world.deps.store.save_purchase
    saving = iter([real, save])
    with pytest.raises(Died):
        pursue(life.world.with_store(save_purchase=lambda *a, **k: next(saving)(*a, **k)), message)
    assert known(life.world, f"r{message.number}").state == "paid"

    assert life.found() == []


def test_a_recharge_that_nobody_can_pay_any_more_is_no_finding(life: Life) -> None:
    a_recharge_left_behind(life)
    assert life.found() == ["recharge_stranded"]

    life.world.deps.stripe.charges.drop(known(life.world, "r2").stripe_invoice_id or "")

    assert life.found() == []


@pytest.mark.parametrize("plant", [granted_once_more, granted_to_nobody, paid_and_nobody_came, written_down_as_paid])
def test_what_a_hand_has_seen_to_is_settled(life: Life, plant: Callable[[Life], None]) -> None:
    plant(life)
    [finding] = audit(life.world.deps, "acme")
    cause = finding.detail.split()[0]

    adjust_credits(life.world.deps, "acme", -9, f"a mistake: {cause}", None, KEY)

    assert life.found() == []


def test_money_that_all_went_back_is_owed_nothing_for(life: Life) -> None:
    intent = paid_with(life.world, bought(life.world))
    life.later(ON_ITS_WAY + 1)
    refunded(life.world, intent, 300)
    assert life.found() == ["paid_not_granted"]

    refunded(life.world, intent)

    assert life.found() == []


def test_what_is_found_as_owed_is_granted_by_asking_once_more(life: Life) -> None:
    purchase = bought(life.world)
    life.later(ON_ITS_WAY + 1)
    assert life.found() == ["paid_not_granted"]

    settle_checkout(life.world.deps, purchase.stripe_session_id or "")

    assert life.found() == []


def test_a_customer_that_is_gone_is_no_finding(life: Life) -> None:
    life.world.operator.v1.customers.delete(life.world.stored()[1].stripe_customer_id or "")

    assert life.found() == []


def test_what_an_earlier_customer_paid_is_paid(life: Life) -> None:
    profile = life.world.stored()[1]
    newer = life.world.operator.v1.customers.create({"metadata": {"account": "acme"}})
    life.world.deps.store.attach_customer(profile, newer.id)

    assert life.found() == []


def test_every_page_of_what_stripe_was_paid_is_read(life: Life) -> None:
    stripe, customer = life.world.emulator.state, life.world.stored()[1].stripe_customer_id or ""
    before = life.world.deps.stripe.charges.paid_packs(customer)
    [paid] = [each for each in stripe.every("invoice") if each["id"] == before[-1].stripe_invoice_id]
    for number in range(101):
        stripe.add(copied(paid) | {"id": f"in_more{number}"})

    found = life.world.deps.stripe.charges.paid_packs(customer)

    assert len(found) == len(before) + 101
    assert {each.cause for each in found} == {life.pack.cause, "recharge:r1"}


def test_a_stripe_that_does_not_answer_is_told(life: Life) -> None:
    charges: Any = type("Down", (), {"paid_packs": staticmethod(_down)})

    with pytest.raises(StripeUnavailable):
        audit(life.world.with_stripe(charges=charges), "acme")


def _down(_customer: str) -> Any:
    raise StripeUnavailable


def test_while_entries_keep_being_closed_the_journal_is_looked_at_all_the_same(life: Life) -> None:
    a_hold_left_over(life)
    other_seats(life)
    real, number = life.world.deps.store.closed_periods, iter(range(9))

    def meanwhile(*args: Any, **named: Any) -> Any:
        spend(life.world, 1, f"meanwhile{next(number)}")
        adjust_credits(life.world.deps, "acme", 1, "x", None, KEY)
        return real(*args, **named)

    found = audit(life.world.with_store(closed_periods=meanwhile), "acme")

    assert [each.code for each in found] == ["state_differs"]
    assert next(number) == 3


def test_however_many_adjustments_there_are_they_are_read_at_once(life: Life) -> None:
    real, asked = life.world.deps.store.adjustments, list[str]()
    for number in range(3):
        adjust_credits(life.world.deps, "acme", 1, f"more {number}", None, Asker(KEY.actor, f"more{number}"))

    def one_by_one(*_: object) -> object:
        raise AssertionError("each of them is read")

    def at_once(account: str) -> object:
        asked.append(account)
        return real(account)

    found = audit(life.world.with_store(adjustment=one_by_one, adjustments=at_once), "acme")

    assert (found, asked) == ([], ["acme"])


@pytest.mark.parametrize("most", [1, 3, 5, 9])
def test_of_a_long_journal_the_newest_part_is_read(life: Life, most: int) -> None:
    assert audit(life.world.deps, "acme", most_entries=most) == []

    life.add(life.keys("E#")[-most - 1], "bal", 1)

    assert audit(life.world.deps, "acme", most_entries=most) == []
    assert codes(audit(life.world.deps, "acme", most_entries=most + 1)) == ["balance_breaks"]
    life.add("S", "g", 1)
    assert codes(audit(life.world.deps, "acme", most_entries=most)) == ["totals_differ"]


def test_an_account_that_is_not_there_is_told(life: Life) -> None:
    with pytest.raises(UnknownAccount):
        audit(life.world.deps, "nobody")
