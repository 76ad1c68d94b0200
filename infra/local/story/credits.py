"""Credits: nothing without them, there at once when bought, and a history that adds up to the last token."""

from typing import Any

from infra.local.story.scene import RETURN_URLS, Scene

ALLOWANCE = 100
RUN = 2_000
PACK = 1_000_000


def is_refused_without_credits(scene: Scene) -> None:
    tell = scene.tell
    within = scene.consume("r-1", "enrichments", ALLOWANCE)
    tell.promise(f"{ALLOWANCE} enrichments are included", (within["allowed"], within["reason"]), (True, "included"))
    beyond = scene.consume("r-2", "enrichments", 1)
    tell.promise("one more needs credits", (beyond["allowed"], beyond["reason"]), (False, "not_enough_credits"))
    tell.promise("the answer says how many", beyond["credits"], {"needed": RUN, "balance": 0, "available": 0})


def buys_and_spends_a_pack(scene: Scene) -> None:
    tell = scene.tell
    purchase = scene.ask("/credits/purchases", {"pack": "starter"} | RETURN_URLS).body
    tell.say(purchase["url"])
    tell.promise("no credits before it is paid", scene.look("/credits")["balance"], 0)
    scene.pay_checkout()
    tell.promise("1,000,000 credits are there at once", scene.look("/credits")["available"], PACK)
    bought = scene.look(f"/credits/purchases/{purchase['id']}")
    tell.promise("the return page shows the purchase paid", (bought["state"], bought["money"]["amount"]), ("paid", 500))
    tell.promise("looking at it grants nothing twice", scene.look("/credits")["balance"], PACK)

    spent = scene.consume("r-3", "enrichments", 3)
    tell.promise("3 enrichments are paid with credits", (spent["allowed"], spent["reason"]), (True, "credits"))
    tell.promise("6,000 credits are gone", scene.look("/credits")["balance"], PACK - 3 * RUN)
    again = scene.consume("r-3", "enrichments", 3)
    tell.promise("the same event again costs nothing", (again["duplicate"], again["recorded"]), (True, False))
    adds_up(scene)


def adds_up(scene: Scene) -> None:
    """The history's lines sum to the balance, and so does every balance on the way."""
    lines, total = history(scene), 0
    for line in reversed(lines):
        total += line["credits"]
        scene.tell.promise(f"{line['credits']:+,} for {line['kind']} leaves {total:,}", line["balance_after"], total)
    scene.tell.promise("the history adds up to the last token", total, scene.look("/credits")["balance"])


def history(scene: Scene) -> list[Any]:
    """Every line of the credit history, newest first, by pages of two."""
    lines: list[Any] = []
    page = scene.look("/credits/history", limit=2)
    while True:
        lines += page["data"]
        if not page["next_cursor"]:
            return lines
        page = scene.look("/credits/history", limit=2, cursor=page["next_cursor"])
