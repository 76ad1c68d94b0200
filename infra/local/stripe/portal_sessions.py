"""Billing portal sessions: a way into the portal for one customer.

The url is good for one visit, made within five minutes; the visit lasts an hour from its last click. The times are
Stripe's as its support tells them; that a second visit is refused is stricter than Stripe, so that no url is kept.
"""

from typing import Any

from infra.local.stripe import customers
from infra.local.stripe.errors import invalid, not_built
from infra.local.stripe.events import emit
from infra.local.stripe.parameters import missing
from infra.local.stripe.portal_configurations import KIND as CONFIGURATION
from infra.local.stripe.routing import Route, Routes
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, Params, State

KIND = "billing_portal.session"
FLOWS = ("customer_update", "payment_method_update", "subscription_cancel")
FLOW_DETAILS = ("customer_update", "subscription_cancel", "subscription_pause", "subscription_update")


def create(state: State, params: Params) -> Object:
    if "customer" not in params:
        raise missing("customer")
    customer = customers.existing(state, params["customer"])
    configuration = _configuration(state, params)
    token = state.ids.letters(40)
    session = blank(
        KIND,
        id=state.ids.make("bps"),
        configuration=configuration["id"],
        created=state.now(),
        customer=customer["id"],
        flow=_flow(state, configuration, customer, params["flow_data"]) if "flow_data" in params else None,
        locale=params.get("locale"),
        return_url=_return_url(params) or configuration["default_return_url"],
        url=f"{state.url}/p/session/{token}",
        _token=token,
        _visit=None,
        _used_at=None,
    )
    emit(state, "billing_portal.session.created", state.add(session))
    return session


def _configuration(state: State, params: Params) -> Object:
    if "configuration" not in params:
        raise invalid(
            "No configuration provided and your test mode default configuration has not been created. Provide a "
            "configuration or create your default by saving your customer portal settings in test mode at "
            "https://dashboard.stripe.com/test/settings/billing/portal."
        )
    configuration = state.get(CONFIGURATION, params["configuration"], "configuration")
    if not configuration["active"]:
        raise invalid(f"The configuration {configuration['id']} is not active.", param="configuration")
    return configuration


def _return_url(params: Params) -> str | None:
    url = params.get("return_url")
    if url and not url.startswith(("https://", "http://")):
        raise invalid("Not a valid URL", "url_invalid", "return_url")
    return url


def _flow(state: State, configuration: Object, customer: Object, given: dict[str, Any]) -> Object:
    kind = given["type"]
    if kind not in FLOWS:
        raise not_built(f"the portal flow {kind}")
    if not configuration["features"][kind]["enabled"]:
        raise invalid(
            f"The {kind} feature in the portal configuration is disabled, so its flow cannot be used.",
            param="flow_data[type]",
        )
    details: Object = {name: None for name in (*FLOW_DETAILS, "subscription_update_confirm")}
    if kind == "customer_update":
        details[kind] = {}
    if kind == "subscription_cancel":
        details[kind] = {"retention": None, "subscription": _own(state, customer, given)}
    return {"after_completion": _after(given.get("after_completion", {})), **details, "type": kind}


def _own(state: State, customer: Object, given: dict[str, Any]) -> str:
    param = "flow_data[subscription_cancel][subscription]"
    if "subscription_cancel" not in given:
        raise missing(param)
    subscription = state.get("subscription", given["subscription_cancel"]["subscription"], param)
    if subscription["customer"] != customer["id"]:
        raise invalid("This subscription does not belong to the customer.", param=param)
    return subscription["id"]


def _after(given: dict[str, Any]) -> Object:
    kind = given.get("type", "portal_homepage")
    if kind == "redirect" and "redirect" not in given:
        raise missing("flow_data[after_completion][redirect]")
    return {
        "hosted_confirmation": {"custom_message": None, **given.get("hosted_confirmation", {})}
        if kind == "hosted_confirmation"
        else None,
        "redirect": given.get("redirect"),
        "type": kind,
    }


ROUTES: Routes = {
    "POST /v1/billing_portal/sessions": Route(
        create,
        "customer configuration return_url locale flow_data.type flow_data.after_completion "
        "flow_data.subscription_cancel.subscription",
    ),
}
