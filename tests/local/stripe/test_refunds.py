"""Money that goes back: refunds whole and in parts, such that fail later, and credit notes with their tax."""

from typing import Any

import pytest
import stripe

from tests.local.stripe.shop import DAY, Shop
from tests.local.stripe.test_shapes import complaints

REFUSED = stripe.InvalidRequestError


def a_charge(shop: Shop, card: str = "4242424242424242") -> Any:
    """A pack of 5.00, bought and paid."""
    session = shop.a_pack_session()
    assert shop.pay(session, card=card)["error"] is None
    intent = shop.service.v1.payment_intents.retrieve(shop.session(session).payment_intent)
    return shop.service.v1.charges.retrieve(intent.latest_charge)


def refund(shop: Shop, paid: Any, /, **params: Any) -> Any:
    return shop.service.v1.refunds.create({"payment_intent": paid.payment_intent, **params})


def again(shop: Shop, charge: Any) -> Any:
    return shop.service.v1.charges.retrieve(charge.id)


def test_gives_back_all_that_is_left(shop: Shop) -> None:
    charge = a_charge(shop)

    first = refund(shop, charge, amount=200, reason="requested_by_customer", metadata={"account": "acme"})
    partly = again(shop, charge)
    rest = refund(shop, charge)

    assert (first.status, first.amount, first.charge, first.metadata["account"]) == (
        "succeeded",
        200,
        charge.id,
        "acme",
    )
    assert (partly.amount_refunded, partly.refunded) == (200, False)
    assert (rest.amount, again(shop, charge).amount_refunded, again(shop, charge).refunded) == (300, 500, True)
    assert complaints(shop.service.v1.refunds.retrieve(rest.id), "refund") == []


def test_tells_a_refund_under_each_of_its_names(shop: Shop) -> None:
    charge = a_charge(shop)
    endpoint = shop.an_endpoint()

    refund(shop, charge, amount=200)
    shop.local("settle", {})

    assert endpoint.types == ["refund.created", "charge.refunded", "refund.updated", "charge.refund.updated"]
    assert endpoint.events[1]["data"]["previous_attributes"] == {"amount_refunded": 0}


@pytest.mark.parametrize(
    ("why", "before", "params", "code", "message"),
    [
        ("more than was paid", [], {"amount": 501}, None, "greater than unrefunded amount"),
        ("more than is left", [200], {"amount": 301}, None, "greater than unrefunded amount"),
        ("nothing is left", [500], {}, "charge_already_refunded", "already been refunded"),
        ("nothing is asked", [], {"amount": 0}, "parameter_invalid_integer", "greater than or equal to 1"),
        ("an unknown payment", [], {"payment_intent": "pi_1"}, "resource_missing", "No such payment_intent"),
        ("another payment's charge", [], {"charge": "ch_1"}, None, "not the payment intent's"),
    ],
)
def test_refuses_what_cannot_go_back(
    shop: Shop, why: str, before: list[int], params: Any, code: str | None, message: str
) -> None:
    charge = a_charge(shop)
    for amount in before:
        refund(shop, charge, amount=amount)

    with pytest.raises(REFUSED, match=message) as refused:
        refund(shop, charge, **params)

    assert refused.value.code == code, why
    assert again(shop, charge).amount_refunded == sum(before)


def test_takes_a_refund_by_its_charge_and_lists_it_by_either(shop: Shop) -> None:
    charge, other = a_charge(shop), a_charge(shop)
    made = shop.service.v1.refunds.create({"charge": charge.id, "amount": 100})
    refund(shop, other)

    by_charge = shop.service.v1.refunds.list({"charge": charge.id}).data
    by_intent = shop.service.v1.refunds.list({"payment_intent": charge.payment_intent}).data
    everything = shop.service.v1.refunds.list({"created": {"gte": made.created}}).data

    assert [[each.id for each in found] for found in (by_charge, by_intent)] == [[made.id], [made.id]]
    expanded = shop.service.v1.charges.retrieve(charge.id, {"expand": ["refunds"]}).refunds.data
    assert (len(everything), [each.id for each in expanded]) == (2, [made.id])


def test_a_refunds_metadata_can_change(shop: Shop) -> None:
    made = refund(shop, a_charge(shop))
    endpoint = shop.an_endpoint("refund.updated")

    changed = shop.service.v1.refunds.update(made.id, {"metadata": {"entry": "7"}})
    shop.local("settle", {})

    assert (changed.metadata["entry"], endpoint.types) == ("7", ["refund.updated"])


def test_a_refund_that_fails_gives_the_money_back_to_the_charge(shop: Shop) -> None:
    charge = a_charge(shop, card="4000000000005126")
    made = refund(shop, charge)
    refunded = again(shop, charge).refunded
    endpoint = shop.an_endpoint("refund.updated", "refund.failed", "charge.refund.updated", "charge.updated")

    shop.later(by=DAY - 60)
    before = shop.service.v1.refunds.retrieve(made.id).status
    shop.later(by=60)

    failed = shop.service.v1.refunds.retrieve(made.id)
    assert (made.status, refunded, before) == ("succeeded", True, "succeeded")
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert (again(shop, charge).amount_refunded, again(shop, charge).refunded) == (0, False)
    assert endpoint.types == ["refund.updated", "charge.refund.updated", "refund.failed", "charge.updated"]
    assert refund(shop, charge, amount=500).status == "succeeded"


