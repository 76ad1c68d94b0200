"""Whether a session is the purchase that it names, and what the grant writes."""

from typing import Any

import pytest

from chalicelib.domain.credits import Lot
from chalicelib.domain.journal import begin
from chalicelib.domain.money import Money
from chalicelib.domain.purchases import granted, mismatches, paid
from tests.builders import NOW, a_catalogue, a_checkout, a_purchase, a_state

OLD = {"subtotal": Money(400, "eur"), "total": Money(400, "eur")}


@pytest.mark.parametrize(
    ("why", "session", "purchase"),
    [
        ("as it was ordered", {}, {}),
        ("the session was not written down in time", {}, {"stripe_session_id": None}),
        ("tax came on top", {"total": Money(595, "eur")}, {}),
        ("the pack is not sold any more", {}, {"pack": "gone"}),
        ("nor is its price known", {"prices": (("price_old", 1),)}, {"pack": "gone"}),
        ("the pack cost less then", OLD, {"money": Money(400, "eur")}),
        ("less then, and not sold any more", OLD, {"money": Money(400, "eur"), "pack": "gone"}),
    ],
)
def test_a_session_that_is_the_purchase(why: str, session: dict[str, Any], purchase: dict[str, Any]) -> None:
    assert mismatches(a_checkout(**session), a_purchase(**purchase), "cus_1", a_catalogue()) == [], why


@pytest.mark.parametrize(
    ("session", "wrong"),
    [
        ({"mode": "subscription"}, ["mode"]),
        ({"stripe_session_id": "cs_2"}, ["session"]),
        ({"account": "other"}, ["account"]),
        ({"stripe_customer_id": "cus_2"}, ["customer"]),
        ({"stripe_customer_id": None}, ["customer"]),
        ({"subtotal": Money(500, "usd"), "total": Money(500, "usd")}, ["currency"]),
        ({"subtotal": Money(499, "eur")}, ["amount"]),
        ({"subtotal": Money(501, "eur"), "total": Money(501, "eur")}, ["amount"]),
        ({"total": Money(0, "eur")}, ["amount"]),
        ({"prices": (("pack_standard", 1),)}, ["price"]),
        ({"prices": (("pack_starter", 2),)}, ["price"]),
        ({"prices": ()}, ["price"]),
        ({"prices": (("pack_starter", 1), ("pack_starter", 1))}, ["price"]),
    ],
)
def test_a_session_that_is_not(session: dict[str, Any], wrong: list[str]) -> None:
    assert mismatches(a_checkout(**session), a_purchase(), "cus_1", a_catalogue()) == wrong


@pytest.mark.parametrize("prices", [(), (("price_old", 2),), (("price_old", 1), ("price_old", 1))])
def test_a_pack_that_is_not_sold_any_more_was_bought_once(prices: tuple[tuple[str, int], ...]) -> None:
    gone = a_purchase(pack="gone")

    assert mismatches(a_checkout(prices=prices), gone, "cus_1", a_catalogue()) == ["price"]


def test_an_account_without_a_customer_bought_nothing() -> None:
    assert mismatches(a_checkout(), a_purchase(), None, a_catalogue()) == ["customer"]


def test_the_grant_is_a_lot_and_a_line_under_the_purchases_cause() -> None:
    begun = begin(a_state(), NOW, a_catalogue())

    change = granted(begun, a_purchase(actor="member:ada"), a_checkout(), ())

    assert change.lots == (Lot("p1", "purchase", 1_000_000, 1_000_000, NOW),)
    assert [(line.kind, line.credits, line.money) for line in change.lines] == [
        ("purchase", 1_000_000, Money(500, "eur"))
    ]
    assert (change.cause, change.actor) == ("purchase:p1", "member:ada")
    assert change.after.granted == 1_000_000


def test_a_debt_is_paid_from_the_grant_first() -> None:
    begun = begin(a_state(spent=400_000), NOW, a_catalogue())

    change = granted(begun, a_purchase(), a_checkout(), ())

    assert change.after.balance == 600_000
    assert [lot.left for lot in change.lots or ()] == [600_000]


def test_a_paid_purchase_keeps_what_stripe_called_it() -> None:
    purchase = paid(a_purchase(), a_checkout(total=Money(595, "eur")))

    assert (purchase.state, purchase.paid) == ("paid", Money(595, "eur"))
    assert (purchase.stripe_invoice_id, purchase.stripe_payment_intent_id) == ("in_1", "pi_1")
