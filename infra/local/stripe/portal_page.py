"""The billing portal as a customer sees it: his card, address, tax ids, invoices, and no more than is enabled.

A form's `action` names what he does. What the configuration does not enable is neither shown nor taken.
"""

from collections.abc import Callable
from typing import Any

from infra.local.stripe import actors, payment_methods, subscription_edits, tax, tax_ids
from infra.local.stripe.addresses import FIELDS, address
from infra.local.stripe.cards import CARDS, declined
from infra.local.stripe.errors import Refusal, invalid
from infra.local.stripe.events import updating
from infra.local.stripe.pages import Page, html, message, redirect
from infra.local.stripe.portal_configurations import KIND as CONFIGURATION
from infra.local.stripe.portal_sessions import KIND
from infra.local.stripe.state import Object, Params, State
from infra.local.stripe.subscription_life import ENDED
from infra.local.stripe.tax import RATES

VISITED_WITHIN = 5 * 60
VISIT_LASTS = 3_600
OVER = "This portal page is over: go back and come again."
SHOWN_INVOICES = ("open", "paid", "uncollectible", "void")
PLAIN_DETAILS = ("name", "email", "phone")

Form = dict[str, str]


def enter(state: State, _method: str, token: str, _form: Form) -> Page:
    """The session's url: one visit, then it is over."""
    for session in state.every(KIND, _token=token):
        if session["_visit"] or state.now() > session["created"] + VISITED_WITHIN:
            return message(410, OVER)
        session.update(_visit=state.ids.letters(40), _used_at=state.now())
        return redirect(f"/portal/{session['_visit']}")
    return message(404, "Nothing here")


def visit(state: State, method: str, visit_id: str, form: Form) -> Page:
    """The portal itself, or what sending one of its forms leads to."""
    for session in state.every(KIND, _visit=visit_id):
        customer = state.get("customer", session["customer"])
        if customer.get("deleted") or state.now() > session["_used_at"] + VISIT_LASTS:
            return message(410, OVER)
        session["_used_at"] = state.now()
        return _shown(state, session, customer) if method == "GET" else _done(state, session, customer, form)
    return message(404, "Nothing here")


def _done(state: State, session: Object, customer: Object, form: Form) -> Page:
    features = state.get(CONFIGURATION, session["configuration"])["features"]
    action = form.get("action", "")
    try:
        if action not in _offered(features):
            raise invalid("The portal does not offer this.", status=403)
        ACTIONS[action][1](state, customer, _permitted(form, features["customer_update"]["allowed_updates"]))
    except Refusal as refusal:
        if refusal.fields.get("code") == "authentication_required" and "authenticate" not in form:
            return html("authenticate.html", form=form)
        return _shown(state, session, customer, refusal)
    return _after(session, action)


def _permitted(form: Form, allowed: list[str]) -> Form:
    """The form without the details that the configuration does not let him change."""
    permitted = {name for name in PLAIN_DETAILS if name in allowed} | set(FIELDS if "address" in allowed else ())
    return {name: value for name, value in form.items() if name in permitted or name not in (*FIELDS, *PLAIN_DETAILS)}


def _after(session: Object, action: str) -> Page:
    """Back to the portal; or, at the end of the flow that the session was made for, where that leads."""
    flow = session["flow"]
    if flow and ACTIONS[action][0] == flow["type"] and flow["after_completion"]["type"] == "redirect":
        return redirect(flow["after_completion"]["redirect"]["return_url"])
    return redirect(f"/portal/{session['_visit']}")


