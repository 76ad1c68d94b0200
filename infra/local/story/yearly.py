"""By the year: a new period begins at once, less what the old one has left."""

from infra.local.story.changing import lines
from infra.local.story.client import instant
from infra.local.story.scene import Scene
from infra.local.story.subscribing import DAY


def starts_a_new_period(scene: Scene) -> None:
    tell = scene.tell
    scene.wait_for_mid_period()
    preview = scene.ask("/subscription/preview", {"interval": "year"}).body
    wanted = [(2, -1500, True), (2, 30_000, False)]
    tell.promise("2 x 150.00 EUR less half a month of 2 x 15.00 EUR", lines(preview), wanted)
    due = {"amount": 33_915, "tax": 5415, "currency": "eur"}
    tell.promise("339.15 EUR are due now, 54.15 EUR of it tax", preview["due_now"], due)
    before = scene.look()
    done = scene.wish(interval="year", preview_id=preview["preview_id"])
    account, bill = scene.look(), scene.last_bill()
    tell.promise("done as it was previewed", (done["outcome"], account["plan"]["interval"]), ("applied", "year"))
    tell.promise("paid by these lines", (bill["amount_paid"], lines(bill)), (33_915, wanted))
    start, end = (instant(account["period"][name]) for name in ("start", "end"))
    tell.promise("a year begins now", (end - start) // DAY in (365, 366))
    tell.promise("at its end 357.00 EUR are charged", account["next_charge"]["amount"], 35_700)
    tell.promise("usage is counted by the month as before", account["usage_period"], before["usage_period"])
    tell.promise("3 sessions are used", scene.consume("y-1", "sessions", 3)["used"], 3)
