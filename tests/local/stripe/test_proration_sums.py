"""Any changes in a period: what they bill adds up to what was in force, second by second, and previews agree."""

from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from infra.local.clock import Clock
from infra.local.stripe import customers, invoice_previews, payment_methods, prices, products, subscriptions
from infra.local.stripe.ids import Ids
from infra.local.stripe.state import Object, State
from infra.local.stripe.subscription_edits import update
from tests.local.stripe.shop import START

PLANS = (700, 1_237, 2_999)
LENGTH = 28 * 86_400
# At what second of the period, to which plan, how many seats, prorated or not.
STEPS = st.lists(
    st.tuples(st.integers(0, LENGTH), st.sampled_from(PLANS), st.integers(0, 40), st.booleans()), max_size=8
)


def a_subscription(state: State) -> tuple[Object, dict[int, str]]:
    """One seat of the cheapest plan, and the price of each."""
    product = products.create(state, {"name": "Team"})["id"]
    recurring = {"currency": "eur", "product": product, "recurring": {"interval": "month"}}
    sold = {plan: prices.create(state, {**recurring, "unit_amount": plan})["id"] for plan in PLANS}
    customer = customers.create(state, {"name": "Acme"})
    method = payment_methods.make(state, "4242424242424242")
    payment_methods.attach_to(state, method, customer["id"])
    customers.set_default_card(state, customer, method["id"])
    items = [{"price": sold[PLANS[0]], "quantity": 1}]
    return subscriptions.create(state, {"customer": customer["id"], "items": items}), sold


def totals(state: State) -> list[tuple[int, int]]:
    return [(invoice["total"], invoice["amount_due"]) for invoice in state.every("invoice")]


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_what_is_billed_adds_up_to_what_was_in_force(steps: list[tuple[int, int, int, bool]]) -> None:
    state = State(Clock(START), Ids(1))
    subscription, sold = a_subscription(state)
    item = subscription["items"]["data"][0]
    start, lines = item["current_period_start"], 1
    # What a second costs as it was last billed; changes without proration bill nothing.
    billed, in_force = PLANS[0], Fraction(PLANS[0])

    for second, plan, seats, prorated in sorted(steps):
        changes = (sold[plan], seats) != _sells(subscription)
        items = [{"id": item["id"], "price": sold[plan], "quantity": seats}]
        asked: Any = {"items": items, "proration_behavior": "none"}
        if prorated:
            asked |= {"proration_behavior": "always_invoice", "proration_date": start + second}
        told = invoice_previews.create_preview(
            state, {"subscription": subscription["id"], "subscription_details": asked}
        )
        update(state, asked, subscription["id"])
        if prorated and changes:
            in_force += Fraction((plan * seats - billed) * (LENGTH - second), LENGTH)
            billed, lines = plan * seats, lines + 2
            assert (told["total"], told["amount_due"]) == totals(state)[-1]
        # So that no limit is met.
        state.clock.move_to(state.now() + 3_600)

    total, charged = (sum(each) for each in zip(*totals(state), strict=True))
    kept = [each["amount"] for each in state.every("customer_balance_transaction")]
    assert abs(total - in_force) <= Fraction(lines, 2)
    assert state.get("customer", subscription["customer"])["balance"] == sum(kept) == total - charged


def _sells(subscription: Object) -> tuple[str, int]:
    item = subscription["items"]["data"][0]
    return item["price"]["id"], item["quantity"]