def an_invoice(shop: Shop, country: str = "DE", behavior: str = "exclusive") -> Any:
    """Three packs at 10.00, one at 7.99, paid with automatic tax."""
    customer = shop.a_customer(country, card="4242424242424242")
    price, other = (shop.a_price(amount, None, tax_behavior=behavior) for amount in (1_000, 799))
    taxed: Any = {"customer": customer.id, "automatic_tax": {"enabled": True}}
    invoice = shop.service.v1.invoices.create(taxed)
    lines = [{"pricing": {"price": price.id}, "quantity": 3}, {"pricing": {"price": other.id}, "quantity": 1}]
    shop.service.v1.invoices.add_lines(invoice.id, {"lines": lines})
    return shop.service.v1.invoices.pay(invoice.id)


def credit(shop: Shop, invoice: Any, **params: Any) -> Any:
    return shop.service.v1.credit_notes.create({"invoice": invoice.id, **params})


def test_credits_an_invoice_in_parts_with_its_share_of_the_tax(shop: Shop) -> None:
    # 37.99 net; 19 % of 30.00 is 5.70, of 7.99 is 1.5181, so 1.52: 45.21 in all.
    invoice = an_invoice(shop)

    # 10.00 of 45.21: 10.00 x 7.22 / 45.21 = 1.597, so 1.60 tax and 8.40 net.
    note = credit(shop, invoice, amount=1_000, refund_amount=1_000, reason="order_change", memo="one less")

    after = shop.service.v1.invoices.retrieve(invoice.id)
    made = shop.service.v1.refunds.retrieve(note.refunds[0].refund)
    assert (invoice.total, note.total, note.total_excluding_tax, note.subtotal) == (4_521, 1_000, 840, 840)
    assert [(each.amount, each.tax_behavior) for each in note.total_taxes] == [(160, "exclusive")]
    assert (made.amount, made.status, note.refunds[0].amount_refunded) == (1_000, "succeeded", 1_000)
    assert (after.post_payment_credit_notes_amount, after.status, after.amount_paid) == (1_000, "paid", 4_521)
    assert note.number == f"{invoice.number}-CN-01"
    assert complaints(note, "credit_note") == []


def test_credits_lines_by_quantity_and_by_amount(shop: Shop) -> None:
    invoice = an_invoice(shop)
    three, one = invoice.lines.data

    # Two of three at 10.00: 20.00 and 3.80 of 5.70 tax; 4.00 net of 7.99: 1.52 x 400 / 799 = 0.761, so 0.76.
    note = credit(
        shop,
        invoice,
        lines=[
            {"type": "invoice_line_item", "invoice_line_item": three.id, "quantity": 2},
            {"type": "invoice_line_item", "invoice_line_item": one.id, "amount": 400},
        ],
        refund_amount=2_000,
        credit_amount=500,
        out_of_band_amount=356,
    )

    lines = shop.service.v1.credit_notes.line_items.list(note.id).data
    assert [(each.amount, each.taxes[0].amount) for each in lines] == [(2_000, 380), (400, 76)]
    assert (note.total, note.subtotal, note.total_taxes[0].amount) == (2_856, 2_400, 456)
    assert shop.service.v1.customers.retrieve(invoice.customer).balance == -500


def test_an_inclusive_tax_stays_inside(shop: Shop) -> None:
    # 30.00 with 4.79 tax inside (30.00 x 19 / 119 = 4.7899).
    invoice = an_invoice(shop, behavior="inclusive")
    line = {"type": "invoice_line_item", "invoice_line_item": invoice.lines.data[0].id, "quantity": 3}

    note = credit(shop, invoice, lines=[line], refund_amount=3_000)

    assert (note.total, note.subtotal, note.total_excluding_tax) == (3_000, 3_000, 2_521)


@pytest.mark.parametrize(
    ("why", "params", "message"),
    [
        ("more than was paid", {"amount": 4_522, "refund_amount": 4_522}, "can still be credited"),
        ("the money goes nowhere", {"amount": 100}, "must equal"),
        ("more goes back than is credited", {"amount": 100, "refund_amount": 101}, "must equal"),
        ("below zero on one way", {"amount": 100, "refund_amount": 200, "credit_amount": -100}, "must equal"),
        ("nothing is credited", {"amount": 0}, "positive"),
        ("neither amount nor lines", {"refund_amount": 100}, "one of"),
        (
            "a line of another invoice",
            {"lines": [{"type": "invoice_line_item", "invoice_line_item": "il_1", "quantity": 1}]},
            "No such line item",
        ),
    ],
)
def test_refuses_what_cannot_be_credited(shop: Shop, why: str, params: Any, message: str) -> None:
    invoice = an_invoice(shop)

    with pytest.raises(REFUSED, match=message):
        credit(shop, invoice, **params)

    assert shop.service.v1.credit_notes.list({"invoice": invoice.id}).data == [], why
    assert shop.service.v1.refunds.list().data == []


def test_a_credit_note_refuses_what_a_refund_has_taken(shop: Shop) -> None:
    invoice = an_invoice(shop)
    intent = shop.service.v1.invoice_payments.list({"invoice": invoice.id}).data[0].payment.payment_intent
    shop.service.v1.refunds.create({"payment_intent": intent, "amount": 4_000})

    with pytest.raises(REFUSED, match="unrefunded amount"):
        credit(shop, invoice, amount=1_000, refund_amount=1_000)

    assert shop.service.v1.invoices.retrieve(invoice.id).post_payment_credit_notes_amount == 0
