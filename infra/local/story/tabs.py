"""Two tabs: whoever pays twice keeps what he paid first, and gets the other money back."""

from typing import Any

from infra.local.story.scene import ADDRESS, RETURN_URLS, Scene

QUARTER = 900
UNTIL_DELIVERED = 3600


def keeps_the_first(scene: Scene) -> None:
    tell = scene.tell
    # Just after a catch-up, so that none comes between the two payments.
    scene.wait_for((scene.now() // QUARTER + 4) * QUARTER + 60)
    scene.ask("/subscription", {"plan": "team", "interval": "month", "seats": 2} | RETURN_URLS)
    first = _open_tab(scene)
    second = scene.stripe.fill_in("/v1/checkout/sessions", _asked_for(scene)).body["id"]
    tell.say("two servers asked Stripe in the same moment: the customer has two tabs")
    _pay_both(scene, first, second)

    account = scene.look()
    tell.promise("Team is active", (account["plan"]["id"], account["status"]), ("team", "active"))
    kept, ended = (_subscription(scene, each) for each in (first, second))
    tell.promise("by the tab that was paid first", (kept["status"], ended["status"]), ("active", "canceled"))
    refunds = scene.stripe.get("/v1/refunds", payment_intent=_paid_by(scene, ended)).body["data"]
    tell.promise("the other 35.70 EUR went back, once and in full", [each["amount"] for each in refunds], [3570])
    refunds = scene.stripe.get("/v1/refunds", payment_intent=_paid_by(scene, kept)).body["data"]
    tell.promise("and no more than that", refunds, [])
    tell.promise("the next charge is for one of them", account["next_charge"]["amount"], 3570)


def _open_tab(scene: Scene) -> str:
    [tab] = scene.stripe.get("/v1/checkout/sessions", customer=scene.customer, status="open").body["data"]
    return tab["id"]


def _asked_for(scene: Scene) -> Any:
    """What the service asked for when it opened a Checkout last."""
    asked = scene.stripe.get("/_local/requests").body["data"]
    opened = [each for each in asked if (each["method"], each["path"]) == ("POST", "/v1/checkout/sessions")]
    return opened[-1]["parameters"]


def _pay_both(scene: Scene, first: str, second: str) -> None:
    """One after the other, before anything is heard of either."""
    scene.stripe.post("/_local/webhooks", {"delay": UNTIL_DELIVERED})
    scene.stripe.post(f"/_local/checkout/{first}", {"card": "4242424242424242"} | ADDRESS)
    scene.stripe.post("/_local/clock", {"by": 60})
    scene.act(f"/_local/checkout/{second}", {"card": "4242424242424242"} | ADDRESS)
    scene.stripe.post("/_local/webhooks", {"delay": 0})
    scene.act("/_local/clock", {"by": 2 * UNTIL_DELIVERED})


def _subscription(scene: Scene, tab: str) -> Any:
    bought = scene.stripe.get(f"/v1/checkout/sessions/{tab}").body["subscription"]
    return scene.stripe.get(f"/v1/subscriptions/{bought}").body


def _paid_by(scene: Scene, subscription: Any) -> str:
    [paid] = scene.stripe.get("/v1/invoice_payments", invoice=subscription["latest_invoice"]).body["data"]
    return paid["payment"]["payment_intent"]
