"""Invoices as Stripe has them become ours: pages without drafts, every line, net amounts that add up."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.adapters.stripe import invoices
from chalicelib.deps import Stripe
from chalicelib.domain.invoices import Invoice
from chalicelib.domain.periods import Period
from chalicelib.errors import StripeGone
from tests.actions.world import World, a_world
from tests.builders import a_catalogue

BERLIN: Any = {"country": "DE", "postal_code": "10115"}
PRORATED = {"proration": True}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with a_world() as world:
        yield world


@pytest.fixture
def stripe(world: World) -> Stripe:
    return world.deps.stripe


@pytest.fixture
def customer(world: World) -> str:
    return world.operator.v1.customers.create({"name": "Acme", "address": BERLIN}).id


def billed(world: World, customer: str, *, packs: int = 1, draft: bool = False) -> str:
    """An invoice for packs, made by hand."""
    made = world.operator.v1.invoices.create({"customer": customer, "automatic_tax": {"enabled": True}}).id
    price = world.operator.v1.prices.list({"lookup_keys": ["pack_starter"]}).data[0].id
    lines: Any = [{"pricing": {"price": price}, "quantity": 1} for _ in range(packs)]
    world.operator.v1.invoices.add_lines(made, {"lines": lines})
    if not draft:
        world.operator.v1.invoices.finalize_invoice(made)
    return made


def ids(found: list[Invoice]) -> list[str]:
    return [each.stripe_invoice_id for each in found]


def test_pages_stay_full_though_drafts_lie_between(world: World, stripe: Stripe, customer: str) -> None:
    shown = [False, True, False, False, False, True, True, False, True]
    made = [billed(world, customer, draft=not each) for each in shown]
    newest_first = [each for each, is_shown in zip(made, shown, strict=True) if is_shown][::-1]

    first, more = stripe.invoices(customer, after=None, limit=2)
    rest, end = stripe.invoices(customer, after=first[-1].stripe_invoice_id, limit=2)

    assert (ids(first), more) == (newest_first[:2], True)
    assert (ids(rest), end) == (newest_first[2:], False)
    assert world.emulator.state.problems == []


def test_a_page_of_the_most_ends_where_the_invoices_end(world: World, stripe: Stripe, customer: str) -> None:
    made = [billed(world, customer) for _ in range(3)][::-1]

    assert stripe.invoices(customer, after=None, limit=3) == stripe.invoices(customer, after=None, limit=100)
    assert ids(stripe.invoices(customer, after=made[0], limit=100)[0]) == made[1:]


@pytest.mark.parametrize(
    ("why", "owner", "after"), [("no such customer", "cus_none", None), ("no such invoice", None, "in_none")]
)
def test_what_stripe_does_not_know_has_no_invoices(
    stripe: Stripe, customer: str, why: str, owner: str | None, after: str | None
) -> None:
    assert stripe.invoices(owner or customer, after=after, limit=10) == ([], False), why


def test_all_lines_are_read_and_add_up_without_the_tax_inside(world: World, stripe: Stripe, customer: str) -> None:
    made = billed(world, customer, packs=103)

    invoice, lines = stripe.invoice(made), stripe.invoice_lines(made)

    # 5.00 with 19 % inside are 4.20 and 0.80.
    assert [each.amount for each in lines] == [420] * 103
    assert (invoice.subtotal, invoice.tax, invoice.total) == (103 * 420, 103 * 80, 103 * 500)
    assert (invoice.amount_due, invoice.amount_paid, invoice.status) == (103 * 500, 0, "open")
    assert invoice.stripe_customer_id == customer
    assert invoice.number
    assert invoice.hosted_url
    assert invoice.pdf_url
    assert {(each.plan, each.quantity, each.proration) for each in lines} == {(None, 1, False)}
    assert world.emulator.state.problems == []


def test_an_invoice_that_is_not_there_is_gone(stripe: Stripe) -> None:
    with pytest.raises(StripeGone):
        stripe.invoice("in_none")
    with pytest.raises(StripeGone):
        stripe.invoice_lines("in_none")


def a_line(**changed: Any) -> dict[str, Any]:
    """A line for three seats of Team, tax on top, in Stripe's shape."""
    price = {"id": "price_1", "lookup_key": "team_month", "metadata": {}, "recurring": {"interval": "month"}}
    line = {
        "id": "il_1",
        "amount": 4_500,
        "description": "3 x Team",
        "discount_amounts": [],
        "metadata": {},
        "parent": {"type": "subscription_item_details", "subscription_item_details": {"proration": False}},
        "period": {"start": 100, "end": 200},
        "pricing": {"type": "price_details", "price_details": {"price": price, "product": "prod_1"}},
        "quantity": 3,
        "taxes": [{"amount": 855, "tax_behavior": "exclusive"}],
    }
    return line | changed


def priced(**changed: Any) -> dict[str, Any]:
    price = {"id": "price_2", "lookup_key": None, "metadata": {}, "recurring": {"interval": "month"}} | changed
    return {"type": "price_details", "price_details": {"price": price, "product": "prod_1"}}


