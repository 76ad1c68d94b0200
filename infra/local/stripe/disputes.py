"""Disputes: a customer asks his bank for the money back, and the bank decides.

An inquiry (`warning_*`) moves no money; a dispute takes it at once and gives it back when won.
Source: https://docs.stripe.com/disputes/how-disputes-work
"""

from infra.local.stripe import charges, invoice_life, invoice_payments, lists, subscription_life
from infra.local.stripe.errors import invalid
from infra.local.stripe.events import emit, updating
from infra.local.stripe.metadata import merged
from infra.local.stripe.routing import LISTING, Route, Routes
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, Params, State

ANSWERED_WITHIN = 14 * 86_400
INQUIRY = ("warning_needs_response", "warning_under_review")
OPEN = (*INQUIRY, "needs_response", "under_review")
APPEAL = ("appeal_needs_response", "appeal_under_review")
CLOSED = ("won", "lost", "warning_closed", "prevented")


def dispute(
    state: State, charge_or_intent: str, status: str = "needs_response", reason: str = "fraudulent", amount: int = 0
) -> Object:
    """What the bank says of a charge: a dispute opens, goes on or ends; `amount` 0 is all of the charge."""
    if status not in (*OPEN, *APPEAL, *CLOSED):
        raise invalid(f"status must be one of {', '.join((*OPEN, *APPEAL, *CLOSED))}.", param="status")
    charge = charges.named(state, charge_or_intent)
    if type(amount) is not int or not 0 <= amount <= charge["amount"] or not isinstance(reason, str):
        raise invalid("amount must be a whole number up to the charge's, and reason a word.", param="amount")
    return tell(state, charge, status, reason, amount)


def tell(state: State, charge: Object, status: str, reason: str = "fraudulent", amount: int = 0) -> Object:
    found = next(state.every("dispute", charge=charge["id"]), None)
    if not found:
        first = status if status in OPEN else _first(status)
        found = _open(state, charge, first, reason, amount or charge["amount"])
    if found["status"] != status:
        _move(state, found, status)
    return found


def close(state: State, _params: Params, dispute_id: str) -> Object:
    """The shop gives in."""
    found = state.get("dispute", dispute_id)
    if found["status"] not in OPEN:
        raise invalid(f"This dispute is already closed: it is {found['status']}.")
    _move(state, found, "warning_closed" if found["status"] in INQUIRY else "lost")
    return found


def update(state: State, params: Params, dispute_id: str) -> Object:
    found = state.get("dispute", dispute_id)
    with updating(state, found, "charge.dispute.updated"):
        found["metadata"] = merged(found["metadata"], params.get("metadata"))
    return found


def retrieve(state: State, _params: Params, dispute_id: str) -> Object:
    return state.get("dispute", dispute_id)


def listed(state: State, params: Params) -> Object:
    found = lists.matching(list(state.every("dispute")), params, "charge", "payment_intent")
    found = [each for each in found if lists.within(each["created"], params.get("created"))]
    return lists.page(found, params, "/v1/disputes")


def _first(status: str) -> str:
    return "warning_needs_response" if status in ("warning_closed", "prevented") else "needs_response"


def _open(state: State, charge: Object, status: str, reason: str, amount: int) -> Object:
    made = blank(
        "dispute",
        id=state.ids.make("du"),
        amount=amount,
        charge=charge["id"],
        created=state.now(),
        currency=charge["currency"],
        is_charge_refundable=status in INQUIRY,
        payment_intent=charge["payment_intent"],
        payment_method_details=_card(charge, status),
        reason=reason,
        status=status,
    )
    made["evidence_details"]["due_by"] = state.now() + ANSWERED_WITHIN
    with updating(state, charge):
        charge["disputed"] = True
    emit(state, "charge.dispute.created", state.add(made))
    if status not in INQUIRY:
        _withdraw(state, made)
    return made


def _move(state: State, found: Object, status: str) -> None:
    old = found["status"]
    if old in CLOSED and (old != "lost" or status not in APPEAL):
        raise invalid(f"This dispute is already closed: it is {old}.", param="status")
    if old not in INQUIRY and status in (*INQUIRY, "warning_closed", "prevented"):
        raise invalid("A dispute does not become an inquiry again.", param="status")
    took = old not in INQUIRY
    if not took and status in ("needs_response", "under_review", "won", "lost"):
        _withdraw(state, found)
    with updating(state, found, "charge.dispute.updated"):
        found.update(status=status, is_charge_refundable=status in (*INQUIRY, "warning_closed", "won"))
    if status == "won":
        emit(state, "charge.dispute.funds_reinstated", found)
    if status in CLOSED:
        emit(state, "charge.dispute.closed", found)


def _withdraw(state: State, found: Object) -> None:
    emit(state, "charge.dispute.funds_withdrawn", found)
    subscription = _subscription(state, found)
    if state.settings.dispute_cancels and subscription and subscription["status"] not in subscription_life.ENDED:
        subscription_life.end(state, subscription, "payment_disputed")


def _subscription(state: State, found: Object) -> Object | None:
    invoice = invoice_payments.invoice_of(state, state.get("payment_intent", found["payment_intent"]))
    return state.find(invoice_life.subscription_id(invoice) or "") if invoice else None


def _card(charge: Object, status: str) -> Object | None:
    details = charge["payment_method_details"]
    if details["type"] != "card":
        return None
    brand = details["card"]["brand"]
    case = "inquiry" if status in INQUIRY else "chargeback"
    return {"card": {"brand": brand, "case_type": case, "network": brand, "network_reason_code": None}, "type": "card"}


ROUTES: Routes = {
    "GET /v1/disputes": Route(listed, f"{LISTING} charge payment_intent created"),
    "GET /v1/disputes/{}": Route(retrieve),
    "POST /v1/disputes/{}": Route(update, "metadata"),
    "POST /v1/disputes/{}/close": Route(close),
}
