"""Webhook endpoints: where events are posted to. The secret is shown once, in the answer to the creation."""

from infra.local.stripe import lists
from infra.local.stripe.errors import invalid, not_built
from infra.local.stripe.metadata import merged
from infra.local.stripe.routing import LISTING, Route, Routes
from infra.local.stripe.shapes import blank
from infra.local.stripe.state import API_VERSION, Object, Params, State

MAX_ENDPOINTS = 16


def create(state: State, params: Params) -> Object:
    if params.get("api_version", API_VERSION) != API_VERSION:
        raise not_built(f"webhook endpoints of API version {params['api_version']}")
    if len(list(state.every("webhook_endpoint"))) >= MAX_ENDPOINTS:
        raise invalid(f"You have reached the maximum of {MAX_ENDPOINTS} test webhook endpoints.")
    secret = state.ids.make("whsec")
    endpoint = blank(
        "webhook_endpoint",
        id=state.ids.make("we"),
        api_version=params.get("api_version"),
        created=state.now(),
        description=params.get("description") or None,
        enabled_events=_kinds(params["enabled_events"]),
        metadata=merged({}, params.get("metadata")),
        url=_url(params["url"]),
        _secret=secret,
    )
    return {**state.add(endpoint), "secret": secret}


def update(state: State, params: Params, endpoint_id: str) -> Object:
    endpoint = state.get("webhook_endpoint", endpoint_id)
    if "url" in params:
        endpoint["url"] = _url(params["url"])
    if "enabled_events" in params:
        endpoint["enabled_events"] = _kinds(params["enabled_events"])
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    if "description" in params:
        endpoint["description"] = params["description"] or None
    endpoint["metadata"] = merged(endpoint["metadata"], params.get("metadata"))
    return endpoint


def retrieve(state: State, _params: Params, endpoint_id: str) -> Object:
    return state.get("webhook_endpoint", endpoint_id)


def listed(state: State, params: Params) -> Object:
    return lists.page(list(state.every("webhook_endpoint")), params, "/v1/webhook_endpoints")


def delete(state: State, _params: Params, endpoint_id: str) -> Object:
    state.remove(state.get("webhook_endpoint", endpoint_id))
    return {"id": endpoint_id, "object": "webhook_endpoint", "deleted": True}


def _kinds(kinds: list[str]) -> list[str]:
    if "*" in kinds and len(kinds) > 1:
        raise invalid("You may not pass '*' together with other events.", param="enabled_events")
    return list(kinds)


def _url(url: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise invalid("Invalid URL: An explicit scheme (such as https) must be provided.", "url_invalid", "url")
    return url


ROUTES: Routes = {
    "GET /v1/webhook_endpoints": Route(listed, LISTING),
    "POST /v1/webhook_endpoints": Route(create, "api_version description enabled_events metadata url"),
    "GET /v1/webhook_endpoints/{}": Route(retrieve),
    "POST /v1/webhook_endpoints/{}": Route(update, "description disabled enabled_events metadata url"),
    "DELETE /v1/webhook_endpoints/{}": Route(delete),
}