def test_a_line_is_read_whole() -> None:
    line = invoices.line(a_line(), a_catalogue())

    assert (line.description, line.plan, line.quantity, line.amount) == ("3 x Team", "team", 3, 4_500)
    assert (line.period, line.proration) == (Period(100, 200), False)


@pytest.mark.parametrize(
    ("why", "changed", "amount"),
    [
        ("tax on top is not in it", {}, 4_500),
        ("tax inside is taken out", {"taxes": [{"amount": 718, "tax_behavior": "inclusive"}]}, 3_782),
        (
            "of two taxes the one inside",
            {"taxes": [{"amount": 300, "tax_behavior": "inclusive"}, {"amount": 99, "tax_behavior": "exclusive"}]},
            4_200,
        ),
        ("no tax known", {"taxes": None}, 4_500),
        ("what discounts take off", {"discount_amounts": [{"amount": 500, "discount": "di_1"}]}, 4_000),
        ("no discounts known", {"discount_amounts": None}, 4_500),
        ("a credit", {"amount": -1_190, "taxes": [{"amount": -190, "tax_behavior": "inclusive"}]}, -1_000),
    ],
)
def test_a_lines_amount_is_net(why: str, changed: dict[str, Any], amount: int) -> None:
    assert invoices.line(a_line(**changed), a_catalogue()).amount == amount, why


@pytest.mark.parametrize(
    ("why", "changed", "plan"),
    [
        ("its price is the catalogue's", {}, "team"),
        ("the price has a successor", {"pricing": priced(metadata={"plan": "business"})}, "business"),
        ("people sold it", {"pricing": priced(), "metadata": {"plan": "enterprise"}}, "enterprise"),
        ("the metadata name no plan", {"pricing": priced(), "metadata": {"plan": "gold"}}, None),
        ("a pack", {"pricing": priced(lookup_key="pack_starter", recurring=None)}, None),
        (
            "its price is not expanded",
            {"pricing": {"type": "price_details", "price_details": {"price": "price_1"}}},
            None,
        ),
        ("an amount without a price", {"pricing": None}, None),
        ("an amount without a price, of its own kind", {"pricing": {"type": "price_details"}}, None),
    ],
)
def test_a_line_names_the_plan_it_is_for(why: str, changed: dict[str, Any], plan: str | None) -> None:
    assert invoices.line(a_line(**changed), a_catalogue()).plan == plan, why


@pytest.mark.parametrize(
    ("why", "parent", "proration"),
    [
        ("a subscription's", {"type": "subscription_item_details", "subscription_item_details": PRORATED}, True),
        ("an invoice item's", {"type": "invoice_item_details", "invoice_item_details": PRORATED}, True),
        ("a whole period", {"type": "invoice_item_details", "invoice_item_details": {"proration": False}}, False),
        ("of nothing", None, False),
        ("of a kind to come", {"type": "other_details"}, False),
    ],
)
def test_a_line_says_whether_it_is_a_proration(why: str, parent: Any, proration: bool) -> None:
    assert invoices.line(a_line(parent=parent), a_catalogue()).proration is proration, why


def an_invoice(**changed: Any) -> dict[str, Any]:
    invoice = {
        "id": "in_1",
        "amount_due": 5_355,
        "amount_paid": 0,
        "billing_reason": "subscription_cycle",
        "created": 100,
        "currency": "eur",
        "customer": "cus_1",
        "effective_at": 3_700,
        "hosted_invoice_url": "https://invoice.example.com/in_1",
        "invoice_pdf": "https://invoice.example.com/in_1/pdf",
        "number": "ACME-1",
        "status": "open",
        "total": 5_355,
        "total_taxes": [{"amount": 855, "tax_behavior": "exclusive"}],
    }
    return invoice | changed


@pytest.mark.parametrize(
    ("why", "changed", "expected"),
    [
        ("as it is", {}, {"subtotal": 4_500, "tax": 855, "total": 5_355, "date": 3_700}),
        ("two taxes", {"total_taxes": [{"amount": 300}, {"amount": 55}]}, {"subtotal": 5_000, "tax": 355}),
        ("no tax", {"total_taxes": []}, {"subtotal": 5_355, "tax": 0}),
        ("tax not known yet", {"total_taxes": None}, {"subtotal": 5_355, "tax": 0}),
        ("paid from the balance", {"amount_due": 0}, {"total": 5_355, "amount_due": 0}),
        ("expanded", {"customer": {"id": "cus_2", "deleted": True}}, {"stripe_customer_id": "cus_2"}),
        ("a draft", {"effective_at": None, "number": None}, {"date": 100, "number": None}),
        ("without a status", {"status": None}, {"status": ""}),
    ],
)
def test_an_invoice_adds_up(why: str, changed: dict[str, Any], expected: dict[str, Any]) -> None:
    found = vars(invoices.invoice(an_invoice(**changed)))

    assert {name: found[name] for name in expected} == expected, why
