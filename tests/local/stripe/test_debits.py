"""SEPA debits: begun at once, answered by the bank days later."""

from typing import Any

import pytest
import stripe

from tests.local.stripe.changes import change, the_item
from tests.local.stripe.shop import DAY, Shop
from tests.local.stripe.test_shapes import complaints

GOOD, SLOW = "DE89370400440532013000", "DE08370400440532013003"
BAD, BAD_SLOW = "DE62370400440532013001", "DE78370400440532013004"
DECLINED = "4000000000000341"
DISPUTED, EMPTY = "DE35370400440532013002", "DE65370400440002222227"
BOTH: Any = {"allowed_payment_method_types": ["card", "sepa_debit"]}


def a_debited_session(shop: Shop, iban: str = GOOD) -> Any:
    session = shop.a_session(**BOTH)
    assert shop.pay(session, card=iban)["error"] is None
    return shop.session(session)


def the_invoice(shop: Shop, subscription_id: str) -> Any:
    invoice_id = shop.service.v1.subscriptions.retrieve(subscription_id).latest_invoice
    expanded = {"expand": ["payments.data.payment.payment_intent"]}
    return shop.service.v1.invoices.retrieve(invoice_id, expanded)


def intent_of(invoice: Any) -> Any:
    return invoice.payments.data[0].payment.payment_intent


def test_a_checkout_by_debit_is_complete_and_unpaid_while_the_subscription_runs(shop: Shop) -> None:
    session = a_debited_session(shop)

    invoice = the_invoice(shop, session.subscription)
    charge = shop.service.v1.charges.retrieve(intent_of(invoice).latest_charge)
    method = shop.service.v1.payment_methods.retrieve(charge.payment_method)
    assert (session.status, session.payment_status) == ("complete", "unpaid")
    assert shop.service.v1.subscriptions.retrieve(session.subscription).status == "active"
    assert (invoice.status, invoice.attempted, invoice.amount_remaining) == ("open", True, 3_600)
    assert (intent_of(invoice).status, charge.status, charge.paid) == ("processing", "pending", False)
    assert (method.type, method.sepa_debit.last4, method.sepa_debit.country) == ("sepa_debit", "3000", "DE")
    assert method.sepa_debit.bank_code == "37040044"
    assert "card" not in method
    assert [complaints(each, each.object) for each in (method, charge, intent_of(invoice))] == [[], [], []]


@pytest.mark.parametrize(("iban", "days"), [(GOOD, 3), (SLOW, 6)])
def test_the_bank_pays_after_days_and_not_before(shop: Shop, iban: str, days: int) -> None:
    session = a_debited_session(shop, iban)
    endpoint = shop.an_endpoint()

    shop.later(by=days * DAY - 60)
    before = the_invoice(shop, session.subscription).status
    shop.later(by=60)

    invoice = the_invoice(shop, session.subscription)
    assert (before, invoice.status, invoice.amount_paid) == ("open", "paid", 3_600)
    assert shop.session(session).payment_status == "paid"
    assert endpoint.types == [
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
        "checkout.session.async_payment_succeeded",
    ]


@pytest.mark.parametrize(("iban", "days", "code"), [(BAD, 3, "generic_decline"), (EMPTY, 3, "insufficient_funds")])
def test_a_first_debit_that_fails_leaves_an_active_subscription_and_a_void_invoice(
    shop: Shop, iban: str, days: int, code: str
) -> None:
    session = a_debited_session(shop, iban)
    endpoint = shop.an_endpoint()

    shop.later(by=days * DAY)

    invoice = the_invoice(shop, session.subscription)
    charge = shop.service.v1.charges.list({"payment_intent": intent_of(invoice).id}).data[0]
    assert shop.service.v1.subscriptions.retrieve(session.subscription).status == "active"
    assert (invoice.status, charge.status, charge.failure_code) == ("void", "failed", code)
    assert (shop.session(session).status, shop.session(session).payment_status) == ("complete", "unpaid")
    assert endpoint.types == [
        "charge.failed",
        "payment_intent.payment_failed",
        "invoice.payment_failed",
        "invoice.updated",
        "invoice.voided",
        "payment_intent.canceled",
        "checkout.session.async_payment_failed",
    ]


def test_a_pack_by_debit_has_its_invoice_when_it_is_paid(shop: Shop) -> None:
    session = shop.a_pack_session(**BOTH)
    shop.pay(session, card=GOOD)
    waiting = shop.session(session)

    shop.later(by=3 * DAY)

    paid = shop.session(session)
    assert (waiting.status, waiting.payment_status, waiting.invoice) == ("complete", "unpaid", None)
    assert paid.payment_status == "paid"
    assert shop.service.v1.invoices.retrieve(paid.invoice).status == "paid"


def a_debited_subscription(shop: Shop, iban: str) -> stripe.Subscription:
    """Begun with a card, then given a bank account in the portal."""
    subscription = shop.a_subscription()
    shop.local(f"customers/{subscription.customer}/card", {"card": iban})
    return subscription


def test_a_renewal_by_debit_is_processing_then_paid(shop: Shop) -> None:
    subscription = a_debited_subscription(shop, GOOD)

    shop.later(by=29 * DAY)
    waiting, status = the_invoice(shop, subscription.id), shop.subscription(subscription).status
    shop.later(by=3 * DAY)

    paid = the_invoice(shop, subscription.id)
    assert (waiting.status, intent_of(waiting).status, status) == ("open", "processing", "active")
    assert (waiting.attempt_count, waiting.next_payment_attempt) == (1, None)
    assert (paid.id, paid.status, shop.subscription(subscription).status) == (waiting.id, "paid", "active")


