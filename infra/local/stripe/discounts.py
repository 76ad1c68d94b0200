"""Discounts: coupons as they apply to a subscription, and what each takes off which line.

A fixed sum is spread over the lines by their amounts, the rest of the division going to the last
(https://docs.stripe.com/billing/subscriptions/prorations, coupons over several items).
"""

from typing import Any

from infra.local.stripe.errors import invalid, not_built
from infra.local.stripe.events import emit
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, State


def read(state: State, subscription: Object, given: Any) -> list[str]:
    """The ids of the discounts that a parameter asks for; those of a coupon are new, and not told yet."""
    return [_read(state, subscription, each, f"discounts[{index}]") for index, each in enumerate(given or [])]


def begin(state: State, subscription: Object) -> None:
    """Let the discounts of a new subscription be its own."""
    for discount_id in subscription["discounts"]:
        state.get("discount", discount_id)["subscription"] = subscription["id"]
    tell(state, [], subscription["discounts"])


def tell(state: State, before: list[str], after: list[str]) -> None:
    """Say which discounts a subscription gained and lost; who gains one has redeemed its coupon."""
    for discount_id in after:
        if discount_id not in before:
            _coupon(state, discount_id)["times_redeemed"] += 1
            emit(state, "customer.discount.created", state.get("discount", discount_id))
    for discount_id in before:
        if discount_id not in after:
            emit(state, "customer.discount.deleted", state.get("discount", discount_id))


def takes_off(state: State, discount_ids: list[str], amounts: list[int]) -> list[list[Object]]:
    """What each discount takes off each amount, one after the other: `[{amount, discount}]` an amount."""
    left, taken = list(amounts), [[] for _ in amounts]
    for discount_id in discount_ids:
        shares = _shares(_coupon(state, discount_id), left)
        for index, amount in enumerate(shares):
            left[index] -= amount
            taken[index].append({"amount": amount, "discount": discount_id})
    return taken


def nets(state: State, discount_ids: list[str], amounts: list[int]) -> list[int]:
    """The amounts without what the discounts take off."""
    taken = takes_off(state, discount_ids, amounts)
    return [amount - sum(each["amount"] for each in off) for amount, off in zip(amounts, taken, strict=True)]


def spread(state: State, invoice: Object, lines: list[Object]) -> None:
    """Let the invoice's discounts take off its lines; prorations have theirs inside."""
    lines = [line for line in lines if line["discountable"] and line["amount"] > 0]
    taken = takes_off(state, invoice["discounts"], [line["amount"] for line in lines])
    for line, amounts in zip(lines, taken, strict=True):
        line["discount_amounts"] = amounts
    totals = {discount_id: 0 for discount_id in invoice["discounts"]}
    for amounts in taken:
        for each in amounts:
            totals[each["discount"]] += each["amount"]
    invoice["total_discount_amounts"] = [{"amount": amount, "discount": name} for name, amount in totals.items()]


def off(line: Object) -> int:
    return sum(each["amount"] for each in line["discount_amounts"])


def lasting(state: State, discount_ids: list[str]) -> list[str]:
    """Those that are not used up by an invoice."""
    return [each for each in discount_ids if _coupon(state, each)["duration"] != "once"]


def _read(state: State, subscription: Object, given: dict[str, str], path: str) -> str:
    if "promotion_code" in given:
        raise not_built("promotion codes")
    if "discount" in given:
        if given["discount"] not in subscription["discounts"]:
            raise invalid(f"No such discount: '{given['discount']}'", "resource_missing", f"{path}[discount]")
        return given["discount"]
    coupon = state.get("coupon", given.get("coupon", ""), f"{path}[coupon]")
    if coupon["currency"] not in (None, subscription["currency"]):
        raise invalid("The coupon's currency is not the subscription's.", param=f"{path}[coupon]")
    discount = blank(
        "discount",
        id=state.ids.make("di"),
        customer=subscription["customer"],
        source={"coupon": coupon["id"], "type": "coupon"},
        start=state.now(),
        subscription=subscription["id"],
    )
    return state.add(discount)["id"]


def _coupon(state: State, discount_id: str) -> Object:
    return state.get("coupon", state.get("discount", discount_id)["source"]["coupon"])


def _shares(coupon: Object, amounts: list[int]) -> list[int]:
    if coupon["amount_off"] is None:
        return [(2 * amount * coupon["_hundredths"] + 10_000) // 20_000 for amount in amounts]
    total = sum(amounts)
    taken = min(coupon["amount_off"], total)
    shares = [taken * amount // total if total else 0 for amount in amounts]
    if shares:
        shares[-1] += taken - sum(shares)
    return shares
