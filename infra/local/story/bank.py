"""The bank asks: an upgrade waits for its payment, and the old plan stands until then."""

from infra.local.story.changing import lines
from infra.local.story.scene import Scene

ASKS_EVERY_TIME = "4000002760003184"


def waits_for_the_bank(scene: Scene) -> None:
    tell = scene.tell
    scene.put_card(ASKS_EVERY_TIME)
    scene.wait_for_mid_period()
    done = scene.wish(plan="business", seats=6)
    tell.promise("the bank wants to see the customer", done["outcome"], "payment_required")
    tell.say(done["url"])
    account = scene.look()
    tell.promise("the old plan stands", (account["plan"]["id"], account["standing"]), ("team", "good"))
    required = account["payment_required"]
    tell.promise("the page says that 121.38 EUR are to be paid", required["amount"], 12_138)
    tell.promise("where, and until when", (required["url"], bool(required["expires_at"])), (done["url"], True))

    scene.act(f"/_local/invoices/{scene.newest_invoice()['id']}", {"outcome": "authenticate"})
    account, bill = scene.look(), scene.last_bill()
    tell.promise("authenticated on its page, and in force", account["plan"]["id"], "business")
    tell.promise("with 6 seats", account["seats"]["bought"], 6)
    tell.promise("paid: half a month of 6 x 39.00 EUR less half of 2 x 15.00 EUR", lines(bill), _LINES)
    tell.promise("102.00 EUR and 19 % tax", (bill["status"], bill["total"], bill["tax"]), ("paid", 12_138, 1938))
    tell.promise("nothing is to be paid any more", account["payment_required"], None)


_LINES = [(2, -1500, True), (6, 11_700, True)]
