"""Seats: more in the same moment, fewer when those that were paid for are used up."""

from infra.local.story.changing import lines
from infra.local.story.scene import UNTIL_CHARGED, Scene


def come_now_and_go_later(scene: Scene) -> None:
    tell = scene.tell
    scene.wait_for_mid_period()
    done = scene.wish(seats=5)
    tell.promise("5 seats at once", (done["outcome"], scene.look()["seats"]["bought"]), ("applied", 5))
    bill = scene.last_bill()
    tell.promise("half a month of 5 seats less half of 3", lines(bill), [(3, -2250, True), (5, 3750, True)])
    tell.promise("17.85 EUR were paid, 2.85 EUR of it tax", (bill["amount_paid"], bill["tax"]), (1785, 285))

    done, account = scene.wish(seats=2), scene.look()
    tell.promise("2 seats are for the period's end", done["outcome"], "scheduled")
    tell.promise("until then there are 5", account["seats"]["bought"], 5)
    tell.promise("the page says what comes", account["scheduled_change"]["seats"], 2)
    tell.promise("and that 35.70 EUR are charged then", account["next_charge"]["amount"], 3570)
    scene.wait_until(account["period"]["end"], UNTIL_CHARGED)
    tell.promise("then there are 2", scene.look()["seats"]["bought"], 2)
    tell.promise("35.70 EUR were paid", scene.last_bill()["amount_paid"], 3570)
