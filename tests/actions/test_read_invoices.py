"""Invoices as Stripe has them now, and only to whom they belong."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from chalicelib.actions.ensure_customer import ensure_customer
from chalicelib.actions.read_invoices import read_invoice, read_invoices, read_pdf_url
from chalicelib.errors import StripeUnavailable, UnknownAccount, UnknownInvoice
from tests.actions.life import bought, subscribed
from tests.actions.world import World
from tests.builders import RENEWAL

READS: list[Callable[..., Any]] = [read_invoice, read_pdf_url]


def writes(world: World) -> int:
    return sum(each["method"] != "GET" for each in world.emulator.state.requests)


def of_customer(world: World, customer: str, *, draft: bool = False) -> str:
    """An invoice made by hand in the dashboard."""
    made = world.operator.v1.invoices.create({"customer": customer}).id
    price = world.operator.v1.prices.list({"lookup_keys": ["pack_starter"]}).data[0].id
    lines: Any = [{"pricing": {"price": price}, "quantity": 1}]
    world.operator.v1.invoices.add_lines(made, {"lines": lines})
    if not draft:
        world.operator.v1.invoices.finalize_invoice(made)
    return made


def test_a_subscriptions_invoices_are_shown_newest_first(world: World) -> None:
    subscribed(world)
    world.pass_time(RENEWAL + 2 * 3_600)
    bought(world)

    found, on = read_invoices(world.deps, "acme", None, 25)

    assert [each.billing_reason for each in found] == ["manual", "subscription_cycle", "subscription_create"]
    assert [each.status for each in found] == ["paid"] * 3
    assert on is None
    assert all(each.subtotal + each.tax == each.total == each.amount_paid for each in found)
    # 3 seats at 15.00 with 19 % on top, and 5.00 with 19 % inside.
    assert [(each.subtotal, each.tax) for each in found] == [(420, 80), (4_500, 855), (4_500, 855)]
    assert [each.date for each in found] == sorted((each.date for each in found), reverse=True)


def test_one_invoice_has_its_lines_with_plan_and_seats(world: World) -> None:
    subscribed(world)
    [listed], _ = read_invoices(world.deps, "acme", None, 25)

    found, lines = read_invoice(world.deps, "acme", listed.stripe_invoice_id)

    assert found == listed
    [line] = lines
    assert (line.plan, line.quantity, line.amount, line.proration) == ("team", 3, 4_500, False)
    assert line.period == world.seen().period
    assert read_pdf_url(world.deps, "acme", listed.stripe_invoice_id) == listed.pdf_url


def test_prorations_are_told_as_such_and_add_up(world: World) -> None:
    customer = subscribed(world)
    subscription = world.operator.v1.subscriptions.list({"customer": customer}).data[0]
    items: Any = [{"id": subscription.to_dict()["items"]["data"][0]["id"], "quantity": 5}]
    world.operator.v1.subscriptions.update(subscription.id, {"items": items, "proration_behavior": "always_invoice"})

    newest = read_invoices(world.deps, "acme", None, 1)[0][0]
    found, lines = read_invoice(world.deps, "acme", newest.stripe_invoice_id)

    assert found.billing_reason == "subscription_update"
    assert [(each.plan, each.quantity, each.proration) for each in lines] == [("team", 3, True), ("team", 5, True)]
    assert lines[0].amount < 0 < lines[1].amount
    assert sum(each.amount for each in lines) == found.subtotal


def test_pages_follow_each_other_without_drafts(world: World) -> None:
    customer = subscribed(world)
    made = [of_customer(world, customer, draft=draft) for draft in (False, True, False)]

    first, on = read_invoices(world.deps, "acme", None, 2)
    rest, end = read_invoices(world.deps, "acme", on, 2)

    assert [each.stripe_invoice_id for each in first] == [made[2], made[0]]
    assert on == made[0]
    assert [each.billing_reason for each in rest] == ["subscription_create"]
    assert end is None


def test_without_a_customer_there_are_none_and_stripe_is_not_asked(world: World) -> None:
    world.account()
    before = len(world.emulator.state.requests)

    assert read_invoices(world.deps, "acme", None, 25) == ([], None)
    for read in READS:
        with pytest.raises(UnknownInvoice):
            read(world.deps, "acme", "in_1")

    assert len(world.emulator.state.requests) == before


def test_what_is_not_the_accounts_own_is_unknown_and_nothing_is_written(world: World) -> None:
    own, stranger = subscribed(world), world.operator.v1.customers.create({"name": "Other"}).id
    names = [
        of_customer(world, stranger),
        of_customer(world, own, draft=True),
        "in_none",
        "search",
        "upcoming",
        "sub_1",
    ]
    before = writes(world)

    said: set[str] = set()
    for name, read in product(names, READS):
        with pytest.raises(UnknownInvoice) as unknown:
            read(world.deps, "acme", name)
        said.add(unknown.value.detail.replace(name, "..."))

    assert len(said) == 1
    assert writes(world) == before
    assert world.emulator.state.problems == []


def test_invoices_of_a_deleted_customer_do_not_crash(world: World) -> None:
    customer = subscribed(world)
    [paid], _ = read_invoices(world.deps, "acme", None, 25)
    world.operator.v1.customers.delete(customer)

    assert read_invoices(world.deps, "acme", None, 25) == ([paid], None)
    assert read_invoice(world.deps, "acme", paid.stripe_invoice_id)[0] == paid
    ensure_customer(world.deps, "acme")
    assert read_invoices(world.deps, "acme", None, 25) == ([], None)
    assert read_invoices(world.deps, "acme", paid.stripe_invoice_id, 25) == ([], None)
    with pytest.raises(UnknownInvoice):
        read_invoice(world.deps, "acme", paid.stripe_invoice_id)


def test_of_an_account_that_is_not_there_nothing_is_told(world: World) -> None:
    for read in READS:
        with pytest.raises(UnknownAccount):
            read(world.deps, "nobody", "in_1")
    with pytest.raises(UnknownAccount):
        read_invoices(world.deps, "nobody", None, 25)


def test_a_stripe_that_is_away_is_not_an_unknown_invoice(world: World) -> None:
    subscribed(world)

    def away(_: str) -> Any:
        raise StripeUnavailable("no answer")

    with pytest.raises(StripeUnavailable):
        read_invoice(world.with_stripe(invoice=away), "acme", "in_1")
