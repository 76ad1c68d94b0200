"""Disputes: the bank asks, takes the money, and decides."""

from typing import Any

import pytest
import stripe

from tests.local.stripe.shop import Shop
from tests.local.stripe.test_refunds import a_charge, again
from tests.local.stripe.test_shapes import complaints

OPENED = ["charge.updated", "charge.dispute.created"]
TOOK = ["charge.dispute.funds_withdrawn"]
MOVED = ["charge.dispute.updated"]
CLOSED = ["charge.dispute.closed"]


def dispute(shop: Shop, charge: Any, **told: Any) -> Any:
    return shop.local(f"charges/{charge.id}/dispute", told)


@pytest.mark.parametrize(
    ("why", "statuses", "events", "refundable"),
    [
        ("a dispute takes the money at once", ["needs_response"], [*OPENED, *TOOK], False),
        ("an inquiry takes nothing", ["warning_needs_response"], OPENED, True),
        (
            "won: the money comes back",
            ["needs_response", "under_review", "won"],
            [*OPENED, *TOOK, *MOVED, *MOVED, "charge.dispute.funds_reinstated", *CLOSED],
            True,
        ),
        ("lost", ["needs_response", "lost"], [*OPENED, *TOOK, *MOVED, *CLOSED], False),
        ("lost without a word before", ["lost"], [*OPENED, *TOOK, *MOVED, *CLOSED], False),
        ("an inquiry that ends", ["warning_needs_response", "warning_closed"], [*OPENED, *MOVED, *CLOSED], True),
        (
            "an inquiry that becomes a dispute",
            ["warning_needs_response", "warning_under_review", "needs_response"],
            [*OPENED, *MOVED, *TOOK, *MOVED],
            False,
        ),
        (
            "an appeal after it was lost",
            ["lost", "appeal_needs_response", "appeal_under_review", "won"],
            [
                *(*OPENED, *TOOK, *MOVED, *CLOSED),
                *(*MOVED, *MOVED, *MOVED, "charge.dispute.funds_reinstated", *CLOSED),
            ],
            True,
        ),
    ],
)
def test_a_dispute_goes_its_way(shop: Shop, why: str, statuses: list[str], events: list[str], refundable: bool) -> None:
    charge = a_charge(shop)
    endpoint = shop.an_endpoint()

    told = [dispute(shop, charge, status=status)["status"] for status in statuses]
    shop.local("settle", {})

    found = shop.service.v1.disputes.list({"charge": charge.id}).data[0]
    assert (told, found.status, endpoint.types) == (statuses, statuses[-1], events), why
    assert (found.is_charge_refundable, found.amount, again(shop, charge).disputed) == (refundable, 500, True)
    assert complaints(found, "dispute") == []


def test_says_what_changed(shop: Shop) -> None:
    charge = a_charge(shop)
    dispute(shop, charge, status="needs_response")
    endpoint = shop.an_endpoint("charge.dispute.updated")

    dispute(shop, charge, status="under_review")
    shop.local("settle", {})

    assert endpoint.events[0]["data"]["previous_attributes"] == {"status": "needs_response"}


def test_is_told_by_the_payment_intent_too_and_of_a_part(shop: Shop) -> None:
    charge = a_charge(shop)

    shop.local(f"charges/{charge.payment_intent}/dispute", {"status": "needs_response", "amount": 300})

    found = shop.service.v1.disputes.list({"payment_intent": charge.payment_intent}).data[0]
    assert (found.charge, found.amount) == (charge.id, 300)


def test_what_is_disputed_is_not_refunded_beside(shop: Shop) -> None:
    charge = a_charge(shop)
    dispute(shop, charge, status="needs_response")

    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.service.v1.refunds.create({"charge": charge.id})

    assert (refused.value.code, again(shop, charge).amount_refunded) == ("charge_disputed", 0)


@pytest.mark.parametrize(
    ("status", "closed"), [("needs_response", "lost"), ("warning_needs_response", "warning_closed")]
)
def test_the_shop_can_give_in(shop: Shop, status: str, closed: str) -> None:
    charge = a_charge(shop)
    opened = dispute(shop, charge, status=status)

    given_in = shop.service.v1.disputes.close(opened["id"])

    assert given_in.status == closed
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        shop.service.v1.disputes.close(opened["id"])


@pytest.mark.parametrize(
    ("why", "before", "told"),
    [
        ("an unknown status", None, {"status": "angry"}),
        ("an amount above the charge's", None, {"amount": 501}),
        ("after the end", "won", {"status": "needs_response"}),
        ("an inquiry after the money went", "needs_response", {"status": "warning_needs_response"}),
    ],
)
def test_refuses_what_no_bank_says(shop: Shop, why: str, before: str | None, told: Any) -> None:
    charge = a_charge(shop)
    if before:
        dispute(shop, charge, status=before)

    answer = dispute(shop, charge, **told)

    assert "error" in answer, why
    assert [each.status for each in shop.service.v1.disputes.list({"charge": charge.id}).data] == [before] * bool(
        before
    )


@pytest.mark.parametrize(
    ("why", "setting", "status", "after"),
    [
        ("not asked to", False, "needs_response", ("active", None)),
        ("asked to", True, "needs_response", ("canceled", "payment_disputed")),
        ("an inquiry is no dispute", True, "warning_needs_response", ("active", None)),
    ],
)
def test_a_dispute_ends_the_subscription_where_the_dashboard_says_so(
    shop: Shop, why: str, setting: bool, status: str, after: tuple[str, str | None]
) -> None:
    subscription = shop.a_subscription()
    shop.local("settings", {"dispute_cancels": setting})
    charge = shop.service.v1.charges.list({"customer": subscription.customer}).data[0]

    dispute(shop, charge, status=status)

    found = shop.subscription(subscription)
    assert (found.status, found.cancellation_details.reason) == after, why
