"""Auto-recharge: the account buys for itself, and never a cent above its limit."""

from typing import Any

from infra.local.story.credits import adds_up
from infra.local.story.renewing import NEVER_PAYS
from infra.local.story.scene import Scene

PRO, PRICE = 7_000_000, 2_500
THRESHOLD = 1_000
ASKS_EVERY_TIME = "4000002760003184"
HOUR = 3600


def buys_until_the_limit(scene: Scene) -> None:
    tell = scene.tell
    scene.put_card()
    balance = scene.look("/credits")["balance"]
    rule = save(scene, limit=2 * PRICE)
    tell.promise("the rule is saved, and nothing is bought yet", (rule["state"], rule["spent"]["amount"]), ("idle", 0))

    run_down(scene, "u-1", balance)
    tell.promise("used up, and recharged by itself", recharge(scene), ("idle", PRICE))
    tell.promise("7,000,000 credits are there", scene.look("/credits")["balance"], PRO)
    run_down(scene, "u-2", PRO)
    tell.promise("and once more, up to the limit of 50.00 EUR", recharge(scene), ("idle", 2 * PRICE))
    run_down(scene, "u-3", PRO)
    tell.promise("the limit stops the third", recharge(scene), ("limit_reached", 2 * PRICE))
    tell.promise("no credits came of it", scene.look("/credits")["balance"], 0)
    tell.promise("and the account was told", "recharge_limit_reached" in kinds(scene))

    save(scene, limit=3 * PRICE)
    tell.promise("a higher limit, and it goes on by itself", recharge(scene), ("idle", 3 * PRICE))
    tell.promise("with credits again", scene.look("/credits")["balance"], PRO)
    adds_up(scene)


def waits_for_a_better_card(scene: Scene) -> None:
    tell = scene.tell
    scene.put_card(NEVER_PAYS)
    save(scene, limit=5 * PRICE)
    run_down(scene, "u-4", PRO)
    tell.promise("the card is declined: it backs off", recharge(scene), ("backing_off", 3 * PRICE))
    shown = scene.look("/credits")["recharge"]
    tell.promise("the page says until when", bool(shown["next_attempt_at"] and shown["detail"]))
    scene.put_card()
    tell.promise("another card, and it is charged at once", recharge(scene), ("idle", 4 * PRICE))


def lets_the_bank_ask(scene: Scene) -> None:
    tell = scene.tell
    scene.put_card(ASKS_EVERY_TIME)
    run_down(scene, "u-5", PRO)
    shown = scene.look("/credits")["recharge"]
    tell.promise("the bank wants the customer", shown["state"], "action_required")
    tell.say(shown["action_url"])
    invoice = shown["action_url"].rstrip("/").rsplit("/", 1)[-1]
    scene.act(f"/_local/invoices/{invoice}", {"outcome": "authenticate"})
    tell.promise("he confirms on the hosted page, and has his credits", recharge(scene), ("idle", 5 * PRICE))
    tell.promise("7,000,000 of them", scene.look("/credits")["balance"], PRO)
    scene.put_card()


def takes_back_a_refunded_pack(scene: Scene) -> None:
    tell = scene.tell
    half = PRO // 2
    run_down(scene, "u-6", half)
    lot = scene.look("/credits")["lots"][0]
    refund = scene.ask(f"/credits/purchases/{lot['id']}/refund", {"reason": "not needed"}).body
    scene.settle()
    tell.promise("a pack that is half spent is refunded", (refund["state"], refund["credits"]), ("refunded", PRO))
    tell.promise("what was spent of it is debt", scene.look("/credits")["debt"], PRO - half)
    refused = scene.consume("u-7", "enrichments", 1)
    tell.promise("no work on credits meanwhile", (refused["allowed"], refused["reason"]), (False, "not_enough_credits"))
    tell.promise("a refunded recharge is not repeated by itself", recharge(scene)[0], "blocked")
    given = scene.ask("/credits/adjustments", {"credits": PRO - half + 994_000, "reason": "goodwill"}).body
    tell.promise("an adjustment pays the debt first", given["balance"], 994_000)
    save(scene, limit=5 * PRICE, enabled=False)
    adds_up(scene)


def save(scene: Scene, *, limit: int, enabled: bool = True) -> Any:
    """The rule, and whatever follows from it."""
    money = {"amount": limit, "currency": "eur"}
    rule = {"enabled": enabled, "threshold": THRESHOLD, "pack": "pro", "spending_limit": money}
    saved = scene.api.put(scene.path("/credits/recharge"), rule).body
    scene.settle()
    return saved


def run_down(scene: Scene, id: str, credits: int) -> None:
    """Work of this cost is done, and everything that follows from it."""
    event = {"id": id, "account": scene.account, "meter": "enrichments", "quantity": 1, "credits": credits}
    scene.api.post("/v1/usage", {"events": [event]})
    scene.settle()


def recharge(scene: Scene) -> tuple[str, int]:
    shown = scene.look("/credits")["recharge"]
    return shown["state"], shown["spent"]["amount"]


def kinds(scene: Scene) -> list[str]:
    return [notice["kind"] for notice in scene.look("/notices", limit=100)["data"]]
