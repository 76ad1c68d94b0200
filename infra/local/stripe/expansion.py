"""Expansion: ids in an answer replaced by what they stand for, where the request asks (`expand[]=data.customer`).

Source: https://docs.stripe.com/api/expanding_objects
"""

from collections.abc import Callable, Iterable
from typing import Any

from infra.local.stripe import lists
from infra.local.stripe.errors import Refusal, invalid
from infra.local.stripe.state import Object, State, shown

MAX_DEPTH = 4
# Id fields that are never expandable.
PLAIN = {"id", "invoice_item", "subscription_item", "client_reference_id", "request", "product_id", "client_secret"}


def expanded(state: State, answer: Object, paths: Iterable[str]) -> Object:
    """A copy of the answer with these paths filled in; raises Refusal for one that cannot be."""
    answer = shown(answer)
    for path in paths:
        steps = path.split(".")
        if len(steps) > MAX_DEPTH + (steps[0] == "data"):
            raise invalid(
                f"You cannot expand more than {MAX_DEPTH} levels of a property. Property: {path}", param="expand"
            )
        _expand(state, answer, steps, path)
    return answer


def _expand(state: State, holder: Any, steps: list[str], path: str) -> None:
    if isinstance(holder, list):
        for each in holder:
            _expand(state, each, steps, path)
        return
    if not isinstance(holder, dict):
        return
    if isinstance(holder.get("data"), list) and holder.get("object") == "list" and steps[0] != "data":
        raise _refusal(path)
    holder[steps[0]] = _filled(state, holder, steps[0], path)
    if steps[1:]:
        _expand(state, holder[steps[0]], steps[1:], path)


def _filled(state: State, holder: Object, name: str, path: str) -> Any:
    if include := INCLUDED.get((holder.get("object", ""), name)):
        return include(state, holder)
    value = holder.get(name)
    if name not in holder or name in PLAIN or not isinstance(value, str | dict | list | None):
        raise _refusal(path)
    if isinstance(value, list):
        return [_found(state, each, path) if isinstance(each, str) else each for each in value]
    return _found(state, value, path) if isinstance(value, str) else value


def _found(state: State, object_id: str, path: str) -> Object:
    found = state.find(object_id)
    if found is None:
        raise _refusal(path)
    return shown(found)


def _refusal(path: str) -> Refusal:
    return invalid(f"This property cannot be expanded ({path}).", param="expand")


def _line_items(state: State, session: Object) -> Object:
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    return lists.whole(_kept(state, session)["_line_items"], url)


def _payments(state: State, invoice: Object) -> Object:
    payments = list(state.every("invoice_payment", invoice=invoice["id"]))
    return lists.whole(payments, f"/v1/invoice_payments?invoice={invoice['id']}")


def _confirmation_secret(state: State, invoice: Object) -> Object | None:
    for payment in state.every("invoice_payment", invoice=invoice["id"], is_default=True):
        intent = state.get("payment_intent", payment["payment"]["payment_intent"])
        return {"client_secret": intent["client_secret"], "type": "payment_intent"}
    return None


def _refunds(state: State, charge: Object) -> Object:
    newest_first = list(reversed(list(state.every("refund", charge=charge["id"]))))
    return lists.whole(newest_first, f"/v1/charges/{charge['id']}/refunds")


def _subscriptions(state: State, customer: Object) -> Object:
    live = [
        each
        for each in state.every("subscription", customer=customer["id"])
        if each["status"] not in ("canceled", "incomplete_expired")
    ]
    return lists.whole(live, f"/v1/customers/{customer['id']}/subscriptions")


def _tax_ids(state: State, customer: Object) -> Object:
    return lists.whole(list(state.every("tax_id", customer=customer["id"])), f"/v1/customers/{customer['id']}/tax_ids")


def _kept(state: State, answer: Object) -> Object:
    return state.get(answer["object"], answer["id"])


# Fields that an answer has only when asked.
INCLUDED: dict[tuple[str, str], Callable[[State, Object], Any]] = {
    ("checkout.session", "line_items"): _line_items,
    ("invoice", "payments"): _payments,
    ("invoice", "confirmation_secret"): _confirmation_secret,
    ("charge", "refunds"): _refunds,
    ("customer", "subscriptions"): _subscriptions,
    ("customer", "tax_ids"): _tax_ids,
}