def test_a_renewal_whose_debit_fails_is_past_due_and_tried_again(shop: Shop) -> None:
    subscription = a_debited_subscription(shop, BAD)

    shop.later(by=28 * DAY + 3_700)
    before = shop.subscription(subscription).status
    shop.later(by=3 * DAY)
    failed, after = the_invoice(shop, subscription.id), shop.subscription(subscription).status
    shop.local(f"customers/{subscription.customer}/card", {"card": GOOD})
    shop.later(by=3 * DAY)
    again = the_invoice(shop, subscription.id)
    shop.later(by=3 * DAY)

    assert (before, after, failed.status) == ("active", "past_due", "open")
    assert failed.next_payment_attempt - shop.now < 0
    assert (again.attempt_count, intent_of(again).status, intent_of(failed).status) == (
        2,
        "processing",
        "requires_payment_method",
    )
    assert (the_invoice(shop, subscription.id).status, shop.subscription(subscription).status) == ("paid", "active")


def test_debits_that_always_fail_end_the_dunning(shop: Shop) -> None:
    subscription = a_debited_subscription(shop, BAD)

    # Three, five and seven days after each answer, which takes three.
    shop.later(by=(28 + 4 * 3 + 15 + 1) * DAY)

    ended = shop.subscription(subscription)
    assert (ended.status, ended.cancellation_details.reason) == ("canceled", "payment_failed")
    assert the_invoice(shop, subscription.id).attempt_count == 4


def test_a_subscription_made_with_a_debit_does_not_wait_for_the_bank(shop: Shop) -> None:
    customer = shop.a_customer(card=GOOD)
    price = shop.a_price()

    made = shop.service.v1.subscriptions.create({"customer": customer.id, "items": [{"price": price.id}]})
    waiting = the_invoice(shop, made.id).status
    shop.later(by=3 * DAY)

    assert (made.status, waiting, the_invoice(shop, made.id).status) == ("active", "open", "paid")


def test_an_upgrade_by_debit_is_in_force_while_its_invoice_is_open(shop: Shop) -> None:
    subscription = a_debited_subscription(shop, GOOD)

    changed = change(shop, subscription, quantity=5, payment_behavior="pending_if_incomplete")
    shop.later(by=3 * DAY)

    assert (changed.pending_update, the_item(changed).quantity, changed.status) == (None, 5, "active")
    assert (changed.latest_invoice.status, the_invoice(shop, subscription.id).status) == ("open", "paid")


def test_an_upgrade_whose_debit_fails_later_is_past_due_and_tried_again(shop: Shop) -> None:
    subscription = a_debited_subscription(shop, BAD)

    change(shop, subscription, quantity=5, payment_behavior="pending_if_incomplete")
    shop.later(by=3 * DAY)

    after, invoice = shop.subscription(subscription), the_invoice(shop, subscription.id)
    assert (after.status, the_item(after).quantity, invoice.status) == ("past_due", 5, "open")
    assert invoice.next_payment_attempt is not None


def test_an_upgrade_that_waits_is_in_force_once_a_debit_for_it_is_begun(shop: Shop) -> None:
    subscription = a_debited_subscription(shop, DECLINED)
    waiting = change(shop, subscription, quantity=5, payment_behavior="pending_if_incomplete")

    shop.local(f"invoices/{waiting.latest_invoice.id}", {"card": GOOD})

    begun = shop.subscription(subscription)
    assert (the_item(waiting).quantity, waiting.pending_update is None) == (3, False)
    assert (the_item(begun).quantity, begun.pending_update) == (5, None)
    assert the_invoice(shop, subscription.id).status == "open"


@pytest.mark.parametrize("act", ["pay", "void_invoice"])
def test_what_is_on_its_way_is_neither_paid_twice_nor_taken_back(shop: Shop, act: str) -> None:
    invoice = the_invoice(shop, a_debited_session(shop).subscription)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        getattr(shop.service.v1.invoices, act)(invoice.id)

    assert refused.value.code == "payment_intent_unexpected_state"
    assert shop.service.v1.invoices.retrieve(invoice.id).status == "open"


def test_a_debit_of_a_cancelled_subscription_still_arrives(shop: Shop) -> None:
    session = a_debited_session(shop)
    shop.service.v1.subscriptions.cancel(session.subscription)

    shop.later(by=3 * DAY)

    assert the_invoice(shop, session.subscription).status == "paid"
    assert shop.service.v1.subscriptions.retrieve(session.subscription).status == "canceled"


def test_a_disputed_debit_is_lost_at_once(shop: Shop) -> None:
    session = a_debited_session(shop, DISPUTED)
    endpoint = shop.an_endpoint("charge.dispute.created", "charge.dispute.closed")

    shop.later(by=3 * DAY)

    charge = shop.service.v1.charges.list().data[0]
    assert (the_invoice(shop, session.subscription).status, charge.disputed) == ("paid", True)
    assert endpoint.types == ["charge.dispute.created", "charge.dispute.closed"]
    assert endpoint.events[1]["data"]["object"]["status"] == "lost"


def test_a_refund_to_a_bank_account_is_pending_for_days(shop: Shop) -> None:
    a_debited_session(shop)
    shop.later(by=3 * DAY)
    charge = shop.service.v1.charges.list().data[0]

    refund = shop.service.v1.refunds.create({"charge": charge.id})
    shop.later(by=3 * DAY)

    assert (refund.status, refund.pending_reason) == ("pending", "processing")
    assert shop.service.v1.refunds.retrieve(refund.id).status == "succeeded"
    assert complaints(refund, "refund") == []
