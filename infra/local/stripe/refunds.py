"""Refunds: money of a charge that goes back, in parts until nothing is left of it.

A card's refund succeeds at once and may fail later, which gives the money back to the charge; a debit's is `pending`
for days. Source: https://docs.stripe.com/refunds
"""

from typing import Any

from infra.local.stripe import charges, lists
from infra.local.stripe.cards import card_of
from infra.local.stripe.debits import DAY, DAYS
from infra.local.stripe.errors import invalid
from infra.local.stripe.events import differences, emit, updating
from infra.local.stripe.metadata import merged
from infra.local.stripe.parameters import missing
from infra.local.stripe.routing import LISTING, Route, Routes
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, Params, State, shown

FAILURE = "expired_or_canceled_card"


def create(state: State, params: Params) -> Object:
    name = "payment_intent" if "payment_intent" in params else "charge"
    if name not in params:
        raise missing("charge")
    charge = charges.named(state, params[name], name)
    if params.get("charge", charge["id"]) != charge["id"]:
        raise invalid("The charge is not the payment intent's.", param="charge")
    amount = params.get("amount", _left(charge))
    check(state, charge, amount)
    return make(state, charge, amount, reason=params.get("reason"), metadata=merged({}, params.get("metadata")))


def check(state: State, charge: Object, amount: int) -> None:
    """Raise Refusal where so much of the charge cannot go back."""
    left = _left(charge)
    if not charge["paid"]:
        raise invalid(f"Charge {charge['id']} has not succeeded: there is nothing to refund.", param="charge")
    if any(not each["is_charge_refundable"] for each in state.every("dispute", charge=charge["id"])):
        raise invalid(f"Charge {charge['id']} has been charged back; it cannot be refunded.", "charge_disputed")
    if left == 0:
        raise invalid(f"Charge {charge['id']} has already been refunded.", "charge_already_refunded")
    if amount < 1:
        raise invalid("This value must be greater than or equal to 1.", "parameter_invalid_integer", "amount")
    if amount > left:
        raise invalid(
            f"Refund amount ({_money(amount)}) is greater than unrefunded amount on charge ({_money(left)})",
            param="amount",
        )


def make(state: State, charge: Object, amount: int, **fields: Any) -> Object:
    method = state.get("payment_method", charge["payment_method"])
    refund = blank(
        "refund",
        id=state.ids.make("re"),
        amount=amount,
        charge=charge["id"],
        created=state.now(),
        currency=charge["currency"],
        customer=charge["customer"],
        payment_intent=charge["payment_intent"],
        payment_method=method["id"],
        **fields,
        **_course(state, method),
    )
    emit(state, "refund.created", state.add(refund))
    with updating(state, charge, "charge.refunded"):
        _add(charge, amount)
    if method["type"] == "card":
        _change(state, refund, destination_details=_destination(state))
    return refund


def turn(state: State, refund: Object) -> None:
    """What becomes of a refund days later: a pending one succeeds, a failing one fails."""
    status = refund.pop("_turns_to")
    if status == "failed":
        charge = state.get("charge", refund["charge"])
        _change(state, refund, status=status, failure_reason=FAILURE)
        emit(state, "refund.failed", refund)
        with updating(state, charge):
            _add(charge, -refund["amount"])
    else:
        _change(state, refund, status=status, pending_reason=None)


def update(state: State, params: Params, refund_id: str) -> Object:
    refund = state.get("refund", refund_id)
    _change(state, refund, metadata=merged(refund["metadata"], params.get("metadata")))
    return refund


def retrieve(state: State, _params: Params, refund_id: str) -> Object:
    return state.get("refund", refund_id)


def listed(state: State, params: Params) -> Object:
    found = lists.matching(list(state.every("refund")), params, "charge", "payment_intent")
    found = [each for each in found if lists.within(each["created"], params.get("created"))]
    return lists.page(found, params, "/v1/refunds")


def _left(charge: Object) -> int:
    return charge["amount"] - charge["amount_refunded"]


def _add(charge: Object, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = _left(charge) == 0


def _course(state: State, method: Object) -> Object:
    """Its first status, and what it turns to when."""
    if method["type"] == "sepa_debit":
        days, turns_to, first = DAYS, "succeeded", {"status": "pending", "pending_reason": "processing"}
    elif card_of(method["_number"]).refunds_fail:
        days, turns_to, first = 1, "failed", {}
    else:
        return {}
    return {**first, "_turns_at": state.now() + days * DAY, "_turns_to": turns_to}


def _destination(state: State) -> Object:
    """The card network's own number for the refund, which Stripe learns a moment later."""
    card = {
        "reference": state.ids.letters(23, "0123456789"),
        "reference_status": "available",
        "reference_type": "acquirer_reference_number",
        "type": "refund",
    }
    return {"card": card, "type": "card"}


def _change(state: State, refund: Object, **fields: Any) -> None:
    """Both names that Stripe has for a changed refund are told."""
    before = shown(refund)
    refund.update(fields)
    previous = differences(before, shown(refund))
    if previous:
        emit(state, "refund.updated", refund, previous)
        emit(state, "charge.refund.updated", refund, previous)


def _money(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02d}"


ROUTES: Routes = {
    "GET /v1/refunds": Route(listed, f"{LISTING} charge payment_intent created"),
    "POST /v1/refunds": Route(create, "charge payment_intent amount reason metadata"),
    "GET /v1/refunds/{}": Route(retrieve),
    "POST /v1/refunds/{}": Route(update, "metadata"),
}
