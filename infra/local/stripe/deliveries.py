"""Webhook deliveries: each event signed and posted to every endpoint that asked for it, again and again for three days.

Stripe publishes no intervals; these grow as its documentation says they do. A delivery is made without holding the
lock, because the service calls back while it handles one.

An endpoint that accepts nothing for long is disabled: it gets nothing more, so no delivery to it is pending or failed.
Stripe does not publish how long; here it is four days.
"""

import hashlib
import hmac
import http.client
import json
from urllib.parse import urlsplit

from infra.local.stripe.state import Delivery, Object, State, shown

GIVEN_UP_AFTER = 3 * 86_400
DISABLED_AFTER = 4 * 86_400
BACK_OFF = (10, 60, 300, 1_800, 7_200, 18_000, 43_200)
TIMEOUT_SECONDS = 20
LOOPBACK = ("127.0.0.1", "localhost")


def queue(state: State, event: Object) -> None:
    """Note the deliveries that an event needs, with the faults that are set."""
    event["_unaccepted"] = []
    for endpoint in state.every("webhook_endpoint", status="enabled"):
        if not {"*", event["type"]} & set(endpoint["enabled_events"]):
            continue
        event["_unaccepted"].append(endpoint["id"])
        if _counts_down(state, "drop"):
            continue
        due = state.now() + state.faults.delay
        times = 2 if _counts_down(state, "duplicate") else 1
        state.deliveries += [Delivery(event["id"], endpoint["id"], due) for _ in range(times)]
    event["pending_webhooks"] = len(event["_unaccepted"])


def next_due(state: State) -> int | None:
    with state.lock:
        return min((delivery.due for delivery in state.deliveries), default=None)


def deliver_due(state: State) -> bool:
    """Attempt what is due now; say whether there was anything."""
    with state.lock:
        now, waiting = state.now(), sorted(state.deliveries, key=lambda delivery: delivery.due)
        due = [delivery for delivery in waiting if delivery.due <= now]
        if state.faults.reorder:
            due = state.ids.shuffled(due)
        state.deliveries = [delivery for delivery in waiting if delivery.due > now]
    for delivery in due:
        attempt(state, delivery)
    return bool(due)


def attempt(state: State, delivery: Delivery) -> None:
    with state.lock:
        event = state.get("event", delivery.event_id)
        endpoint = _endpoint(state, delivery)
        if endpoint is None:
            _no_longer_pending(event, delivery)
            return
        body = json.dumps(shown(event)).encode()
        header = signature(endpoint["_secret"], body, state.now())
        is_down = state.faults.down
    arrived = not is_down and _post(endpoint["url"], body, header)
    with state.lock:
        if arrived:
            endpoint["_failing_since"] = None
            _no_longer_pending(event, delivery)
            event["_delivered_at"] = state.now()
        else:
            _missed(state, delivery, event)
            _disable_if_failing_for_long(state, endpoint)


def signature(secret: str, body: bytes, at: int) -> str:
    """The Stripe-Signature header: HMAC-SHA256 over `<time>.<body>`."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


def awaited(state: State, event_id: str) -> bool:
    """Whether an event is still on its way to an endpoint."""
    return any(delivery.event_id == event_id for delivery in state.deliveries)


def _endpoint(state: State, delivery: Delivery) -> Object | None:
    return next((each for each in state.every("webhook_endpoint", id=delivery.endpoint_id, status="enabled")), None)


def _no_longer_pending(event: Object, delivery: Delivery) -> None:
    event["_unaccepted"] = [each for each in event["_unaccepted"] if each != delivery.endpoint_id]
    event["pending_webhooks"] = len(event["_unaccepted"])


def _missed(state: State, delivery: Delivery, event: Object) -> None:
    last = event["created"] + GIVEN_UP_AFTER
    wait = BACK_OFF[min(delivery.attempts, len(BACK_OFF) - 1)]
    delivery.attempts += 1
    delivery.due = min(state.now() + wait, last)
    if state.now() >= last:
        if not state.faults.down:
            detail = f"{event['type']} {event['id']} was never accepted by {delivery.endpoint_id}"
            state.problem("webhook_given_up", detail)
        return
    state.deliveries.append(delivery)


def _disable_if_failing_for_long(state: State, endpoint: Object) -> None:
    since = endpoint.get("_failing_since")
    if since is None:
        endpoint["_failing_since"] = state.now()
    elif state.now() - since >= DISABLED_AFTER:
        endpoint.update(status="disabled", _failing_since=None)
        if not state.faults.down:
            state.problem("endpoint_disabled", f"{endpoint['id']} accepted nothing for too long")


def _post(url: str, body: bytes, header: str) -> bool:
    """Whether the endpoint answered 2xx; like Stripe, follow no redirect. Only this machine is ever called."""
    parts = urlsplit(url)
    if parts.hostname not in LOOPBACK or parts.scheme != "http":
        return False
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS)
    try:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": header,
            "User-Agent": "Stripe/1.0",
        }
        connection.request("POST", path or "/", body, headers)
        return 200 <= connection.getresponse().status < 300
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _counts_down(state: State, fault: str) -> bool:
    left = getattr(state.faults, fault)
    setattr(state.faults, fault, max(0, left - 1))
    return left > 0
