"""What an update does where its payment fails, or comes days later."""

import pytest
import stripe

from tests.local.stripe.changes import ASKS, BAD, a_monthly, amounts, at_share, change, preview, the_item, with_card
from tests.local.stripe.shop import DAY, Shop

GOOD = "4242424242424242"


def test_a_debit_on_its_way_is_as_good_as_paid(shop: Shop) -> None:
    subscription = with_card(shop, "DE89370400440532013000")

    changed = change(
        shop, subscription, quantity=2, payment_behavior="pending_if_incomplete", at=at_share(subscription, 1, 2)
    )
    shop.later(by=14 * DAY)

    assert (changed.pending_update, the_item(changed).quantity, changed.latest_invoice.status) == (None, 2, "open")
    assert shop.service.v1.invoices.retrieve(changed.latest_invoice.id).status == "paid"
    assert shop.subscription(subscription).status == "active"


def test_a_debit_that_fails_later_is_dunned(shop: Shop) -> None:
    subscription = with_card(shop, "DE62370400440532013001")

    changed = change(
        shop, subscription, quantity=2, payment_behavior="pending_if_incomplete", at=at_share(subscription, 1, 2)
    )
    shop.later(by=8 * DAY)

    invoice = shop.service.v1.invoices.retrieve(changed.latest_invoice.id)
    assert (the_item(changed).quantity, invoice.status) == (2, "open")
    assert shop.subscription(subscription).status == "past_due"


def test_allowed_incomplete_it_is_made_and_past_due(shop: Shop) -> None:
    subscription = with_card(shop, BAD)

    changed = change(shop, subscription, quantity=2, payment_behavior="allow_incomplete")
    invoice = changed.latest_invoice
    shop.local(f"invoices/{invoice.id}", {"card": GOOD, "outcome": "pay"})

    assert (changed.status, the_item(changed).quantity, invoice.status) == ("past_due", 2, "open")
    assert invoice.next_payment_attempt is not None
    assert shop.subscription(subscription).status == "active"


def test_put_back_after_its_bill_was_voided_it_is_active_and_nothing_of_it_is_credited(shop: Shop) -> None:
    subscription = with_card(shop, BAD)
    failed = change(shop, subscription, quantity=2, at=at_share(subscription, 1, 2))

    shop.service.v1.invoices.void_invoice(failed.latest_invoice.id)
    change(shop, subscription, quantity=1, proration_behavior="none")

    again = preview(shop, subscription, quantity=2, at=at_share(subscription, 1, 2))
    assert shop.subscription(subscription).status == "active"
    assert amounts(again) == amounts(failed.latest_invoice)


@pytest.mark.parametrize(("card", "code"), [(BAD, "card_declined"), (ASKS, "authentication_required")])
def test_error_if_incomplete_refuses_and_changes_nothing(shop: Shop, card: str, code: str) -> None:
    subscription = with_card(shop, card)
    invoices = shop.service.v1.invoices.list({"subscription": subscription.id}).data

    with pytest.raises(stripe.CardError) as refused:
        change(shop, subscription, quantity=2, payment_behavior="error_if_incomplete", metadata={"a": "b"})

    assert refused.value.code == code
    assert shop.subscription(subscription).to_dict() == subscription.to_dict()
    assert len(shop.service.v1.invoices.list({"subscription": subscription.id}).data) == len(invoices)


def test_by_default_incomplete_it_waits_past_due_and_is_not_tried(shop: Shop) -> None:
    subscription = a_monthly(shop, 1_000)

    changed = change(shop, subscription, quantity=2, payment_behavior="default_incomplete")

    assert (changed.status, the_item(changed).quantity) == ("past_due", 2)
    assert (changed.latest_invoice.status, changed.latest_invoice.attempt_count) == ("open", 0)
