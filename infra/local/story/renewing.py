"""Renewing: by itself, and when the card does not pay."""

from typing import Any

from infra.local.story.scene import RETURN_URLS, UNTIL_CHARGED, Scene

CREDITS_LEFT = 994_000
NEVER_PAYS = "4000000000000341"


def renews(scene: Scene) -> None:
    tell, before = scene.tell, scene.look()
    scene.wait_until(before["renews_at"], UNTIL_CHARGED)
    account, invoice = scene.look(), scene.newest_invoice()
    tell.promise("the plan goes on", (account["plan"]["id"], account["status"]), ("team", "active"))
    tell.promise("in the month that follows", account["period"]["start"], before["period"]["end"])
    tell.promise("the invoice is paid", (invoice["status"], invoice["billing_reason"]), ("paid", "subscription_cycle"))
    tell.promise(f"it has a number ({invoice['number']})", bool(invoice["number"]))
    tell.promise("and 8.55 EUR of tax in 53.55 EUR", (_tax(invoice), invoice["total"]), (855, 5355))
    used = [bar["used"] for bar in account["usage"]]
    tell.promise("the counters are new", sum(used), 0)
    tell.promise("the credits are kept", account["credits"]["balance"], CREDITS_LEFT)


def survives_a_declined_card(scene: Scene) -> None:
    tell, before = scene.tell, scene.look()
    scene.put_card(NEVER_PAYS)
    scene.wait_until(before["renews_at"], UNTIL_CHARGED)
    account = scene.look()
    tell.promise("the plan is in its grace", (account["status"], account["standing"]), ("past_due", "grace"))
    tell.promise("the page says what is to be paid", account["payment_required"]["amount"], 5355)
    tell.promise("and where", account["payment_required"]["url"].startswith(scene.stripe.base))
    tell.promise("work goes on meanwhile", scene.consume("g-1", "sessions", 1)["allowed"])

    scene.act(f"/_local/invoices/{scene.newest_invoice()['id']}", {"card": "4242424242424242", "outcome": "pay"})
    account = scene.look()
    tell.promise("the customer pays, and all is good", (account["status"], account["standing"]), ("active", "good"))
    tell.promise("nothing is to be paid any more", account["payment_required"], None)
    gives_a_good_card(scene)


def gives_a_good_card(scene: Scene) -> None:
    """In the portal, which is on its page for the card at once."""
    tell = scene.tell
    url = scene.ask("/portal", {"return_url": RETURN_URLS["cancel_url"], "flow": "payment_method"}).body["url"]
    tell.say(url)
    tell.promise("the portal opens", scene.stripe.opened(url.removeprefix(scene.stripe.base)).kind, "text/html")
    scene.put_card()
    tell.promise("and a good card is on file", scene.look()["payment_method"]["last4"], "4242")


def _tax(invoice: dict[str, Any]) -> int:
    return sum(tax["amount"] for tax in invoice["total_taxes"])