def _shown(state: State, session: Object, customer: Object, refusal: Refusal | None = None) -> Page:
    features = state.get(CONFIGURATION, session["configuration"])["features"]
    mine: dict[str, Any] = {"customer": customer["id"]}
    return html(
        "portal.html",
        status=refusal.status if refusal else 200,
        error=str(refusal) if refusal else None,
        session=session,
        customer=customer,
        offered=_offered(features),
        allowed=features["customer_update"]["allowed_updates"],
        reasons=features["subscription_cancel"]["cancellation_reason"],
        shows_invoices=features["invoice_history"]["enabled"],
        methods=list(state.every("payment_method", **mine)),
        tax_ids=tax.ids_of(state, customer),
        kinds=list(tax_ids.FORMS),
        invoices=[each for each in state.every("invoice", **mine) if each["status"] in SHOWN_INVOICES][::-1],
        subscriptions=[each for each in state.every("subscription", **mine) if each["status"] not in ENDED],
        countries=[*sorted(RATES), "US"],
    )


def _offered(features: Object) -> set[str]:
    """The actions that the configuration enables."""
    allowed = features["customer_update"]["allowed_updates"]
    return {
        action
        for action, (feature, _) in ACTIONS.items()
        if features[feature]["enabled"] and (feature != "customer_update" or UPDATES[action] & set(allowed))
    }


def _set_card(state: State, customer: Object, form: Form) -> None:
    """The new default, once his bank agreed; raises Refusal for what it asks, and where it refuses."""
    card = CARDS.get(form.get("card", "").replace(" ", ""))
    if card and card.authentication and form.get("authenticate") != "complete":
        raise declined("authentication_required")
    actors.set_card(state, customer["id"], form.get("card", ""))


def _remove_card(state: State, customer: Object, form: Form) -> None:
    method = payment_methods.owned(state, form.get("payment_method", ""), customer["id"], "payment_method")
    payment_methods.detach_from(state, method)


def _set_details(state: State, customer: Object, form: Form) -> None:
    given = {name: form[name] for name in FIELDS if form.get(name)}
    with updating(state, customer):
        for name in PLAIN_DETAILS:
            if form.get(name):
                customer[name] = form[name]
        if given:
            customer["address"] = address(given)


def _add_tax_id(state: State, customer: Object, form: Form) -> None:
    tax_ids.add(state, customer, form.get("type", ""), form.get("value", ""))


def _remove_tax_id(state: State, customer: Object, form: Form) -> None:
    tax_ids.delete(state, {}, customer["id"], form.get("tax_id", ""))


def _cancel(state: State, customer: Object, form: Form) -> None:
    """At the period's end, in the form of the flexible billing mode: `cancel_at`, not `cancel_at_period_end`."""
    subscription = _own(state, customer, form)
    details: Params = {"cancellation_details": {"feedback": form["feedback"]}} if form.get("feedback") else {}
    subscription_edits.update(state, {"cancel_at": "min_period_end", **details}, subscription["id"])


def _keep(state: State, customer: Object, form: Form) -> None:
    subscription = _own(state, customer, form)
    flag = subscription["cancel_at_period_end"]
    undone: Params = {"cancel_at_period_end": False} if flag else {"cancel_at": ""}
    subscription_edits.update(state, undone, subscription["id"])


def _own(state: State, customer: Object, form: Form) -> Object:
    subscription = state.get("subscription", form.get("subscription", ""))
    if subscription["customer"] != customer["id"]:
        raise invalid("This subscription is somebody else's.", status=403)
    return subscription


# What a customer can do: the feature that enables it, and how it is done.
ACTIONS: dict[str, tuple[str, Callable[[State, Object, Form], None]]] = {
    "card": ("payment_method_update", _set_card),
    "remove_card": ("payment_method_update", _remove_card),
    "details": ("customer_update", _set_details),
    "tax_id": ("customer_update", _add_tax_id),
    "remove_tax_id": ("customer_update", _remove_tax_id),
    "cancel": ("subscription_cancel", _cancel),
    "keep": ("subscription_cancel", _keep),
}
UPDATES = {
    "details": {"address", *PLAIN_DETAILS},
    "tax_id": {"tax_id"},
    "remove_tax_id": {"tax_id"},
}
