"""Subscribing: through Stripe's page, in force by the webhook alone."""

from infra.local.story.scene import RETURN_URLS, Scene

SEATS, DAY = 3, 86_400


def buys_team(scene: Scene) -> None:
    tell, wish = scene.tell, {"plan": "team", "interval": "month", "seats": SEATS}
    scene.act("/_local/clock", {"by": 3 * DAY})
    tell.say("three days later")
    asked = scene.ask("/subscription", wish | RETURN_URLS).body
    tell.promise("the wish leads to Checkout", asked["outcome"], "checkout")
    tell.say(asked["url"])
    tell.promise("nothing changes before it is paid", scene.look()["plan"]["id"], "free")

    paid = scene.pay_checkout()
    tell.promise("the customer pays with 4242 4242 4242 4242", paid.status, 200)

    account = scene.look()
    tell.promise(
        "Team is active, from the webhook alone", (account["plan"]["id"], account["status"]), ("team", "active")
    )
    tell.promise(f"with {SEATS} seats", account["seats"]["bought"], SEATS)
    tell.promise("the usage of Free is behind", scene.bar("sessions")["used"], 0)
    invoice = scene.newest_invoice()
    tell.promise("3 x 15.00 EUR and 19 % tax were paid", (invoice["status"], invoice["total"]), ("paid", 5355))
    tell.promise("and that is what the next charge will be", account["next_charge"]["amount"], 5355)
