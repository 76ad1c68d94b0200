"""Events: what Stripe tells the world, each with the object as it was at that instant.

Events can be read for 30 days (https://docs.stripe.com/api/events).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any

from infra.local.stripe import deliveries, lists
from infra.local.stripe.errors import Refusal, no_such
from infra.local.stripe.lists import within
from infra.local.stripe.routing import LISTING, Route, Routes
from infra.local.stripe.state import API_VERSION, Object, Params, State, shown

KEPT_FOR = 30 * 86_400


def emit(state: State, kind: str, obj: Object, previous: dict[str, Any] | None = None) -> Object:
    """Record the event and queue its deliveries."""
    data: Object = {"object": shown(obj)}
    if previous is not None:
        data["previous_attributes"] = previous
    request = state.request or {"id": None, "idempotency_key": None}
    event = {
        "id": state.ids.make("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": state.now(),
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": dict(request),
        "type": kind,
    }
    state.add(event)
    deliveries.queue(state, event)
    return event


@contextmanager
def updating(state: State, obj: Object, kind: str | None = None) -> Iterator[Object]:
    """Change the object inside; what changed is told as `<object>.updated` with its previous attributes."""
    before, kept = shown(obj), dict(obj)
    try:
        yield obj
    except Refusal:
        # What is refused has changed nothing.
        obj.clear()
        obj.update(kept)
        raise
    previous = differences(before, shown(obj))
    if previous:
        emit(state, kind or f"{obj['object']}.updated", obj, previous)


def differences(before: Object, after: Object) -> dict[str, Any]:
    """The old values of what changed; of a changed hash only the changed keys, of a changed list all of it."""
    changed: dict[str, Any] = {}
    for name in {**after, **before}:
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            changed[name] = differences(old, new)
        else:
            changed[name] = old
    return changed


def retrieve(state: State, _params: Params, event_id: str) -> Object:
    event = state.get("event", event_id)
    if event["created"] < state.now() - KEPT_FOR:
        raise no_such("event", event_id, None, 404)
    return event


def listed(state: State, params: Params) -> Object:
    kinds = params.get("types") or ([params["type"]] if "type" in params else ["*"])
    found = [
        event
        for event in state.every("event")
        if event["created"] >= state.now() - KEPT_FOR
        and any(fnmatchcase(event["type"], kind) for kind in kinds)
        and within(event["created"], params.get("created"))
        and params.get("delivery_success") in (None, event["pending_webhooks"] == 0)
    ]
    return lists.page(found, params, "/v1/events")


ROUTES: Routes = {
    "GET /v1/events": Route(listed, f"{LISTING} type types created delivery_success"),
    "GET /v1/events/{}": Route(retrieve),
}
