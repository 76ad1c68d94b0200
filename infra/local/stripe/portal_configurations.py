"""Billing portal configurations: what the portal lets a customer do.

Changing or pausing a subscription in the portal is not built. None is ever the default: that one is made by saving the
portal's settings in the dashboard.
"""

from typing import Any

from infra.local.stripe import lists
from infra.local.stripe.errors import invalid, not_built
from infra.local.stripe.events import emit, updating
from infra.local.stripe.metadata import merged
from infra.local.stripe.routing import LISTING, Route, Routes
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import Object, Params, State

KIND = "billing_portal.configuration"
NOT_BUILT = ("subscription_pause", "subscription_update")


def create(state: State, params: Params) -> Object:
    configuration = blank(KIND, id=state.ids.make("bpc"), created=state.now(), updated=state.now())
    _set(configuration, params)
    emit(state, "billing_portal.configuration.created", state.add(configuration))
    return configuration


def update(state: State, params: Params, configuration_id: str) -> Object:
    configuration = state.get(KIND, configuration_id)
    with updating(state, configuration):
        configuration["features"] = {name: dict(feature) for name, feature in configuration["features"].items()}
        configuration["business_profile"] = dict(configuration["business_profile"])
        _set(configuration, params)
        configuration["active"] = params.get("active", configuration["active"])
        configuration["updated"] = state.now()
    return configuration


def retrieve(state: State, _params: Params, configuration_id: str) -> Object:
    return state.get(KIND, configuration_id)


def listed(state: State, params: Params) -> Object:
    found = lists.matching(list(state.every(KIND)), params, "active", "is_default")
    return lists.page(found, params, "/v1/billing_portal/configurations")


def _set(configuration: Object, params: Params) -> None:
    for name in ("default_return_url", "name"):
        if name in params:
            configuration[name] = params[name] or None
    for name, value in params.get("business_profile", {}).items():
        configuration["business_profile"][name] = value or None
    for name, feature in params.get("features", {}).items():
        _set_feature(configuration["features"][name], name, feature)
    configuration["metadata"] = merged(configuration["metadata"], params.get("metadata"))


def _set_feature(feature: Object, name: str, given: dict[str, Any]) -> None:
    if name in NOT_BUILT and given.get("enabled"):
        raise not_built(f"a portal with {name}")
    if given.get("mode") == "immediately":
        raise not_built("a portal that cancels subscriptions immediately")
    if given.get("proration_behavior") == "always_invoice":
        raise invalid(
            "`always_invoice` is not supported for cancellations.", param=f"features[{name}][proration_behavior]"
        )
    if given.get("enabled") and name == "customer_update" and not {**feature, **given}["allowed_updates"]:
        raise invalid(
            "You must allow at least one update when customer updates are enabled.",
            param="features[customer_update][allowed_updates]",
        )
    for each, value in given.items():
        feature[each] = {**feature[each], **value} if isinstance(value, dict) else value or _empty(each, value)


def _empty(name: str, value: Any) -> Any:
    """What an empty text unsets a field to."""
    return value if value != "" else [] if name == "allowed_updates" else None


TAKES = (
    "business_profile default_return_url metadata name features.customer_update features.invoice_history "
    "features.payment_method_update.enabled features.subscription_cancel.enabled features.subscription_cancel.mode "
    "features.subscription_cancel.proration_behavior features.subscription_cancel.cancellation_reason.enabled "
    "features.subscription_cancel.cancellation_reason.options features.subscription_pause.enabled "
    "features.subscription_update.enabled features.subscription_update.default_allowed_updates "
    "features.subscription_update.proration_behavior"
)
ROUTES: Routes = {
    "GET /v1/billing_portal/configurations": Route(listed, f"{LISTING} active is_default"),
    "POST /v1/billing_portal/configurations": Route(create, TAKES),
    "GET /v1/billing_portal/configurations/{}": Route(retrieve),
    "POST /v1/billing_portal/configurations/{}": Route(update, f"active {TAKES}"),
}
