"""Changing the plan: more at once and paid to the cent, less when the period is over."""

from typing import Any

from infra.local.story.scene import UNTIL_CHARGED, Scene

# Half of 3 x 15.00 EUR back, half of 5 x 39.00 EUR: 75.00 EUR, and 19 % of it are 14.25 EUR.
LINES = [(3, -2250, True), (5, 9750, True)]
DUE = {"amount": 8925, "tax": 1425, "currency": "eur"}


def upgrades_to_the_cent(scene: Scene) -> None:
    tell, wish = scene.tell, {"plan": "business", "seats": 5}
    scene.consume("u-1", "sessions", 7)
    scene.wait_for_mid_period()
    preview = scene.ask("/subscription/preview", wish).body
    tell.promise("half a month of 5 x 39.00 EUR, less half of 3 x 15.00 EUR", lines(preview), LINES)
    tell.promise("89.25 EUR are due now, 14.25 EUR of it tax", preview["due_now"], DUE)
    tell.promise("a preview changes nothing", scene.look()["plan"]["id"], "team")

    done = scene.wish(**wish, preview_id=preview["preview_id"])
    tell.promise("done as it was previewed", (done["outcome"], done["account"]["plan"]["id"]), ("applied", "business"))
    bill = scene.last_bill()
    tell.promise(f"invoice {bill['number']} is paid", (bill["status"], bill["amount_paid"]), ("paid", 8925))
    tell.promise("with the same two lines", lines(bill), LINES)
    pdf = scene.api.opened(scene.path(f"/invoices/{bill['id']}/pdf"))
    tell.say(pdf.url)
    tell.promise("and as a PDF", (pdf.kind, pdf.content[:5]), ("application/pdf", b"%PDF-"))
    bar = scene.bar("sessions")
    tell.promise("the limit is higher at once, and what was used is kept", (bar["used"], bar["limit"]), (8, 20_000))
    tell.promise("the next charge is 232.05 EUR", scene.look()["next_charge"]["amount"], 23_205)


def keeps_the_plan_until_the_end(scene: Scene) -> None:
    tell, before = scene.tell, scene.look()
    done = scene.wish(plan="team", seats=3)
    account, end = scene.look(), before["period"]["end"]
    tell.promise("it is for the period's end", done["outcome"], "scheduled")
    tell.promise("until then it is Business", (account["plan"]["id"], account["seats"]["bought"]), ("business", 5))
    wanted = {"plan": "team", "interval": "month", "seats": 3, "at": end}
    tell.promise("the page says what comes", account["scheduled_change"], wanted)
    tell.promise("and that 53.55 EUR are charged then", account["next_charge"]["amount"], 5355)

    scene.wait_until(end, UNTIL_CHARGED)
    account = scene.look()
    tell.promise("at the period's end it is Team", (account["plan"]["id"], account["seats"]["bought"]), ("team", 3))
    tell.promise("53.55 EUR were paid", scene.last_bill()["amount_paid"], 5355)
    tell.promise("nothing more is to come", account["scheduled_change"], None)


def lines(bill: Any) -> list[tuple[int, int, bool]]:
    return [(line["quantity"], line["amount"], line["proration"]) for line in bill["lines"]]
